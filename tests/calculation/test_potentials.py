"""Potentials by name: cards, and weights that are taken with a known hash only."""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from ssbscreen.app.data import chosen, fetch_all
from ssbscreen.app.model_tables import potentials_table
from ssbscreen.calculation import potential_loading
from ssbscreen.calculation.labelling import Request
from ssbscreen.calculation.potential_loading import _LOADERS, fetch_weights, load_calculator, own_weights, weights_of
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.cli.main import app
from ssbscreen.core.errors import DataUnavailable, IntegrityError, UsageError
from ssbscreen.core.properties import PROPERTIES

ELSEWHERE = sorted(name for name, p in POTENTIALS.items() if p.origin)


@pytest.mark.parametrize("name", sorted(POTENTIALS))
def test_every_card_says_what_taught_the_potential_and_how_far_it_errs(name):
    card = POTENTIALS[name]
    assert card.name == name
    assert card.licence
    assert card.trained_on
    assert card.package in _LOADERS
    assert set(card.noise) | set(card.scales) <= set(PROPERTIES)
    assert all(value > 0 for value in card.noise.values())
    assert bool(card.noise) <= bool(card.measured)
    if not card.origin:
        assert len(card.sha256) == 64


def test_label_takes_every_potential_and_names_them_where_there_is_none():
    for name in POTENTIALS:
        assert Request(Path("labels.csv"), potential=name).how is POTENTIALS[name]
    with pytest.raises(UsageError, match="sevenn-l3i5"):
        Request(Path("labels.csv"), potential="sevenn-l3i6")


class Given(SimpleNamespace):
    """What a calculator was made with."""


def mace(model_paths=None, models=None, device="cpu", default_dtype="", head=None, **kwargs):
    return Given(path=model_paths, device=device, precision=default_dtype, further=kwargs)


def mattersim(potential=None, args_dict=None, compute_stress=True, stress_weight=0.0, device="cuda", *, load_path=None):
    assert potential is None
    assert compute_stress
    return Given(path=load_path, device=device, precision="float32", further={})


def orb_model(weights_path="https://...", device=None, precision="float32-high", compile=None, train=False):
    assert not compile
    assert not train
    return Given(path=weights_path, device=device, precision=precision), "adapter"


def orb(model, atoms_adapter, *, device=None, directory="."):
    assert atoms_adapter == "adapter"
    assert model.device == device
    return Given(path=model.path, device=device, precision=model.precision, further={})


def sevenn(model="7net-0", file_type="checkpoint", device="auto", modal=None, enable_cueq=False, **kwargs):
    assert file_type == "checkpoint"
    return Given(path=str(model), device=device, precision="float32", further={"modal": modal, **kwargs})


# module -> what stands in for its content: mace-torch 0.3, mattersim 1.2, orb-models 0.6 and newer, sevenn 0.13
STAND_INS = {
    "mace.calculators": {"MACECalculator": mace},
    "mattersim.forcefield": {"MatterSimCalculator": mattersim},
    "orb_models.forcefield.pretrained": {"orb_v3_conservative_inf_omat": orb_model},
    "orb_models.forcefield.inference.calculator": {"ORBCalculator": orb},
    "sevenn.calculator": {"SevenNetCalculator": sevenn},
}


PRECISION = dict(zip(ELSEWHERE, ("float64", "float32", "float32-highest", "float32"), strict=True))


@pytest.mark.parametrize(("name", "precision"), PRECISION.items())
def test_loaders_give_file_and_device_to_what_the_packages_offer(name, precision, monkeypatch):
    """A stand-in with the published signature: an argument that it does not know is an error."""
    for path, content in STAND_INS.items():
        parts = path.split(".")
        for i in range(1, len(parts) + 1):
            key = ".".join(parts[:i])
            if not isinstance(sys.modules.get(key), Given):
                monkeypatch.setitem(sys.modules, key, Given(__path__=[]))
            if i > 1:
                setattr(sys.modules[".".join(parts[: i - 1])], parts[i - 1], sys.modules[key])
        vars(sys.modules[path]).update(content)
    card = POTENTIALS[name]
    made = _LOADERS[card.package](Path("/weights/file"), "cuda", card.options)
    assert (made.path, made.device, made.precision) == ("/weights/file", "cuda", precision)
    assert made.further == dict(card.options)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_weights_whose_hash_nobody_said_are_refused_with_what_to_give(name, tmp_path, monkeypatch):
    monkeypatch.setattr(potential_loading, "state_dir", lambda: tmp_path)
    with pytest.raises(DataUnavailable, match=r"SHA-256.*sha256: \.\.\."):
        fetch_weights(POTENTIALS[name])
    (outcome,) = fetch_all([name], lambda *_: None)
    assert not outcome.is_there


class Spec:
    origin = "/nowhere/__init__.py"


def test_weights_count_with_the_hash_that_the_user_wrote_down(tmp_path, monkeypatch):
    card = POTENTIALS["mace-mpa-0"]
    monkeypatch.setattr(potential_loading, "state_dir", lambda: tmp_path)
    monkeypatch.setattr(potential_loading, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.setattr(potential_loading.util, "find_spec", lambda name: Spec)
    monkeypatch.setattr(potential_loading.metadata, "version", lambda name: "9.9")
    content = b"weights"
    (tmp_path / "potentials").mkdir()
    said = tmp_path / "potentials" / "mace-mpa-0.yaml"
    said.write_text(f"sha256: {hashlib.sha256(content).hexdigest()}\n")
    with pytest.raises(DataUnavailable, match="data fetch mace-mpa-0"):
        weights_of(card)

    def serve(url, target, sha256):
        assert url == card.origin
        assert sha256 == own_weights(card).sha256
        target.parent.mkdir(parents=True)
        target.write_bytes(content)

    monkeypatch.setattr(potential_loading, "download", serve)
    assert fetch_weights(card) == weights_of(card)
    said.write_text("sha256: " + "a" * 64 + "\n")
    with pytest.raises(IntegrityError, match="not the weights"):
        load_calculator(card)
    said.write_text("hash: 1\n")
    with pytest.raises(UsageError, match="sha256"):
        own_weights(card)


def test_the_list_of_potentials_and_of_what_can_be_fetched():
    table = potentials_table()
    assert list(table["potential"]) == sorted(POTENTIALS)
    assert CliRunner().invoke(app, ["models", "potentials"]).exit_code == 0
    assert chosen(["sevenn-omni"]) == ("sevenn-omni",)
    with pytest.raises(UsageError, match="mace-mpa-0"):
        chosen(["mace-mpa"])
    with pytest.raises(DataUnavailable, match="ship in the package"):
        fetch_weights(POTENTIALS["chgnet"])
