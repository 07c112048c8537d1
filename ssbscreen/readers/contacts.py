"""Distances between the sites of a cell that no crystal can have, found without holding all pairs."""

from __future__ import annotations

import numpy as np
from ase.data import covalent_radii
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from ssbscreen.core.crystal import SYMBOLS, Crystal
from ssbscreen.core.errors import InputError

SAME_POSITION = 0.05  # angstrom; images and occupants closer than this lie on one site
TOO_CLOSE = 0.5  # angstrom; no two atoms can be this close, so such sites are alternatives of one another
MAX_CONTACTS = 2_000_000  # pairs, images counted; 192 images of a site on one point have 37,000
FULL = 0.95  # occupancy from which two atoms cannot be alternatives


def close_pairs(frac: np.ndarray, lattice: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (i < j) closer than `limit` through the borders of the cell.

    Exact while the planes of the lattice are more than 2 * limit apart.

    Raises:
        InputError: more pairs than any crystal has, whose number would grow with the square of the atoms.
    """
    shifts = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)], dtype=float)
    margin = limit * np.linalg.norm(np.linalg.inv(lattice), axis=0)  # in fractions along each axis
    inside = np.mod(frac, 1.0)
    copies = (inside[:, None, :] + shifts[None]).reshape(-1, 3)
    owner = np.repeat(np.arange(len(frac)), len(shifts))
    near = ((copies > -margin) & (copies < 1.0 + margin)).all(axis=1)
    tree, around = cKDTree(inside @ lattice), cKDTree(copies[near] @ lattice)
    if tree.n * around.n > MAX_CONTACTS and tree.count_neighbors(around, limit) > MAX_CONTACTS:
        raise InputError(f"more than {MAX_CONTACTS} pairs of atoms lie closer than {limit:g} angstrom; check the cell")
    found = tree.sparse_distance_matrix(around, limit, output_type="ndarray")
    i, j = found["i"], owner[near][found["j"]]
    code = np.unique(i[i < j] * len(frac) + j[i < j])
    return code // len(frac), code % len(frac)


def clusters(frac: np.ndarray, lattice: np.ndarray, limit: float) -> np.ndarray:
    """Label of the connected cluster each position belongs to, labels in order of first appearance.  # (n,)"""
    i, j = close_pairs(frac, lattice, limit)
    if len(i) == 0:
        return np.arange(len(frac))
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(frac), len(frac)))
    labels = connected_components(graph, directed=False)[1]
    first = np.unique(labels, return_index=True)[1]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[labels]


def without_repeats(crystal: Crystal) -> Crystal:
    """The crystal with atoms once that are listed on both borders of the cell, by coordinates that differ by a lattice
    vector; what is listed twice with the same coordinates is a mistake.

    Raises:
        InputError: full sites lie closer than atoms can.
    """
    i, j = close_pairs(crystal.frac, crystal.lattice, TOO_CLOSE)
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=crystal.n_sites)
    full = np.minimum(filled[i], filled[j]) >= FULL
    if not full.any():
        return crystal
    i, j = i[full], j[full]
    delta = crystal.frac[i] - crystal.frac[j]
    distance = np.linalg.norm((delta - np.round(delta)) @ crystal.lattice, axis=1)
    is_image = np.round(delta).any(axis=1)
    drop = np.zeros(crystal.n_sites, dtype=bool)
    for a, b, apart, is_other in zip(i, j, distance, is_image, strict=True):
        if drop[a] or drop[b]:
            continue
        own, other = _occupants(crystal, a), _occupants(crystal, b)
        if apart > SAME_POSITION or own != other or not is_other:
            raise InputError(
                f"atoms {a + 1} ({_symbols(own)}) and {b + 1} ({_symbols(other)}) lie {apart:.2f} angstrom apart; one "
                "of them is too many"
            )
        drop[b] = True
    keep = ~drop[crystal.occupant_site]
    new_index = np.cumsum(~drop) - 1
    return Crystal(
        crystal.lattice,
        crystal.frac[~drop],
        new_index[crystal.occupant_site[keep]],
        crystal.occupant_z[keep],
        crystal.occupancy[keep],
    )


def merge_alternatives(crystal: Crystal) -> tuple[Crystal, int, int]:
    """The crystal with split sites as one site each: alternatives of one atom, too close to be filled at once.

    Sites that chains of contacts join become one where their occupancies leave room for it, in the middle by occupancy.

    Returns:
        The crystal, how many sites were merged into others, and how many pairs stay too close.

    Raises:
        InputError: one position is filled to more than 1.
    """
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=crystal.n_sites)
    group = np.arange(crystal.n_sites)
    n_close = 0
    for rank, (limit, most) in enumerate(((SAME_POSITION, 1.05), (TOO_CLOSE, 1.01)), start=1):
        label = clusters(crystal.frac, crystal.lattice, limit)
        total = np.bincount(label, weights=filled)
        if limit == SAME_POSITION and total.max() > most:
            site = int(np.flatnonzero(label == total.argmax())[0])
            raise InputError(
                f"the position of atom {site + 1} ({_symbols(_occupants(crystal, site))}) is filled to "
                f"{total.max():.3f}; occupancies of a site may sum to 1"
            )
        fits = total[label] <= most
        group = np.where(fits, rank * crystal.n_sites + label, group)
        n_close = len(close_pairs(crystal.frac[~fits], crystal.lattice, limit)[0])
    _, first, group = np.unique(group, return_index=True, return_inverse=True)
    if len(first) == crystal.n_sites:
        return crystal, 0, n_close
    shift = crystal.frac - crystal.frac[first][group]
    shift = (shift - np.round(shift)) * filled[:, None]
    whole = np.bincount(group, weights=filled)
    middle = np.stack([np.bincount(group, weights=column) for column in shift.T], axis=1) / whole[:, None]
    code, inverse = np.unique(group[crystal.occupant_site] * 128 + crystal.occupant_z, return_inverse=True)
    share = np.bincount(inverse, weights=crystal.occupancy) / np.maximum(whole, 1.0)[code // 128]
    frac = np.mod(crystal.frac[first] + middle, 1.0)
    return Crystal(crystal.lattice, frac, code // 128, code % 128, share), crystal.n_sites - len(first), n_close


def nearest_contacts(crystal: Crystal) -> np.ndarray:
    """Distance from each site that is more than half full to the nearest other one, angstrom, ascending.  # (n,)"""
    return np.sort(_distances(crystal)[0].min(axis=1, initial=np.inf))


def closest_contact(crystal: Crystal) -> float:
    """Least distance between two sites that cannot be alternatives, over the sum of their covalent radii.

    Infinite for one site. Bonds have 0.75 and more.

    Source: B. Cordero et al., Dalton Trans. 2832 (2008), 10.1039/b801115j, as in ASE.
    """
    distance, z = _distances(crystal)
    return float((distance / np.add.outer(covalent_radii[z], covalent_radii[z])).min(initial=np.inf))


def _distances(crystal: Crystal) -> tuple[np.ndarray, np.ndarray]:
    """Between sites that are more than half full, infinite to itself; and the main element of each.  # (n, n), (n,)"""
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=crystal.n_sites)
    order = np.lexsort((crystal.occupancy, crystal.occupant_site))
    main = np.zeros(crystal.n_sites, dtype=int)
    main[crystal.occupant_site[order]] = crystal.occupant_z[order]  # the last written has the largest share
    frac = crystal.frac[filled > 0.5]
    delta = frac[:, None] - frac[None]
    delta -= np.round(delta)
    distance = np.linalg.norm(delta @ crystal.lattice, axis=2)
    np.fill_diagonal(distance, np.inf)
    return distance, main[filled > 0.5]


def _occupants(crystal: Crystal, site: int) -> dict[int, float]:
    own = crystal.occupant_site == site
    return dict(zip(crystal.occupant_z[own].tolist(), crystal.occupancy[own].round(4).tolist(), strict=True))


def _symbols(occupants: dict[int, float]) -> str:
    return "/".join(SYMBOLS[z] for z in occupants)
