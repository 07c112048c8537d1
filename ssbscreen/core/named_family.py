"""Family of a candidate whose source names one: a structure holds whatever anions it is filled with, a name may not."""

from __future__ import annotations

from pymatgen.core import Composition

from ssbscreen.core.chemistry import COMPOUND_GROUPS, NAMED_BY_ANIONS
from ssbscreen.core.recognition import OTHER_FAMILY, classify, element_amounts, family, fits


def family_with_anions(named: str, composition: Composition) -> str:
    """Family of a composition put into a structure of a named family, such as an oxide on the sites of a sulfide.

    A structure type keeps its name with any anions (garnet, LGPS type), unless the name itself says them (LISICON and
    thio-LISICON). A group of compounds, such as silicates, is left where the composition is none.

    Args:
        named: key of the family table.
        composition: of the candidate.

    Returns:
        Key of a row of `FAMILIES`, "other" where none fits.
    """
    amounts, class_key = element_amounts(composition), classify(composition)
    row = family(named)
    if row not in COMPOUND_GROUPS:
        if class_key in row.classes or named not in NAMED_BY_ANIONS:
            return named
        other = NAMED_BY_ANIONS[named]
        if other and class_key in family(other).classes:
            return other
    elif class_key in row.classes and any(fits(pattern, amounts) for pattern in row.patterns):
        return named
    for group in COMPOUND_GROUPS:
        if class_key in group.classes and any(fits(pattern, amounts) for pattern in group.patterns):
            return group.key
    return OTHER_FAMILY
