"""A structure held against the composition stated beside it."""

from __future__ import annotations

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import reduced_formula
from ssbscreen.core.errors import InputError
from ssbscreen.core.oxidation import can_balance

# Largest difference in atomic fraction between a CIF and the composition stated beside it that rounding of
# occupancies explains. In OBELiX the differences run on without a gap; this value rejects 23 of 254 CIFs.
COMPOSITION_TOLERANCE = 0.006


def disagreement(found: Composition, stated: Composition, tolerance: float = COMPOSITION_TOLERANCE) -> str:
    """In which way a structure's composition differs from the stated one; empty when it does not.

    Args:
        found: of the structure.
        stated: the truth.
        tolerance: largest difference of atomic fractions that rounding explains.
    """
    missing = {str(e) for e in stated.elements} - {str(e) for e in found.elements}
    added = {str(e) for e in found.elements} - {str(e) for e in stated.elements}
    if missing:
        return f"lacks {', '.join(sorted(missing))}"
    if added:
        return f"has {', '.join(sorted(added))} in addition"
    elements = list(stated.elements)
    difference = np.array([found.get_atomic_fraction(e) - stated.get_atomic_fraction(e) for e in elements])
    if (worst := int(np.abs(difference).argmax())) >= 0 and abs(difference[worst]) > tolerance:
        return (
            f"{reduced_formula(found)} instead of {reduced_formula(stated)}, "
            f"{elements[worst]} off by {difference[worst]:+.3f} in atomic fraction"
        )
    return ""


CHARGE_TOLERANCE = 0.06  # of the negative charge; films and nominal formulas are off by up to this


def check_charges(text: str, composition: Composition, tolerance: float = CHARGE_TOLERANCE) -> None:
    """Refuse a formula that no common oxidation states balance.

    Raises:
        InputError: it is not neutral, most likely a typing error.
    """
    if not can_balance(composition.get_el_amt_dict(), tolerance=tolerance):
        raise InputError(f"no oxidation states balance '{text}' to {tolerance:.0%}; most likely a typing error")
