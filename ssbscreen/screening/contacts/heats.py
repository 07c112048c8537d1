"""Heat of charged cells when they are heated through, J/g, negative where released."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.constants import COULOMB_PER_MAH, FARADAY
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.cell import stack_masses
from ssbscreen.physics.safety import cell_mixture
from ssbscreen.ranking.cells import conditions_of
from ssbscreen.ranking.derived import block
from ssbscreen.screening.contacts.cathode_contacts import Electrolytes


@dataclass(frozen=True)
class _Charged:
    """What belongs to a cathode: elements of a formula unit, its energy (eV), Li that charging takes out."""

    amounts: dict[str, float]
    energy: float
    n_li: float


class CellHeats:
    """Heats of the cells of a pool with a panel of cathodes; equal cells are computed once."""

    def __init__(self, electrolytes: Electrolytes, panel: tuple[Cathode, ...]) -> None:
        """Take over the electrolytes; what belongs to a cathode is computed once."""
        self._electrolytes, self._panel = electrolytes, panel
        self._seen: dict[tuple[str, int, float, float], float] = {}
        quantities = electrolytes.quantities
        self._stack = conditions_of(block(quantities, slice(0, min(1, len(quantities))), 1)).stack
        self._cathodes = [self._charged(cathode) for cathode in panel]

    def of(self, i: int, j: int) -> float:
        """Electrolyte `i` with cathode `j`; NaN where density or energies are not known."""
        pool, charged = self._electrolytes, self._cathodes[j]
        formula, density = pool.formulas[i], float(pool.quantities.facts.density[i])
        if formula is None or charged is None or not pool.has_window[i] or not np.isfinite(density):
            return float("nan")
        mean, thickness = float(np.mean(pool.energies[i])), self._thickness(i)
        key = (formula, j, round(mean, 4) if np.isfinite(mean) else 0.0, thickness)
        if key not in self._seen:
            self._seen[key] = self._heat(i, j, charged, density, mean)
        return self._seen[key]

    def _thickness(self, i: int) -> float:
        """Of the separator of electrolyte `i`, micrometre: of the profile, but no thinner than its class was made."""
        quantities = self._electrolytes.quantities
        thinnest = quantities.facts.practical_thickness[i]
        return float(np.fmax(quantities.operating.separator_thickness.value, thinnest))

    def _charged(self, cathode: Cathode) -> _Charged | None:
        amounts = parse_formula(cathode.formula)
        try:
            energy = self._hull(amounts) * sum(amounts.values())
        except InputError:
            return None
        return _Charged(amounts, energy, _lithium_moved(cathode, amounts))

    def _heat(self, i: int, j: int, charged: _Charged, density: float, mean: float) -> float:
        pool, cathode = self._electrolytes, self._panel[j]
        operating = pool.quantities.operating
        is_oxide = pool.quantities.facts.chemistry_class[i] == "oxide"
        fraction = (operating.active_fraction_oxide if is_oxide else operating.active_fraction).value
        stack = replace(
            self._stack,
            separator_thickness=self._thickness(i),
            average_voltage=cathode.average_voltage.value,
            active_capacity=cathode.capacity_grav.value,
            active_density=cathode.density.value,
            active_fraction=min(fraction, cathode.active_fraction.value),
        )
        masses = stack_masses(operating.areal_capacity.value, np.array(density), stack)
        electrolyte = parse_formula(str(pool.formulas[i]))
        hull = self._hull(electrolyte)
        mixture = cell_mixture(
            charged.amounts,
            charged.energy,
            charged.n_li,
            cathode.average_voltage.value,
            electrolyte,
            (mean if np.isfinite(mean) else hull) * sum(electrolyte.values()),
            float(np.ravel((masses.catholyte + masses.separator) / masses.active)[0]),
            float(np.ravel(masses.excess_lithium / masses.active)[0]),
        )
        return mixture.heat(self._hull(mixture.amounts))

    def _hull(self, amounts: Mapping[str, float]) -> float:
        system = self._electrolytes.library.closed_system(frozenset(amounts))
        return system.hull_energy(system.vector(amounts))


def _lithium_moved(cathode: Cathode, amounts: dict[str, float]) -> float:
    """Li per formula that the reversible capacity takes out."""
    from pymatgen.core import Composition

    molar_mass = float(Composition(amounts).weight)
    moved = cathode.capacity_grav.value * COULOMB_PER_MAH * molar_mass / FARADAY
    return min(moved, amounts.get("Li", 0.0))
