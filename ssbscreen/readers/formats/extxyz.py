"""Extended XYZ of ASE, one or more frames; each is a candidate or a reason."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import islice

from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import MAX_STRUCTURES, Frame, StructureFormat, first_line, too_many_sites

_MAX_LINE = 10_000  # characters of the line of properties
_MAX_COLUMNS = 1000  # of an atom
_COLUMNS = re.compile(r'Properties="?([^\s"]+)', re.IGNORECASE)


def _parse(text: str, limits: Limits) -> list[Frame | str]:
    cut = list(islice(_frames(text.splitlines()), MAX_STRUCTURES + 1))  # before parsing, which takes most of the time
    if len(cut) > MAX_STRUCTURES:
        raise InputError(f"the file holds more than {MAX_STRUCTURES} frames; split it")
    out: list[Frame | str] = []
    for lines in cut:
        try:
            out.append(lines if isinstance(lines, str) else _frame(lines, limits))
        except InputError as error:
            out.append(str(error))
    if not out:
        raise InputError("the file holds no frame")
    return out


def _frames(lines: list[str]) -> Iterator[list[str] | str]:
    """Lines of each frame: count, properties, atoms, and vectors of the cell where they stand behind.

    Last comes a reason where a count is none, so that the file cannot be cut into frames any more.
    """
    place = 0
    while place < len(lines):
        count = lines[place].strip()
        if not count and not any(line.strip() for line in lines[place:]):
            return
        if not (count.isascii() and count.isdigit() and len(count) < 10):
            yield (
                f"not a readable extxyz (line {place + 1} holds '{shown(count)}' in place of a number of atoms); check "
                "that the file is complete"
            )
            return
        end = place + 2 + int(count)
        while end < len(lines) and lines[end].startswith("VEC"):
            end += 1
        yield lines[place:end]
        place = end


def _frame(lines: list[str], limits: Limits) -> Frame:
    from ase.io.extxyz import read_xyz

    n_sites = int(lines[0])
    if n_sites > limits.n_sites:
        raise InputError(too_many_sites(n_sites, limits))
    columns = _COLUMNS.search(lines[1][:_MAX_LINE]) if len(lines) > 1 else None
    if len(lines) > 1 and len(lines[1]) > _MAX_LINE:
        raise InputError(f"the line of properties has {len(lines[1])} characters; at most {_MAX_LINE} are read")
    if columns and sum(int(n[:9]) for n in re.findall(r":(\d+)", columns.group(1))) > _MAX_COLUMNS:
        raise InputError(f"the frame declares more than {_MAX_COLUMNS} columns; leave properties of the atoms out")
    try:
        return frame_of(next(read_xyz(io.StringIO("\n".join(lines) + "\n"), slice(0, 1))))
    except InputError:
        raise
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable extxyz ({first_line(error)}); check that the file is complete") from error


READER = StructureFormat((".extxyz", ".xyz"), _parse, (), lambda text: "Lattice=" in text[:2000])
