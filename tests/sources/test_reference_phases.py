"""Reference phases: the copy on disk equals what it was made from, and the Materials Project needs a key."""

from types import SimpleNamespace

import numpy as np
import pytest

from ssbscreen.core.errors import DataUnavailable, UsageError
from ssbscreen.download.reference_cache import cached
from ssbscreen.sources import reference_phases
from ssbscreen.sources.reference_phases import SOURCE, online_phases, reduced


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """An empty cache for each test."""
    monkeypatch.setenv("SSBSCREEN_CACHE", str(tmp_path))
    monkeypatch.delenv("MP_API_KEY", raising=False)


def test_second_reading_comes_from_disk_and_is_the_same(tmp_path, monkeypatch):
    first = SOURCE.load_phases("measured_enthalpies")
    assert len(list((tmp_path / "reference").glob("measured_enthalpies-*.npz"))) == 1

    def refuse(*_):
        raise AssertionError("read again")

    monkeypatch.setattr(reference_phases, "_keep_per_formula", refuse)
    second = SOURCE.load_phases("measured_enthalpies")
    assert first.formulas == second.formulas
    assert np.array_equal(first.formation_energy, second.formation_energy)
    assert first.title == second.title
    energy = dict(zip(first.formulas, first.formation_energy, strict=True))
    assert energy["FLi"] == pytest.approx(-616.0 / 96.485 / 2, abs=0.02)  # CRC Handbook


@pytest.mark.parametrize("damage", [b"", b"nonsense"])
def test_a_broken_copy_is_made_again(tmp_path, damage):
    assert cached("x", "1", lambda: {"LiF": -3.0, "Li2O": -2.0})[0] == ("Li2O", "LiF")
    path = next((tmp_path / "reference").glob("x-1-*.npz"))
    path.write_bytes(damage)
    formulas, energies = cached("x", "1", lambda: {"LiF": -3.0})
    assert formulas == ("LiF",)
    assert energies.tolist() == [-3.0]


def test_the_materials_project_is_asked_once(tmp_path):
    asked = []

    def search(**what):
        asked.append(what)
        return [
            {"formula_pretty": "Li2S", "formation_energy_per_atom": -1.5},
            {"formula_pretty": "Li4S2", "formation_energy_per_atom": -1.6},
            {"formula_pretty": "Ca(OH)2", "formation_energy_per_atom": -2.0},
            {"formula_pretty": "LiX", "formation_energy_per_atom": None},
        ]

    client = SimpleNamespace(
        materials=SimpleNamespace(summary=SimpleNamespace(search=search)), get_database_version=lambda: "2025.09.25"
    )
    phases = online_phases(client)
    assert "chemsys" not in asked[0]
    assert dict(zip(phases.formulas, phases.formation_energy, strict=True)) == {"Li2S": -1.6, "CaH2O2": -2.0}
    assert "2025.09.25" in phases.title
    again = SOURCE.load_phases("materials_project")  # no key, no client: the copy answers
    assert again.formulas == phases.formulas
    assert again.title == phases.title
    assert len(asked) == 1


def test_without_a_key_the_message_says_what_to_do():
    with pytest.raises(DataUnavailable, match="MP_API_KEY"):
        SOURCE.load_phases("materials_project")
    with pytest.raises(UsageError, match="materials_project"):
        SOURCE.load_phases("materials_projects")


def test_formulas_with_brackets():
    assert reduced("Ca(OH)2") == "CaH2O2"
    assert reduced("Li4 P2 O7") == "Li4O7P2"
