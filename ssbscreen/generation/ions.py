"""Ions, their sizes, and which of them replace one another in crystals.

The probabilities are those that pymatgen ships, mined from known crystal structures (Hautier et al., Inorg.
Chem. 50, 656 (2011)); radii are pymatgen's ionic radii.
"""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass

from pymatgen.analysis.structure_prediction.substitution_probability import SubstitutionProbability
from pymatgen.core import Element, Species

CHALCOGENS, HALOGENS = ("O", "S", "Se", "Te"), ("F", "Cl", "Br", "I")
# Oxidation states that framework cations keep in solids. Left out: radioactive elements, gases, Be, Hg, Tl
# and Pb (poisonous), the platinum metals and gold, and states that occur in molecules or metals only.
_CATIONS = {
    1: "Na K Rb Cs Ag Cu",
    2: "Mg Ca Sr Ba Zn Cd Mn Fe Co Ni Cu",
    3: "B Al Ga In Sc Y La Ce Pr Nd Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Bi Sb As Cr Fe V Ti Mn Co Ni",
    4: "Si Ge Sn Ti Zr Hf Ce V Mn",
    5: "P As Sb V Nb Ta Bi",
    6: "S Se W Mo Te",
}
# Partly filled d shells: they take up or give off electrons in the window of a Li cell.
OPEN_SHELL = frozenset("Cu2+ V3+ V4+ Ti3+ Cr3+ Mn2+ Mn3+ Mn4+ Fe2+ Fe3+ Co2+ Co3+ Ni2+ Ni3+".split())
# Cations that oxidise the softer anions; a compound with both decomposes before it forms.
_OXIDISING = frozenset("Cu2+ Fe3+ Co3+ Ni3+ Mn3+ Mn4+ Ce4+ V5+ V4+ Bi5+ Sb5+ As5+ Mo6+ Se6+ Te6+ S6+".split())
_TOLERATED = {  # known compounds such as Li3SbS4 and FeCl3 show that these pairs hold together
    "S2-": frozenset(("As5+", "Sb5+", "V5+", "Fe3+", "Mo6+")),
    "Se2-": frozenset(("As5+", "Sb5+")),
    "Cl-": frozenset(("Fe3+", "Sb5+", "As5+", "V4+")),
}
_HARD = frozenset(("O2-", "F-"))
# Cations that hold the heavier halogens in molecules alone: PCl5, SiCl4, BCl3, and AsCl5, which decomposes at -50
# degree C (Seppelt, Angew. Chem. Int. Ed. 15, 377 (1976)). No compound of the shipped reference phases has one of them
# with an electropositive metal and Cl, Br or I; another anion has to hold them, as S does in Li6PS5Cl.
_MOLECULAR_CATIONS = frozenset(("B3+", "Si4+", "P5+", "As5+"))
_MOLECULAR_ANIONS = frozenset(("Cl-", "Br-", "I-"))
# Cations whose halides are molecules, too (AsCl3 is a liquid), and which hold further halogens in an anion only where
# a large ion stands beside it, as in Cs3As2Cl9. Of the 95,118 compounds of the Materials Project none has arsenic
# with lithium and Cl, Br or I alone, forty have it with Na, K, Rb, Cs, Ca, Sr or Ba.
_MOLECULAR_BUT_BESIDE_LARGE = frozenset(("As3+",))
_LARGE_CATIONS = frozenset("Na+ K+ Rb+ Cs+ Ag+ Ca2+ Sr2+ Ba2+".split())
# Anions by which a share of another one has been replaced in electrolytes.
_ANION_DOPANTS = {
    "O": ("F",),
    "S": ("Cl", "Br", "I", "Se", "O"),
    "Se": ("S", "Br", "I"),
    "F": ("Cl",),
    "Cl": ("Br", "I", "F"),
    "Br": ("Cl", "I"),
    "I": ("Br",),
}
_PAULING_MARGIN = 0.25  # cations must be less electronegative than every anion by this much
_RADIUS_RATIO = (0.66, 1.45)
_N_OPTIONS = 40  # replacements of one ion that are tried, the likeliest


@dataclass(frozen=True)
class Ion:
    """An element in one oxidation state."""

    element: str
    charge: int

    def __str__(self) -> str:
        size = "" if abs(self.charge) == 1 else str(abs(self.charge))
        return f"{self.element}{size}{'+' if self.charge > 0 else '-'}"

    @property
    def is_anion(self) -> bool:
        return self.charge < 0


@functools.cache
def _probability() -> SubstitutionProbability:
    return SubstitutionProbability()


@functools.cache
def log_probability(old: Ion, new: Ion) -> float:
    """Natural log of the probability that `new` stands where `old` stood."""
    table = _probability()
    return math.log(table.cond_prob(Species(new.element, new.charge), Species(old.element, old.charge)))


@functools.cache
def electronegativity(element: str) -> float:
    """Pauling electronegativity as pymatgen lists it."""
    return float(Element(element).X)


@functools.cache
def radius(ion: Ion) -> float:
    """Ionic radius as pymatgen lists it, angstrom; the element's mean where the charge state is not listed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pymatgen warns where it takes the low-spin value
        if str(ion) == "Co3+":  # low spin wherever it sits in an octahedron of oxygen
            return float(Species("Co", 3).get_shannon_radius("VI", spin="Low Spin", radius_type="crystal"))
        value = Species(ion.element, ion.charge).ionic_radius
    return float(value if value is not None else Element(ion.element).average_ionic_radius)


@functools.cache
def _cations() -> tuple[Ion, ...]:
    return tuple(Ion(element, charge) for charge, names in _CATIONS.items() for element in names.split())


@functools.cache
def cation_states(element: str) -> tuple[Ion, ...]:
    """Charges in which an element stands in frameworks; none for those that are left out."""
    return tuple(ion for ion in _cations() if ion.element == element)


@functools.cache
def replacements(old: Ion) -> tuple[Ion, ...]:
    """Ions that may replace all of `old`, likeliest first: of similar size and, for cations, its charge +-1."""
    if old.is_anion:
        group = next((group for group in (CHALCOGENS, HALOGENS) if old.element in group), ())
        options = [Ion(element, old.charge) for element in group]
    else:
        options = [ion for ion in _cations() if abs(ion.charge - old.charge) <= 1]
    return _ranked(old, options)[:_N_OPTIONS]


@functools.cache
def dopants(host: Ion) -> tuple[Ion, ...]:
    """Ions that may replace a share of `host`, likeliest first; halides also on chalcogenide sites."""
    if not host.is_anion:
        return replacements(host)
    options = [Ion(name, -2 if name in CHALCOGENS else -1) for name in _ANION_DOPANTS.get(host.element, ())]
    return _ranked(host, options)


def _ranked(old: Ion, options: list[Ion]) -> tuple[Ion, ...]:
    low, high = _RADIUS_RATIO
    fitting = [new for new in options if new.element != old.element and low <= radius(new) / radius(old) <= high]
    return tuple(sorted(fitting, key=lambda new: (-log_probability(old, new), str(new))))


@functools.cache
def can_stand_beside(cation: Ion, anion: Ion) -> bool:
    """Pauling's test (the cation is clearly less electronegative), and no oxidation of the anion by the cation."""
    if electronegativity(cation.element) > electronegativity(anion.element) - _PAULING_MARGIN:
        return False
    return str(cation) not in _OXIDISING or str(anion) in _HARD or str(cation) in _TOLERATED.get(str(anion), ())


@functools.cache
def is_open_shell(ion: Ion) -> bool:
    """Whether the ion has a partly filled d shell and changes its charge in the window of a lithium cell."""
    return str(ion) in OPEN_SHELL


def _is_molecular(cations: set[str]) -> bool:
    """Whether these cations hold Cl, Br and I in molecules, if no other anion stands there."""
    return bool(_MOLECULAR_CATIONS & cations) or bool(
        _MOLECULAR_BUT_BESIDE_LARGE & cations and not _LARGE_CATIONS & cations
    )


def is_plausible(ions: tuple[Ion, ...]) -> bool:
    """Whether all cations can stand beside all anions, some anion holds each, and each element has one charge."""
    anions = [ion for ion in ions if ion.charge < 0]
    cations = [ion for ion in ions if ion.charge > 0]
    if not all(can_stand_beside(ion, anion) for ion in cations for anion in anions):
        return False
    if {str(anion) for anion in anions} <= _MOLECULAR_ANIONS and _is_molecular({str(ion) for ion in cations}):
        return False
    charges: dict[str, int] = {}
    return all(charges.setdefault(ion.element, ion.charge) == ion.charge for ion in ions)
