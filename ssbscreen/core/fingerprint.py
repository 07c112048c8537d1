"""A fingerprint of a structure that no choice of cell, origin, rotation or scale changes."""

from __future__ import annotations

import numpy as np
from pymatgen.optimization.neighbors import find_points_in_spheres

from ssbscreen.core.crystal import Crystal

SAME_STRUCTURE = 0.02  # largest relative difference of the fingerprints of one structure
_REACH = 2.2  # in units of the cube root of the volume per atom; some 45 neighbours
_N_SHELLS = 16
_WIDTH = 0.12
_MARK = np.random.default_rng(7).normal(size=(104, 4))  # random marks of the elements


def structure_fingerprint(crystal: Crystal) -> np.ndarray:
    """Radial distribution by pairs of elements, with distances in units of the mean spacing of the atoms.

    The same for every cell of one crystal, primitive or not, whatever its origin, rotation and scale.  # (256,)
    """
    spacing = (crystal.volume / crystal.n_atoms) ** (1 / 3)
    lattice = np.ascontiguousarray(crystal.lattice / spacing)
    cartesian = np.ascontiguousarray(crystal.frac @ lattice)
    centre, other, _, distance = find_points_in_spheres(
        cartesian, cartesian, r=_REACH, pbc=np.ones(3, dtype=np.int64), lattice=lattice, tol=1e-8
    )
    keep = distance > 1e-4
    centre, other, distance = centre[keep], other[keep], distance[keep]
    mark = np.zeros((crystal.n_sites, _MARK.shape[1]))
    np.add.at(mark, crystal.occupant_site, _MARK[crystal.occupant_z] * crystal.occupancy[:, None])
    shells = np.linspace(0.4, _REACH - 0.15, _N_SHELLS)
    fading = 0.5 * (1.0 + np.cos(np.pi * distance / _REACH))
    near = np.exp(-(((distance[:, None] - shells) / _WIDTH) ** 2)) * fading[:, None]  # (n_pairs, n_shells)
    seen = np.zeros((crystal.n_sites, _N_SHELLS, mark.shape[1]))
    np.add.at(seen, centre, near[:, :, None] * mark[other][:, None, :])
    return np.einsum("ia,isb->sab", mark, seen).ravel() / crystal.n_atoms


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """Relative difference of two fingerprints, 0 for one structure and about 1 for unrelated ones."""
    size = max(float(np.linalg.norm(first)), float(np.linalg.norm(second)), 1e-12)
    return float(np.linalg.norm(first - second)) / size
