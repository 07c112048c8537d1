"""Potentials by name: cards, and weights that are taken with a known hash only."""

import hashlib

import pytest
from typer.testing import CliRunner

from ssbscreen.app.data import chosen, fetch_all
from ssbscreen.app.model_tables import potentials_table
from ssbscreen.calculation import potential_loading
from ssbscreen.calculation.potential_loading import _LOADERS, fetch_weights, load_calculator, own_weights, weights_of
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.cli.data import PotentialOption
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


def test_those_of_the_extra_can_be_named_in_label():
    assert {option.value for option in PotentialOption} == {n for n, p in POTENTIALS.items() if not p.origin}


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
