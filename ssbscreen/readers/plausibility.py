"""Cells that can be read and are hardly what was meant: vacuum, single molecules, coordinates in angstrom."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from ssbscreen.core.crystal import Crystal

WIDEST_GAP = 8.0  # angstrom; two in a hundred computed crystals have more: single layers and dilute cells
LEAST_DENSITY = 0.3  # g/cm3; lithium has 0.53, lithium borohydride 0.67
_BEYOND = 1.5  # fractional coordinate from which atoms lie well outside the cell
_FILLED = 0.3  # share of each edge over which coordinates spread where they fill a cell
_CLOSEST = 1.0  # angstrom, between atoms of a crystal without hydrogen molecules


def doubt_of(crystal: Crystal) -> str:
    """Why a crystal may be none; empty where nothing is odd."""
    if (gap := widest_gap(crystal)) > WIDEST_GAP:
        return f"{gap:.1f} angstrom of the cell are empty, as in a slab or a molecule"
    if crystal.density < LEAST_DENSITY:
        return f"{crystal.density:.2g} g/cm3 is the density of a molecule in a box, not of a solid"
    return ""


def widest_gap(crystal: Crystal) -> float:
    """Widest empty slice of the cell between parallel planes of the lattice, angstrom."""
    spacing = 1.0 / np.linalg.norm(np.linalg.inv(crystal.lattice), axis=0)
    ordered = np.sort(np.mod(crystal.frac, 1.0), axis=0)
    gaps = np.diff(np.vstack([ordered, ordered[:1] + 1.0]), axis=0).max(axis=0)
    return float((gaps * spacing).max())


def looks_cartesian(frac: np.ndarray, lattice: np.ndarray) -> bool:
    """Whether coordinates given as fractions reach far beyond the cell, and fill it sensibly if they are angstrom.

    Args:
        frac: as listed, not brought into the cell.  # (n, 3)
        lattice: rows are the lattice vectors, angstrom.  # (3, 3)
    """
    if len(frac) < 2 or not np.isfinite(lattice).all() or (frac.max(axis=0) > _BEYOND).sum() < 2:
        return False
    inside = frac @ np.linalg.inv(lattice)
    fills = (inside > -0.05).all() and (inside < 1.05).all() and (np.ptp(inside, axis=0) > _FILLED).all()
    return bool(fills) and float(cKDTree(frac).query(frac, k=2)[0][:, 1].min()) > _CLOSEST
