"""CIF text to crystals: every data block is a crystal or a reason; partial occupancies are kept.

What a file states about its symmetry may leave origin or axes open. Each reading is held against the cell, the atoms
and what the file declares of itself (formula, formula units, density); one reading must be left. A file that declares
nothing is read a second time by another program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import gemmi
import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import reduced_formula
from ssbscreen.core.composition_text import plain_composition
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.cif_sites import check_listed, listed_sites
from ssbscreen.readers.cif_symmetry import Symmetry, stated_symmetries
from ssbscreen.readers.contacts import closest_contact
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.second_reading import second_objection
from ssbscreen.readers.site_assembly import Assembled, assemble
from ssbscreen.readers.structures import SHORTEST, Frame, StructureFormat

MAX_BLOCKS = 10_000
ROWS_A_SITE = 10  # listed rows for each site of a cell, at most: occupants that share a site have a row each
FORMULA_TOLERANCE = 0.02  # atomic fraction between the atoms and the declared formula
AMOUNT_TOLERANCE = 0.05  # relative, between the atoms of the cell and those of Z formula units
_BOND = 0.7  # of the sum of covalent radii; no two atoms of a solid are closer
DENSITY_TOLERANCE = 0.06  # relative, between the calculated and the declared density


@dataclass(frozen=True)
class CifCrystal:
    """What a data block of a CIF holds.

    Attributes:
        name: of the block.
        crystal: with merged split sites.
        space_group: international number, None when the file names none.
        n_merged: sites closer than 0.5 angstrom that were merged into one partially occupied site.
        n_close: pairs of sites that stay closer than 0.5 angstrom because they cannot share a site.
    """

    name: str
    crystal: Crystal
    space_group: int | None
    n_merged: int
    n_close: int


@dataclass(frozen=True)
class Declared:
    """What a data block says of its own contents; None where it does not.

    Attributes:
        formula: sum formula.
        n_units: formula units in the cell.
        density: g/cm3.
    """

    formula: Composition | None
    n_units: float | None
    density: float | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to hold a reading against."""
        return self.formula is None and self.density is None  # formula units alone count nothing

    def objection(self, crystal: Crystal) -> str:
        """In which way a reading does not fit; empty where it does."""
        if self.formula is not None and (why := disagreement(crystal.composition, self.formula, FORMULA_TOLERANCE)):
            found = reduced_formula(crystal.composition)
            return f"its atoms give {found}, not the formula that it declares ({why}); the file looks incomplete"
        is_dense = self.density is not None and abs(crystal.density / self.density - 1) <= DENSITY_TOLERANCE
        if self.formula is not None and self.n_units and not is_dense:
            whole = self.formula.num_atoms  # some programs write the contents of the cell and Z beside it
            stated = self.n_units * whole
            if min(abs(crystal.n_atoms / stated - 1), abs(crystal.n_atoms / whole - 1)) > AMOUNT_TOLERANCE:
                return f"the cell holds {crystal.n_atoms:.4g} atoms, {self.n_units:g} formula units have {stated:.4g}"
        if self.density is not None and not is_dense and not self.n_units:
            return f"the cell has {crystal.density:.3g} g/cm3, the file says {self.density:.3g}"
        return ""


def read_cif(text: str, max_sites: int = 1000) -> list[CifCrystal | str]:
    """Crystals of all data blocks that hold atoms, each or the reason why it cannot be used.

    Raises:
        InputError: the text is no CIF, no block holds atoms, or the only one cannot be used.
    """
    n_blocks = text.lower().count("data_")
    if n_blocks > MAX_BLOCKS:  # the parser compares the names of all blocks
        raise InputError(f"the file holds about {n_blocks} data blocks; at most {MAX_BLOCKS} are read of one")
    try:
        document = gemmi.cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        cause = (str(error).splitlines() or ["no reason given"])[0].replace("string:", "line ", 1)
        raise InputError(f"not a readable CIF ({cause}); check that the file is complete") from error
    blocks = [b for b in document if b.find_loop("_atom_site_fract_x") or b.find_loop("_atom_site.fract_x")]
    if not blocks:
        raise InputError("the CIF lists no atoms with fractional coordinates; give _atom_site_fract_x, _y, _z")
    found: list[CifCrystal | str] = []
    for block in blocks:
        try:
            found.append(_read_block(block, max_sites))
        except InputError as error:
            if len(blocks) == 1:
                raise
            found.append(f"block '{block.name}': {error}")
    return found


def declared(block: gemmi.cif.Block) -> Declared:
    """What a data block says of its contents; text that cannot be read says nothing."""
    return Declared(
        plain_composition(_value(block, "_chemical_formula_sum")),
        _positive(_value(block, "_cell_formula_units_Z")),
        _positive(_value(block, "_exptl_crystal_density_diffrn")),
    )


def _value(block: gemmi.cif.Block, tag: str) -> str:
    text = gemmi.cif.as_string(block.find_value(tag) or "").strip()
    return "" if text in ("?", ".") else text


def _positive(text: str) -> float | None:
    value = gemmi.cif.as_number(text) if text else 0.0
    return value if np.isfinite(value) and value > 0 else None


def _read_block(block: gemmi.cif.Block, max_sites: int) -> CifCrystal:
    lattice = _lattice(block)
    sites = listed_sites(block, ROWS_A_SITE * max_sites)
    check_listed(sites, lattice)
    stated = declared(block)
    readings: list[tuple[Symmetry, Assembled]] = []
    objections: list[str] = []
    for symmetry in stated_symmetries(block):
        try:
            if not symmetry.keeps(lattice):
                raise InputError("its rotations do not fit the cell")
            found = assemble(lattice, sites, symmetry, max_sites)
            if why := stated.objection(found.crystal):
                raise InputError(why)
            readings.append((symmetry, found))
        except InputError as error:
            objections.append(f"{symmetry.origin}: {error}")
    if not readings:
        raise InputError("; ".join(dict.fromkeys(objections[:3])))
    symmetry, found = _decided(readings)
    if stated.is_empty and (why := second_objection(block, found.crystal)):
        raise InputError(why)
    return CifCrystal(block.name, found.crystal, symmetry.number, found.n_merged, found.n_close)


def _decided(readings: Sequence[tuple[Symmetry, Assembled]]) -> tuple[Symmetry, Assembled]:
    """The one reading that is left, or that has no contacts where the others have impossible ones."""
    contact = np.array([closest_contact(found.crystal) for _, found in readings])
    n_atoms = np.array([found.crystal.n_atoms for _, found in readings])
    best = int(contact.argmax())
    is_as_full = np.abs(n_atoms / n_atoms[best] - 1) < AMOUNT_TOLERANCE  # else fewer atoms have longer contacts
    plausible = np.flatnonzero(contact >= np.where(is_as_full, 0.8 * contact[best], min(_BOND, contact[best])))
    contents = {
        (found.crystal.n_sites, round(contact[i], 2), reduced_formula(found.crystal.composition))
        for i, (_, found) in enumerate(readings)
        if i in plausible
    }
    if len(contents) > 1:
        names = " or ".join(readings[int(i)][0].origin for i in plausible)
        raise InputError(f"the file leaves open whether {names} is meant; write the symmetry operations")
    return readings[int(plausible[0])]


def _lattice(block: gemmi.cif.Block) -> np.ndarray:
    """Lattice vectors as rows, angstrom.  # (3, 3)"""
    try:
        cell = gemmi.make_small_structure_from_block(block).cell
    except (ValueError, RuntimeError) as error:
        raise InputError(f"the cell cannot be read ({error}); check its lengths and angles") from error
    if not cell.is_crystal() or cell.volume < 1.0:
        raise InputError("the CIF has no unit cell; give _cell_length_a to _cell_angle_gamma")
    if (shortest := min(cell.a, cell.b, cell.c)) < SHORTEST:  # before the images in it are counted
        raise InputError(f"an atom and its own image lie {shortest:.2f} angstrom apart; check the cell (angstrom)")
    return np.array(cell.orth.mat.tolist()).T  # gemmi's orthogonalisation matrix has the vectors as columns


def read_cif_text(text: str, limits: Limits | None = None) -> Frame:
    """The one structure of a CIF.

    Raises:
        InputError: the text holds none or several, is too long, or cannot be used.
    """
    limits = limits or Limits()
    if len(text) > limits.n_bytes:
        raise InputError(f"{len(text) / 1e6:.1f} MB is more than the limit of {limits.n_bytes / 1e6:.0f} MB")
    found = READER.frames(text, limits)
    if len(found) != 1 or isinstance(found[0], str):
        raise InputError(f"holds {len(found)} structures; give one")
    return found[0]


def _parse(text: str, limits: Limits) -> list[Frame | str]:
    return [_frame(block) if isinstance(block, CifCrystal) else block for block in read_cif(text, limits.n_sites)]


def _frame(block: CifCrystal) -> Frame:
    note = f", {block.n_merged} split sites merged" if block.n_merged else ""
    return Frame(block.crystal, block.space_group, note)


READER = StructureFormat((".cif", ".mcif"), _parse, (), lambda text: "_atom_site" in text or "_cell_length_a" in text)
