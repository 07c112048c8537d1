"""A family that a source names holds only where the anions allow it."""

from __future__ import annotations

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.chemistry import COMPOUND_GROUPS, FAMILIES, NAMED_BY_ANIONS, STRUCTURE_TYPES
from ssbscreen.core.identity import family_of
from ssbscreen.core.named_family import family_with_anions
from ssbscreen.core.recognition import classify, family
from ssbscreen.sources.literature import SOURCE as LITERATURE
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES


@pytest.mark.parametrize(
    ("named", "formula", "expected"),
    [
        ("metal_sulfide", "Li4YbY3O8", "metal_oxide"),  # the sites of LiYS2, filled with oxygen
        ("metal_sulfide", "LiYS2", "metal_sulfide"),
        ("thio_lisicon", "Li4GeO4", "lisicon"),
        ("lisicon", "Li3PS4", "thio_lisicon"),
        ("li3ps4", "Li3VO4", "lisicon"),  # beta-Li3PO4 and gamma-Li3PS4 are one arrangement
        ("silicate", "LiPS3", "thiophosphate"),
        ("silicate", "LiPO3", "phosphate"),
        ("thiometallate", "Li2MgSiO4", "silicate"),
        ("lipon", "Li2PS2N", "thiophosphate"),
        ("nitridophosphate", "Li6WN4", "nitride"),
        ("fluorometallate", "Li2ZrCl6", "complex_halide"),
        ("garnet", "Li7La3Zr2S12", "garnet"),  # a structure type, whatever its anions
        ("lgps", "Li10GeP2O12", "lgps"),
        ("argyrodite", "Li6PO5Cl", "argyrodite"),
    ],
)
def test_a_structure_filled_with_other_anions_takes_a_name_that_says_them(named, formula, expected):
    candidate = Candidate("x", Composition(formula), family_hint=family(named).title)
    assert family_with_anions(named, Composition(formula)) == expected
    assert family_of(candidate) == expected


def test_what_people_wrote_stays():
    """Authors of the literature table and of structure types looked at the anions themselves."""
    rows = [*LITERATURE.load().candidates, *PROTOTYPES.load().candidates]
    named = [(c, family_of(c)) for c in rows if c.composition is not None and c.polymer is None and c.family_hint]
    assert len(named) > 400
    changed = [
        c.candidate_id for c, key in named if key not in (c.family_hint, "glass") and "glass" not in c.family_hint
    ]
    assert not changed


def test_no_group_of_compounds_is_given_to_a_formula_without_its_anions():
    """Every family named for every formula of the structure types: groups end in a class of theirs."""
    groups = {row.key: row for row in COMPOUND_GROUPS}
    formulas = [c.composition for c in PROTOTYPES.load().candidates] + [Composition(f) for f in ("Li9AlP4", "LiLaS2")]
    for composition in formulas:
        for row in FAMILIES:
            found = family_with_anions(row.key, composition) if "polymer" not in row.classes else "other"
            if found in groups or found in NAMED_BY_ANIONS:
                assert classify(composition) in family(found).classes, (composition, row.key, found)


def test_names_by_anions_stand_in_the_table():
    keys = {row.key for row in STRUCTURE_TYPES}
    assert set(NAMED_BY_ANIONS) <= keys
    assert {other for other in NAMED_BY_ANIONS.values() if other} <= keys
