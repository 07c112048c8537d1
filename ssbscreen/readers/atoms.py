"""Crystals out of the objects of other libraries: ASE atoms, pymatgen structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.structures import Frame

if TYPE_CHECKING:
    from ase import Atoms


def frame_of(atoms: Atoms) -> Frame:
    """Crystal of ASE atoms.

    Raises:
        InputError: no cell, not periodic in three directions, or an atom that is no element.
    """
    from ase.data import chemical_symbols

    if not atoms.cell.any(axis=1).all():
        raise InputError('it has no unit cell of three vectors; in extended XYZ, give Lattice="..." in the second line')
    if not atoms.pbc.all():
        missing = " and ".join(axis for axis, periodic in zip("abc", atoms.pbc, strict=True) if not periodic)
        raise InputError(f"it is not periodic along {missing}; properties of the bulk need a crystal")
    numbers = atoms.get_atomic_numbers()
    if not len(numbers):
        raise InputError("it holds no atoms")
    if ((numbers < 1) | (numbers > 103)).any():
        place = int(np.flatnonzero((numbers < 1) | (numbers > 103))[0])
        name = chemical_symbols[numbers[place]] if 0 <= numbers[place] < len(chemical_symbols) else numbers[place]
        raise InputError(f"atom {place + 1} is '{name}', which is no element that is known here")
    if not (np.isfinite(atoms.cell).all() and np.isfinite(atoms.positions).all()):
        raise InputError("a coordinate or lattice vector is not a number")
    if abs(atoms.cell.volume) < 1e-3:
        raise InputError("the cell has no volume; check the cell (angstrom)")
    return Frame(Crystal.ordered(np.asarray(atoms.cell), atoms.get_scaled_positions(wrap=False), numbers))
