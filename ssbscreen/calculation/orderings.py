"""Orderings of a partly occupied crystal: the one of least electrostatic energy, and others near it.

The cell is repeated until whole atoms give its composition: every element is there, no atomic fraction differs by more
than `ROUNDED`, and the cell is no more charged than the average was. Others follow from the first by exchanging what
stands on sites that share the same elements, one to three times, at random with the seed of the crystal itself.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, ZERO_CELSIUS
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.charge_balance import usual_charges
from ssbscreen.featurize.neighbours import EXCLUSIVE
from ssbscreen.featurize.ordering import ordered_state
from ssbscreen.physics.mixing_entropy import mixing_entropy

_MOST_EXCHANGES = 3
_TRIES = 40  # for each ordering wanted
ROUNDED = 0.02  # of an atomic fraction that whole atoms may differ from the average
_CHARGED = 0.5  # elementary charges of an ordered cell that count as none


@dataclass(frozen=True)
class Mixture:
    """Orderings at the temperature at which they are frozen in.

    Attributes:
        weights: of Boltzmann, the sum is 1.  # (n,)
        energy: mean with these weights, eV/atom.
        spread: standard deviation with these weights, eV/atom.
        entropy_found: per atom in units of Boltzmann's constant, of the orderings alone: a lower limit.
        entropy_ideal: of sites filled independently: an upper limit.
    """

    weights: np.ndarray
    energy: float
    spread: float
    entropy_found: float
    entropy_ideal: float

    def free_energy(self, temperature_c: float) -> tuple[float, float]:
        """Free energy of the frozen disorder and its doubt, eV/atom: the middle between both limits of the entropy."""
        per_unit = BOLTZMANN_EV * (temperature_c + ZERO_CELSIUS)
        middle = 0.5 * (self.entropy_found + self.entropy_ideal)
        half = 0.5 * (self.entropy_ideal - self.entropy_found)
        return self.energy - per_unit * middle, per_unit * abs(half)


def orderings(crystal: Crystal, n: int, max_atoms: int, seed: int = 0) -> tuple[Crystal, ...]:
    """Up to n orderings, that of least electrostatic energy first; an ordered crystal alone.

    Args:
        crystal: may be ordered.
        n: orderings wanted.
        max_atoms: of their cell.
        seed: of the exchanges.

    Raises:
        InputError: whole atoms do not give the composition in a cell of that size.
    """
    if crystal.is_ordered:
        return (crystal,)
    repeated, first = _first(crystal, max_atoms)
    sites = _occupants(repeated, first)
    groups = _groups(repeated)
    found, rng = [sites], np.random.default_rng([seed, len(sites), int(sites.sum())])
    known = {sites.tobytes()}
    for _ in range(_TRIES * (n - 1)):
        if len(found) == n:
            break
        other = _exchanged(sites, groups, rng)
        if other.tobytes() not in known and _is_apart(repeated, other):
            known.add(other.tobytes())
            found.append(other)
    return tuple(_crystal(repeated, one) for one in found)


def mix(energies: np.ndarray, n_atoms: float, crystal: Crystal, temperature_c: float) -> Mixture:
    """Boltzmann's weights of orderings.

    Args:
        energies: of each, eV/atom.  # (n,)
        n_atoms: of their cell.
        crystal: the disordered one.
        temperature_c: of annealing, degree C.
    """
    scaled = (energies - energies.min()) * n_atoms / (BOLTZMANN_EV * (temperature_c + ZERO_CELSIUS))
    weights = np.exp(-scaled) / np.exp(-scaled).sum()
    mean = float(weights @ energies)
    entropy = float(-(weights * np.log(np.maximum(weights, 1e-300))).sum() / n_atoms)
    ideal = max(mixing_entropy(crystal), entropy)
    return Mixture(weights, mean, float(np.sqrt(weights @ (energies - mean) ** 2)), entropy, ideal)


def _first(crystal: Crystal, max_atoms: int) -> tuple[Crystal, Crystal]:
    """Repeated cell and its ordering of least electrostatic energy, in the smallest cell with whole atoms."""
    n_most = int(max_atoms / crystal.n_atoms + 1e-6)
    shapes = sorted(
        (shape for shape in itertools.product(range(1, n_most + 1), repeat=3) if math.prod(shape) <= n_most),
        key=lambda shape: (math.prod(shape), max(shape), shape[::-1]),
    )
    for shape in shapes:
        repeated = _repeated(crystal, shape)
        ordered = ordered_state(repeated)
        if not ordered.is_ordered:
            ordered = _rounded(ordered)
        if (
            ordered.is_ordered
            and difference(ordered, crystal) <= ROUNDED
            and _charge(ordered) <= max(_charge(repeated), _CHARGED)
            and _is_apart(repeated, _occupants(repeated, ordered))
        ):
            return repeated, ordered
    raise InputError(
        f"whole atoms do not give its composition, to {ROUNDED:g} of every atomic fraction and without a charge, in a "
        f"cell of at most {max_atoms} atoms; raise max_atoms of the orderings"
    )


def _repeated(crystal: Crystal, shape: tuple[int, ...]) -> Crystal:
    """Supercell along the vectors of the cell."""
    n, factor = crystal.n_sites, np.array(shape)
    cells = np.array(list(itertools.product(*map(range, shape))), dtype=float)
    frac = ((crystal.frac[None] + cells[:, None]) / factor).reshape(-1, 3)
    site = (crystal.occupant_site[None] + n * np.arange(len(cells))[:, None]).ravel()
    return Crystal(
        crystal.lattice * factor[:, None],
        frac,
        site,
        np.tile(crystal.occupant_z, len(cells)),
        np.tile(crystal.occupancy, len(cells)),
    )


def _rounded(crystal: Crystal) -> Crystal:
    """Sites that stayed an average hold the element of the largest share, or nothing."""
    shares = np.zeros((crystal.n_sites, 104))
    np.add.at(shares, (crystal.occupant_site, crystal.occupant_z), crystal.occupancy)
    shares[:, 0] = 1.0 - shares.sum(axis=1)
    z = shares.argmax(axis=1)
    return Crystal.ordered(crystal.lattice, crystal.frac[z > 0], z[z > 0])


def difference(one: Crystal, other: Crystal) -> float:
    """Largest difference of an atomic fraction; infinite where one of them lacks an element."""
    amounts = [np.bincount(c.occupant_z, weights=c.occupancy, minlength=104) for c in (one, other)]
    if not np.array_equal(amounts[0] > 0.0, amounts[1] > 0.0):
        return math.inf
    shares = [x / x.sum() for x in amounts]
    return float(np.abs(shares[0] - shares[1]).max())


def _charge(crystal: Crystal) -> float:
    """Size of the net charge of a cell by usual formal charges, elementary charges."""
    return abs(float(crystal.occupancy @ usual_charges()[crystal.occupant_z]))


def _occupants(repeated: Crystal, ordered: Crystal) -> np.ndarray:
    """Atomic number at each site of the disordered cell, 0 where it is empty.  # (n_sites,)"""
    found = np.zeros(repeated.n_sites, dtype=np.int64)
    delta = ordered.frac[:, None] - repeated.frac[None]
    distance = np.linalg.norm((delta - np.round(delta)) @ repeated.lattice, axis=2)
    found[distance.argmin(axis=1)] = ordered.occupant_z
    return found


def _groups(repeated: Crystal) -> list[np.ndarray]:
    """Partly occupied sites that hold the same elements."""
    shares = np.zeros((repeated.n_sites, 104))
    np.add.at(shares, (repeated.occupant_site, repeated.occupant_z), repeated.occupancy)
    is_open = shares.max(axis=1) < 0.999
    kinds = np.unique(shares > 0, axis=0, return_inverse=True)[1].ravel()
    return [np.flatnonzero(is_open & (kinds == kind)) for kind in np.unique(kinds[is_open])]


def _exchanged(sites: np.ndarray, groups: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """What stands on sites of a group exchanged, one to three times."""
    other = sites.copy()
    mixed = [group for group in groups if len(np.unique(sites[group])) > 1]
    for _ in range(int(rng.integers(1, _MOST_EXCHANGES + 1)) if mixed else 0):
        group = mixed[int(rng.integers(len(mixed)))]
        a = int(rng.choice(group))
        unlike = group[other[group] != other[a]]
        if len(unlike):
            b = int(rng.choice(unlike))
            other[a], other[b] = other[b], other[a]
    return other


def _is_apart(repeated: Crystal, sites: np.ndarray) -> bool:
    """Whether no two atoms stand nearer than split sites do; hydrogen may."""
    held = (sites > 0) & (sites != 1)
    frac = repeated.frac[held]
    delta = frac[:, None] - frac[None]
    distance = np.linalg.norm((delta - np.round(delta)) @ repeated.lattice, axis=2)
    np.fill_diagonal(distance, np.inf)
    return bool(distance.min(initial=np.inf) >= EXCLUSIVE)


def _crystal(repeated: Crystal, sites: np.ndarray) -> Crystal:
    return Crystal.ordered(repeated.lattice, repeated.frac[sites > 0], sites[sites > 0])
