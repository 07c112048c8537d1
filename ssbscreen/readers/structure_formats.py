"""Text of one structure file to crystals: CIF, POSCAR, extxyz, pymatgen JSON."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.cif import declared_composition, read_cif

SUFFIXES = (".cif", ".vasp", ".poscar", ".extxyz", ".xyz", ".json")
DECLARED_TOLERANCE = 0.1  # atomic fraction; a CIF further off from the formula it declares is incomplete


@dataclass(frozen=True)
class Limits:
    """What a single structure may cost.

    Attributes:
        n_bytes: of a file or a line.
        n_sites: of a cell.
        seconds: for one file.
    """

    n_bytes: int = 20_000_000
    n_sites: int = 1000
    seconds: float = 60.0


ReadCrystal = tuple[Crystal, int | None, str]


def read_crystals(path: Path, limits: Limits | None = None) -> list[ReadCrystal | str]:
    """All structures of a file, in order: (crystal, space group, note), or the reason a frame is unusable.

    Raises:
        InputError: the file as a whole cannot be used.
    """
    limits = limits or Limits()
    return _read(_text(path, limits), _kind(path), limits)


def read_cif_text(text: str, limits: Limits | None = None) -> ReadCrystal:
    """The one structure of a CIF: (crystal, space group, note).

    Raises:
        InputError: the text holds none or several, is too long, or cannot be used.
    """
    limits = limits or Limits()
    if len(text) > limits.n_bytes:
        raise InputError(f"{len(text) / 1e6:.1f} MB is more than the limit of {limits.n_bytes / 1e6:.0f} MB")
    found = _read(text, "cif", limits)
    if len(found) != 1 or isinstance(found[0], str):
        raise InputError(f"holds {len(found)} structures; give one")
    return found[0]


def _read(text: str, kind: str, limits: Limits) -> list[ReadCrystal | str]:
    """Structures of a text of one kind."""
    if kind == "cif":
        frames: list[Any] = list(_cif(text, limits))
    elif kind == "poscar":
        frames = [_poscar(text)]
    elif kind == "extxyz":
        frames = _extxyz(text)
    else:
        frames = _pymatgen_json(text)
    out: list[ReadCrystal | str] = []
    for frame in frames:
        try:
            found = frame if isinstance(frame, tuple) else (Crystal.from_structure(frame), None, "")
            check_crystal(found[0], limits)
            out.append(found)
        except InputError as error:
            if len(frames) == 1:
                raise
            out.append(str(error))
    return out


def check_crystal(crystal: Crystal, limits: Limits) -> None:
    """Raises InputError for too many sites or a density that no solid has."""
    if crystal.n_sites > limits.n_sites:
        raise InputError(f"the cell holds {crystal.n_sites} sites, more than the limit of {limits.n_sites}")
    if not (np.isfinite(crystal.frac).all() and np.isfinite(crystal.lattice).all()):
        raise InputError("a coordinate or lattice vector is not a number")
    density = crystal.density if crystal.volume > 1e-3 else float("inf")
    if not 0.02 < density < 40.0:
        raise InputError(f"a density of {density:.3g} g/cm3 is impossible; check cell (angstrom) and sites")


def _text(path: Path, limits: Limits) -> str:
    try:
        size = path.stat().st_size
        if size > limits.n_bytes:
            raise InputError(f"{size / 1e6:.1f} MB is more than the limit of {limits.n_bytes / 1e6:.0f} MB")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})") from error
    if not content.strip():
        raise InputError("the file is empty")
    if b"\x00" in content:
        raise InputError("the file is binary, not text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        if sum(not (c.isprintable() or c in "\r\n\t") for c in text) > 0.05 * len(text):
            raise InputError("the file is binary, not text") from None
        return text


def _kind(path: Path) -> str:
    name = path.name.lower()
    if name.endswith(".cif"):
        return "cif"
    if name.startswith(("poscar", "contcar")) or name.endswith((".vasp", ".poscar")):
        return "poscar"
    if name.endswith((".extxyz", ".xyz")):
        return "extxyz"
    if name.endswith(".json"):
        return "json"
    if name.endswith(".csv"):
        raise InputError("a table inside a folder is not read; give it as an input of its own")
    raise InputError(
        f"'{path.name}' is no structure file that is known here; give {', '.join(SUFFIXES)}, "
        "POSCAR, .jsonl or .jsonl.gz"
    )


def _cif(text: str, limits: Limits) -> Iterator[ReadCrystal]:
    declared = declared_composition(text)
    try:
        blocks = read_cif(text, limits.n_sites)
    except InputError as error:
        if not declared:  # the text itself is broken, nobody should guess what it meant
            raise
        yield _cif_by_pymatgen(text, declared, error), None, ", read by pymatgen"
        return
    for index, block in enumerate(blocks):
        stated = declared[index] if index < len(declared) else None
        if stated is not None and (why := disagreement(block.crystal.composition, stated, DECLARED_TOLERANCE)):
            raise InputError(f"its atoms do not give the formula that it declares ({why}); the file looks incomplete")
        note = f", {block.n_merged} split sites merged" if block.n_merged else ""
        note += f", {block.n_close} pairs closer than 0.5 angstrom" if block.n_close else ""
        yield block.crystal, block.space_group, note


def _cif_by_pymatgen(text: str, declared: list[Composition | None], first: InputError) -> Crystal:
    """Second opinion on a CIF that is well formed but that gemmi's reader cannot place in a cell."""
    from pymatgen.io.cif import CifParser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            structure = CifParser.from_str(text, occupancy_tolerance=1.05).parse_structures(primitive=False)[0]
        except Exception:  # the parser raises whatever the text provokes; the first reason is the clearer one
            raise first from None
    crystal = Crystal.from_structure(structure)
    if declared[0] is None or disagreement(crystal.composition, declared[0], DECLARED_TOLERANCE):
        raise first
    return crystal


def _poscar(text: str) -> Any:
    from pymatgen.io.vasp import Poscar

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            structure = Poscar.from_str(text).structure
        except Exception as error:  # the parser raises whatever the text provokes
            raise InputError(f"not a readable POSCAR ({first_line(error)}); check that the file is complete") from error
    if any("cannot be determined" in str(w.message) for w in caught):
        raise InputError("the POSCAR names no elements; give a line of symbols above the counts")
    return structure


def _extxyz(text: str) -> list[Any]:
    import io

    from ase.io import read
    from pymatgen.io.ase import AseAtomsAdaptor

    try:
        frames = read(io.StringIO(text), index=":", format="extxyz")
    except Exception as error:  # the parser raises whatever the text provokes
        raise InputError(f"not a readable extxyz ({first_line(error)}); check that the file is complete") from error
    if not frames:
        raise InputError("the file holds no frame")
    out: list[Any] = []
    for atoms in frames:
        if atoms.cell.rank < 3:
            raise InputError('a frame has no unit cell; give Lattice="..." in its second line')
        out.append(AseAtomsAdaptor.get_structure(atoms))
    return out


def _pymatgen_json(text: str) -> list[Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"not a readable JSON ({first_line(error)}); check that the file is complete") from error
    items = content if isinstance(content, list) else [content]
    if not items:
        raise InputError("the file holds no structure")
    return [structure_of(item) for item in items]


def structure_of(item: Any) -> Any:
    """pymatgen structure of its dictionary, bare or under the key `structure`.

    Raises:
        InputError: no such dictionary.
    """
    from pymatgen.core import Structure

    if isinstance(item, dict) and isinstance(item.get("structure"), dict):
        item = item["structure"]
    if not isinstance(item, dict) or "lattice" not in item or "sites" not in item:
        raise InputError("no pymatgen structure; give a dictionary with the keys lattice and sites")
    try:
        return Structure.from_dict(item)
    except Exception as error:  # from_dict raises whatever the content provokes
        raise InputError(f"the structure cannot be read ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """What an error says, shortened to one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]
