"""Symmetry of a crystal found from its sites, however the crystal was written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import spglib

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.limited import limited

_SYMPREC = 0.05  # angstrom, for the space group; refined and relaxed structures are off by hundredths
_SAME_POSITION = 0.01  # angstrom, for translations, so that a superstructure with larger shifts is kept
_CHEAP = 20_000  # sites times those of the rarest kind, above which the search runs in a process with a limit
_SECONDS = 1.8  # of processor time; 1000 equal atoms on a lattice need 0.4
_SAME_SHARE = 0.005  # occupancy within which two sites may be one in a smaller cell


def space_group_of(crystal: Crystal) -> int:
    """International number found by spglib, occupants of a site taken as its species; 0 where none is found.

    Raises:
        InputError: a large cell with almost, but not quite, the translations of a small one takes too long.
    """
    found = _symmetry(crystal, _SYMPREC)
    return 0 if found is None else int(found[0])


def reduced(crystal: Crystal) -> Crystal:
    """The same crystal in its Niggli-reduced primitive cell, turned and moved by nothing.

    Sites that a translation maps onto one another are averaged, positions and occupancies, so that the composition
    stays as it is. The cell is as given, but reduced, where spglib finds no symmetry.

    Raises:
        InputError: as `space_group_of`.

    Source: I. Krivy and B. Gruber, Acta Cryst. A 32, 297 (1976), 10.1107/S0567739476000636; spglib.
    """
    found = _symmetry(crystal, _SAME_POSITION)
    small, site = crystal.lattice, np.arange(crystal.n_sites)
    if found is not None:
        small, site = np.array(found[1]), np.array(found[2])
    niggli = spglib.niggli_reduce(small)
    lattice = np.asarray(small if niggli is None else niggli)
    _, first, site = np.unique(site, return_index=True, return_inverse=True)
    frac = crystal.frac @ crystal.lattice @ np.linalg.inv(lattice)
    shift = frac - frac[first][site]
    counts = np.bincount(site)
    away = np.stack([np.bincount(site, weights=column) for column in (shift - np.round(shift)).T], axis=1)
    code, inverse = np.unique(site[crystal.occupant_site] * 128 + crystal.occupant_z, return_inverse=True)
    share = np.bincount(inverse, weights=crystal.occupancy) / counts[code // 128]
    return Crystal(lattice, (frac[first] + away / counts[:, None]) % 1.0, code // 128, code % 128, share)


def _symmetry(crystal: Crystal, precision: float) -> tuple[int, list[list[float]], list[int]] | None:
    """Number, primitive lattice and the primitive site of each site; None where spglib finds nothing."""
    cell = _cell(crystal)

    def found() -> tuple[int, list[list[float]], list[int]] | None:
        dataset = spglib.get_symmetry_dataset(cell, symprec=precision)
        if dataset is None:
            return None
        return int(dataset.number), dataset.primitive_lattice.tolist(), dataset.mapping_to_primitive.tolist()

    n_alike = min(Counter(cell[2]).values())  # each of the rarest kind is tried as an image of the first
    if n_alike * crystal.n_sites <= _CHEAP:
        return found()
    return limited(found, _SECONDS, f"finding the symmetry of {crystal.n_sites} sites")


def _cell(crystal: Crystal) -> Any:
    """Lattice, positions and one number for each kind of site, as spglib takes them."""
    if crystal.is_ordered and crystal.n_sites == len(crystal.occupant_z):
        return crystal.lattice, crystal.frac % 1.0, crystal.occupant_z[np.argsort(crystal.occupant_site)].tolist()
    present = np.flatnonzero(crystal.amounts)
    amounts = np.zeros((crystal.n_sites, 104))
    np.add.at(amounts, (crystal.occupant_site, crystal.occupant_z), crystal.occupancy)
    levels = np.stack([_levels(column) for column in amounts[:, present].T], axis=1)
    kinds = np.unique(levels, axis=0, return_inverse=True)[1]
    return crystal.lattice, crystal.frac % 1.0, (kinds.ravel() + 1).tolist()


def _levels(shares: np.ndarray) -> np.ndarray:
    """Number of the level of each share; levels are parted by steps that rounding does not explain.  # (n,)"""
    order = np.argsort(shares, kind="stable")
    found = np.zeros(len(shares), dtype=int)
    found[order[1:]] = np.cumsum(np.diff(shares[order]) > _SAME_SHARE)
    return found
