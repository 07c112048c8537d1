"""A CIF that declares nothing of its contents, read a second time by pymatgen and held against the first reading."""

from __future__ import annotations

import io
import warnings
from typing import Any

import gemmi
import numpy as np

from ssbscreen.core.candidate import reduced_formula
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.contacts import merge_alternatives, nearest_contacts, without_repeats

_COMPOSITION = 0.002  # atomic fraction; both readings take the same numbers, so that rounding alone parts them
_AMOUNT = 0.005  # relative, of the atoms in the cell
_CONTACT = 0.05  # angstrom; pymatgen moves positions near thirds and sixths onto them
_OVERFILLED = 1.05  # occupancy up to which a site is scaled down to 1, as in the first reading
_NOT_UNDERSTOOD = "Defaulting to P1"  # pymatgen's warning where it knows neither operations nor name


def second_objection(block: gemmi.cif.Block, first: Crystal) -> str:
    """In which way a second reading contradicts the first; empty where it does not, or where there is none.

    There is none where pymatgen fails, does not understand the symmetry and would take the listed atoms for all, takes
    occupancies such as 1/2 for 1, or puts atoms on one another: it takes the first of two origins and all of the
    alternatives of disorder.

    Args:
        block: of a CIF.
        first: what was read from it, in the cell of the file.
    """
    second = _read(block)
    if second is None:
        return ""
    why = ""
    is_same = not disagreement(second.composition, first.composition, _COMPOSITION)
    if is_same and abs(second.n_atoms / first.n_atoms - 1) <= _AMOUNT:
        off = _largest_difference(nearest_contacts(first), nearest_contacts(second))
        if off <= _CONTACT:
            return ""
        why = f" (the distances to the nearest atoms differ by up to {off:.2f} angstrom)"
    return (
        f"read in two ways: {_words(first)}, or by pymatgen {_words(second)}{why}; declare "
        "_chemical_formula_sum, or write out all symmetry operations"
    )


def _largest_difference(one: np.ndarray, other: np.ndarray) -> float:
    """Of distances in order, angstrom; infinite where their numbers differ."""
    if len(one) != len(other):
        return float("inf")
    is_finite = np.isfinite(one) & np.isfinite(other)  # a single site has no other
    return float(np.abs(one[is_finite] - other[is_finite]).max(initial=0.0))


def _read(block: gemmi.cif.Block) -> Crystal | None:
    from pymatgen.io.cif import CifParser

    occupancies = block.find_values("_atom_site_occupancy")
    if any(text not in ("?", ".") and np.isnan(gemmi.cif.as_number(text)) for text in occupancies):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parser: Any = CifParser(io.StringIO(block.as_string()), occupancy_tolerance=_OVERFILLED)
            (structure,) = parser.parse_structures(primitive=False, on_error="ignore")
            found, _, _ = merge_alternatives(without_repeats(Crystal.from_structure(structure)))
        except InputError:
            return None  # atoms on one another
        except Exception:  # pymatgen raises whatever the content provokes
            return None
    return None if any(_NOT_UNDERSTOOD in text for text in parser.warnings) else found


def _words(crystal: Crystal) -> str:
    return f"{reduced_formula(crystal.composition)} with {crystal.n_atoms:.4g} atoms in the cell"
