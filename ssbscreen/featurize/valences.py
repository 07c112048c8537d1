"""A composition by the charges of its ions: what may replace each other without vacancies or interstitials."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pymatgen.core import Element

from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS
from ssbscreen.featurize.composition import N_ELEMENTS

HIGHEST = 7
# States in which these stand beside lithium, where the highest common one would be a rare one.
_USUAL_STATE = {"H": 1, "Cr": 3, "Mn": 2, "Fe": 3, "Co": 2, "Ni": 2, "Ce": 4, "Eu": 3}
_ANION_COLUMN = {"N": 0, "O": 1, "S": 1, "Se": 1, "Te": 1, "F": 2, "Cl": 2, "Br": 2, "I": 2}
VALENCE_NAMES: tuple[str, ...] = (
    "Li",
    "no positive state",
    *(f"{q}+" for q in range(1, HIGHEST + 1)),
    "nitride",
    "chalcogenide",
    "halide",
)


@lru_cache(maxsize=1)
def _column() -> np.ndarray:
    """Column of each element.  # (104,)

    Source: highest of pymatgen's `common_oxidation_states`, except for `_USUAL_STATE`.
    """
    found = np.zeros(N_ELEMENTS, dtype=int)
    for z in range(1, N_ELEMENTS):
        symbol = SYMBOLS[z]
        if symbol in _ANION_COLUMN:
            found[z] = 2 + HIGHEST + _ANION_COLUMN[symbol]
        else:
            highest = max(Element(symbol).common_oxidation_states, default=0)
            found[z] = 1 + min(max(_USUAL_STATE.get(symbol, highest), 0), HIGHEST)
    found[ATOMIC_NUMBER["Li"]] = 0
    return found


def valence_shares(share: np.ndarray) -> np.ndarray:
    """Shares of lithium, of the other cations by their formal charge and of the anions by theirs.

    Isovalent substitution (Ti by Zr, O by S) changes nothing, aliovalent substitution (Ti by Al and Li) does: it is
    what makes vacancies and interstitials. States are fixed per element, no charges are balanced: sulfur counts as an
    anion in sulfates too, hydrogen as a cation in hydrides.

    Args:
        share: fractions by atomic number.  # (n, 104)

    Returns:
        In the order of `VALENCE_NAMES`, rows sum to 1.  # (n, 12)
    """
    column = _column()
    merge = np.zeros((N_ELEMENTS, len(VALENCE_NAMES)))
    merge[np.arange(1, N_ELEMENTS), column[1:]] = 1.0
    return np.asarray(share @ merge)
