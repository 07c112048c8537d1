"""Wyckoff orbits: from one position to all its images, to a primitive cell, to a crystal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gemmi
import numpy as np

from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal

# Primitive vectors of each centring in sixths of the conventional ones (R: hexagonal axes, obverse).
_PRIMITIVE = {
    "P": ((6, 0, 0), (0, 6, 0), (0, 0, 6)),
    "I": ((-3, 3, 3), (3, -3, 3), (3, 3, -3)),
    "F": ((0, 3, 3), (3, 0, 3), (3, 3, 0)),
    "A": ((6, 0, 0), (0, 3, -3), (0, 3, 3)),
    "C": ((3, -3, 0), (3, 3, 0), (0, 0, 6)),
    "R": ((4, 2, 2), (-2, 2, 2), (-2, -4, 2)),
}
_SAME_SITE = 0.01  # angstrom; images closer than this are one site on a special position


@dataclass(frozen=True)
class Orbit:
    """A Wyckoff site with all its images.

    Attributes:
        label: of the site.
        species: occupancy of each element.
        frac: fractional coordinates of the images.  # (multiplicity, 3)
    """

    label: str
    species: Mapping[str, float]
    frac: np.ndarray


def orbit_of(group: gemmi.SpaceGroup, xyz: np.ndarray, lattice: np.ndarray) -> np.ndarray:
    """All images of a point in the cell, each once.  # (multiplicity, 3)"""
    operations = list(group.operations())
    rotations = np.array([op.rot for op in operations]) / gemmi.Op.DEN
    shifts = np.array([op.tran for op in operations]) / gemmi.Op.DEN
    images = (rotations @ xyz + shifts) % 1.0
    return np.asarray(images[_first_of_each(images, lattice)])


def primitive_cell(
    centring: str, lattice: np.ndarray, orbits: tuple[Orbit, ...]
) -> tuple[np.ndarray, tuple[Orbit, ...]]:
    """Lattice and orbits of a primitive cell: points of a centred lattice are kept once.

    Args:
        centring: first letter of the space group symbol, P, I, F, A, C or R (hexagonal axes).
        lattice: rows are the conventional lattice vectors, angstrom.  # (3, 3)
        orbits: in the conventional cell.
    """
    basis = np.array(_PRIMITIVE[centring]) / 6.0
    small = basis @ lattice
    out = []
    for orbit in orbits:
        frac = orbit.frac @ np.linalg.inv(basis) % 1.0
        out.append(Orbit(orbit.label, orbit.species, frac[_first_of_each(frac, small)]))
    return small, tuple(out)


def build_crystal(lattice: np.ndarray, orbits: tuple[Orbit, ...], species: tuple[Mapping[str, float], ...]) -> Crystal:
    """Crystal from orbits with the occupants given for each.

    Args:
        lattice: rows are the lattice vectors, angstrom.  # (3, 3)
        orbits: give the positions.
        species: occupancy by element for each orbit; an orbit without occupants is left out.
    """
    frac, site, number, share = [], [], [], []
    n_sites = 0
    for orbit, occupants in zip(orbits, species, strict=True):
        present = sorted((ATOMIC_NUMBER[name], amount) for name, amount in occupants.items() if amount > 0)
        if not present:
            continue
        images = len(orbit.frac)
        frac.append(orbit.frac)
        site.append(np.repeat(np.arange(n_sites, n_sites + images), len(present)))
        number.append(np.tile([z for z, _ in present], images))
        share.append(np.tile([amount for _, amount in present], images))
        n_sites += images
    return Crystal(lattice, np.concatenate(frac), np.concatenate(site), np.concatenate(number), np.concatenate(share))


def _first_of_each(frac: np.ndarray, lattice: np.ndarray) -> np.ndarray:
    """Indices of points that are no repetition of an earlier one."""
    delta = frac[:, None] - frac[None]
    delta -= np.round(delta)
    is_same = np.linalg.norm(delta @ lattice, axis=-1) < _SAME_SITE
    return np.unique(is_same.argmax(axis=1))  # the first point that coincides with each
