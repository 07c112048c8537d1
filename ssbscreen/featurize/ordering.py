"""One ordered state of a partly occupied crystal, in its own cell: whole atoms where the averages of sites were.

A network that was trained on ordered crystals takes an averaged site for an atom at full strength with many close
neighbours, so that split and half-empty sites look crowded: too stiff, without a gap, high in energy. Here each set of
equally occupied sites gets whole atoms and whole vacancies, placed where their formal charges attract most and repel
least. What does not come out whole in the cell stays an average on as few sites as possible, so that the composition
is kept to the last digit.

Nothing is random and nothing depends on how the crystal was written: every step takes the lowest energy, and sites of
equal energy are equal by symmetry.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pymatgen.optimization.neighbors import find_points_in_spheres
from scipy.special import erfc

from ssbscreen.core.constants import COULOMB
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.featurize.charge_balance import usual_charges
from ssbscreen.featurize.neighbours import EXCLUSIVE

_CLOSEST_H = 0.6  # angstrom, where one of them is hydrogen
_CUTOFF, _DAMPING = 9.0, 0.2  # angstrom and 1/angstrom of Wolf's sum
_TOO_CLOSE = 1e3  # eV; more than any electrostatics
_WHOLE = 1e-3  # atoms; an occupancy or a sum this close to a whole number is one
_ROUNDED = 5e-4  # of each occupancy, which is printed with three digits
_SAME_SHARE = 0.005  # occupancy within which two sites are of one set
_MARK = 1e-3  # charge for each unit of the atomic number, so that ions of equal charge are told apart
_GAIN = 1e-6  # eV; exchanges that lower the energy by less are none


@dataclass(frozen=True)
class _Set:
    """Equally occupied sites and what they hold in whole atoms.

    Attributes:
        sites: of the crystal.  # (n,)
        contents: share of each element at a site, the rest is vacant; one row a kind of content.  # (n_kinds, 104)
        counts: sites that get each of them, the sum is n.  # (n_kinds,)
    """

    sites: np.ndarray
    contents: np.ndarray
    counts: np.ndarray

    @property
    def filler(self) -> int:
        """What is left for the sites that nothing else takes: a vacancy where there is one, else the most frequent."""
        is_empty = self.contents.sum(axis=1) < 1e-9
        return int(np.argmax(is_empty)) if is_empty.any() else int(np.argmax(self.counts))


def ordered_state(crystal: Crystal) -> Crystal:
    """The crystal with whole atoms on its partly occupied sites, as far as its cell allows; an ordered one as it is.

    Energies are those of formal charges by Wolf's damped, shifted sum, the charges of sites not yet decided being their
    means. Atoms are placed one by one, the most unusual charges first, then exchanged within their sets as long as that
    lowers the energy.

    Returns:
        Same lattice and composition. The crystal as given where whole atoms would come nearer than `EXCLUSIVE`.

    Source: D. Wolf et al., J. Chem. Phys. 110, 8254 (1999), 10.1063/1.478738.
    """
    if crystal.is_ordered:
        return crystal
    shares = np.zeros((crystal.n_sites, 104))
    np.add.at(shares, (crystal.occupant_site, crystal.occupant_z), crystal.occupancy)
    open_sites = np.flatnonzero(shares.max(axis=1) < 1.0 - _WHOLE)
    if not len(open_sites):
        return crystal
    sets = _whole_atoms(shares, open_sites)
    energy = _Energy(crystal, shares, open_sites)
    for number, content in _by_charge(sets, energy.mean_charge):
        energy.place(sets[number], content)
    for group in sets:
        energy.place(group, group.filler)
    energy.exchange([group.sites for group in sets])
    if energy.has_clash:  # the counts of the sets cannot be had at once: only those of the elements are kept
        energy.exchange(_of_same_elements(shares, open_sites))
    if energy.has_clash:
        return crystal
    site, z = np.nonzero(energy.shares > 1e-9)
    kept, place = np.unique(site, return_inverse=True)
    return Crystal(crystal.lattice, crystal.frac[kept], place, z, energy.shares[site, z])


def _whole_atoms(shares: np.ndarray, open_sites: np.ndarray) -> list[_Set]:
    """Sets of equally occupied sites, with whole atoms of every element and vacancies as far as they go.

    Fractions left over in several sets are brought together: two sets with 5.3 and 2.7 lithium atoms get 5 and 3.
    """
    own = shares[open_sites]
    levels = np.stack([_levels(column) for column in own[:, own.any(axis=0)].T], axis=1)
    kinds = np.unique(levels, axis=0, return_inverse=True)[1].ravel()
    groups = [open_sites[kinds == kind] for kind in range(kinds.max() + 1)]
    amounts = np.array([shares[sites].sum(axis=0) for sites in groups])
    amounts[:, 0] = [len(sites) - row.sum() for sites, row in zip(groups, amounts, strict=True)]  # 0 is a vacancy
    whole = np.floor(amounts + _WHOLE)
    left = np.maximum(amounts - whole, 0.0)
    _gather(whole, left, max(_WHOLE, _ROUNDED * len(open_sites)))
    found = []
    for sites, counts, rest in zip(groups, whole, left, strict=True):
        present = np.flatnonzero(counts)
        contents, numbers = np.eye(104)[present], counts[present].astype(int)
        n_mixed = len(sites) - int(numbers.sum())
        if n_mixed:
            contents = np.vstack([contents, rest / rest.sum()])
            numbers = np.append(numbers, n_mixed)
        contents[:, 0] = 0.0
        found.append(_Set(sites, contents, numbers))
    return found


def _of_same_elements(shares: np.ndarray, open_sites: np.ndarray) -> list[np.ndarray]:
    """Sites that hold the same elements in part."""
    kinds = np.unique(shares[open_sites] > 0, axis=0, return_inverse=True)[1].ravel()
    return [open_sites[kinds == kind] for kind in range(kinds.max() + 1)]


def _gather(whole: np.ndarray, left: np.ndarray, tolerance: float) -> None:
    """Turn fractions of several sets into whole atoms, in place; sums of rows and columns stay as they are.

    Args:
        whole: atoms of each element in each set.  # (n_sets, 104)
        left: fractions beside them, the sum of each row is whole.  # (n_sets, 104)
        tolerance: atoms that a sum may lack to be whole.
    """
    while True:
        is_possible = (left > _WHOLE) & (left.sum(axis=0) > 1.0 - tolerance)
        if not is_possible.any():
            return
        worth = np.where(is_possible, np.round(left, 3), -1.0)
        k, z = np.unravel_index(int(np.argmax(worth)), left.shape)
        others = np.arange(len(left)) != k
        wanted = 1.0 - left[k, z]
        given = left[:, z] * others
        given = given * (wanted / max(given.sum(), 1e-12) if wanted > 0 else 0.0)
        handed = left[k].copy()
        handed[z] = 0.0
        handed *= wanted / max(handed.sum(), 1e-12)
        share = given / max(given.sum(), 1e-12)
        left[others] += share[others, None] * handed[None]
        left[:, z] -= given
        left[k] -= handed
        left[k, z] = 0.0
        whole[k, z] += 1
        np.maximum(left, 0.0, out=left)


def _levels(values: np.ndarray) -> np.ndarray:
    """Number of the level of each share; levels are parted by steps that rounding does not explain.  # (n,)"""
    order = np.argsort(values, kind="stable")
    found = np.zeros(len(values), dtype=int)
    found[order[1:]] = np.cumsum(np.diff(values[order]) > _SAME_SHARE)
    return found


def _by_charge(sets: list[_Set], mean: np.ndarray) -> list[tuple[int, int]]:
    """Set and content in the order of placing: what differs most from the mean charge of its sites comes first.

    What fills the rest of a set is left out.
    """
    found = []
    for number, group in enumerate(sets):
        charges = group.contents @ marked_charges()
        centre = float(mean[group.sites].mean())
        found += [(-abs(charges[i] - centre), number, i) for i in range(len(charges)) if i != group.filler]
    return [(number, i) for _, number, i in sorted(found, key=lambda item: (round(item[0], 6), *item[1:]))]


@lru_cache(maxsize=1)
def marked_charges() -> np.ndarray:
    """Usual formal charges, each a little larger the heavier the element.  # (104,)"""
    charges = usual_charges()
    return charges + _MARK * np.arange(len(charges)) * np.sign(charges)


class _Energy:
    """Charges of all sites and what they feel, brought up to date as sites are decided.

    Attributes:
        shares: of each element at each site.  # (n_sites, 104)
        mean_charge: of each site, as given.  # (n_sites,)
        has_clash: whether two atoms stand nearer than allowed.
    """

    def __init__(self, crystal: Crystal, shares: np.ndarray, open_sites: np.ndarray) -> None:
        self.shares = shares.copy()
        self.mean_charge = shares @ marked_charges()
        self._charge = self.mean_charge.copy()
        self._is_open = np.zeros(crystal.n_sites, dtype=bool)
        self._is_open[open_sites] = True
        self._atoms = np.zeros(crystal.n_sites)  # on decided sites
        self._pair, self._clash = _pairs(crystal, shares, self._is_open)
        self._felt = self._pair @ self._charge

    @property
    def has_clash(self) -> bool:
        """Two atoms nearer than allowed."""
        is_there = self._atoms > 0.5
        return bool((self._clash[np.ix_(is_there, is_there)] > 0).any())

    def place(self, group: _Set, content: int) -> None:
        """Put one kind of content on as many sites as it has, one after the other."""
        held = group.contents[content]
        charge = float(held @ marked_charges())
        for _ in range(int(group.counts[content])):
            free = group.sites[self._is_open[group.sites]]
            step = charge - self._charge[free]
            cost = step * self._felt[free] + 0.5 * step**2 * self._pair[free, free]
            self._decide(int(free[np.argmin(cost)]), held)

    def _decide(self, site: int, held: np.ndarray) -> None:
        charge = float(held @ marked_charges())
        self._felt += (charge - self._charge[site]) * self._pair[:, site]
        self._charge[site] = charge
        self.shares[site] = held
        self._atoms[site] = held.sum()
        self._is_open[site] = False

    def exchange(self, sets: list[np.ndarray]) -> None:
        """Exchange the contents of two sites of a set as long as that lowers the energy, the best exchange first."""
        sites = np.concatenate(sets)
        of_set = np.repeat(np.arange(len(sets)), [len(group) for group in sets])
        pair, clash = self._pair[np.ix_(sites, sites)], self._clash[np.ix_(sites, sites)]
        own = np.diag(pair)
        bend = 0.5 * (own[:, None] + own[None]) - pair
        is_apart = of_set[:, None] != of_set[None]
        for _ in range(4 * len(sites)):
            charge, atoms, felt = self._charge[sites], self._atoms[sites], self._felt[sites]
            crowd = clash @ atoms
            step, moved = charge[:, None] - charge[None], atoms[:, None] - atoms[None]
            change = -step * (felt[:, None] - felt[None]) + step**2 * bend
            change -= moved * (crowd[:, None] - crowd[None]) + moved**2 * clash
            change[is_apart] = 0.0
            a, b = np.unravel_index(int(np.argmin(change)), change.shape)
            if change[a, b] > -_GAIN:
                return
            first, second = self.shares[sites[a]].copy(), self.shares[sites[b]].copy()
            self._decide(int(sites[a]), second)
            self._decide(int(sites[b]), first)


def _pairs(crystal: Crystal, shares: np.ndarray, is_open: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energy of unit charges on every two sites, all images counted, and the penalty where atoms would be too close.

    Returns:
        eV, rows of the open sites alone, the others 0.  # (n_sites, n_sites) twice
    """
    n = crystal.n_sites
    cartesian = np.ascontiguousarray(crystal.frac @ crystal.lattice)
    lattice = np.ascontiguousarray(crystal.lattice)
    open_sites = np.flatnonzero(is_open)
    centre, other, _, distance = find_points_in_spheres(
        cartesian,
        np.ascontiguousarray(cartesian[open_sites]),
        r=_CUTOFF,
        pbc=np.ones(3, dtype=np.int64),
        lattice=lattice,
        tol=1e-8,
    )
    keep = distance > 1e-3
    place, distance = (open_sites[centre] * n + other)[keep], distance[keep]
    energy = COULOMB * (erfc(_DAMPING * distance) / distance - erfc(_DAMPING * _CUTOFF) / _CUTOFF)
    pair = np.bincount(place, weights=energy, minlength=n * n).reshape(n, n)
    holds_h = shares[:, ATOMIC_NUMBER["H"]] > 0
    closest = np.where(holds_h[place // n] | holds_h[place % n], _CLOSEST_H, EXCLUSIVE)
    is_near = (distance < closest) & is_open[place // n] & is_open[place % n]
    clash = np.bincount(place[is_near], weights=_TOO_CLOSE * (closest - distance)[is_near], minlength=n * n)
    return pair, clash.reshape(n, n)
