"""POSCAR and CONTCAR of VASP."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ssbscreen.core.errors import InputError
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import StructureFormat, first_line

if TYPE_CHECKING:
    from pymatgen.core import Structure


def _parse(text: str, limits: Limits) -> list[Structure]:
    from pymatgen.io.vasp import Poscar

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            structure = Poscar.from_str(text).structure
        except Exception as error:  # the parser raises whatever the text provokes
            raise InputError(f"not a readable POSCAR ({first_line(error)}); check that the file is complete") from error
    if any("cannot be determined" in str(w.message) for w in caught):
        raise InputError("the POSCAR names no elements; give a line of symbols above the counts")
    return [structure]


READER = StructureFormat((".vasp", ".poscar"), _parse, ("poscar", "contcar"))
