"""Coatings that cells try are oxides, of which films conduct; measured capacities against the lithium there is."""

import pytest
from pymatgen.core import Composition

from ssbscreen.core.known_electrode import MeasuredElectrode
from ssbscreen.core.recognition import classify
from ssbscreen.sources.reference_cathodes import SOURCE


def test_every_coating_is_an_oxide():
    coatings = SOURCE.load_coatings()
    assert len(set(coatings)) == len(coatings) >= 10
    assert {classify(Composition(formula)) for formula in coatings} == {"oxide"}


def _lithium(row: MeasuredElectrode) -> float:
    """Lithium a formula that a capacity (mAh/g of the lithiated state) moves: 26,801 mAh are a mole of electrons."""
    return row.value * float(row.discharged.weight) / 26801.5


def test_no_measured_capacity_takes_more_lithium_than_there_is():
    rows = [row for row in SOURCE.load_measured() if row.property == "capacity_grav"]
    assert len(rows) > 60
    for row in rows:
        assert 0.0 < _lithium(row) <= row.discharged["Li"] * 1.001, row


@pytest.mark.parametrize(
    ("material", "lithium"),
    [
        ("Li4NiTeO6", 2.0),  # "two lithium" of Ni2+/4+, 10.1039/c3cc46842a
        ("Li6CoO4", 1.0),  # one before the framework breaks, Jun et al., Adv. Energy Mater. 13 (2023)
        ("Li2VO2F (disordered)", 0.86),  # 200 of the 462 mAh/g of two lithium, ACS Appl. Energy Mater. 3, 5937 (2020)
        ("Li2VOPO4", 2.0),  # "reach the theoretical capacity of 305 mA h/g", 10.1039/C8CC02386G
    ],
)
def test_measured_capacities_are_the_lithium_that_papers_say(material, lithium):
    (row,) = (r for r in SOURCE.load_measured() if r.material == material and r.property == "capacity_grav")
    assert _lithium(row) == pytest.approx(lithium, abs=0.02)
