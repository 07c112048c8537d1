"""Moduli of bare compositions against those of the structures that they stand for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.prediction.predictor import predict
from ssbscreen.screening.candidates.in_type import STIFFNESS, with_moduli_in_type
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES


def asked(candidates, keys=STIFFNESS):
    given = predict(candidates, keys)
    return with_moduli_in_type(candidates, given, lambda built, of: predict(built, of))


def test_a_composition_has_the_moduli_of_its_own_structure_type():
    known = {c.candidate_id: c for c in PROTOTYPES.load().candidates}
    pairs = {"Li6PS5Cl": "proto/argyrodite", "Li10GeP2S12": "proto/lgps", "Li3YCl6": "proto/li3ycl6"}
    bare = asked([Candidate(name, Composition(name)) for name in pairs])
    whole = predict([known[name] for name in pairs.values()], STIFFNESS)
    for key in STIFFNESS:
        column = bare.by_property[key]
        assert column.mean == pytest.approx(whole.by_property[key].mean, abs=0.02)
        assert all(str(note).startswith("structure by prototype") for note in column.note)


def test_a_glass_and_what_no_type_holds_keep_what_they_have():
    given = [
        Candidate("glass", Composition("Li3PS4"), label="75Li2S-25P2S5 glass"),
        Candidate("oxyhalide", Composition("LiTaOCl4")),
    ]
    alone = predict(given, STIFFNESS)
    for key, column in asked(given).by_property.items():
        assert np.array_equal(column.mean, alone.by_property[key].mean, equal_nan=True)


def test_structures_are_left_as_they_are():
    """One that is wider than its type, so that the type would answer another question."""
    known = next(c for c in PROTOTYPES.load().candidates if c.candidate_id == "proto/argyrodite")
    assert known.crystal is not None
    wide = replace(known, crystal=replace(known.crystal, lattice=1.06 * known.crystal.lattice))
    found, alone = asked([wide]), predict([wide], STIFFNESS)
    of_type = asked([Candidate("bare", known.composition)])
    for key in STIFFNESS:
        for name in ("mean", "std"):
            own = getattr(alone.by_property[key], name)
            assert np.array_equal(getattr(found.by_property[key], name), own)
        assert abs(alone.by_property[key].mean - of_type.by_property[key].mean) > 0.02


def test_the_error_holds_that_of_guessing_the_type():
    """0.10 and 0.11 in log10 of K and G, of 163 crystals whose structures are known (docs/results/crystals.md)."""
    known = next(c for c in PROTOTYPES.load().candidates if c.candidate_id == "proto/argyrodite")
    guessed, whole = asked([Candidate("bare", known.composition)]), predict([known], STIFFNESS)
    for key, of_type in (("bulk_modulus", 0.10), ("shear_modulus", 0.11)):
        expected = np.hypot(whole.by_property[key].std, of_type)
        assert guessed.by_property[key].std == pytest.approx(expected, rel=0.02)
