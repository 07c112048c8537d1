"""POSCAR and CONTCAR of VASP, read by ASE: scaling factors of every kind, Cartesian coordinates, hashes."""

from __future__ import annotations

import io
import re

from ssbscreen.core.errors import InputError
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import Frame, StructureFormat, first_line, too_many_sites

_SYMBOL = re.compile(r"(?:[A-Z][a-z]?)+(?:_\w+)?(?:/\w*)?")  # Li, LiCl, Li_sv, Li_sv/1a2b


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
    symbols = _words(lines[5])
    is_named = bool(symbols) and all(map(_SYMBOL.fullmatch, symbols))
    return len(scale) in (1, 3) and all(len(v) == 3 for v in vectors) and bool(_counts(lines[6 if is_named else 5]))


def _parse(text: str, limits: Limits) -> list[Frame]:
    from ase.io.vasp import read_vasp

    lines = text.splitlines()
    if len(lines) > 5 and _counts(lines[5]):
        raise InputError("the POSCAR names no elements; give a line of symbols above the counts")
    n_sites = sum(_counts(lines[6])) if len(lines) > 6 else 0
    if n_sites > limits.n_sites:
        raise InputError(too_many_sites(n_sites, limits))
    try:
        atoms = read_vasp(io.StringIO(text))
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable POSCAR ({first_line(error)}); check that the file is complete") from error
    return [frame_of(atoms)]


def _words(line: str) -> list[str]:
    """Words of a line without what stands behind ! or #."""
    return re.split(r"[!#]", line)[0].split()


def _counts(line: str) -> list[int]:
    """Atoms of each element; empty where the line holds something else."""
    words = _words(line)
    return [int(word[:9]) for word in words] if all(word.isascii() and word.isdigit() for word in words) else []


READER = StructureFormat((".vasp", ".poscar", ".contcar"), _parse, ("poscar", "contcar"), is_poscar)
