"""Formulas as chemists write them: Li6PS5Cl, Li1.3Al0.3Ti1.7(PO4)3, LiNi0.8Mn0.1Co0.1O2; one for one composition.

The scale is that of the structure type (12 O of a garnet, 2 of a layered oxide), so that a doping step reads as one.
Cations stand by their charge, groups of one coordination in brackets, anions last.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

import numpy as np
from pymatgen.core import Composition, Element

from ssbscreen.core.candidate import Candidate, reduced_formula
from ssbscreen.core.chemistry import STRUCTURE_TYPES
from ssbscreen.core.oxidation import oxidation_states
from ssbscreen.core.recognition import OTHER_FAMILY, element_amounts, family_from_label, fits, recognise_family

_WHOLE = 2e-3  # an amount this close to a whole number is one
_MOST_ATOMS = 32  # of a formula of whole amounts that is kept
_FEWEST_ATOMS = 3.0  # of a formula unit; less are shares of a whole
_FEW_ATOMS = 16  # of a formula of whole amounts that is taken as it is
_LARGEST_ANION_COUNT = 24
_DOPANT_RATIO = 3.0  # between two cations of a formula that is better written with fractions
_OXYANIONS = {"P": 4, "S": 4, "Si": 4, "Ge": 4, "As": 4, "V": 4, "Mo": 4, "W": 4, "Cl": 4, "B": 3, "C": 3, "N": 3}
_OXYANION_FORMERS = ("B", "C", "Si", "P", "As", "S", "N", "Cl", "Br", "I")
_ANIONS = ("Te", "Se", "S", "N", "O", "H", "F", "Cl", "Br", "I")
_HALIDES = ("F", "Cl", "Br", "I")
# Order in which the field writes cations that share sites, where charges alone would not give it.
_SITES = {
    "garnet": "Li Al Ga Fe",
    "layered": "Li Na Ni Mn Co Al",
    "spinel": "Li Na Ni Mn Co",
    "rock_salt": "Li Na Ni Mn Co",
}
# C stands before B, as in LiCB11H12.
_USUAL_CHARGE = {
    "Mn": 2,
    "H": 1,
    "P": 5,
    "As": 5,
    "Sb": 5,
    "B": 3,
    "C": 2,
    "N": 5,
    "S": 6,
    "Sn": 4,
    "Ge": 4,
    "Si": 4,
    "Bi": 3,
}


def formula_of(candidate: Candidate) -> str:
    """Formula of a candidate as chemists write it; of a polymer its repeat unit with salt and molality."""
    if candidate.polymer is not None:
        return candidate.formula
    assert candidate.composition is not None
    hinted = family_from_label(candidate.family_hint) if candidate.family_hint else None
    family = hinted or recognise_family(candidate.composition, candidate.space_group)
    amounts = {el: x for el, x in element_amounts(candidate.composition).items() if x > 5e-5}
    if candidate.crystal is None and _is_plainer(amounts, _scaled(amounts, family)):
        return "".join(name + _number(amount) for name, amount in _with_groups(amounts, family))
    return chemical_formula(candidate.composition, family)


def _is_plainer(given: Mapping[str, float], scaled: Mapping[str, float]) -> bool:
    """Whether a formula as it was given has fewer decimals than on the scale of its type: Li6.4Al0.19La3Zr2O11.8.

    Tenths are better than many atoms: Li9.6P3S12 is no Li16P5S20, and Li4PS3.8O0.2F no Li20P5S19OF5.
    """
    decimals, others = (sum(_decimals(x) for x in amounts.values()) for amounts in (given, scaled))
    if decimals == 0 and sum(given.values()) <= _MOST_ATOMS:
        return any(_decimals(x) > 3 for x in scaled.values())  # thirds: Li11AlP2S12 is no Li3.67Al0.333P0.667S4
    if not _FEWEST_ATOMS <= sum(given.values()) <= 1.05 * sum(scaled.values()) or decimals == 0:
        return False
    if others:
        return decimals < others
    atoms = sum(scaled.values())
    is_in_tenths = all(_decimals(x) < 2 for x in given.values())
    return atoms > 1.5 * sum(given.values()) and (decimals == 1 or (atoms > _MOST_ATOMS and is_in_tenths))


def _decimals(amount: float) -> int:
    return next((digits for digits in range(4) if abs(amount - round(amount, digits)) < 1e-5), 4)


def chemical_formula(composition: Composition, family: str = OTHER_FAMILY) -> str:
    """Formula on the scale of a family, its elements in the order in which the field writes them.

    Args:
        composition: in any scale.
        family: key of the family table; decides the scale of structure types such as garnet.
    """
    amounts = {el: x for el, x in element_amounts(composition).items() if x > 5e-5}
    total = sum(amounts.values())
    return _written(tuple(sorted((el, round(x / total, 7)) for el, x in amounts.items())), family)


@lru_cache(maxsize=200_000)
def _written(shares: tuple[tuple[str, float], ...], family: str) -> str:
    amounts = _scaled(dict(shares), family)
    parts = _with_groups(amounts, family)
    return "".join(name + _number(amount) for name, amount in parts)


def _scaled(amounts: dict[str, float], family: str) -> dict[str, float]:
    """Amounts in the formula unit that the field uses."""
    whole = element_amounts(Composition(reduced_formula(Composition(amounts))))
    is_whole = all(abs(x - round(x)) < _WHOLE for x in whole.values())
    if is_whole and (len(whole) <= 3 or (family == OTHER_FAMILY and sum(whole.values()) <= _FEW_ATOMS)):
        return whole
    if scale := _scale_of_family(whole, family):
        return {el: x * scale for el, x in whole.items()}
    anions = sum(x for el, x in whole.items() if _is_anion(el, whole, family))
    cations = [x for el, x in whole.items() if not _is_anion(el, whole, family) and el not in ("Li", "Na", "K")]
    is_mixed = sum(whole.values()) > _FEW_ATOMS and max(cations, default=1) >= _DOPANT_RATIO * min(cations, default=1)
    if not (is_mixed or not is_whole) or not cations or not anions or "H" in whole:
        return whole
    for count in range(1, _LARGEST_ANION_COUNT + 1):
        framework = sum(cations) * count / anions
        if framework > 0.5 and abs(framework - round(framework)) < 1e-2:
            return {el: x * count / anions for el, x in whole.items()}
    return whole


def _scale_of_family(amounts: Mapping[str, float], family: str) -> float:
    """Factor to the formula unit of a structure type; 0 where the family is none or the composition does not fit."""
    for pattern in _patterns(family):
        if fits(pattern, amounts) or fits(pattern, amounts, min(pattern.space_groups, default=0)):
            return pattern.amount / sum(amounts.get(el, 0.0) for el in pattern.per)
    return 0.0


@cache
def _patterns(family: str):  # type: ignore[no-untyped-def]
    return next((row.patterns for row in STRUCTURE_TYPES if row.key == family), ())


def _is_anion(element: str, amounts: Mapping[str, float], family: str) -> bool:
    if element not in _ANIONS:
        return element in ("P", "As") and family == "phosphide"
    oxygen = amounts.get("O", 0.0)
    if element in ("S", "Se", "Te"):
        return oxygen < 3.0 * amounts[element]
    if element == "N":
        return family != "nitrate"
    if element in _HALIDES:
        return family != "halate" or element == "F"
    return True


def _with_groups(amounts: Mapping[str, float], family: str) -> list[tuple[str, float]]:
    """Cations, groups and anions in order, each with its amount."""
    left = dict(amounts)
    groups = [*_oxyanion(left), *_hydrides(left, family), *_hydroxide(left)]
    anions = [el for el in left if _is_anion(el, amounts, family)]
    cations = [el for el in left if el not in anions]
    parts = [(el, left[el]) for el in _cations_in_order(cations, left, family)]
    is_alone = len(groups) == 1 and abs(groups[0][1] - 1.0) < _WHOLE
    parts += [(name if is_alone else f"({name})", amount) for name, amount in groups]
    return parts + [(el, left[el]) for el in _anions_in_order(anions, left)]


def _oxyanion(left: dict[str, float]) -> list[tuple[str, float]]:
    """The oxyanion or PS4 group that holds all oxygen or sulfur where there are several in the formula unit.

    It is taken out of what is left.
    """
    groups = [(element, "O", count) for element, count in _OXYANIONS.items()]
    groups += [("P", "S", 4)] if set(left) - {"Li", "P", "S"} else []
    for element, anion, count in groups:
        amount = left.get(element, 0.0)
        is_full = abs(left.get(anion, 0.0) - count * amount) < 0.01
        if (
            amount > (2.5 if anion == "S" else 1.5)
            and abs(amount - round(amount)) < _WHOLE
            and is_full
            and "H" not in left
        ):
            del left[anion], left[element]
            return [(f"{element}{anion}{count}", float(round(amount)))]
    return []


def _hydrides(left: dict[str, float], family: str) -> list[tuple[str, float]]:
    """BH4, AlH4, NH2 and NH groups that hold all hydrogen, taken out of what is left."""
    if "C" in left or "H" not in left or "O" in left:
        return []
    per_atom = {"B": 4, "N": 2} | ({"Al": 4} if family == "alanate" else {})
    for nitrogen in (2, 1):
        per_atom["N"] = nitrogen
        held = {el: left[el] for el in per_atom if el in left}
        if held and abs(left["H"] - sum(per_atom[el] * x for el, x in held.items())) < 0.02:
            for el in (*held, "H"):
                del left[el]
            return [(f"{el}H{per_atom[el]}" if per_atom[el] > 1 else f"{el}H", x) for el, x in held.items()]
    return []


def _hydroxide(left: dict[str, float]) -> list[tuple[str, float]]:
    """OH groups, where hydrogen and oxygen are equally many and nothing but halogens binds them otherwise."""
    if "H" not in left or abs(left["H"] - left.get("O", 0.0)) > 0.01 or {"B", "C", "N", "P", "S", "Si"} & set(left):
        return []
    amount = left.pop("O")
    del left["H"]
    return [("OH", amount)]


def _cations_in_order(cations: list[str], amounts: Mapping[str, float], family: str) -> list[str]:
    """The convention of the family, then by usual charge and electronegativity.

    What forms oxyanions stands beside the oxygen.
    """
    written_first = _SITES.get(family, "").split()

    def order(element: str) -> tuple[int, bool, int, float]:
        place = written_first.index(element) if element in written_first else len(written_first)
        is_former = "O" in amounts and element in _OXYANION_FORMERS
        return place, is_former, _charge(element), float(Element(element).X)

    return sorted(cations, key=order)


@cache
def _charge(element: str) -> int:
    """Usual charge of a cation."""
    positive = [state for state in oxidation_states(element) if state > 0]
    common = [state for state in Element(element).common_oxidation_states if state > 0]
    return _USUAL_CHARGE.get(element) or max(common or positive or [0])


def _anions_in_order(anions: list[str], amounts: Mapping[str, float]) -> list[str]:
    """Chalcogen, nitrogen and hydrogen before halogens, the larger amount first; Cl, Br, I as in the periodic table."""
    halides = [el for el in _HALIDES if el in anions]
    if len(halides) > 1 and halides[0] == "F" and amounts["F"] < max(amounts[el] for el in halides[1:]):
        halides = [*halides[1:], "F"]
    others = sorted((el for el in anions if el not in _HALIDES), key=lambda el: (-amounts[el], float(Element(el).X)))
    return [*others, *halides]


def _number(amount: float) -> str:
    """Subscript: nothing for 1, whole amounts whole, others with two decimals, or three where two would lie."""
    if abs(amount - round(amount)) < _WHOLE and round(amount):
        return "" if round(amount) == 1 else str(round(amount))
    off = abs(amount - round(amount, 2))
    digits = 2 if off < 1.5e-3 or (amount >= 1 and off < 4e-3) else 3
    return f"{np.round(amount, digits):g}" if round(amount, digits) else f"{amount:.1g}"
