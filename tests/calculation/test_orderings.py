"""Orderings of partly occupied crystals, against enumeration and the ideal entropy."""

import math

import numpy as np
import pytest

from ssbscreen.calculation.orderings import _difference, mix, orderings
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
        assert _difference(one, crystal) <= 0.02
        structure = one.to_structure()
        distances = structure.distance_matrix + 10 * np.eye(len(structure))
        assert distances.min() > 1.2
    again = orderings(crystal, 4, 120)
    assert all(np.array_equal(a.frac, b.frac) for a, b in zip(found, again, strict=True))


def test_the_cell_is_repeated_until_atoms_are_whole():
    assert orderings(mixed(0.25), 1, 40)[0].n_atoms == 8
    with pytest.raises(InputError, match="whole atoms"):
        orderings(mixed(0.1), 1, 8)
    ordered = orderings(mixed(), 1, 40)[0]
    assert orderings(ordered, 5, 40) == (ordered,)


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
