"""Orderings of partly occupied crystals, against enumeration and the ideal entropy."""

import math

import numpy as np
import pytest

from ssbscreen.calculation.orderings import ROUNDED, difference, mix, orderings
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.physics.mixing_entropy import mixing_entropy
from ssbscreen.sources.prototypes import load_prototypes


def mixed(share=0.5):
    """Rock salt whose cation site holds Li and Na."""
    lattice = 2.5 * np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
    return Crystal(
        lattice,
        np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]),
        np.array([0, 0, 1]),
        np.array([3, 11, 17]),
        np.array([share, 1 - share, 1.0]),
    )


@pytest.mark.parametrize(
    "row", [r for r in load_prototypes() if not r.primitive.crystal.is_ordered], ids=lambda r: r.name
)
def test_every_disordered_structure_type_has_orderings_of_its_composition(row):
    crystal = row.primitive.crystal
    found = orderings(crystal, 4, 120)
    assert len({c.frac.tobytes() + c.occupant_z.tobytes() for c in found}) == len(found) >= 2
    for one in found:
        assert one.is_ordered
        assert one.n_atoms == found[0].n_atoms
        assert difference(one, crystal) <= ROUNDED
        structure = one.to_structure()
        distances = structure.distance_matrix + 10 * np.eye(len(structure))
        assert distances.min() > 1.2
    again = orderings(crystal, 4, 120)
    assert all(np.array_equal(a.frac, b.frac) for a, b in zip(found, again, strict=True))


def test_the_cell_is_repeated_until_atoms_are_whole():
    assert orderings(mixed(0.25), 1, 40)[0].n_atoms == 8
    with pytest.raises(InputError, match="whole atoms"):
        orderings(mixed(0.1), 1, 8)
    with pytest.raises(InputError, match="at most 1 atoms"):
        orderings(mixed(0.999), 1, 1)
    ordered = orderings(mixed(), 1, 40)[0]
    assert orderings(ordered, 5, 40) == (ordered,)


def test_no_element_is_rounded_away_and_no_cell_becomes_charged():
    """A hundredth of sodium needs a hundred cells, though leaving it out changes the fractions by 0.005 alone."""
    with pytest.raises(InputError, match="whole atoms"):
        orderings(mixed(0.99), 1, 40)
    given = mixed(0.9)
    z = given.occupant_z.copy()
    z[1] = 12  # Li0.9Mg0.05Cl is neutral, Li17MgCl19 in 38 atoms as well; with nine lithium on ten sites it is not
    salt = Crystal(given.lattice, given.frac, given.occupant_site, z, np.array([0.9, 0.05, 1.0]))
    found = orderings(salt, 1, 40)[0].composition.get_el_amt_dict()
    assert found["Li"] + 2 * found["Mg"] == found["Cl"]


def test_weights_and_entropy_of_two_levels():
    kt = 8.617333e-5 * 773.15
    n = 4.0
    mixture = mix(np.array([0.0, kt / n]), n, mixed(), 500.0)
    assert mixture.weights[0] == pytest.approx(1 / (1 + math.exp(-1)))
    p = mixture.weights
    assert mixture.entropy_found == pytest.approx(-(p * np.log(p)).sum() / n)
    assert mixture.energy == pytest.approx(p[1] * kt / n)
    # ln 2 for each cation, half of the atoms
    assert mixture.entropy_ideal == pytest.approx(math.log(2) / 2) == pytest.approx(mixing_entropy(mixed()))
    free, doubt = mixture.free_energy(25.0)
    room = 8.617333e-5 * 298.15
    assert free + doubt == pytest.approx(mixture.energy - room * mixture.entropy_found)
    assert free - doubt == pytest.approx(mixture.energy - room * mixture.entropy_ideal)
