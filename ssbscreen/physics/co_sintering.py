"""Whether an oxide can be sintered on a support or with a cathode: their strongest reaction in the furnace.

Lithium that is missing after sintering went into the support rather than into the air: the vapours of lithium over its
oxides explain less than 0.1 % of it, where 1 to 10 % are lost (10.1039/d6ta02981g, abstract read).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ssbscreen.core.laws import kelvin
from ssbscreen.physics.gibbs import Gibbs
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface

AIR_OXYGEN_BAR = 0.21
SUPPORTS: Final[tuple[str, ...]] = ("MgO", "Al2O3", "ZrO2", "SiO2")
SUPPORT_ELEMENTS: Final[frozenset[str]] = frozenset(("Mg", "Al", "Zr", "Si", "O"))
HOLDS: Final[float] = -0.02
"""eV/atom: of the pairs of docs/validation/co_sintering.csv those that hold lie at -0.012 and above, those that react
at -0.066 and below."""


@dataclass(frozen=True, slots=True)
class OnSupport:
    """An oxide on a crucible or plate.

    Attributes:
        support: formula.
        energy: strongest reaction, eV per atom of mixture, never positive.
        reaction: in words, empty where nothing reacts.
    """

    support: str
    energy: float
    reaction: str


def furnace(library: PhaseLibrary, celsius: float) -> PhaseLibrary:
    """Competing phases with their Gibbs energies in air at a temperature, degree C."""
    return library.adjusted(Gibbs(kelvin(celsius), oxygen_pressure_bar=AIR_OXYGEN_BAR))


def co_sintering_energy(electrolyte: str, cathode: str, hot: PhaseLibrary) -> float:
    """Strongest reaction of an oxide with a cathode in air, eV per atom of mixture, never positive.

    Both stand on the hull of the furnace where they are not listed. Loss of lithium to the furnace is not counted: its
    vapour is not among the phases, and makers hold it back with excess lithium or a covering powder.

    Args:
        electrolyte, cathode: formulas, the cathode lithiated.
        hot: phases of `furnace`.

    Raises:
        InputError: a formula that the phases do not cover.

    Source: minimum of the pseudo-binary hull, Richards et al., Chem. Mater. 28, 266 (2016),
    10.1021/acs.chemmater.5b04082, with the Gibbs energies of `gibbs`.
    """
    return min(interface(electrolyte, cathode, hot).reaction_energy, 0.0)


def on_supports(electrolyte: str, hot: PhaseLibrary) -> tuple[OnSupport, ...]:
    """Strongest reaction of an oxide with each of `SUPPORTS` in air, the weakest first.

    Raises:
        InputError: a formula that the phases do not cover.

    Source: as `co_sintering_energy`.
    """
    found = []
    for support in SUPPORTS:
        diagram = interface(electrolyte, support, hot)
        energy = min(diagram.reaction_energy, 0.0)
        words = diagram.reactions[diagram.worst].text() if energy < HOLDS else ""
        found.append(OnSupport(support, energy, words))
    return tuple(sorted(found, key=lambda one: -one.energy))
