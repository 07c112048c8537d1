"""Extended XYZ of ASE, one or more frames."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ssbscreen.core.errors import InputError
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import StructureFormat, first_line

if TYPE_CHECKING:
    from pymatgen.core import Structure


def _parse(text: str, limits: Limits) -> list[Structure]:
    from ase.io import read
    from pymatgen.io.ase import AseAtomsAdaptor

    try:
        frames = read(io.StringIO(text), index=":", format="extxyz")
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable extxyz ({first_line(error)}); check that the file is complete") from error
    if not frames:
        raise InputError("the file holds no frame")
    out: list[Structure] = []
    for atoms in frames:
        if atoms.cell.rank < 3:
            raise InputError('a frame has no unit cell; give Lattice="..." in its second line')
        out.append(AseAtomsAdaptor.get_structure(atoms))
    return out


READER = StructureFormat((".extxyz", ".xyz"), _parse)
