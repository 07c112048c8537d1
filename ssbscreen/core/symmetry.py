"""Symmetry of a crystal found from its sites, however the crystal was written."""

from __future__ import annotations

from typing import Any

import numpy as np
import spglib

from ssbscreen.core.crystal import Crystal

_SYMPREC = 0.05  # angstrom


def space_group_of(crystal: Crystal) -> int:
    """International number found by spglib, occupants of a site taken as its species; 0 where none is found."""
    species, _ = _species(crystal)
    cell: Any = (crystal.lattice, crystal.frac % 1.0, species)
    dataset = spglib.get_symmetry_dataset(cell, symprec=_SYMPREC)
    return 0 if dataset is None else int(dataset.number)


def primitive(crystal: Crystal) -> Crystal:
    """The same crystal in its primitive cell, positions not idealised; as given where spglib finds none smaller."""
    species, occupants = _species(crystal)
    cell: Any = (crystal.lattice, crystal.frac % 1.0, species)
    found = spglib.standardize_cell(cell, to_primitive=True, no_idealize=True, symprec=_SYMPREC)
    if found is None or len(found[2]) >= crystal.n_sites:
        return crystal
    lattice, frac, numbers = found
    rows = [(site, z, share) for site, code in enumerate(numbers) for z, share in occupants[int(code) - 1]]
    site, z, share = zip(*rows, strict=True)
    return Crystal(np.asarray(lattice), np.asarray(frac), np.array(site), np.array(z), np.array(share))


def _species(crystal: Crystal) -> tuple[list[int], list[list[tuple[int, float]]]]:
    """Code of each site, equal for equally occupied sites, and the occupants that code 1, 2, ... stands for."""
    occupants: list[list[tuple[int, float]]] = [[] for _ in range(crystal.n_sites)]
    for site, z, share in zip(crystal.occupant_site, crystal.occupant_z, crystal.occupancy, strict=True):
        occupants[site].append((int(z), float(share)))
    codes: dict[tuple[tuple[int, float], ...], int] = {}
    meaning: list[list[tuple[int, float]]] = []
    species = []
    for found in occupants:
        key = tuple(sorted((z, round(share, 2)) for z, share in found))
        if key not in codes:
            codes[key] = len(codes) + 1
            meaning.append(found)
        species.append(codes[key])
    return species, meaning
