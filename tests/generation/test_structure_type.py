"""Bare compositions built in the structure type of their family: composition, sites and refusals."""

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.errors import InputError
from ssbscreen.generation.structure_type import crystal_in_type
from ssbscreen.sources.prototypes import load_prototypes, prototype


@pytest.mark.parametrize(
    "row",
    [row for row in load_prototypes() if "electrolyte" in row.record.roles and row.name not in ("tavorite",)],
    ids=lambda row: row.name,
)
def test_a_structure_type_holds_its_own_composition(row):
    found = crystal_in_type(row.composition, row.record.family)
    assert found.replaced == pytest.approx(0.0, abs=1e-6)
    own = prototype(found.prototype).crystal
    assert found.crystal.density == pytest.approx(own.density, rel=2e-3)


@pytest.mark.parametrize(
    ("formula", "family"),
    [
        ("Li5.5PS4.5Cl1.5", "argyrodite"),
        ("Li6.6P0.4Ge0.6S5I", "argyrodite"),
        ("Li10SnP2S12", "lgps"),
        ("Li6.4La3Zr1.4Ta0.6O12", "garnet"),
        ("Li2.5Y0.5Zr0.5Cl6", "li3mx6_trigonal"),
        ("Li1.5Al0.5Ge1.5P3O12", "nasicon"),
    ],
)
def test_the_crystal_has_the_composition_it_was_built_for(formula, family):
    found = crystal_in_type(Composition(formula), family)
    assert found.crystal.composition.fractional_composition.almost_equals(
        Composition(formula).fractional_composition, rtol=2e-3, atol=1e-4
    )
    assert 0.0 < found.replaced < 0.3
    assert found.words() == f"structure by prototype {found.prototype}, {found.replaced:.0%} of its framework replaced"


def test_halogens_of_an_argyrodite_stay_out_of_the_tetrahedra():
    """Li5.5PS4.5Cl1.5: four sulfur atoms bind to phosphorus, the others share two sites with all chlorine."""
    crystal = crystal_in_type(Composition("Li5.5PS4.5Cl1.5"), "argyrodite").crystal
    shares = np.zeros((crystal.n_sites, 104))
    np.add.at(shares, (crystal.occupant_site, crystal.occupant_z), crystal.occupancy)
    assert np.sort(shares[:, 16])[-4:] == pytest.approx(1.0)
    assert (shares[:, 17] > 0).sum() == 2
    assert shares[:, 17].sum() == pytest.approx(1.5)


@pytest.mark.parametrize(("formula", "edge"), [("Li6PS5Br", 9.988), ("Li6PS5I", 10.145)])
def test_the_cell_of_a_substituted_type_against_measured_ones(formula, edge):
    """Cubic edges, angstrom: 10.1021/acs.inorgchem.8b02443 and 10.1021/jacs.8b10282, as listed by OBELiX."""
    crystal = crystal_in_type(Composition(formula), "argyrodite").crystal
    assert (4 * crystal.volume) ** (1 / 3) == pytest.approx(edge, rel=0.01)


@pytest.mark.parametrize(
    ("formula", "family", "reason"),
    [
        ("Na3PS4", "li3ps4", "holds no lithium"),
        ("Li6.25Al0.25La3Zr2O12", "garnet", "sites of lithium"),
        ("Li5PS5Cl", "argyrodite", "charges do not balance"),
        ("Li10LaP2S12", "lgps", "no place fits La"),
        ("Li1.3Al0.3Ti1.7P3O12", "antiperovskite", "only one of them"),
        ("Li7PS5Cl", "no such family", "no structure type"),
        ("Li0.1PS5Cl", "argyrodite", "do not take"),
    ],
)
def test_what_a_type_does_not_hold_is_refused_with_the_reason(formula, family, reason):
    with pytest.raises(InputError, match=reason):
        crystal_in_type(Composition(formula), family)
