"""Structures in JSON as libraries and databases write them: one, a list, or a mapping from ids.

Known are pymatgen, ASE, the Materials Project, OPTIMADE, JARVIS, and a CIF or a structure kept as text in a field.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.exchange_json import exchanged_crystal
from ssbscreen.readers.formats.cif import read_cif_text
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import (
    MAX_STRUCTURES,
    Frame,
    StructureFormat,
    first_line,
    structure_of,
    too_many_sites,
)

ID_KEYS = ("candidate_id", "material_id", "entry_id", "task_id", "jid", "id")


def frame_of_json(item: Any, name: str = "", limits: Limits | None = None) -> Frame:
    """Crystal of one JSON object, named by its id.

    Args:
        item: pymatgen structure or entry, document of the Materials Project or another database, or atoms of ASE.
        name: by which it is known where the object has no id.
        limits: of what is read.

    Raises:
        InputError: the object is none of these.
    """
    if not isinstance(item, dict):
        raise InputError("it is no JSON object; give a structure")
    name = next((_id(item[key]) for key in ID_KEYS if item.get(key)), name)
    if "numbers" in item and "cell" in item:
        return Frame(_of_ase(item, limits or Limits()), name=name)
    if (crystal := exchanged_crystal(item, limits or Limits())) is not None:
        return Frame(crystal, name=name)
    if "lattice" not in item and isinstance(item.get("cif"), str):
        return replace(read_cif_text(item["cif"], limits), name=name)
    if isinstance(item.get("structure"), str):
        item = item | {"structure": _loaded(item["structure"])}
    return Frame(Crystal.from_structure(structure_of(item, limits)), name=name)


def _id(value: Any) -> str:
    """Text of an id, which dumps of the Materials Project keep in an object."""
    return str(value.get("string") or value) if isinstance(value, dict) else str(value)


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a readable JSON ({first_line(error)}); check that the file is complete") from error


def _of_ase(item: dict[str, Any], limits: Limits) -> Crystal:
    from ase import Atoms

    def array(value: Any) -> np.ndarray:
        """Values of ASE's JSON, which writes arrays as (shape, type, numbers)."""
        while isinstance(value, dict):
            value = value.get("__ndarray__") or value.get("array") or value.get("cell")
        if isinstance(value, list) and len(value) == 3 and isinstance(value[1], str):
            return np.array(value[2]).reshape(value[0])
        return np.array(value)

    try:
        numbers = array(item["numbers"]).astype(float)
    except Exception as error:
        raise InputError(f"the atoms cannot be read ({first_line(error)})") from error
    if not (np.abs(numbers) < 1000).all():
        raise InputError("an atomic number is none")
    if numbers.size > limits.n_sites:
        raise InputError(too_many_sites(numbers.size, limits))
    try:
        atoms = Atoms(
            numbers=numbers.astype(int),
            positions=array(item["positions"]).astype(float),
            cell=array(item["cell"]).astype(float),
            pbc=array(item.get("pbc", [True] * 3)).astype(bool),
        )
    except Exception as error:  # numpy and ASE raise whatever the content provokes
        raise InputError(f"the atoms cannot be read ({first_line(error)})") from error
    return frame_of(atoms).crystal


def _parse(text: str, limits: Limits) -> list[Frame | str]:
    content = _loaded(text)
    if isinstance(content, str):  # MSONable objects are dumped twice at times
        return _parse(content, limits)
    named = [("", item) for item in content] if isinstance(content, list) else _items(content)
    if not named:
        raise InputError("the file holds no structure")
    if len(named) > MAX_STRUCTURES:
        raise InputError(
            f"the file holds {len(named)} structures; at most {MAX_STRUCTURES} are read of one, more as JSON lines"
        )
    out: list[Frame | str] = []
    for name, item in named:
        try:
            out.append(frame_of_json(item, name, limits))
        except InputError as error:
            out.append(f"{name}: {error}" if name else str(error))
    if isinstance(content, dict) and len(out) == 1 and isinstance(out[0], Frame):
        return [Frame(out[0].crystal, out[0].space_group, out[0].note)]  # known by the name of its file
    return out


def _items(content: Any) -> list[tuple[str, Any]]:
    """Objects of a mapping from ids to structures; any other object is one structure."""
    if not isinstance(content, dict):
        return [("", content)]
    for key in ("data", "response", "structures", "entries"):
        if isinstance(content.get(key), list):
            return [("", item) for item in content[key]]
    if isinstance(content.get("data"), dict) and "attributes" in content["data"]:  # one entry of OPTIMADE
        return [("", content["data"])]
    is_mapping = bool(content) and all(isinstance(value, dict) for value in content.values())
    if is_mapping and not {"lattice", "structure", "atoms", "attributes"} & content.keys():
        return [(str(name), item) for name, item in content.items()]
    if "ids" in content and "nextid" in content:  # a database of ASE
        return [(str(i), content[str(i)]) for i in content["ids"] if str(i) in content]
    return [("", content)]


READER = StructureFormat((".json",), _parse, (), lambda text: text.lstrip()[:1] in ("{", "["))
