"""Reactions with the water and carbon dioxide of air, and the toxic gas they set free.

Air is a reservoir of H2O and CO2 at given pressures; gases take measured Gibbs energies, solids those of `gibbs` at
room temperature, after the known error of the reference in oxyanions and hydroxides is taken out. Kinetics, and the
surface films that protect some oxides, are not in it: this is what equilibrium would do, with one exception: cold water
gives protons and oxidises nothing, so that phosphides give PH3 and selenides H2Se; H2 comes from hydrides alone.

Over 300 lines since gases, their sources, and how a compound is brought to the air stand side by side.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import composition_key, parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.core.units import convert
from ssbscreen.physics.equilibrium import ClosedSystem
from ssbscreen.physics.gibbs import Gibbs
from ssbscreen.physics.hull import PhaseLibrary, recent
from ssbscreen.physics.interfaces import mutual_energy_draws
from ssbscreen.physics.reaction import Reaction, Terms, products_of

ROOM_K: Final[float] = 300.0
SATURATION_BAR: Final[float] = 0.0317  # of water at 25 degree C
CO2_BAR: Final[float] = 4.2e-4  # of the air
HUMIDITY: Final[float] = 0.5
GAS_BAR: Final[float] = 1e-5  # 10 ppm of each gas set free: as much as workplaces commonly allow of H2S
WATER, CARBON_DIOXIDE = "H2O", "CO2"
ACID_GASES: Final[Mapping[str, float]] = {  # g/mol
    "H2S": 34.08,
    "H2Se": 80.99,
    "HF": 20.01,
    "HCl": 36.46,
    "HBr": 80.91,
    "HI": 127.91,
    "NH3": 17.03,
    "PH3": 34.00,
}
_FURTHER_GASES: Final[Mapping[str, float]] = {"H2Se": 15.9, "HI": 1.3}
"""kJ/mol, Gibbs energies of formation that pymatgen's table lacks. Source: tables of general chemistry, read
second-hand; others give 19.7 for H2Se."""
UNKNOWN_IN_AIR: Final[str] = "unknown: hydrates of halides are not in the reference"
_ROUNDED = 2e-3  # molecules per atom of the material that rounded amounts ask for, as in core/neutral.py
_N_CACHED = 300  # chemical systems kept in memory; one is built in about a millisecond
_NO_GAS = frozenset(("As", "Sb", "Te"))  # whose hydrides stand in no table here
_OTHER_ANIONS = frozenset(("O", "S", "Se", "N", "P", "F", "Cl", "Br", "I"))
_ELIMINATED = frozenset("HCO")
_SYMBOL = re.compile(r"[A-Z][a-z]?")
_NONMETALS = frozenset("H C N O F P S Cl Se Br I He Ne Ar Kr Xe".split())


class AirLibrary:
    """Phases at room temperature in contact with water vapour and carbon dioxide.

    A calculated reference is wrong by far in molecules and by a known amount in oxyanions. So phases with H or C and
    those without any metal come from measured enthalpies, and the shift of the other oxyanions is taken out. Carbon
    stays in carbonates and CO2, as nothing reduces it at room temperature.
    """

    def __init__(
        self, reference: ReferencePhases, measured: ReferencePhases | None = None, *, humidity: float = HUMIDITY
    ) -> None:
        """Prepare the energies.

        Args:
            reference: competing phases.
            measured: measured enthalpies for molecules, hydroxides and carbonates; needed where `reference` has
                `oxyanions`, which marks a calculated one.
            humidity: relative, above 0 up to 1.

        Raises:
            InputError: a humidity that air cannot have.
        """
        if not 0.0 < humidity <= 1.0:
            raise InputError(f"Air needs a humidity in (0, 1], given {humidity}.")
        thermal = BOLTZMANN_EV * ROOM_K
        self._gibbs = Gibbs(ROOM_K)
        self._shifts = reference.oxyanions
        self._pressure = {
            composition_key(parse_formula(WATER)): thermal * math.log(humidity * SATURATION_BAR) / 3.0,
            composition_key(parse_formula(CARBON_DIOXIDE)): thermal * math.log(CO2_BAR) / 3.0,
        }
        self._further = {
            composition_key(parse_formula(gas)): convert(value, "kJ/mol", "eV") / sum(parse_formula(gas).values())
            for gas, value in _FURTHER_GASES.items()
        }
        for gas in ACID_GASES:
            amounts = parse_formula(gas)
            self._pressure[composition_key(amounts)] = thermal * math.log(GAS_BAR) / sum(amounts.values())
        self.water = 3.0 * self._phase(parse_formula(WATER), math.nan)
        self.carbon_dioxide = 3.0 * self._phase(parse_formula(CARBON_DIOXIDE), math.nan)
        self.library = PhaseLibrary(_merged(reference, measured), adjust=self._phase, n_cached=_N_CACHED)
        self._systems: dict[tuple[str, ...], ClosedSystem] = {}

    def _phase(self, amounts: Mapping[str, float], energy: float) -> float:
        """Gibbs energy of formation of a competing phase, eV/atom."""
        is_measured = not self._shifts or not _is_calculated(frozenset(amounts))
        key = composition_key(amounts)
        value = self._further.get(key)
        if value is None:
            value = self._gibbs(amounts, energy if is_measured else energy - self._shift(amounts))
        return value + self._pressure.get(key, 0.0)

    def _shift(self, amounts: Mapping[str, float]) -> float:
        oxygen = amounts.get("O", 0.0)
        return sum(
            s.shift * amounts[s.element]
            for s in self._shifts
            if s.element in amounts and oxygen >= s.least_oxygen * amounts[s.element]
        ) / sum(amounts.values())

    def energy(self, amounts: Mapping[str, float], energy: float) -> float:
        """Gibbs energy of a material whose formation energy is on the scale of the reference, eV/atom."""
        return self._gibbs(amounts, energy - self._shift(amounts))

    def system(self, elements: frozenset[str], *, is_reduced: bool = False) -> ClosedSystem:
        """Columns per atom with H2O and CO2 in surplus: H, C and O count only as the oxygen that neither brings.

        Args:
            elements: of the material.
            is_reduced: whether it holds more hydrogen than its oxygen can take up, which leaves as H2 of 1 bar.

        Raises:
            InputError: an element that no reference compound contains, or nothing but H, C and O.
        """
        framework = tuple(sorted(elements - _ELIMINATED))
        if not framework:
            raise InputError(f"Only {', '.join(sorted(elements))}: nothing in it for air to react with.")
        last = "H" if is_reduced else "O"
        return recent(self._systems, (*framework, last), lambda: self._build(framework, last), _N_CACHED)

    def _weak_gases(self, elements: frozenset[str], held: set[str]) -> list[tuple[str, dict[str, float], float]]:
        """Acid gases above their elements, as PH3 is, which a library leaves out: name, fractions, eV/atom."""
        found = []
        for gas in ACID_GASES:
            amounts = parse_formula(gas)
            energy = self._phase(amounts, math.nan)
            if gas not in held and amounts.keys() <= elements and math.isfinite(energy):
                total = sum(amounts.values())
                found.append((gas, {symbol: x / total for symbol, x in amounts.items()}, energy))
        return found

    def _build(self, framework: tuple[str, ...], last: str) -> ClosedSystem:
        """Phases of a framework; the elements come first, `last` is the one that stands for the oxygen."""
        elements = frozenset(framework) | _ELIMINATED
        rows = list(self.library.phases(elements))
        rows += self._weak_gases(elements, {name for name, _, _ in rows})
        columns = np.zeros((len(framework) + 1, len(rows)))
        energy = np.zeros(len(rows))
        for j, (_, fractions, own) in enumerate(rows):
            columns[:-1, j] = [fractions.get(element, 0.0) for element in framework]
            h, c = fractions.get("H", 0.0), fractions.get("C", 0.0)
            columns[-1, j] = fractions.get("O", 0.0) - h / 2.0 - 2.0 * c
            energy[j] = own - self.water * h / 2.0 - self.carbon_dioxide * c
        kept = [
            j
            for j, (name, fractions, _) in enumerate(rows)
            if columns[:, j].any() and name != "C" and (last == "H" or not _is_hydride(fractions))
        ]
        start = [j for j in kept if rows[j][0] in (*framework, last)]
        order = [
            *sorted(start, key=lambda j: (rows[j][0] == last, rows[j][0])),
            *(j for j in kept if j not in set(start)),
        ]
        return ClosedSystem((*framework, "O"), columns[:, order], energy[order], tuple(rows[j][0] for j in order))


def _is_hydride(fractions: Mapping[str, float]) -> bool:
    """Whether it is hydrogen or holds it as a negative ion, which water does not make: H2, LiH, TiH2, LiBH4."""
    if "H" not in fractions or "O" in fractions or "N" in fractions:
        return False
    return len(fractions) == 1 or bool(fractions.keys() - (_NONMETALS - {"B", "Si"}) - {"H"})


def _is_calculated(elements: frozenset[str]) -> bool:
    """Whether a calculated energy of these elements can be trusted beside measured ones."""
    return not elements & {"H", "C"} and bool(elements - _NONMETALS)


def _merged(reference: ReferencePhases, measured: ReferencePhases | None) -> ReferencePhases:
    """Calculated phases where they can be trusted, measured ones elsewhere, carbon only as oxidised as in CO2."""
    rows: list[tuple[str, float]] = []
    held = set()
    for phases, wanted in ((reference, True), (measured, False)):
        if phases is None:
            continue
        for formula, energy in zip(phases.formulas, phases.formation_energy, strict=True):
            elements = frozenset(_SYMBOL.findall(formula))
            if (reference.oxyanions and measured is not None and _is_calculated(elements) is not wanted) or (
                not reference.oxyanions and not wanted
            ):
                continue
            if "C" in elements:
                amounts = parse_formula(formula)
                if amounts.get("O", 0.0) < (3.0 if elements - _NONMETALS else 2.0) * amounts["C"]:
                    continue
            rows.append((formula, float(energy)))
            if elements <= _NONMETALS:
                held.add(composition_key(parse_formula(formula)))
    rows.extend(
        (gas, math.nan)
        for gas in (WATER, CARBON_DIOXIDE, *ACID_GASES)
        if composition_key(parse_formula(gas)) not in held
    )  # their energy is the measured one of the gas
    extra = "" if measured is None or not reference.oxyanions else f"; gases, hydroxides, carbonates: {measured.title}"
    return ReferencePhases(
        tuple(f for f, _ in rows), np.array([e for _, e in rows]), reference.source + extra, reference.version
    )


@dataclass(frozen=True)
class AirReaction:
    """What a surplus of humid air makes of one material.

    Attributes:
        reaction: per formula unit.
        energy: eV per formula unit, never positive.
        gases: molecules of each acid or toxic gas per formula unit.
        mg_per_g: milligram of each of them per gram of material.
    """

    reaction: Reaction
    energy: float
    gases: Mapping[str, float]
    mg_per_g: Mapping[str, float]


def air_reaction(formula: str, air: AirLibrary, molar_mass: float, *, energy: float | None = None) -> AirReaction:
    """Equilibrium of a material with a surplus of H2O and CO2.

    Args:
        formula: of the material.
        air: the phases.
        molar_mass: of the formula unit, g/mol.
        energy: formation energy on the scale of the reference, eV/atom; None takes that of the reference, else the
            energy of its equilibrium products.

    Raises:
        InputError: the formula cannot be read, or the reference does not know an element.
    """
    amounts = parse_formula(formula)
    n_atoms = sum(amounts.values())
    oxygen = amounts.get("O", 0.0) - amounts.get("H", 0.0) / 2.0 - 2.0 * amounts.get("C", 0.0)
    if oxygen < 0.0 and "C" in amounts:
        raise InputError(f"{formula} holds more carbon and hydrogen than its oxygen can take up as CO2 and H2O.")
    lacking = sorted(_NO_GAS & amounts.keys())
    if lacking and not amounts.keys() & _OTHER_ANIONS:
        raise InputError(
            f"{formula} would set free the hydride of {' and '.join(lacking)}, whose energy is not at hand."
        )
    system = air.system(frozenset(amounts), is_reduced=oxygen < 0.0)
    target = np.array([*(amounts.get(element, 0.0) for element in system.elements[:-1]), oxygen]) / n_atoms
    end = system.segment_between(target, target)
    phases = [(system.formulas[i], amount) for i, amount in zip(end.phases[0], end.amounts[0], strict=True)]
    products = products_of(phases, n_atoms)
    taken = {"H": -amounts.get("H", 0.0), "C": -amounts.get("C", 0.0)}
    for name, coefficient in products:
        for element in taken:
            taken[element] += coefficient * parse_formula(name).get(element, 0.0)
    reactants: Terms = ((formula, 1.0),)
    for name, count in ((WATER, taken["H"] / 2.0), (CARBON_DIOXIDE, taken["C"])):
        if count > 1e-6:
            reactants = (*reactants, (name, count))
        elif count < -1e-6:
            products = (*products, (name, -count))
    reactants, products = (_without_rounding(terms, n_atoms) for terms in (reactants, products))
    own = start_energy(amounts, air, energy)
    h, c = amounts.get("H", 0.0), amounts.get("C", 0.0)
    released = float(end.energy[0]) * n_atoms - (own * n_atoms - air.water * h / 2.0 - air.carbon_dioxide * c)
    reaction = Reaction(reactants, products)
    gases = {gas: reaction.amount_of(gas) for gas in ACID_GASES}
    gases = {gas: count for gas, count in gases.items() if count > 1e-6}
    return AirReaction(
        reaction,
        min(released, 0.0),
        gases,
        {gas: 1000.0 * count * ACID_GASES[gas] / molar_mass for gas, count in gases.items()},
    )


def _without_rounding(terms: Terms, n_atoms: float) -> Terms:
    """Terms without the traces of H2, O2 and water that only rounded amounts of a formula need (Li0.33La0.557TiO3)."""
    least = _ROUNDED * n_atoms
    return tuple((name, count) for name, count in terms if count > least or name not in ("H2", "O2", WATER))


def is_unknown_in_air(amounts: Mapping[str, float], gases: Mapping[str, float]) -> bool:
    """Whether "no reaction" only says that hydrates are missing from the reference.

    Chlorides, bromides and iodides of several metals take up water as hydrates (Li3InCl6 as Li3InCl6 . 2 H2O,
    10.1002/anie.201913165) that no table holds; those of lithium alone dissolve.

    Args:
        amounts: of the material.
        gases: set free, per formula unit.
    """
    halogens = sum(amounts.get(symbol, 0.0) for symbol in ("Cl", "Br", "I"))
    others = sum(amounts.get(symbol, 0.0) for symbol in ("O", "S", "Se", "N", "F"))
    return not gases and halogens > others


def start_energy(amounts: Mapping[str, float], air: AirLibrary, energy: float | None) -> float:
    """Gibbs energy of the material itself, eV/atom: given, of the reference, or of its equilibrium products."""
    if energy is not None and math.isfinite(energy):
        return air.energy(amounts, energy)
    listed = air.library.energy_of(amounts)
    if math.isfinite(listed):
        return listed
    system = air.library.closed_system(frozenset(amounts))
    target = system.vector(amounts)
    return float(system.segment_between(target, target).energy[0])


def moisture_energy_draws(amounts: Mapping[str, float], air: AirLibrary, energies: np.ndarray) -> np.ndarray:
    """Strongest reaction with water over the mixing ratio, one value a draw.

    Args:
        amounts: of the material.
        air: the phases.
        energies: draws of its formation energy on the scale of the reference, eV/atom; NaN takes that of its
            equilibrium products.  # (n_draws,)

    Returns:
        eV per atom of the mixture with water, never positive.  # (n_draws,)
    """
    system = air.library.closed_system(frozenset(amounts) | frozenset("HO"))
    segment = system.segment(amounts, parse_formula(WATER))
    offset = air.energy(amounts, 0.0)
    return mutual_energy_draws(segment, np.asarray(energies, float) + offset, air.water / 3.0)
