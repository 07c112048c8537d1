"""Whether an oxide and a cathode can be sintered together: their strongest reaction in the furnace."""

from __future__ import annotations

from ssbscreen.core.laws import kelvin
from ssbscreen.physics.gibbs import Gibbs
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface

AIR_OXYGEN_BAR = 0.21


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
