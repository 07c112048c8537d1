"""A value of a bare composition counts for the structure that is taken for the made material's, under its own name."""

from dataclasses import replace

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import OWN_MEASUREMENTS, Bound, Candidate
from ssbscreen.core.evidence import Reported
from ssbscreen.screening.candidates.materials import materials_of
from ssbscreen.screening.evidence.matching import Matcher
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES


@pytest.fixture
def structure() -> Candidate:
    """A borate that the generator made."""
    found = next(c for c in PROTOTYPES.load().candidates if c.candidate_id == "proto/li3bo3")
    return replace(found, is_known=False, label="", provenance="")


def _sample(formula: str) -> Candidate:
    return Candidate(
        "mine:2", Composition(formula), label="batch 7", source=OWN_MEASUREMENTS, is_known=True, provenance="us"
    )


def _value(of: Candidate) -> Reported:
    return Reported(of, "ionic_conductivity", -6.0, Bound.EXACT, 25.0, "laboratory: us", OWN_MEASUREMENTS, "1e-6 S/cm")


def test_a_material_is_not_called_by_the_name_of_a_sample(structure):
    found = materials_of((structure,), records=(_sample("Li3BO3"),))
    assert list(found.label) == ["Li3BO3"]
    assert list(found.is_made) == [True]


def test_the_value_of_a_made_material_counts_for_the_structure_that_stands_for_it(structure):
    matcher = Matcher([_value(_sample("Li3BO3")), _value(_sample("Li3BS3"))])
    assert matcher.of(structure) == []  # a guess of a structure: another polymorph may have been measured
    assert matcher.of(structure, stands_for_made=True) == [0]
