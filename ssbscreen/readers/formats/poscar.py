"""POSCAR, CONTCAR and XDATCAR of VASP: scaling factors of every kind, Cartesian coordinates, hashes, trajectories.

The lines are checked here, so that a reason names one; ASE reads their meaning.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import islice

from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import MAX_STRUCTURES, Frame, StructureFormat, first_line, too_many_sites

_SYMBOL = re.compile(r"(?:[A-Z][a-z]?)+(?:_\w+)?(?:/\w*)?")  # Li, LiCl, Li_sv, Li_sv/1a2b
_CONFIGURATION = re.compile(r"^\s*Direct\s+configuration", re.IGNORECASE)
_FORTRAN = re.compile(r"(?<=[\d.])[dD](?=[+-]?\d)")  # 1.0d0
_HEADER = 7  # lines: comment, scale, three vectors, symbols, counts


def is_poscar(text: str) -> bool:
    """Whether the first seven lines of a text are those of a POSCAR."""
    lines = text.splitlines()
    if len(lines) < 8:
        return False
    try:
        scale = [float(_FORTRAN.sub("e", part)) for part in re.split(r"[!#]", lines[1])[0].split()]
        vectors = [[float(_FORTRAN.sub("e", part)) for part in line.split()[:3]] for line in lines[2:5]]
    except ValueError:
        return False
    symbols = _words(lines[5])
    is_named = bool(symbols) and all(map(_SYMBOL.fullmatch, symbols))
    return len(scale) in (1, 3) and all(len(v) == 3 for v in vectors) and bool(_counts(lines[6 if is_named else 5]))


def _parse(text: str, limits: Limits) -> list[Frame | str]:
    lines = text.splitlines()
    if len(lines) > 5 and _counts(lines[5]):
        raise InputError("the POSCAR names no elements; give a line of symbols above the counts")
    lines = [lines[0], *(_FORTRAN.sub("e", line) for line in lines[1:])] if lines else []
    n_sites = sum(_counts(lines[6])) if len(lines) > 6 else 0
    if n_sites > limits.n_sites:
        raise InputError(too_many_sites(n_sites, limits))
    if not any(_CONFIGURATION.match(line) for line in lines):
        return [_structure(lines)]
    found: list[Frame | str] = []
    for configuration in islice(_configurations(lines), MAX_STRUCTURES + 1):
        if len(found) == MAX_STRUCTURES:
            raise InputError(f"the file holds more than {MAX_STRUCTURES} structures; split it")
        try:
            found.append(_structure(configuration))
        except InputError as error:
            found.append(str(error))
    return found


def _configurations(lines: list[str]) -> Iterator[list[str]]:
    """Lines of each structure of a trajectory, below the header that stands last before it."""
    starts = [i for i, line in enumerate(lines) if _CONFIGURATION.match(line)]
    header = lines[:_HEADER]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(lines)
        yield [*header, "Direct", *lines[start + 1 : start + 1 + _n_atoms(header)]]
        if is_poscar("\n".join([*lines[end - _HEADER : end], "Direct"])):  # the cell varies
            header = lines[end - _HEADER : end]


def _n_atoms(lines: list[str]) -> int:
    counts = _counts(lines[_HEADER - 1]) if len(lines) >= _HEADER else []
    if not counts:
        raise InputError("line 7 of the POSCAR holds no counts of the atoms; check that the file is complete")
    return sum(counts)


def _structure(lines: list[str]) -> Frame:
    from ase.io.vasp import read_vasp

    labels = _checked_positions(lines)
    try:
        atoms = read_vasp(io.StringIO("\n".join(lines) + "\n"))
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable POSCAR ({first_line(error)}); check that the file is complete") from error
    symbols = atoms.get_chemical_symbols()
    if len(labels) == len(symbols) and labels != symbols:
        place = next(i for i, (label, symbol) in enumerate(zip(labels, symbols, strict=True)) if label != symbol)
        raise InputError(
            f"atom {place + 1} is {symbols[place]} by the line of symbols and {labels[place]} by the end of its line"
        )
    return frame_of(atoms)


def _checked_positions(lines: list[str]) -> list[str]:
    """Elements that stand behind the coordinates, as far as they do.

    Raises:
        InputError: the line that is not as it has to be.
    """
    n = _n_atoms(lines)
    is_selective = len(lines) > _HEADER and lines[_HEADER].strip()[:1].lower() == "s"
    first = _HEADER + 1 + is_selective
    if len(lines) < first or not lines[first - 1].strip()[:1].isalpha():
        raise InputError(f"line {first} of the POSCAR says neither Direct nor Cartesian")
    labels = []
    for number, line in enumerate(lines[first : first + n], start=first + 1):
        parts = line.split()
        if not _are_numbers(parts):
            raise InputError(f"line {number} of the POSCAR holds no three coordinates but '{shown(line.strip())}'")
        if is_selective and len(parts) < 6:
            raise InputError(f"line {number} of the POSCAR lacks the three flags of selective dynamics")
        if not is_selective and len(parts) > 3 and parts[3] in ATOMIC_NUMBER:
            labels.append(parts[3])
    if len(lines) < first + n:
        raise InputError(f"the POSCAR lists {len(lines) - first} of its {n} atoms; check that the file is complete")
    if len(lines) > first + n and _are_numbers(lines[first + n].split()):
        raise InputError(f"the POSCAR lists more positions than the {n} of its counts; check the counts")
    return labels


def _are_numbers(parts: list[str]) -> bool:
    """Whether the first three parts of a line are numbers."""
    try:
        return len([float(part) for part in parts[:3]]) == 3
    except ValueError:
        return False


def _words(line: str) -> list[str]:
    """Words of a line without what stands behind ! or #."""
    return re.split(r"[!#]", line)[0].split()


def _counts(line: str) -> list[int]:
    """Atoms of each element; empty where the line holds something else."""
    words = _words(line)
    return [int(word[:9]) for word in words] if all(word.isascii() and word.isdigit() for word in words) else []


READER = StructureFormat(
    (".vasp", ".poscar", ".contcar", ".xdatcar"), _parse, ("poscar", "contcar", "xdatcar"), is_poscar
)
