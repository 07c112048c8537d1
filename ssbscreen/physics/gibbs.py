"""Gibbs energies of formation at a temperature, from formation enthalpies, for hulls that are not at 0 K.

Solids follow the descriptor of Bartel et al., Nat. Commun. 9, 4168 (2018), 10.1038/s41467-018-06682-4, as
`GibbsComputedStructureEntry` of pymatgen does (its error is 0.040 eV/atom on their training set and 0.060 on their test
set); small gases take the NIST-JANAF values that pymatgen ships. Elements
stand at zero in their state at that temperature, so the entropy of O2 and H2 is in every oxide and hydroxide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from itertools import combinations
from types import ModuleType

import numpy as np
from pymatgen.core import Element

from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import Key, composition_key, parse_formula
from ssbscreen.physics.shipped_table import shipped_rows

LOWEST, HIGHEST = 300.0, 2000.0  # of the tables of the elements, K


class Gibbs:
    """Turns formation enthalpies into Gibbs energies of formation; an `Adjustment` of a `PhaseLibrary`.

    Volumes are sums of element volumes (`element_volumes.csv`, 5.5 % median error over 50,256 compounds of mp_crystals,
    which moves a Gibbs energy by 4 meV/atom at 300 K and 14 meV/atom at 1000 K).
    """

    def __init__(self, temperature_k: float, *, oxygen_pressure_bar: float = 1.0) -> None:
        """Prepare the tables of one temperature.

        Args:
            temperature_k: 300 to 2000 K; a room temperature between 290 and 300 K counts as 300.
            oxygen_pressure_bar: of the O2 that oxides are counted from, 0.21 in air.

        Raises:
            InputError: outside the tables.
        """
        if not LOWEST - 10.0 <= temperature_k <= HIGHEST or not oxygen_pressure_bar > 0.0:
            raise InputError(
                f"Gibbs energies need 300 to 2000 K and a positive oxygen pressure, given "
                f"{temperature_k:g} K and {oxygen_pressure_bar:g} bar."
            )
        self.temperature = max(temperature_k, LOWEST)
        self._elements = _element_table(self.temperature)
        self._gases = _gas_table(self.temperature)
        self._oxygen = 0.5 * BOLTZMANN_EV * self.temperature * math.log(oxygen_pressure_bar)

    def __call__(self, amounts: Mapping[str, float], energy: float) -> float:
        """Gibbs energy of formation of a phase with the given formation enthalpy, eV/atom.

        A compound of an element without tabulated heat capacity is NaN and so takes no part.
        """
        if len(amounts) < 2:
            return 0.0
        total = sum(amounts.values())
        gas = self._gases.get(composition_key(amounts))
        if gas is not None:
            value = gas
        elif any(symbol not in self._elements for symbol in amounts):
            return math.nan
        else:
            reference = sum(x * self._elements[symbol] for symbol, x in amounts.items()) / total
            value = energy + solid_gibbs(volume_per_atom(amounts), reduced_mass(amounts), self.temperature) - reference
        return value - self._oxygen * amounts.get("O", 0.0) / total


def solid_gibbs(volume: float, mass: float, temperature_k: float) -> float:
    """Gibbs energy of a solid less its formation enthalpy at 298 K, eV/atom, elements not yet subtracted.

    Args:
        volume: cubic angstrom per atom.
        mass: reduced mass, u.
        temperature_k: K.

    Source: Bartel et al., Nat. Commun. 9, 4168 (2018), 10.1038/s41467-018-06682-4, equation 4.
    """
    return (
        (-2.48e-4 * math.log(volume) - 8.94e-5 * mass / volume) * temperature_k
        + 0.181 * math.log(temperature_k)
        - 0.882
    )


def reduced_mass(amounts: Mapping[str, float]) -> float:
    """Reduced mass over all pairs of elements, u. Source: the same, equation 6."""
    total = sum(amounts.values())
    masses = {symbol: _mass(symbol) for symbol in amounts}
    pairs = sum(
        (amounts[i] + amounts[j]) * masses[i] * masses[j] / (masses[i] + masses[j]) for i, j in combinations(amounts, 2)
    )
    return pairs / ((len(amounts) - 1) * total)


def volume_per_atom(amounts: Mapping[str, float]) -> float:
    """Estimated volume of a compound with anions, cubic angstrom per atom; NaN with an element that has none."""
    table = element_volumes()
    return sum(x * table.get(symbol, math.nan) for symbol, x in amounts.items()) / sum(amounts.values())


def is_sintered_oxide(formula: str) -> bool:
    """Whether a formula is that of an oxide that is sintered: oxygen, and no softer anion or hydrogen beside it."""
    elements = parse_formula(formula).keys()
    return "O" in elements and not elements & {"S", "Se", "Te", "Cl", "Br", "I", "H"}


@lru_cache(maxsize=1)
def element_volumes() -> Mapping[str, float]:
    """Volume that an atom of each element takes in compounds with anions, cubic angstrom (`element_volumes.csv`).

    Source: least squares over the cells of mp_crystals, `benchmarks/fit_reference_scale.py`.
    """
    return {row["element"]: float(row["volume_A3"]) for row in shipped_rows("element_volumes.csv")}


@lru_cache(maxsize=200)
def _mass(symbol: str) -> float:
    return float(Element(symbol).atomic_mass)


def _measured_tables() -> ModuleType:
    """Module of pymatgen with Gibbs energies of elements and gases."""
    try:
        return import_module("pymatgen.core.entries")
    except ModuleNotFoundError:  # before 2026, where importing it takes seconds
        return import_module("pymatgen.entries.computed_entries")


@lru_cache(maxsize=16)
def _element_table(temperature_k: float) -> Mapping[str, float]:
    """Gibbs energy of each element against its enthalpy at 298 K, eV/atom."""
    table = _measured_tables().G_ELEMS
    grid = sorted(float(t) for t in table)
    names = table[next(iter(table))]
    by_temperature = {float(t): values for t, values in table.items()}
    return {name: float(np.interp(temperature_k, grid, [by_temperature[t][name] for t in grid])) for name in names}


@lru_cache(maxsize=16)
def _gas_table(temperature_k: float) -> Mapping[Key, float]:
    """Gibbs energy of formation of small gases at 1 bar, eV/atom."""
    found: dict[Key, float] = {}
    for formula, values in _measured_tables().G_GASES.items():
        amounts = parse_formula(formula)
        grid = sorted(float(t) for t in values)
        by_temperature = {float(t): float(v) for t, v in values.items()}
        energy = float(np.interp(temperature_k, grid, [by_temperature[t] for t in grid]))
        found[composition_key(amounts)] = energy / sum(amounts.values())
    return found
