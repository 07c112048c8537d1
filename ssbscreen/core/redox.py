"""Which elements of an electrode change their charge when lithium leaves, and how much lithium can leave.

Charges are counted on the composition: anions and main-group cations keep theirs, redox-active metals share what is
left. Electrons leave the highest level first. The level of a couple is its ionization energy less a constant for each
charge, which the surroundings pay back; it only has to order the couples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pymatgen.core import Element

from ssbscreen.core.errors import InputError

Couple = tuple[str, int]  # element and its lower charge: ("Fe", 2) is Fe2+/3+
ANION_HOLES: Couple = ("anion", 0)  # electrons that no metal can give: anions are oxidised
EXCESS: Couple = ("reduced", 0)  # electrons that no metal can take: metallic or below the lowest charge

FIXED: dict[str, int] = {
    **dict.fromkeys(("Li", "Na", "K", "Rb", "Cs", "H", "Tl"), 1),
    **dict.fromkeys(("Be", "Mg", "Ca", "Sr", "Ba", "Zn", "Cd"), 2),
    **dict.fromkeys(
        ("B", "Al", "Ga", "In", "Sc", "Y", "La", "Pr", "Nd", "Sm", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Lu"), 3
    ),
    **dict.fromkeys(("C", "Si", "Ge", "Zr", "Hf", "Th"), 4),
    **dict.fromkeys(("P", "As", "Ta"), 5),
}
HALIDES_AND_OXYGEN: dict[str, int] = {"O": -2, "F": -1, "Cl": -1, "Br": -1, "I": -1}
_AMPHOTERIC: dict[str, tuple[int, int]] = {  # charge as anion, and inside an oxyanion
    "S": (-2, 6),
    "Se": (-2, 6),
    "N": (-3, 5),
    "P": (-3, 5),
    "As": (-3, 5),
    "C": (-4, 4),
}
_OXYGEN_PER_CENTRE = {"S": 2.5, "Se": 2.5, "N": 2.5}  # from so many O an atom on it is the centre of an oxyanion
# Charges that the redox-active elements take in oxides, fluorides and their salts; the lowest holds all electrons.
RANGE: dict[str, tuple[int, int]] = {
    "Ti": (2, 4),
    "V": (2, 5),
    "Cr": (2, 6),
    "Mn": (2, 7),
    "Fe": (2, 4),
    "Co": (2, 4),
    "Ni": (2, 4),
    "Cu": (1, 3),
    "Nb": (2, 5),
    "Mo": (2, 6),
    "Ru": (3, 6),
    "Rh": (3, 4),
    "Pd": (2, 4),
    "Ag": (1, 2),
    "Sn": (2, 4),
    "Sb": (3, 5),
    "Te": (4, 6),
    "Ce": (3, 4),
    "Eu": (2, 3),
    "Yb": (2, 3),
    "W": (2, 6),
    "Re": (3, 7),
    "Os": (3, 7),
    "Ir": (3, 6),
    "Pt": (2, 4),
    "Bi": (3, 5),
    "U": (3, 6),
}
_PAIRED = frozenset({"Sn", "Sb", "Te", "Bi"})  # lose two electrons at once
# Charges beyond which lithium is not removed below about 5.1 V, by what surrounds the metals. A couple is left out
# where the median of the calculated voltages of insertion pairs that use it alone lies above 4.75 V, 5.1 V measured
# (`python benchmarks/known_couples.py --couples`, three pairs or more): in oxyanions Co3+/4+ 5.2 V, Ni3+/4+ 5.4,
# Fe3+/4+ 4.8; in fluorides Fe3+/4+ 6.1, Mn3+/4+ 5.3. Of oxides Mn4+/5+ and Cr3+/4+ are left out because the metal
# moves (LiCrO2 stores next to nothing, J. Mater. Chem. 19, 2993 (2009); spinels such as LiCrMnO4, where it works at
# 4.8 V, are counted too low), and Fe3+/4+ because oxygen leaves, an assumption of the project.
_PRACTICAL: dict[str, dict[str, int]] = {
    "oxyanion": {"Mn": 4, "Cr": 4, "Fe": 3, "Co": 3, "Ni": 3},
    "fluoride": {"Mn": 3, "Cr": 4, "Fe": 3, "Co": 3, "Ni": 3},
    "other": {"Mn": 4, "Cr": 3, "Fe": 3},
}
MORE_THAN_METAL = 1.05  # lithium a metal atom from which on a cathode counts as rich in lithium
_TRANSITION_METALS = frozenset(RANGE) - {"Sn", "Sb", "Te", "Bi", "Ce", "Eu", "Yb", "U"}
_CENTRES = frozenset({"B", "C", "N", "Si", "P", "S", "As", "Ge", "Se"})  # of oxyanions
# What the field of its neighbours pays back when an ion of that charge loses one more electron, eV: so couples come
# in the order of their mean voltages (Ti3+/4+ V2+/3+ V3+/4+ Fe2+/3+ ... Mn3+/4+ Ni2+/3+ ... Fe3+/4+ Ni3+/4+).
_PAID_BACK = {1: 24.0, 2: 34.0, 3: 51.0, 4: 68.0, 5: 85.0, 6: 102.0}


@dataclass(frozen=True)
class Charges:
    """Charges of one composition, in its own amounts.

    Attributes:
        fixed: sum over all atoms that keep their charge, anions included.
        metals: redox-active elements and their amounts.
        anions: anions and their amounts.
        given: electrons that left each couple, counted from the lowest charges.
        states: mean charge of each redox-active element.
    """

    fixed: float
    metals: dict[str, float]
    anions: dict[str, float]
    given: dict[Couple, float]
    states: dict[str, float]


@cache
def ionization_energy(couple: Couple) -> float:
    """Energy that takes the couple's electron from the free ion, eV; that of the last tabulated one where unknown.

    Source: NIST values as shipped with pymatgen.
    """
    element, charge = couple
    energies = [e for e in Element(element).ionization_energies if e is not None]
    return float(energies[min(charge, len(energies) - 1)])


@cache
def level(couple: Couple) -> float:
    """Order in which electrons leave: ionization energy less what the field pays back; rises with the charge."""
    element, charge = couple
    low, high = RANGE[element]
    if element in _PAIRED:
        return sum(ionization_energy((element, z)) - _PAID_BACK[z] for z in range(low, high)) / (high - low)
    own = ionization_energy(couple) - _PAID_BACK[charge]
    return own if charge == low else max(own, level((element, charge - 1)) + 1e-3)


def fixed_charge(symbol: str, amounts: Mapping[str, float]) -> int | None:
    """Charge of an element that keeps it in this composition; None for redox-active ones and noble gases."""
    if symbol in HALIDES_AND_OXYGEN:
        return HALIDES_AND_OXYGEN[symbol]
    if symbol in _AMPHOTERIC:
        as_anion, as_centre = _AMPHOTERIC[symbol]
        if symbol in _OXYGEN_PER_CENTRE:
            is_centre = amounts.get("O", 0.0) >= _OXYGEN_PER_CENTRE[symbol] * amounts[symbol]
        else:
            is_centre = any(amounts.get(s, 0.0) > 0 for s in ("O", "F", "S", "Cl"))
        return as_centre if is_centre else as_anion
    return FIXED.get(symbol)


def charges(amounts: Mapping[str, float]) -> Charges:
    """Charges that make a composition neutral.

    Args:
        amounts: by element symbol, also fractional.
    """
    present = {s: float(a) for s, a in amounts.items() if a > 1e-8}
    metals = {s: a for s, a in present.items() if s in RANGE}
    fixed, anions = 0.0, {}
    for symbol, amount in present.items():
        charge = None if symbol in metals else fixed_charge(symbol, present)
        if charge is not None:
            fixed += charge * amount
            if charge < 0:
                anions[symbol] = amount
    left = -fixed - sum(RANGE[s][0] * a for s, a in metals.items())
    given: dict[Couple, float] = {}
    states = {s: float(RANGE[s][0]) for s in metals}
    if left < -1e-6:
        given[EXCESS] = left
    for couple in sorted(((s, z) for s in metals for z in range(*RANGE[s])), key=level):
        if left <= 1e-9:
            break
        taken = min(metals[couple[0]], left)
        given[couple] = taken
        states[couple[0]] += taken / metals[couple[0]]
        left -= taken
    if left > 1e-6:
        given[ANION_HOLES] = left
    return Charges(fixed, metals, anions, given, states)


def exchanged_electrons(discharged: Charges, charged: Charges) -> dict[Couple, float]:
    """Electrons of each couple that leave on charge; both ends must hold the same amount of framework."""
    couples = {**discharged.given, **charged.given}
    return {c: charged.given.get(c, 0.0) - discharged.given.get(c, 0.0) for c in couples}


def surroundings(amounts: Mapping[str, float]) -> str:
    """What stands around the metals: "oxyanion", "fluoride" or "other" (oxides, oxyfluorides, sulfides)."""
    if amounts.get("O", 0.0) > 0.0:
        return "oxyanion" if any(amounts.get(name, 0.0) > 0.0 for name in _CENTRES) else "other"
    return "fluoride" if amounts.get("F", 0.0) > 0.0 else "other"


def removable_lithium(amounts: Mapping[str, float]) -> float:
    """Lithium that can leave before the metals reach the highest charge that cells reach, in the given amounts.

    0 where no metal can be oxidised below about 5.1 V (electrolytes, Li2S, LiFeO2, LiCrO2): oxidation of the anions is
    not counted; see `sulfur_electrons`.

    Raises:
        InputError: the composition holds no lithium.
    """
    lithium = float(amounts.get("Li", 0.0))
    if lithium <= 0:
        raise InputError("the composition holds no lithium; give the discharged (lithiated) state of the electrode")
    found, highest = charges(amounts), _PRACTICAL[surroundings(amounts)]
    room = sum(
        a * (highest.get(s, RANGE[s][1]) - found.states[s])
        for s, a in found.metals.items()
        if highest.get(s, RANGE[s][1]) > found.states[s]
    )
    return max(min(lithium, room), 0.0)


def sulfur_electrons(amounts: Mapping[str, float]) -> float:
    """Electrons that sulfur gives as its atoms pair, S2- to (S2)2-: one an atom, in the given amounts; 0 elsewhere.

    Counted where it was seen, in sulfides of transition metals with more lithium than metal. With other anions, or
    with the cations of electrolytes (P, Si, Ge, Al), nothing was read of what comes back, so it is not counted.

    Source: Li0.4TiS3 and Li0.4NbS4 (10.1038/s41598-018-33518-4); Fe2+/3+ and S2-/Sn-, n < 2, in
        Li1.13Ti0.57Fe0.3S2 (10.1038/s41560-019-0493-0).
    """
    present = {name: float(a) for name, a in amounts.items() if a > 1e-8}
    lithium, sulfur = present.pop("Li", 0.0), present.pop("S", 0.0)
    is_sulfide = sulfur > 0.0 and bool(present) and present.keys() <= _TRANSITION_METALS
    return sulfur if is_sulfide and lithium > MORE_THAN_METAL * sum(present.values()) else 0.0
