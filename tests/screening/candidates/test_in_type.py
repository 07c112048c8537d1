"""Moduli of bare compositions against those of the structures that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.prediction.predictor import predict
from ssbscreen.screening.candidates.in_type import STIFFNESS, TYPE_STD, with_moduli_in_type
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
    candidate = next(c for c in PROTOTYPES.load().candidates if c.candidate_id == "proto/argyrodite")
    assert np.array_equal(
        asked([candidate]).by_property["shear_modulus"].mean,
        predict([candidate], STIFFNESS).by_property["shear_modulus"].mean,
    )


def test_the_error_holds_that_of_guessing_the_type():
    known = next(c for c in PROTOTYPES.load().candidates if c.candidate_id == "proto/argyrodite")
    guessed, whole = asked([Candidate("bare", known.composition)]), predict([known], STIFFNESS)
    for key in STIFFNESS:
        expected = np.hypot(whole.by_property[key].std, TYPE_STD[key])
        assert guessed.by_property[key].std == pytest.approx(expected, rel=0.02)
