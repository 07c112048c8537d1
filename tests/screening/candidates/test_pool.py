"""The pool: unique ids, and everything that was given stays in it."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer, Records
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.screening.candidates.imported import is_imported, read_imported, write_imported
from ssbscreen.screening.candidates.pool import limit_size, load_candidates, unique
from ssbscreen.screening.settings import load_settings

CELL = Crystal.ordered(np.eye(3) * 4.03, np.array([[0, 0, 0], [0.5, 0.5, 0.5]]), np.array([3, 9]))


def known(name, label, formula="LiF", **more):
    return Candidate(name, Composition(formula), label=label, is_known=True, **more)


def test_nothing_is_left_out_where_one_material_is_given_twice():
    parts = [
        Records((known("lit/1", "LiF (film)"), known("lit/2", "LiF"), known("lit/3", "LiF glass"))),
        Records((Candidate("proto", crystal=CELL),)),
    ]
    pool = unique(parts)
    assert [c.candidate_id for c in pool.candidates] == ["lit/1", "lit/2", "lit/3", "proto"]
    assert not pool.rejected
    assert [c.label for c in pool.candidates][-1] == ""


def test_an_id_counts_once():
    pool = unique([Records((known("a", "one"),)), Records((known("a", "two", "LiCl"),))])
    assert [c.label for c in pool.candidates] == ["one"]
    assert "id" in pool.rejected[0].reason


def test_large_cells_are_rejected():
    pool = limit_size(Records((Candidate("small", crystal=CELL),)), 2)
    assert len(pool.candidates) == 1
    with pytest.raises(InputError):
        limit_size(Records((Candidate("small", crystal=CELL),)), 1)


def test_unknown_names_are_refused_with_a_hint():
    settings = load_settings()
    with pytest.raises(UsageError, match="Did you mean the set 'literature'"):
        load_candidates(["litterature"], settings.pool)


def test_imported_candidates_come_back_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    given = (
        known("a", "LiF", space_group=225),
        Candidate("b", crystal=CELL, temperature_c=60.0),
        Candidate("c", polymer=Polymer("*CCO*", "[Li+].[Cl-]", 1.5, None)),
    )
    write_imported("mine", given)
    assert is_imported("mine")
    write_imported("outside", given)
    (tmp_path / "candidates" / "outside.candidates.gz").rename(tmp_path / "outside.candidates.gz")
    assert not is_imported("../outside")
    back = read_imported("mine").candidates
    assert [(c.candidate_id, c.formula, c.temperature_c, c.space_group, c.polymer) for c in back] == [
        (c.candidate_id, c.formula, c.temperature_c, c.space_group, c.polymer) for c in given
    ]
    assert np.array_equal(back[1].crystal.frac, CELL.frac)


def test_known_cathodes_are_a_set():
    pool = load_candidates(["cathodes"])
    formulas = [c.composition.reduced_formula for c in pool.candidates]
    assert {"LiCoO2", "LiFePO4", "LiMn2O4"} <= set(formulas)
    assert len(set(formulas)) == len(formulas)
    assert all(c.is_known for c in pool.candidates)
