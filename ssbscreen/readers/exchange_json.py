"""Structures in JSON as databases hand them out: OPTIMADE (all of its providers) and JARVIS."""

from __future__ import annotations

from typing import Any

import numpy as np

from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown
from ssbscreen.readers.reading import Limits
from ssbscreen.readers.structures import first_line, too_many_sites


def exchanged_crystal(item: dict[str, Any], limits: Limits) -> Crystal | None:
    """Crystal of an entry of OPTIMADE or JARVIS; None where it is neither.

    Raises:
        InputError: it is one and cannot be used.

    Source: OPTIMADE specification 1.2, section "Structures Entries"; JARVIS-Tools, `Atoms.to_dict`.
    """
    entry = item.get("attributes") if isinstance(item.get("attributes"), dict) else item
    atoms = item.get("atoms") if isinstance(item.get("atoms"), dict) else item
    assert isinstance(entry, dict)
    assert isinstance(atoms, dict)
    try:
        if {"lattice_vectors", "cartesian_site_positions", "species_at_sites"} <= entry.keys():
            return _of_optimade(entry, limits)
        if {"lattice_mat", "coords", "elements"} <= atoms.keys():
            names = [[(str(name), 1.0)] for name in atoms["elements"]]
            return _crystal(atoms["lattice_mat"], atoms["coords"], names, bool(atoms.get("cartesian")), limits)
    except InputError:
        raise
    except Exception as error:  # numpy raises whatever the content provokes
        raise InputError(f"the structure cannot be read ({first_line(error)})") from error
    return None


def _of_optimade(entry: dict[str, Any], limits: Limits) -> Crystal:
    if list(entry.get("dimension_types") or [1, 1, 1]) != [1, 1, 1]:
        raise InputError("it is not periodic in three directions; properties of the bulk need a crystal")
    kinds = {
        kind["name"]: [
            (str(symbol), float(share))
            for symbol, share in zip(kind["chemical_symbols"], kind["concentration"], strict=True)
            if symbol != "vacancy"
        ]
        for kind in entry.get("species") or []
    }
    names = [kinds.get(name, [(str(name), 1.0)]) for name in entry["species_at_sites"]]
    return _crystal(entry["lattice_vectors"], entry["cartesian_site_positions"], names, True, limits)


def _crystal(
    lattice: Any, positions: Any, names: list[list[tuple[str, float]]], is_cartesian: bool, limits: Limits
) -> Crystal:
    """Crystal of vectors (3, 3), positions (n, 3) and the occupants of each site with their shares."""
    if len(names) > limits.n_sites:
        raise InputError(too_many_sites(len(names), limits))
    vectors, place = np.asarray(lattice, dtype=np.float64), np.asarray(positions, dtype=np.float64)
    if vectors.shape != (3, 3) or place.shape != (len(names), 3) or not names:
        raise InputError(
            f"{len(names)} species, vectors of shape {vectors.shape} and positions {place.shape} do not fit"
        )
    if unknown := [name for held in names for name, _ in held if name not in ATOMIC_NUMBER or name == "X"]:
        raise InputError(f"'{shown(unknown[0])}' is no element that is known here")
    held = [(site, ATOMIC_NUMBER[name], share) for site, own in enumerate(names) for name, share in own if share > 0]
    sites, numbers, shares = (np.array(column) for column in zip(*held, strict=True))
    if not abs(float(np.linalg.det(vectors))) > 1e-3:
        raise InputError("the cell has no volume; check the vectors (angstrom)")
    if np.bincount(sites, weights=shares).max() > 1.05:
        raise InputError("a site is filled to more than 1")
    kept, sites = np.unique(sites, return_inverse=True)  # sites that are vacant alone
    frac = place @ np.linalg.inv(vectors) if is_cartesian else place
    return Crystal(vectors, frac[kept], sites, numbers, np.minimum(shares, 1.0))
