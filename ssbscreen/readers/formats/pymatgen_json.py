"""Structures as pymatgen writes them in JSON, one or a list."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ssbscreen.core.errors import InputError
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import StructureFormat, first_line, structure_of

if TYPE_CHECKING:
    from pymatgen.core import Structure


def _parse(text: str, limits: Limits) -> list[Structure]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"not a readable JSON ({first_line(error)}); check that the file is complete") from error
    items = content if isinstance(content, list) else [content]
    if not items:
        raise InputError("the file holds no structure")
    return [structure_of(item) for item in items]


READER = StructureFormat((".json",), _parse)
