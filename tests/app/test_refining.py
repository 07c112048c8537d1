"""A small run refined with a potential to which every crystal is at rest: ranked again, the funnel in its report."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from ase.calculators.calculator import Calculator
from pymatgen.core import Composition

from ssbscreen.app import refine as app_refine
from ssbscreen.app.refine import _shortlist, _with_crystal, leaders_of, refine_run, settings_of
from ssbscreen.calculation import refinement, workbench
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import RefineSettings, load_refine_settings, steps_of
from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError, UsageError

STILL = replace(POTENTIALS["sevenn"], name="still", title="still", noise={"energy_above_hull": 0.03})


class Still(Calculator):
    """No forces, no stress, one energy for every atom."""

    implemented_properties = ["energy", "forces", "stress"]  # noqa: RUF012  # ASE's own form

    def calculate(self, atoms=None, properties=(), system_changes=()):
        n = len(atoms)
        self.results = {"energy": -1.0 * n, "forces": np.zeros((n, 3)), "stress": np.zeros(6)}


class Structures:
    """A crystal for every phase."""

    title = "made up"

    def __init__(self, elements):
        pass

    def of(self, fractions, max_atoms):
        numbers = np.array([ATOMIC_NUMBER[el] for el in fractions])
        places = np.linspace(0.0, 0.8, len(numbers))[:, None] * np.ones(3)
        return (Candidate("any", crystal=Crystal.ordered(6.0 * np.eye(3), places, numbers)),)


def test_a_bare_composition_gets_a_crystal_and_a_polymer_none():
    chloride = Candidate("chloride", Composition("Li5.5PS4.5Cl1.5"))
    built, origin = _with_crystal(chloride, "argyrodite")
    assert built.crystal is not None
    assert built.prototype == "argyrodite"
    assert origin == built.provenance == "structure by prototype argyrodite, 7% of its framework replaced"
    assert _with_crystal(built, "argyrodite") == (built, "")
    with pytest.raises(InputError, match="polymer"):
        _with_crystal(Candidate("film", polymer=Polymer("*CCO*")), "poly(ethylene oxide)")
    with pytest.raises(InputError, match="no structure type"):
        _with_crystal(chloride, "other")


def test_what_no_cell_of_the_size_allowed_holds_gives_its_place_to_the_next(monkeypatch):
    """A dopant that no 8 atoms hold, a cell of 12, and a polymer stand before the second that can be calculated."""
    places = np.array([[0.0, 0.0, 0.0], [0.5, 0.5, 0.5]])
    salt = Crystal.ordered(4.0 * np.eye(3), places, np.array([3, 17]))
    doped = Crystal(4.0 * np.eye(3), places, np.array([0, 1, 1]), np.array([3, 17, 35]), np.array([1.0, 0.9, 0.1]))
    many = Crystal.ordered(9.0 * np.eye(3), np.random.default_rng(0).uniform(size=(12, 3)), np.array([3, 17] * 6))
    pool = [Candidate(name, c.composition, c) for name, c in (("first", salt), ("doped", doped), ("many", many))]
    pool += [Candidate("film", polymer=Polymer("*CCO*")), Candidate("second", salt.composition, salt)]
    pool += [Candidate("third", salt.composition, salt)]
    monkeypatch.setattr(app_refine, "make_plan", lambda *_: None)
    monkeypatch.setattr(app_refine, "read_pool", lambda _: SimpleNamespace(candidates=pool))
    frame = pd.DataFrame({"candidate_id": [c.candidate_id for c in pool]})
    frame = frame.assign(role="separator", rank=range(1, len(pool) + 1), chemistry_class="halide", family="other")
    run = SimpleNamespace(path="run", role="separator", ranking=lambda columns: frame)
    plain = load_refine_settings().model_dump()
    plain["order"]["max_atoms"] = plain["relax"]["max_atoms"] = 8
    found, lacking = leaders_of(run, None, [], 2, RefineSettings.model_validate(plain), lambda *_: None)
    assert [(one.candidate.candidate_id, one.rank) for one in found] == [("first", 1), ("second", 5)]
    assert list(lacking) == ["doped", "many", "film"]
    assert "whole atoms" in lacking["doped"]
    assert "12 atoms in its primitive cell" in lacking["many"]
    row = _shortlist(lacking, len(found)).iloc[0]
    assert row[["entered", "went on", "left"]].tolist() == [5, 2, 3]
    assert "the next of the list took their places: doped: whole atoms" in row["why"]
    alike = _shortlist({f"c{i}": "no cell" for i in range(7)}, 1).iloc[0]["why"]
    assert alike.endswith("their places: c0, c1, c2, c3, c4 and 2 more: no cell")


@pytest.mark.slow
def test_the_leaders_of_a_run_are_calculated_and_ranked_again(finished, tmp_path, monkeypatch):
    for place in ("ssbscreen.calculation.refinement", "ssbscreen.calculation.refined_values"):
        monkeypatch.setattr(f"{place}.get_potential", lambda name: STILL)
    monkeypatch.setattr(refinement, "PhaseStructures", Structures)
    monkeypatch.setattr(workbench, "cache_dir", lambda: tmp_path)

    def refined():
        return refine_run(
            finished.run,
            load_refine_settings(),
            steps_of(["hull"]),
            12,
            lambda *_: None,
            out=tmp_path / "again",
            calculators={"still": Still()},
        )

    first = refined()
    assert len(first.values)
    assert first.funnel["step"].tolist() == ["shortlist", "order", "relax", "hull"]
    assert first.funnel["went on"].iloc[0] == 12
    again = first.run
    assert again is not None
    assert again.config()["settings"]["calculated"] == str(first.folder)
    assert len(again.refinement()) == 4
    assert "Calculated after a first ranking" in (again.path / "report.html").read_text(encoding="utf-8")
    before, after = finished.run.ranking(), again.ranking()
    assert set(before["candidate_id"]) == set(after["candidate_id"])
    assert set(pd.read_csv(again.path / "refinement.csv")["step"]) == {"order", "relax", "hull"}
    with pytest.raises(UsageError, match="refined already"):
        settings_of(again)
    second = refined()
    assert (second.n_new, second.n_kept) == (0, first.n_new)
    pd.testing.assert_frame_equal(second.values, first.values)
