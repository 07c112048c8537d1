"""Listed sites and symmetry operations to the sites of a cell: images, shared positions, split sites."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.cif_sites import ListedSites
from ssbscreen.readers.cif_symmetry import Symmetry
from ssbscreen.readers.contacts import FULL, SAME_POSITION, TOO_CLOSE, close_pairs, clusters, merge_alternatives

MAX_IMAGES = 200_000  # sites times operations, before images are merged


@dataclass(frozen=True)
class Assembled:
    """Sites of a cell.

    Attributes:
        crystal: with merged split sites.
        n_merged: sites closer than 0.5 angstrom that were merged into one partially occupied site.
        n_close: pairs of sites that stay closer than 0.5 angstrom because they cannot share a site.
    """

    crystal: Crystal
    n_merged: int
    n_close: int


def assemble(lattice: np.ndarray, sites: ListedSites, symmetry: Symmetry, max_sites: int) -> Assembled:
    """Cell of all images of the listed sites.

    Args:
        lattice: rows are the lattice vectors, angstrom.  # (3, 3)
        sites: as listed.
        symmetry: operations.
        max_sites: of the cell.

    Raises:
        InputError: too many sites, full atoms on one another, or an overfilled site.
    """
    if len(sites.frac) * len(symmetry.rotations) > MAX_IMAGES:
        raise InputError(f"{len(sites.frac)} sites times {len(symmetry.rotations)} operations are more than this reads")
    positions, owners, shares = _images(lattice, sites, symmetry, max_sites)
    positions, owners, shares = _without_repeats(lattice, positions, owners, shares, sites.numbers)
    return _merged(lattice, positions, owners, shares, sites, max_sites)


def _images(
    lattice: np.ndarray, sites: ListedSites, symmetry: Symmetry, max_sites: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct images of every site: positions (n, 3), the site each belongs to (n,) and its occupancy (n,).

    Images that fall together are one atom on a special position, unless the site is written beside it: then they are
    alternatives, and their occupancies add up.
    """
    positions, owners, shares = [], [], []
    for index, point in enumerate(sites.frac):
        images = np.mod(symmetry.rotations @ point + symmetry.shifts, 1.0)
        labels = clusters(images, lattice, SAME_POSITION)
        first = np.unique(labels, return_index=True)[1]
        share = float(sites.occupancy[index]) * _alternatives(lattice, sites, index, images, labels)
        positions.append(images[first])
        owners.append(np.full(len(first), index))
        shares.append(np.full(len(first), share))
        if sum(map(len, owners)) > 4 * max_sites:
            raise InputError(f"the cell holds more than {max_sites} sites; give a smaller cell")
    return np.concatenate(positions), np.concatenate(owners), np.concatenate(shares)


def _alternatives(lattice: np.ndarray, sites: ListedSites, index: int, images: np.ndarray, labels: np.ndarray) -> float:
    """How many images of a site stand for alternatives of one another on one position; 1 on a special position."""
    n_positions = int(labels.max()) + 1
    stated = int(sites.multiplicity[index])
    if stated:
        ratio = stated / n_positions
    else:  # without a word of the file: distinct beyond the digits that are written
        rounding = 10.0 ** -max(1, int(sites.digits[index])) * float(np.linalg.norm(lattice, axis=1).max())
        ratio = (int(clusters(images, lattice, max(1e-3, rounding)).max()) + 1) / n_positions
    return ratio if ratio > 1 and sites.occupancy[index] * ratio <= 1.01 else 1.0


def _without_repeats(
    lattice: np.ndarray, positions: np.ndarray, owners: np.ndarray, shares: np.ndarray, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images without atoms that are listed twice, as on both borders of a cell or beside their own images."""
    i, j = close_pairs(positions, lattice, SAME_POSITION)
    is_twice = (owners[i] != owners[j]) & (numbers[owners[i]] == numbers[owners[j]]) & (shares[i] + shares[j] > 1.05)
    is_twice &= np.abs(shares[i] - shares[j]) < 1e-3
    keep = np.ones(len(positions), dtype=bool)
    keep[j[is_twice]] = False
    return positions[keep], owners[keep], shares[keep]


def _merged(
    lattice: np.ndarray, frac: np.ndarray, owners: np.ndarray, shares: np.ndarray, sites: ListedSites, max_sites: int
) -> Assembled:
    """Sites out of occupants: those on one position share it, split sites are merged where they fit."""
    numbers = sites.numbers[owners]
    site = clusters(frac, lattice, SAME_POSITION)
    n_sites = int(site.max()) + 1
    if n_sites > max_sites:
        raise InputError(f"the cell holds {n_sites} sites, more than the limit of {max_sites}; give a smaller cell")
    first = np.unique(site, return_index=True)[1]
    total = np.bincount(site, weights=shares, minlength=n_sites)
    for i, j in zip(*close_pairs(frac[first], lattice, TOO_CLOSE), strict=True):
        if min(total[i], total[j]) >= FULL:
            names = [f"{sites.labels[owners[first[k]]]} ({SYMBOLS[numbers[first[k]]]})" for k in (i, j)]
            raise InputError(f"atoms {names[0]} and {names[1]} lie on one another; one of them is too many")
    if total.max() > 1.05:
        label = sites.labels[owners[int(np.flatnonzero(site == total.argmax())[0])]]
        raise InputError(f"site '{label}' is filled to {total.max():.3f}; occupancies of a site may sum to 1")
    # several occupants of one element on a site become one
    code, inverse = np.unique(site * 128 + numbers, return_inverse=True)
    occupancy = np.bincount(inverse, weights=shares) / np.maximum(total, 1.0)[code // 128]
    return Assembled(*merge_alternatives(Crystal(lattice, frac[first], code // 128, code % 128, occupancy)))
