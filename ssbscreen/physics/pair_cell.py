"""A whole cell of one electrolyte or two, a coating, one cathode and lithium metal, draw by draw.

One electrolyte is separator and catholyte. With two the first one touches the lithium and the second one, a thin layer
on the composite and the conductor in it, the cathode. `PairCell` takes values of any shape that broadcasts over
(pairs, draws) and puts the closed formulas of this folder together; it reads nothing and draws nothing. Missing values
(NaN) stay missing in what depends on them. Over 300 lines since every number of a cell stands with its unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np

from ssbscreen.core.cathode import Cathode
from ssbscreen.core.constants import UM_TO_CM
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics import cell, composite_cathode, contact, transport
from ssbscreen.physics.cell import Number, Stack
from ssbscreen.physics.cost import raw_material_cost
from ssbscreen.physics.electronic import area_resistance, driving_voltage

CURRENTS: Final[tuple[float, ...]] = (1e-3, 3e-3, 1e-2)  # A/cm2
TARGET_ENERGY: Final[float] = 500.0  # Wh/kg


@dataclass(frozen=True)
class ElectrolyteValues:
    """The electrolyte as the cell sees it; arrays of (pairs, draws) or broadcastable.

    Attributes:
        density: g/cm3.
        log10_conductivity: ionic, log10(S/cm) at the temperature of use.
        log10_resistivity: electronic, log10(ohm cm).
        youngs_modulus: GPa. poisson_ratio: below 0.5.
        hardness: GPa, missing where it is not known to yield.
        reduction_limit, oxidation_limit: V against Li/Li+.
        cost: of its elements, USD/kg.
        active_fraction: weight share of active material in a composite with it.
    """

    density: np.ndarray
    log10_conductivity: np.ndarray
    log10_resistivity: np.ndarray
    youngs_modulus: np.ndarray
    poisson_ratio: np.ndarray
    hardness: np.ndarray
    reduction_limit: np.ndarray
    oxidation_limit: np.ndarray
    cost: np.ndarray
    active_fraction: Number


@dataclass(frozen=True)
class CathodeValues:
    """The cathode active material; numbers or arrays of (pairs, draws).

    Attributes:
        average_voltage: V. capacity_grav: mAh/g. density: g/cm3.
        volume_change_on_charge: signed fraction.
        youngs_modulus: GPa.
        cost: of its elements, USD/kg.
        active_fraction: largest weight share in a composite.
    """

    average_voltage: Number
    capacity_grav: Number
    density: Number
    volume_change_on_charge: Number
    youngs_modulus: Number
    cost: Number
    active_fraction: Number = 1.0


def cathode_values(cathode: Cathode, noise: dict[str, np.ndarray] | None = None) -> CathodeValues:
    """Values of a cathode: medians, or draws where standard normal numbers are given for each quantity by name."""
    from pymatgen.core import Composition

    def value(name: str) -> Number:
        estimate = getattr(cathode, name)
        return float(estimate.value) if noise is None else estimate.sample(noise[name])

    return CathodeValues(
        value("average_voltage"),
        value("capacity_grav"),
        value("density"),
        value("volume_change_on_charge"),
        value("youngs_modulus"),
        raw_material_cost(Composition(parse_formula(cathode.formula))),
        value("active_fraction"),
    )


@dataclass(frozen=True)
class CellConditions:
    """How the cell is built and used.

    Attributes:
        areal_capacity: mAh/cm2.
        stack: geometry; its voltage, capacity and density are replaced by those of the cathode.
        interface_resistance: of the lithium side, ohm cm2.
        contact_resistance: between two electrolytes, ohm cm2, 0 for one.
        window_slack: see `electronic.driving_voltage`.
        coating_thickness: nm. particle_diameter: of the active material, micrometre.
        percolation_threshold: see `composite_cathode.effective_conductivity`.
        allowed_drop: in the composite, V, for the usable thickness.
        lithium_cost, copper_cost, aluminium_cost, host_cost: USD/kg.
    """

    areal_capacity: Number = 5.0
    stack: Stack = field(default_factory=Stack)
    interface_resistance: Number = 5.0
    contact_resistance: Number = 0.0
    window_slack: Number = 0.75
    coating_thickness: Number = 5.0
    particle_diameter: Number = 5.0
    percolation_threshold: Number = composite_cathode.PERCOLATION_THRESHOLD
    allowed_drop: Number = 0.1
    lithium_cost: float = float("nan")
    copper_cost: float = float("nan")
    aluminium_cost: float = float("nan")
    host_cost: float = 0.0


@dataclass(frozen=True)
class PairCell:
    """A cell and what it gives, each number made when it is first asked for; all broadcast over (pairs, draws).

    Args:
        electrolyte, cathode: values that broadcast over (pairs, draws).
        conditions: of the cell; `ranking.cells.conditions_of` makes them from a profile.
        second: electrolyte in the composite and in the layer on it; the electrolyte itself if not given.
        log10_coating: ionic conductivity of the coating, log10(S/cm), missing where there is none.

    Source: the formulas of `cell`, `transport`, `composite_cathode`, `electronic` and `contact`, each with its own.
    """

    electrolyte: ElectrolyteValues
    cathode: CathodeValues
    conditions: CellConditions
    second: ElectrolyteValues | None = None
    log10_coating: np.ndarray | None = None

    @property
    def catholyte(self) -> ElectrolyteValues:
        """In the composite and in the layer on it."""
        return self.electrolyte if self.second is None else self.second

    @cached_property
    def stack(self) -> Stack:
        """That of the conditions with voltage, capacity and density of the cathode."""
        return replace(
            self.conditions.stack,
            average_voltage=self.cathode.average_voltage,
            active_capacity=self.cathode.capacity_grav,
            active_density=self.cathode.density,
            active_fraction=np.minimum(self.catholyte.active_fraction, self.cathode.active_fraction),
        )

    @cached_property
    def energy_grav(self) -> np.ndarray:
        """Wh/kg of the stack without packaging."""
        c, k = self.conditions, self.catholyte
        return cell.cell_energy_grav(c.areal_capacity, self.electrolyte.density, self.stack, k.density)

    @cached_property
    def energy_vol(self) -> np.ndarray:
        """Wh/L of the charged stack."""
        return cell.cell_energy_vol(self.conditions.areal_capacity, self.catholyte.density, self.stack)

    @cached_property
    def cost(self) -> np.ndarray:
        """Of raw materials, USD/kWh."""
        c, e, k = self.conditions, self.electrolyte, self.catholyte
        return cell.cell_cost(
            c.areal_capacity,
            cell.stack_masses(c.areal_capacity, e.density, self.stack, k.density),
            self.stack.average_voltage,
            active_cost=self.cathode.cost,
            electrolyte_cost=e.cost,
            catholyte_cost=k.cost,
            lithium_cost=c.lithium_cost,
            copper_cost=c.copper_cost,
            aluminium_cost=c.aluminium_cost,
            host_cost=c.host_cost,
        )

    @cached_property
    def areal_capacity_for_target(self) -> np.ndarray:
        """mAh/cm2 at which the stack reaches `TARGET_ENERGY`, missing where it never does."""
        return cell.areal_capacity_for(TARGET_ENERGY, self.electrolyte.density, self.stack, self.catholyte.density)

    @cached_property
    def thickness_swing(self) -> np.ndarray:
        """Growth on charge, micrometre."""
        change = np.asarray(self.cathode.volume_change_on_charge, float)
        return cell.thickness_swing(self.conditions.areal_capacity, change, self.stack)

    @cached_property
    def cathode_thickness(self) -> np.ndarray:
        """Micrometre."""
        return cell.cathode_thickness(self.conditions.areal_capacity, self.catholyte.density, self.stack)

    @cached_property
    def area_specific_resistance(self) -> np.ndarray:
        """Layers, lithium interface, coating and ions in the composite, ohm cm2."""
        c, own, layer = self.conditions, self.electrolyte.log10_conductivity, self.catholyte.log10_conductivity
        return (
            transport.area_specific_resistance(own, self.stack.separator_thickness, c.interface_resistance)
            + transport.area_specific_resistance(layer, self.stack.catholyte_thickness, c.contact_resistance)
            + composite_cathode.ionic_resistance(self.catholyte_conductivity, self.cathode_thickness)
            + np.nan_to_num(self.coating_resistance, nan=0.0)
        )

    @cached_property
    def coating_resistance(self) -> np.ndarray:
        """Of the film on the particles alone, ohm cm2 of the cell; missing without one."""
        if self.log10_coating is None:
            return np.asarray(np.nan)
        c = self.conditions
        active = active_thickness(c.areal_capacity, self.stack.active_capacity, self.stack.active_density)
        return composite_cathode.coating_resistance(
            self.log10_coating, c.coating_thickness, active, c.particle_diameter
        )

    @cached_property
    def voltage_drop(self) -> tuple[np.ndarray, ...]:
        """V at each of `CURRENTS`."""
        return tuple(transport.voltage_drop(self.area_specific_resistance, i) for i in CURRENTS)

    @cached_property
    def catholyte_share(self) -> np.ndarray:
        """By volume."""
        s = self.stack
        return composite_cathode.catholyte_share(
            s.active_fraction, s.active_density, self.catholyte.density, s.cathode_porosity
        )

    @cached_property
    def catholyte_conductivity(self) -> np.ndarray:
        """Of the composite, log10(S/cm)."""
        return composite_cathode.effective_conductivity(
            self.catholyte.log10_conductivity, self.catholyte_share, self.conditions.percolation_threshold
        )

    @cached_property
    def usable_thickness(self) -> tuple[np.ndarray, ...]:
        """Of the composite, micrometre at each of `CURRENTS`."""
        effective, drop = self.catholyte_conductivity, self.conditions.allowed_drop
        return tuple(composite_cathode.usable_thickness(effective, i, drop) for i in CURRENTS)

    @cached_property
    def usable_capacity(self) -> tuple[np.ndarray, ...]:
        """The same in mAh/cm2."""
        whole = self.cathode_thickness, self.conditions.areal_capacity
        return tuple(composite_cathode.usable_capacity(usable, *whole) for usable in self.usable_thickness)

    @cached_property
    def electronic_margin(self) -> np.ndarray:
        """Share of active material by volume above what lets electrons through without carbon."""
        active_share = 1.0 - np.asarray(self.stack.cathode_porosity, float) - self.catholyte_share
        return active_share - composite_cathode.electronic_threshold(self.conditions.particle_diameter)


def active_thickness(areal_capacity: Number, active_capacity: Number, active_density: Number) -> np.ndarray:
    """Volume of active material per area of the cell, micrometre.

    Args:
        areal_capacity: mAh/cm2. active_capacity: mAh/g. active_density: g/cm3.
    """
    return np.asarray(areal_capacity, float) / active_capacity / active_density / UM_TO_CM


def pair_leakage(
    electrolyte: ElectrolyteValues,
    cathode: CathodeValues,
    conditions: CellConditions,
    catholyte: ElectrolyteValues | None = None,
) -> np.ndarray:
    """Current at rest through the separator and the layer of catholyte, one after the other, A/cm2.

    Each layer passes no more than what lies inside its own window drives through it, so the tighter one decides.

    Args: as in `PairCell`, `catholyte` its `second`.
    """
    e, k, c = electrolyte, electrolyte if catholyte is None else catholyte, conditions
    voltage, depth = np.asarray(cathode.average_voltage, float), np.asarray(c.stack.catholyte_thickness, float)
    own = area_resistance(e.log10_resistivity, c.stack.separator_thickness)
    through_own = driving_voltage(e.reduction_limit, e.oxidation_limit, voltage, c.window_slack) / own
    if catholyte is None:
        return through_own
    layer = area_resistance(k.log10_resistivity, depth)
    with np.errstate(divide="ignore", invalid="ignore"):
        through_layer = driving_voltage(k.reduction_limit, k.oxidation_limit, voltage, c.window_slack) / layer
    through_layer = np.where(depth > 0.0, through_layer, np.inf)
    return np.minimum(np.minimum(through_own, through_layer), voltage / (own + layer))


def pair_stress(catholyte: ElectrolyteValues, cathode: CathodeValues) -> np.ndarray:
    """Misfit stress between the particles of the cathode and the catholyte around them, MPa."""
    return contact.misfit_stress(
        np.asarray(cathode.volume_change_on_charge, float),
        catholyte.youngs_modulus,
        catholyte.poisson_ratio,
        contact.yield_strength(catholyte.hardness),
        cathode.youngs_modulus,
    )
