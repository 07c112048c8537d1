"""One crystal written as people and programs write it: other cells, other origins and axes, every kind of file."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import gemmi
import numpy as np
from ase.io import write as write_atoms
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import ComputedStructureEntry
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.cif import CifWriter
from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

from ssbscreen.readers.prototype_file import Prototype

_TURN = np.array([[0.36, 0.48, -0.80], [-0.80, 0.60, 0.0], [0.48, 0.64, 0.60]])  # a rotation in space
_ORIGIN = np.array([0.137, 0.291, 0.443])

# The same crystal in another cell, by name.
CELLS: dict[str, Callable[[Structure], Structure]] = {
    "as published": lambda s: s,
    "primitive cell": lambda s: s.get_primitive_structure(tolerance=0.01),
    "reduced cell": lambda s: s.get_reduced_structure(),
    "supercell along a": lambda s: s.make_supercell([2, 1, 1], in_place=False),
    "other origin": lambda s: _moved(s, _ORIGIN),
    "axes exchanged": lambda s: s.make_supercell([[0, 1, 0], [0, 0, 1], [1, 0, 0]], in_place=False),
    "sheared axes": lambda s: s.make_supercell([[1, 0, 0], [1, 1, 0], [0, -1, 1]], in_place=False),
    "left-handed": lambda s: s.make_supercell([[0, 1, 0], [1, 0, 0], [0, 0, 1]], in_place=False),
    "turned in space": lambda s: Structure(s.lattice.matrix @ _TURN, s.species_and_occu, s.frac_coords),
    "other order": lambda s: Structure.from_sites([s[i] for i in np.random.default_rng(1).permutation(len(s))]),
    "beyond the borders": lambda s: Structure(
        s.lattice, s.species_and_occu, s.frac_coords + np.arange(3 * len(s)).reshape(-1, 3) % 5 - 2
    ),
}


def _moved(structure: Structure, shift: np.ndarray) -> Structure:
    return Structure(structure.lattice, structure.species_and_occu, structure.frac_coords + shift)


def _by_ase(structure: Structure, kind: str) -> str:
    out = io.BytesIO() if kind == "cif" else io.StringIO()
    write_atoms(out, AseAtomsAdaptor.get_atoms(structure), format=kind)
    text = out.getvalue()
    return text.decode() if isinstance(text, bytes) else text


def _document(structure: Structure) -> str:
    """As the interface of the Materials Project answers."""
    return json.dumps({"material_id": "mp-1", "formula_pretty": "x", "structure": structure.as_dict()})


def _optimade(structure: Structure) -> str:
    """As any provider of OPTIMADE answers: mixed sites and vacancies are species with concentrations."""
    kinds = {str(site.species): site.species for site in structure}
    species = []
    for name, held in kinds.items():
        shares = held.get_el_amt_dict() | ({"vacancy": 1.0 - held.num_atoms} if held.num_atoms < 0.999 else {})
        species.append({"name": name, "chemical_symbols": [*shares], "concentration": [*shares.values()]})
    attributes = {
        "lattice_vectors": structure.lattice.matrix.tolist(),
        "cartesian_site_positions": structure.cart_coords.tolist(),
        "species_at_sites": [str(site.species) for site in structure],
        "species": species,
        "dimension_types": [1, 1, 1],
    }
    return json.dumps({"data": [{"id": "1", "type": "structures", "attributes": attributes}], "meta": {}})


def _jarvis(structure: Structure) -> str:
    atoms = {
        "lattice_mat": structure.lattice.matrix.tolist(),
        "coords": structure.frac_coords.tolist(),
        "elements": [site.specie.symbol for site in structure],
        "cartesian": False,
    }
    return json.dumps([{"jid": "JVASP-1", "atoms": atoms}])


# Files of a structure with partial occupancies, by name of the form: name of the file, and its text.
FILES: dict[str, Callable[[Structure], tuple[str, str]]] = {
    "CIF without symmetry": lambda s: ("x.cif", str(CifWriter(s, significant_figures=12))),
    "CIF of pymatgen with symmetry": lambda s: ("x.cif", str(CifWriter(s, symprec=1e-3, significant_figures=12))),
    "JSON of pymatgen": lambda s: ("x.json", json.dumps(s.as_dict())),
    "JSON of an entry": lambda s: ("x.json", json.dumps(ComputedStructureEntry(s, -1.0).as_dict(), default=float)),
    "JSON of the Materials Project": lambda s: ("x.json", _document(s)),
    "JSON of OPTIMADE": lambda s: ("x.json", _optimade(s)),
    "CIF in JSON": lambda s: ("x.json", json.dumps({"id": "x", "cif": str(CifWriter(s, significant_figures=12))})),
    "JSON lines": lambda s: ("x.jsonl", json.dumps({"id": "x", **s.as_dict()}) + "\n"),
}
# Files that hold fully occupied sites alone.
ORDERED_FILES: dict[str, Callable[[Structure], tuple[str, str]]] = {
    "POSCAR": lambda s: ("POSCAR", s.to(fmt="poscar")),
    "extended XYZ": lambda s: ("x.extxyz", _by_ase(s, "extxyz")),
    "CIF of ASE": lambda s: ("x.cif", _by_ase(s, "cif")),
    "JSON of JARVIS": lambda s: ("x.json", _jarvis(s)),
    "JSON of ASE": lambda s: ("x.json", _by_ase(s, "json")),
}


def in_every_setting(prototype: Prototype) -> dict[str, tuple[str, str]]:
    """CIF files by gemmi that name a setting of the space group and list one site of each orbit, by that name.

    The first declares nothing of its contents, so that it is read twice; the others have their formula.
    """
    record = prototype.record
    own = np.linalg.inv(_from_reference(gemmi.find_spacegroup_by_name(record.space_group.symbol)))
    settings = [group for group in gemmi.spacegroup_table() if group.number == record.space_group.number]
    found = {}
    for number, group in enumerate(settings):
        text = _asymmetric_unit(prototype, group.xhm(), _from_reference(group) @ own, is_declared=number > 0)
        found[f"CIF in {group.xhm()}"] = ("x.cif", text)
    return found


def _from_reference(group: gemmi.SpaceGroup) -> np.ndarray:
    return np.array(group.basisop.float_seitz())


def _asymmetric_unit(prototype: Prototype, name: str, change: np.ndarray, *, is_declared: bool) -> str:
    """Text of a CIF after a change of axes and origin, given as a matrix on coordinates.  # (4, 4)"""
    small = gemmi.SmallStructure()
    small.name, small.spacegroup_hm = prototype.record.name, name
    small.cell.set(*Lattice(np.linalg.inv(change[:3, :3]).T @ prototype.lattice).parameters)
    block = small.make_cif_block()
    if is_declared:
        block.set_pair("_chemical_formula_sum", f"'{prototype.crystal.composition.formula}'")
    loop = block.init_loop("_atom_site_", ["label", "type_symbol", "fract_x", "fract_y", "fract_z", "occupancy"])
    for site in prototype.record.sites:
        place = [f"{x:.12f}" for x in (change @ [*site.xyz, 1.0])[:3]]
        for element, share in site.species.items():
            loop.add_row([f"{site.label}{element}", element, *place, f"{share:.12f}"])
    return str(block.as_string())


def conventional(structure: Structure) -> Structure:
    """The standard cell that spglib makes, positions idealised."""
    return SpacegroupAnalyzer(structure, symprec=1e-3).get_conventional_standard_structure()


CELLS["conventional cell"] = conventional


def forms(prototype: Prototype) -> dict[str, tuple[str, str]]:
    """All forms of one structure type: name of the form -> name of the file and its text."""
    structure = prototype.structure
    kinds = FILES | (ORDERED_FILES if prototype.crystal.is_ordered else {})
    found = {name: ("x.json", json.dumps(cell(structure).as_dict())) for name, cell in CELLS.items()}
    return found | {name: write(structure) for name, write in kinds.items()} | in_every_setting(prototype)
