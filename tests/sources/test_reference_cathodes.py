"""Coatings that cells try: oxides, of which films conduct."""

from pymatgen.core import Composition

from ssbscreen.core.recognition import classify
from ssbscreen.sources.reference_cathodes import SOURCE


def test_every_coating_is_an_oxide():
    coatings = SOURCE.load_coatings()
    assert len(set(coatings)) == len(coatings) >= 10
    assert {classify(Composition(formula)) for formula in coatings} == {"oxide"}
