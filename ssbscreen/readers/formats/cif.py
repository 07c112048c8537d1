"""CIF text to crystals by gemmi, symmetry expanded in numpy; partial occupancies kept."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import gemmi
import numpy as np
from pymatgen.core import Composition
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.agreement import disagreement
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import Frame, StructureFormat

SAME_POSITION = 0.05  # angstrom; images and occupants closer than this lie on one site
TOO_CLOSE = 0.5  # angstrom; no two atoms can be this close, so such sites are alternatives of one another
DECLARED_TOLERANCE = 0.1  # atomic fraction; a CIF further off from the formula it declares is incomplete
MAX_IMAGES = 200_000  # sites times operations, before images are merged


@dataclass(frozen=True)
class CifCrystal:
    """What a data block of a CIF holds.

    Attributes:
        crystal: with merged split sites.
        space_group: international number, None when the file names none.
        n_merged: sites closer than 0.5 angstrom that were merged into one partially occupied site.
        n_close: pairs of sites that stay closer than 0.5 angstrom because they cannot share a site.
    """

    crystal: Crystal
    space_group: int | None
    n_merged: int
    n_close: int


def read_cif(text: str, max_sites: int = 1000) -> list[CifCrystal]:
    """Crystals of all data blocks that hold atoms.

    Raises:
        InputError: no CIF, no atoms, no cell, an unknown element, overfilled sites, or too many sites.
    """
    try:
        document = gemmi.cif.read_string(text)
    except (ValueError, RuntimeError) as error:
        cause = (str(error).splitlines() or ["no reason given"])[0]
        raise InputError(f"not a readable CIF ({cause}); check that the file is complete") from error
    blocks = [block for block in document if block.find_loop("_atom_site_fract_x")]
    if not blocks:
        raise InputError("the CIF lists no atoms with fractional coordinates; give _atom_site_fract_x, _y, _z")
    return [_read_block(block, max_sites) for block in blocks]


def declared_composition(text: str) -> list[Composition | None]:
    """Composition that each data block with atoms declares as its sum formula; None where it declares none."""
    try:
        document = gemmi.cif.read_string(text)
    except (ValueError, RuntimeError):
        return []
    out: list[Composition | None] = []
    for block in document:
        if not block.find_loop("_atom_site_fract_x"):
            continue
        value = gemmi.cif.as_string(block.find_value("_chemical_formula_sum") or "").strip()
        try:
            out.append(Composition(value) if value and value != "?" else None)
        except (ValueError, KeyError):
            out.append(None)
    return out


def _read_block(block: gemmi.cif.Block, max_sites: int) -> CifCrystal:
    small = gemmi.make_small_structure_from_block(block)
    cell = small.cell
    if not small.sites:
        raise InputError("the CIF lists no atoms")
    if not cell.is_crystal() or cell.volume < 1.0:
        raise InputError("the CIF has no unit cell; give _cell_length_a to _cell_angle_gamma")
    # rows are the lattice vectors; gemmi's orthogonalisation matrix has them as columns
    lattice = np.array(cell.orth.mat.tolist()).T
    frac, numbers, shares = _asymmetric_unit(small)
    rotations, shifts = _operations(small, block)
    if len(frac) * len(rotations) > MAX_IMAGES:
        raise InputError(f"{len(frac)} sites times {len(rotations)} operations are more than this reads")
    positions, of_site = _images(frac, lattice, rotations, shifts, max_sites)
    crystal, n_merged, n_close = _assemble(lattice, positions, numbers[of_site], shares[of_site], max_sites)
    number = small.spacegroup.number if small.spacegroup is not None else _number(block)
    return CifCrystal(crystal, number, n_merged, n_close)


def _number(block: gemmi.cif.Block) -> int | None:
    for tag in ("_space_group_IT_number", "_symmetry_Int_Tables_number"):
        value = block.find_value(tag)
        if value and value.strip("'\"").isdigit() and 1 <= int(value.strip("'\"")) <= 230:
            return int(value.strip("'\""))
    return None


def _asymmetric_unit(small: gemmi.SmallStructure) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    frac = np.array([site.fract.tolist() for site in small.sites])
    shares = np.array([site.occ for site in small.sites])
    if not np.isfinite(frac).all():
        bad = small.sites[int(np.flatnonzero(~np.isfinite(frac).all(axis=1))[0])].label
        raise InputError(f"atom '{bad}' has no coordinates")
    shares = np.where(np.isfinite(shares), shares, 1.0)
    numbers = []
    for site in small.sites:
        z = ATOMIC_NUMBER.get(site.element.name, 0)
        if z == 0:
            raise InputError(f"atom '{site.label}' of type '{site.type_symbol}' is no element that is known here")
        numbers.append(z)
    if np.any(shares < 0):
        raise InputError("an occupancy is negative; occupancies lie between 0 and 1")
    keep = shares > 0
    if not keep.any():
        raise InputError("every atom has occupancy 0")
    return frac[keep], np.array(numbers)[keep], shares[keep]


def _operations(small: gemmi.SmallStructure, block: gemmi.cif.Block) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (n, 3, 3) and shifts (n, 3); operations written in the file win over the space group's name."""
    if small.symops:
        try:
            ops = [gemmi.Op(text) for text in small.symops]
        except (ValueError, RuntimeError) as error:
            raise InputError(f"a symmetry operation cannot be read: {error}") from error
    elif small.spacegroup is not None:
        ops = list(small.spacegroup.operations())
    elif (number := _number(block)) is not None:
        ops = list(gemmi.find_spacegroup_by_number(number).operations())
    else:
        ops = [gemmi.Op("x,y,z")]
    matrices = np.array([op.float_seitz() for op in ops])
    return matrices[:, :3, :3], matrices[:, :3, 3]


def _images(
    frac: np.ndarray, lattice: np.ndarray, rotations: np.ndarray, shifts: np.ndarray, max_sites: int
) -> tuple[np.ndarray, np.ndarray]:
    """Distinct images of every site in the cell: positions (n, 3) and the site each belongs to (n,)."""
    positions, owners = [], []
    for index, point in enumerate(frac):
        images = np.mod(rotations @ point + shifts, 1.0)
        labels = _clusters(images, lattice, SAME_POSITION)
        first = np.unique(labels, return_index=True)[1]
        positions.append(images[first])
        owners.append(np.full(len(first), index))
        if sum(map(len, owners)) > 4 * max_sites:
            raise InputError(f"the cell holds more than {max_sites} sites; give a smaller cell")
    return np.concatenate(positions), np.concatenate(owners)


def _close_pairs(frac: np.ndarray, lattice: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (i < j) closer than `limit`; exact while lattice planes are more than 2 * limit apart."""
    i, j = np.triu_indices(len(frac), 1)
    delta = frac[i] - frac[j]
    delta -= np.round(delta)
    near = np.flatnonzero(((delta @ lattice) ** 2).sum(axis=1) < limit**2)
    return i[near], j[near]


def _clusters(frac: np.ndarray, lattice: np.ndarray, limit: float) -> np.ndarray:
    """Label of the connected cluster each position belongs to, labels in order of first appearance."""
    i, j = _close_pairs(frac, lattice, limit)
    if len(i) == 0:
        return np.arange(len(frac))
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(frac), len(frac)))
    labels = connected_components(graph, directed=False)[1]
    first = np.unique(labels, return_index=True)[1]
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[labels]


def _assemble(
    lattice: np.ndarray, frac: np.ndarray, numbers: np.ndarray, shares: np.ndarray, max_sites: int
) -> tuple[Crystal, int, int]:
    """Sites out of occupants: those on one position share it, split sites are merged where they fit."""
    site = _clusters(frac, lattice, SAME_POSITION)
    n_sites = int(site.max()) + 1
    if n_sites > max_sites:
        raise InputError(f"the cell holds {n_sites} sites, more than the limit of {max_sites}; give a smaller cell")
    center = frac[np.unique(site, return_index=True)[1]]
    filled = np.bincount(site, weights=shares, minlength=n_sites)
    n_merged = n_close = 0
    merged_into = np.arange(n_sites)
    for i, j in zip(*_close_pairs(center, lattice, TOO_CLOSE), strict=True):
        a, b = merged_into[i], merged_into[j]
        if a == b:
            continue
        if filled[a] + filled[b] > 1.01:
            n_close += 1
            continue
        shift = center[b] - center[a]
        shift -= np.round(shift)
        center[a] = np.mod(center[a] + shift * filled[b] / (filled[a] + filled[b]), 1.0)
        filled[a] += filled[b]
        merged_into[merged_into == b] = a
        n_merged += 1
    kept, new_index = np.unique(merged_into, return_inverse=True)
    site = new_index[site]
    total = np.bincount(site, weights=shares)
    if total.max() > 1.05:
        raise InputError(f"a site is filled to {total.max():.3f}; occupancies of a site may sum to 1")
    # several occupants of one element on a site become one
    code, inverse = np.unique(site * 128 + numbers, return_inverse=True)
    occupancy = np.bincount(inverse, weights=shares) / np.maximum(total, 1.0)[code // 128]
    return Crystal(lattice, center[kept], code // 128, code % 128, occupancy), n_merged, n_close


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


def _parse(text: str, limits: Limits) -> list[Frame]:
    declared = declared_composition(text)
    try:
        blocks = read_cif(text, limits.n_sites)
    except InputError as error:
        if not declared:  # the text itself is broken, nobody should guess what it meant
            raise
        return [Frame(_by_pymatgen(text, declared, error), note=", read by pymatgen")]
    frames = []
    for index, block in enumerate(blocks):
        stated = declared[index] if index < len(declared) else None
        if stated is not None and (why := disagreement(block.crystal.composition, stated, DECLARED_TOLERANCE)):
            raise InputError(f"its atoms do not give the formula that it declares ({why}); the file looks incomplete")
        note = f", {block.n_merged} split sites merged" if block.n_merged else ""
        note += f", {block.n_close} pairs closer than 0.5 angstrom" if block.n_close else ""
        frames.append(Frame(block.crystal, block.space_group, note))
    return frames


def _by_pymatgen(text: str, declared: list[Composition | None], first: InputError) -> Crystal:
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


READER = StructureFormat((".cif",), _parse)
