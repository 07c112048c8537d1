"""A crystal as one JSON object a line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pymatgen.core import Composition, Element

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS, Crystal
from ssbscreen.core.errors import InputError

_ELEMENTS = {symbol: Element(symbol) for symbol in SYMBOLS[1:]}


def candidate_of(record: dict[str, Any], source: str, provenance: str = "", is_known: bool = True) -> Candidate:
    """Candidate of one line `{"id", "lattice": [a, b, c, alpha, beta, gamma], "species", "frac"}`.

    Raises:
        InputError: a key is missing, lengths differ, an element is unknown, or the cell is impossible.
    """
    try:
        candidate_id, lattice, species, frac = (record[k] for k in ("id", "lattice", "species", "frac"))
        numbers = np.array([ATOMIC_NUMBER[s] for s in species])
        coordinates = np.array(frac, dtype=np.float64)
        vectors = cell_vectors([float(x) for x in lattice])
    except KeyError as error:
        raise InputError(f"key or element {error} is missing or unknown; give id, lattice, species, frac") from error
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"the line cannot be read ({error}); give lattice as 6 numbers, frac as rows of 3") from error
    if not len(numbers) or coordinates.shape != (len(numbers), 3):
        raise InputError(
            f"{len(numbers)} species and coordinates of shape {coordinates.shape} do not fit; give n and (n, 3)"
        )
    if not np.isfinite(coordinates).all():
        raise InputError("a coordinate is not a number")
    counts: dict[str, int] = {}
    for symbol in species:
        counts[symbol] = counts.get(symbol, 0) + 1
    return Candidate(
        candidate_id=str(candidate_id),
        composition=Composition({_ELEMENTS.get(s, Element("H")): n for s, n in counts.items()}),
        crystal=Crystal.ordered(vectors, coordinates, numbers),
        source=source,
        provenance=provenance,
        is_known=is_known,
    )


def cell_vectors(lattice: list[float]) -> np.ndarray:
    """Lattice vectors of a, b, c (angstrom), alpha, beta, gamma (degree): a along x, b in the xy plane.  # (3, 3)

    Raises:
        InputError: lengths or angles that span no cell.
    """
    if len(lattice) != 6:
        raise InputError(f"lattice {lattice} spans no cell; give three lengths and three angles")
    a, b, c = lattice[:3]
    cos_a, cos_b, cos_g = (math.cos(math.radians(angle)) for angle in lattice[3:])
    sin_g = math.sqrt(max(0.0, 1.0 - cos_g**2))
    squared = 1.0 - cos_a**2 - cos_b**2 - cos_g**2 + 2.0 * cos_a * cos_b * cos_g
    if not (min(a, b, c) > 0 and sin_g > 1e-4 and squared > 1e-8):
        raise InputError(f"lattice {lattice} spans no cell; give three lengths > 0 and three possible angles")
    return np.array(
        [
            [a, 0.0, 0.0],
            [b * cos_g, b * sin_g, 0.0],
            [c * cos_b, c * (cos_a - cos_b * cos_g) / sin_g, c * math.sqrt(squared) / sin_g],
        ]
    )
