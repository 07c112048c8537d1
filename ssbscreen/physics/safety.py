"""Safety and end of life: heat of the cell's own reaction, H2S per gram, flammability, recyclable metals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.constants import AVOGADRO, ELEMENTARY_CHARGE
from ssbscreen.core.recognition import element_amounts
from ssbscreen.physics.cost import SYMBOLS, element_matrix, weight_average

GAS_VOLUME: Final[float] = 24465.0
"""cm3/mol of an ideal gas at 25 degree C and 1 atm, R T / p with CODATA constants."""
METALS_RECYCLED: Final[frozenset[str]] = frozenset("Al Co Cr Cu Au Fe Pb Mn Nb Ni Pd Pt Re Rh Ag Sn Ti Zn".split())
"""Metals of which more than half is recycled from products at their end of life, over all uses. Source: UNEP,
Recycling Rates of Metals (Graedel et al., 2011), abstract at http://metabolismofcities.org/publication/121. Lithium
and 33 others stand below 1 % (https://electriccarsreport.com/2011/06/recycling-rate-for-metals-in-ev-batteries-les-than-1/)."""
_NOT_METALS: Final[frozenset[str]] = frozenset("H He B C N O F Ne Si P S Cl Ar Br Kr I Xe".split())


@dataclass(frozen=True, slots=True)
class Flammability:
    """What a class does in a fire, in words.

    Attributes:
        chemistry_class: key.
        grade: "none", "gases" (does not burn but gives off toxic gas), "combustible" or "flammable".
        text: what happens.
        source: where it was read, or that it is a judgement.
    """

    chemistry_class: str
    grade: str
    text: str
    source: str


FLAMMABILITY: Final[tuple[Flammability, ...]] = (
    Flammability(
        "polymer",
        "combustible",
        "organic chains burn unless flame retardants are built in",
        "10.1016/j.ensm.2024.103174",
    ),
    Flammability(
        "sulfide",
        "gases",
        "reacts with charged layered oxides from 160 to 200 degree C on and feeds "
        "the fire; gives H2S with moisture and SO2 with oxygen",
        "https://www.clearskyscience.com/en/10.1038/s41467-026-69472-3/; the gases are chemistry",
    ),
    Flammability("halide", "gases", "does not burn; gives off HX with moisture", "judgement: nothing left to burn"),
    Flammability("oxide", "none", "does not burn", "judgement: fully oxidised"),
    Flammability("nitride", "gases", "gives off NH3 with moisture", "judgement: hydrolysis of nitrides"),
    Flammability(
        "hydride",
        "flammable",
        "gives off H2 with moisture and on heating and burns in air",
        "judgement: complex hydrides",
    ),
)


def flammability(chemistry_class: str) -> Flammability | None:
    """Row of a class; None where there is none."""
    return next((row for row in FLAMMABILITY if row.chemistry_class == chemistry_class), None)


def h2s_limits(compositions: Sequence[Composition | None]) -> np.ndarray:
    """H2S that a gram gives off when every sulfide ion is hydrolysed, cm3/g at 25 degree C.  # (n,)

    NaN for polymers. Compounds with two O and more to each S (sulfites, sulfates) give none. What is found within
    minutes in humid air is a hundredth of it and less: 0.01 to 2 cm3/g (10.1016/j.ensm.2018.02.020).
    """
    found = np.full(len(compositions), np.nan)
    for i, composition in enumerate(compositions):
        if composition is None:
            continue
        amounts = element_amounts(composition)
        sulfur = amounts.get("S", 0.0)
        if amounts.get("O", 0.0) >= 2.0 * sulfur:  # sulfites, sulfates and their relatives
            sulfur = 0.0
        found[i] = sulfur * GAS_VOLUME / float(composition.weight)
    return found


def recyclable_shares(compositions: Sequence[Composition | None]) -> np.ndarray:
    """Share by weight of the metals in a compound that are recycled by more than half today; NaN without a metal.

    Lithium counts as a metal that is not. Selenium, tellurium, germanium, arsenic and antimony count as metals, as in
    the source; other non-metals and silicon are not counted.  # (n,)
    """
    amounts = element_matrix(compositions)
    is_metal = np.array([symbol not in _NOT_METALS for symbol in SYMBOLS])
    metals = np.where(is_metal[None, :], amounts, 0.0)
    return weight_average(metals, np.array([float(symbol in METALS_RECYCLED) for symbol in SYMBOLS]))


def heat_per_gram(energy_per_atom: np.ndarray, mass_per_atom: np.ndarray | float) -> np.ndarray:
    """Reaction energy in J/g, negative where heat is released.

    Args:
        energy_per_atom: of the mixture that reacts, eV/atom.
        mass_per_atom: of the same mixture, g/mol.
    """
    joule_per_mol = np.asarray(energy_per_atom, float) * ELEMENTARY_CHARGE * AVOGADRO
    return joule_per_mol / np.asarray(mass_per_atom, float)


@dataclass(frozen=True)
class CellMixture:
    """What reacts when a charged cell is heated through, per mole of cathode formula.

    Attributes:
        amounts: moles of each element in all parts together.
        energy: formation energy of the parts before they react, eV.
        mass: g/mol.
    """

    amounts: Mapping[str, float]
    energy: float
    mass: float

    @property
    def n_atoms(self) -> float:
        """Atoms in it."""
        return sum(self.amounts.values())

    def heat(self, ground_state: float) -> float:
        """Heat of the whole reaction, J/g, negative where it is released.

        Args:
            ground_state: energy of the products, eV per atom of the mixture.
        """
        per_atom = ground_state - self.energy / self.n_atoms
        return float(heat_per_gram(np.array(per_atom), self.mass / self.n_atoms))


def cell_mixture(
    cathode: Mapping[str, float],
    cathode_energy: float,
    n_li: float,
    voltage: float,
    electrolyte: Mapping[str, float],
    electrolyte_energy: float,
    electrolyte_mass: float,
    excess_li: float,
) -> CellMixture:
    """The charged cell: delithiated cathode, electrolyte and lithium metal.

    The energy of the charged cathode is that of the discharged one plus n F V: what charging stored. So the stored
    electrical energy is part of the heat, as in a cell that is heated through without being discharged.

    Args:
        cathode: elements of the discharged formula.
        cathode_energy: its formation energy, eV per formula.
        n_li: Li taken out on charge, per formula.
        voltage: average voltage, V.
        electrolyte: elements of a formula of the electrolyte.
        electrolyte_energy: its formation energy, eV per formula.
        electrolyte_mass: of separator and catholyte together, g per gram of discharged cathode.
        excess_li: beyond what was plated on charge, g per gram of discharged cathode.

    Source: V = -(E_lithiated - E_delithiated - n E_Li) / n, Aydinol et al., Phys. Rev. B 56, 1354 (1997).
    """
    mass = float(Composition(dict(cathode)).weight)
    formulas = electrolyte_mass * mass / float(Composition(dict(electrolyte)).weight)
    lithium = excess_li * mass / float(Composition("Li").weight)
    amounts = dict(cathode)
    for symbol, amount in electrolyte.items():
        amounts[symbol] = amounts.get(symbol, 0.0) + formulas * amount
    amounts["Li"] = amounts.get("Li", 0.0) + lithium
    return CellMixture(
        amounts,
        cathode_energy + n_li * voltage + formulas * electrolyte_energy,
        mass * (1.0 + electrolyte_mass + excess_li),
    )
