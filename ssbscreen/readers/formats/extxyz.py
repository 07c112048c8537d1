"""Extended XYZ of ASE, one or more frames; each is a candidate or a reason."""

from __future__ import annotations

import io

from ssbscreen.core.errors import InputError
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import Frame, StructureFormat, first_line


def _parse(text: str, limits: Limits) -> list[Frame | str]:
    from ase.io import read

    try:
        frames = read(io.StringIO(text), index=":", format="extxyz")
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable extxyz ({first_line(error)}); check that the file is complete") from error
    if not frames:
        raise InputError("the file holds no frame")
    out: list[Frame | str] = []
    for atoms in frames:
        try:
            out.append(frame_of(atoms))
        except InputError as error:
            out.append(str(error))
    return out


READER = StructureFormat((".extxyz", ".xyz"), _parse, (), lambda text: "Lattice=" in text[:2000])
