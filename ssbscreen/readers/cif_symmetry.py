"""The symmetry that a CIF states: operations, Hall symbol, name or number, each as what it may mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

import gemmi
import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.readers.space_groups import Setting, operations_of_hall, settings_named, settings_numbered

_OPERATIONS = ("_space_group_symop_operation_xyz", "_space_group_symop.operation_xyz", "_symmetry_equiv_pos_as_xyz")
_MAGNETIC = ("_space_group_symop_magn_operation.xyz", "_space_group_symop_magn_operation_xyz")
_CENTRINGS = ("_space_group_symop_magn_centering.xyz", "_space_group_symop_magn_centering_xyz")
_HALL = ("_space_group_name_Hall", "_symmetry_space_group_name_Hall")
_NAMES = (
    "_space_group_name_H-M_alt",
    "_space_group_name_H-M_full",
    "_space_group_name_H-M_ref",
    "_symmetry_space_group_name_H-M",
)
_NUMBERS = ("_space_group_IT_number", "_symmetry_Int_Tables_number")
_MODULATED = ("_space_group_ssg_name", "_space_group_symop_ssg_operation_algebraic", "_cell_modulation_dimension")
MAX_TEXT = 200  # characters of an operation or of the name of a space group
MAX_OPERATIONS = (
    1536  # eight times the 192 of the largest space group: centrings of supercells are written out at times
)


@dataclass(frozen=True)
class Symmetry:
    """Operations on fractional coordinates.

    Attributes:
        rotations: # (n, 3, 3)
        shifts: # (n, 3)
        number: of the space group; None where only operations are known.
        origin: where the operations come from, for people.
    """

    rotations: np.ndarray
    shifts: np.ndarray
    number: int | None
    origin: str

    @property
    def is_identity(self) -> bool:
        """Whether nothing is repeated."""
        return len(self.rotations) == 1

    def keeps(self, lattice: np.ndarray) -> bool:
        """Whether the rotations leave all lengths and angles as they are, to 2 %."""
        metric = lattice @ lattice.T
        turned = self.rotations.transpose(0, 2, 1) @ metric @ self.rotations
        scale = np.sqrt(np.outer(np.diag(metric), np.diag(metric)))
        return bool((np.abs(turned - metric) <= 0.02 * scale).all())


def stated_symmetries(block: gemmi.cif.Block) -> list[Symmetry]:
    """What the file may mean, the likeliest first; several where a name or number leaves axes or origin open.

    Operations that are written out go before names. A single identity beside the name of another group is held for
    what an exporter wrote into every file: the name follows as the second meaning.

    Raises:
        InputError: a modulated structure, operations that cannot be read, a name that is not understood, or nothing.
    """
    if tag := next((tag for tag in _MODULATED if _texts(block, tag)), None):
        raise InputError(f"the structure is modulated ({tag}); give an approximant in three dimensions")
    number = _number(block)
    named = _named(block, number)
    if written := _written(block, number):
        is_other = written.is_identity and any(not symmetry.is_identity for symmetry in named)
        return [written, *named] if is_other else [written]
    if named:
        return named
    raise InputError(
        "the file names no symmetry that is understood; write the operations, the Hermann-Mauguin symbol, "
        "or 'P 1' where the list of atoms is complete"
    )


def _texts(block: gemmi.cif.Block, tag: str) -> list[str]:
    column = block.find_values(tag)
    found = [gemmi.cif.as_string(value).strip() for value in column]
    if any(len(text) > MAX_TEXT for text in found):
        raise InputError(f"{tag} holds a text of more than {MAX_TEXT} characters")
    return [text for text in found if text not in ("", "?", ".")]


def _number(block: gemmi.cif.Block) -> int | None:
    texts = [text for tag in _NUMBERS for text in _texts(block, tag)]
    return next((int(text) for text in texts if text.isdigit() and 1 <= int(text) <= 230), None)


def _written(block: gemmi.cif.Block, number: int | None) -> Symmetry | None:
    for tag in _OPERATIONS:
        if texts := _texts(block, tag):
            return _of_operations(texts, number, "the operations of the file")
    for tag in _MAGNETIC:
        if texts := _texts(block, tag):
            centrings = [text for other in _CENTRINGS for text in _texts(block, other)] or ["x,y,z,+1"]
            return _of_operations(texts, None, "the magnetic operations of the file", centrings)
    return None


def _of_operations(texts: list[str], number: int | None, origin: str, centrings: list[str] | None = None) -> Symmetry:
    """Operations of text; time reversal of magnetic ones moves no atom."""
    if len(texts) > MAX_OPERATIONS:
        raise InputError(f"the file lists {len(texts)} symmetry operations; a space group has at most 192")
    operations = _seitz(texts)
    if centrings:
        operations = np.concatenate([c @ operations for c in _seitz(centrings)])
    shifts = np.round(np.mod(operations[:, :3, 3] + 1e-6, 1.0), 4)
    keys = np.hstack([operations[:, :3, :3].reshape(-1, 9), shifts])
    operations = operations[np.sort(np.unique(keys, axis=0, return_index=True)[1])]
    return Symmetry(operations[:, :3, :3], operations[:, :3, 3], number, origin)


def _seitz(texts: list[str]) -> np.ndarray:
    found = []
    for text in texts:
        plain = re.sub(r",\s*[+-]?1\s*$", "", text) if text.count(",") > 2 else text
        try:
            found.append(gemmi.Op(plain.lower()).float_seitz())
        except (ValueError, RuntimeError) as error:
            raise InputError(f"the symmetry operation '{text}' cannot be read") from error
    return np.array(found)


def _named(block: gemmi.cif.Block, number: int | None) -> list[Symmetry]:
    for tag in _HALL:
        for hall in _texts(block, tag):
            try:
                return [Symmetry(*operations_of_hall(hall), number, f"the Hall symbol {hall}")]
            except ValueError:
                continue  # mistyped at times; the other tags may say it
    names = [name for tag in _NAMES for name in _texts(block, tag)]
    for name in names:
        if known := settings_named(name):
            fitting = [setting for setting in known if number in (None, setting.number)]
            return [_of_setting(s) for s in fitting or (*known, *settings_numbered(number or 0))]
    if number is not None:
        return [_of_setting(setting) for setting in settings_numbered(number)]
    if names:
        raise InputError(f"the space group '{names[0]}' is not understood; write its symmetry operations")
    return []


def _of_setting(setting: Setting) -> Symmetry:
    return Symmetry(*setting.operations, setting.number, setting.title)
