"""POSCAR and CONTCAR of VASP, read by ASE: scaling factors of every kind, Cartesian coordinates, hashes."""

from __future__ import annotations

import io
import re

from ssbscreen.core.errors import InputError
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import Frame, StructureFormat, first_line

_SYMBOLS = re.compile(r"^\s*(?:[A-Z][a-z]?(?:_\w+)*(?:/\w*)?\s*)+(?:[!#].*)?$")
_COUNTS = re.compile(r"^\s*(?:\d+\s*)+(?:[!#].*)?$")


def is_poscar(text: str) -> bool:
    """Whether the first seven lines of a text are those of a POSCAR."""
    lines = text.splitlines()
    if len(lines) < 8:
        return False
    try:
        scale = [float(part) for part in re.split(r"[!#]", lines[1])[0].split()]
        vectors = [[float(part) for part in line.split()[:3]] for line in lines[2:5]]
    except ValueError:
        return False
    counts = lines[6] if _SYMBOLS.match(lines[5]) else lines[5]
    return len(scale) in (1, 3) and all(len(v) == 3 for v in vectors) and bool(_COUNTS.match(counts))


def _parse(text: str, limits: Limits) -> list[Frame]:
    from ase.io.vasp import read_vasp

    lines = text.splitlines()
    if len(lines) > 5 and _COUNTS.match(lines[5]):
        raise InputError("the POSCAR names no elements; give a line of symbols above the counts")
    try:
        atoms = read_vasp(io.StringIO(text))
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable POSCAR ({first_line(error)}); check that the file is complete") from error
    return [frame_of(atoms)]


READER = StructureFormat((".vasp", ".poscar", ".contcar"), _parse, ("poscar", "contcar"), is_poscar)
