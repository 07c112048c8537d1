"""The two ends of an insertion electrode: what must hold for them to be one, and their volumes per framework atom.

Everything is counted per framework atom (an atom that is not lithium), because the two cells may differ in size.
"""

from __future__ import annotations

import numpy as np

from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError

LI = ATOMIC_NUMBER["Li"]
_TOLERANCE = 2e-3  # share of a framework element; refined occupancies are rounded


def framework_amounts(amounts: np.ndarray) -> np.ndarray:
    """Amounts without lithium, indexed by atomic number.  # (..., 104) -> (..., 104)"""
    kept = np.array(amounts, dtype=float)
    kept[..., LI] = 0.0
    return kept


def li_per_framework_atom(crystal: Crystal) -> float:
    """Lithium atoms a framework atom.

    Raises:
        InputError: the crystal holds nothing but lithium.
    """
    rest = crystal.n_atoms - crystal.amounts[LI]
    if rest <= 0:
        raise InputError("the structure holds nothing but lithium; an electrode needs a framework")
    return float(crystal.amounts[LI] / rest)


def check_pair(discharged: Crystal, charged: Crystal) -> None:
    """Refuse two structures that are not the ends of one insertion electrode.

    Raises:
        InputError: the frameworks differ in composition, or the charged end holds no less lithium.
    """
    low, high = li_per_framework_atom(charged), li_per_framework_atom(discharged)
    shares = [framework_amounts(c.amounts) / (c.n_atoms - c.amounts[LI]) for c in (discharged, charged)]
    if np.abs(shares[0] - shares[1]).max() > _TOLERANCE:
        raise InputError(
            f"the frameworks differ: {charged.composition.reduced_formula} charged, "
            f"{discharged.composition.reduced_formula} discharged; both ends need the same atoms but Li"
        )
    if low >= high - 1e-6:
        raise InputError(
            f"the charged structure {charged.composition.reduced_formula} holds no less lithium than the "
            f"discharged {discharged.composition.reduced_formula}; exchange id_charge and id_discharge"
        )


def exchanged_lithium(discharged: Crystal, charged: Crystal) -> float:
    """Lithium that leaves the cell of the discharged crystal on charge, atoms."""
    rest = discharged.n_atoms - discharged.amounts[LI]
    return float((li_per_framework_atom(discharged) - li_per_framework_atom(charged)) * rest)


def signed_volume_change(discharged: Crystal, charged: Crystal) -> float:
    """Volume of the charged over that of the discharged state per framework atom, minus 1."""
    per_atom = [c.volume / (c.n_atoms - c.amounts[LI]) for c in (discharged, charged)]
    return float(per_atom[1] / per_atom[0] - 1.0)
