"""Nearest neighbours of the sites of a crystal, disorder included."""

from __future__ import annotations

import numpy as np
from pymatgen.optimization.neighbors import find_points_in_spheres

from ssbscreen.core.crystal import Crystal

_SELF = 1e-3  # angstrom; closer pairs are a site and itself, or duplicates
EXCLUSIVE = 1.2  # angstrom; partially filled sites this close cannot be filled at once


def nearest_neighbours(
    crystal: Crystal, k: int, cutoff: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The k nearest neighbours of every site under periodic boundary conditions.

    Which of several equally distant sites come last depends on their order, but those lie at `reach`, where
    their weight in the network is 0, so that nothing predicted depends on it. Sites that exclude each other
    (partial occupancies that fit into one atom, closer than 1.2 angstrom) are no neighbours.

    Args:
        crystal: of any size.
        k: neighbours a site.
        cutoff: farthest neighbour, angstrom.

    Returns:
        Site index of the neighbours, nearest first (n, k); their distance, `cutoff` where there are fewer than k
        (n, k); reach, the distance of the neighbour after the last, at which a weight is to be 0 (n,); and the vector
        from each site to its neighbours, 0 where there are fewer than k (n, k, 3).
    """
    n = crystal.n_sites
    cartesian = np.ascontiguousarray(crystal.frac @ crystal.lattice)
    lattice = np.ascontiguousarray(crystal.lattice)
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=n)
    # a sphere that holds 1.7 (k + 1) sites at the mean density is enough for nearly every site
    radius = min((3 * (k + 1) * 1.7 * crystal.volume / (4 * np.pi * n)) ** (1 / 3), cutoff)
    while True:
        centre, other, image, distance = find_points_in_spheres(
            cartesian, cartesian, r=float(radius), pbc=np.ones(3, dtype=np.int64), lattice=lattice, tol=1e-8
        )
        keep = distance > _SELF
        if n != len(crystal.occupancy) or crystal.occupancy.min() < 0.999:
            keep &= (distance > EXCLUSIVE) | (filled[centre] + filled[other] > 1.01)
        counts = np.bincount(centre[keep], minlength=n)
        if counts.min() > k or radius >= cutoff:
            break
        radius = min(radius * 1.3, cutoff)
    centre, other, image, distance = centre[keep], other[keep], image[keep], distance[keep]
    order = np.lexsort((distance, centre))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.arange(len(centre)) - starts[centre[order]]
    order, place = order[place <= k], place[place <= k]
    centre, other, distance = centre[order], other[order], distance[order]
    index = np.repeat(np.arange(n)[:, None], k + 1, axis=1)
    dist = np.full((n, k + 1), cutoff)
    vector = np.zeros((n, k + 1, 3))
    index[centre, place] = other
    dist[centre, place] = distance
    vector[centre, place] = cartesian[other] + image[order] @ lattice - cartesian[centre]
    return index[:, :k], dist[:, :k], dist[:, k], vector[:, :k]
