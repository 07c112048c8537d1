"""The look at an installation finds what is missing, and says how to get it."""

from __future__ import annotations

import importlib.metadata
import shutil

import pytest

from ssbscreen.app import doctor
from ssbscreen.app.doctor import State, examine
from ssbscreen.files.paths import models_dir


def _found() -> dict[str, doctor.Finding]:
    return {one.what: one for one in examine()}


def test_this_installation_is_whole(sandbox):
    found = _found()
    assert not [one for one in found.values() if one.state is State.BROKEN]
    assert found["torch"].detail == importlib.metadata.version("torch")
    assert "ionic_conductivity" in found["conductivity"].detail
    assert found["data literature"].state is State.FINE
    assert all(one.remedy for one in found.values() if one.state is not State.FINE)


def test_a_damaged_model_is_found(tmp_path, monkeypatch):
    shutil.copytree(models_dir() / "conductivity", tmp_path / "conductivity")
    weights = tmp_path / "conductivity" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10] + b"0123456789")
    monkeypatch.setenv("SSBSCREEN_MODELS", str(tmp_path))
    assert _found()["conductivity"].state is State.BROKEN


def test_a_wrong_mirror_and_a_missing_package_are_found(monkeypatch):
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", "/nowhere/at/all")
    monkeypatch.setattr(doctor, "NEEDED", ("pymatgen", "no-such-package"))
    found = _found()
    assert found["mirror"].state is State.BROKEN
    assert "pip install no-such-package" in found["no-such-package"].remedy


def test_a_data_set_that_is_nowhere_can_be_fetched(sandbox):
    absent = [one for one in examine() if one.what.startswith("data ") and one.state is State.ABSENT]
    assert absent
    assert absent[0].remedy == f"ssbscreen data fetch {absent[0].what.removeprefix('data ')}"


class TestBegin:
    def test_what_is_written_is_read(self, tmp_path):
        from ssbscreen.app.start import begin
        from ssbscreen.readers.inputs import load_inputs
        from ssbscreen.screening.settings import load_settings

        settings, candidates, measurements = begin(tmp_path / "mine")
        assert load_settings(settings) == load_settings()
        assert "#" in settings.read_text(encoding="utf-8")
        found = load_inputs([candidates])
        assert [c.candidate_id for c in found.candidates] == ["argyrodite", "garnet", "mixture", "polymer"]
        assert not found.rejected
        assert measurements.exists()

    def test_nothing_is_overwritten(self, tmp_path):
        from ssbscreen.app.start import begin
        from ssbscreen.core.errors import UsageError

        (tmp_path / "candidates.csv").write_text("mine")
        with pytest.raises(UsageError, match=r"candidates\.csv"):
            begin(tmp_path)
        assert [file.name for file in tmp_path.iterdir()] == ["candidates.csv"]
