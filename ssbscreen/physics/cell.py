"""Specific energy and energy density of a solid-state lithium-metal stack.

The stack is one repeat unit without packaging: half a copper foil, excess lithium, separator, composite cathode, half
an aluminium foil. Multiply by a stated factor before comparing with a packaged cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.constants import (
    AL_DENSITY,
    COULOMB_PER_MAH,
    CU_DENSITY,
    LI_CAPACITY_VOL,
    LI_DENSITY,
    SECONDS_PER_DAY,
    UM_TO_CM,
)

MG_PER_G = 1e3
DAYS_PER_MONTH = 30.0


Number = np.ndarray | float


@dataclass(frozen=True, slots=True)
class Stack:
    """Thicknesses and cathode of a repeat unit; single numbers, or arrays that broadcast over (candidates, draws).

    Attributes:
        separator_thickness: micrometre.
        excess_li_thickness: lithium beyond what the cathode brings, micrometre.
        average_voltage: V.
        active_capacity: of the cathode active material, mAh/g.
        active_fraction: weight share of active material in the composite, less beside a dense oxide.
        active_density: of the active material, g/cm3, that of a layered NMC crystal if not given; only volumes need it.
        cathode_porosity: volume share of pores in the composite, a choice of the cell maker.
        cu_thickness, al_thickness: whole foils shared by two repeat units, micrometre.
        catholyte_thickness: of a layer of catholyte between separator and composite, micrometre, 0 for none.
        host_mass: of what takes up the lithium, mg for each mAh/cm2. host_thickness: of it while empty, micrometre.
        stored_thickness: growth when 1 mAh/cm2 is stored, micrometre.
        layer_mass, layer_thickness: of what always lies before the negative electrode, mg/cm2 and micrometre.
    """

    separator_thickness: Number = 20.0
    excess_li_thickness: Number = 30.0
    average_voltage: Number = 3.8
    active_capacity: Number = 200.0
    active_fraction: Number = 0.80
    active_density: Number = 4.7
    cathode_porosity: Number = 0.05
    cu_thickness: Number = 6.0
    al_thickness: Number = 10.0
    catholyte_thickness: Number = 0.0
    host_mass: Number = 0.0
    host_thickness: Number = 0.0
    stored_thickness: Number = 1.0 / LI_CAPACITY_VOL / UM_TO_CM
    layer_mass: Number = 0.0
    layer_thickness: Number = 0.0


@dataclass(frozen=True, slots=True)
class StackMasses:
    """What a repeat unit weighs per area, mg/cm2; without the lithium that the cathode brings.

    Attributes:
        active, catholyte: of the composite cathode, with the layer of catholyte on it.
        separator, excess_lithium, copper, aluminium: of the rest; foils counted half.
        host: what takes up the lithium. layer: what always lies before the negative electrode.
    """

    active: np.ndarray
    catholyte: np.ndarray
    separator: np.ndarray
    excess_lithium: np.ndarray
    copper: np.ndarray
    aluminium: np.ndarray
    host: np.ndarray
    layer: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """mg/cm2"""
        negative = self.excess_lithium + self.host + self.layer
        return self.active + self.catholyte + self.separator + negative + self.copper + self.aluminium


def stack_masses(
    areal_capacity: np.ndarray | float,
    electrolyte_density: np.ndarray,
    stack: Stack,
    catholyte_density: np.ndarray | None = None,
) -> StackMasses:
    """Mass of each part of one repeat unit per area.

    Args:
        areal_capacity: mAh/cm2.
        electrolyte_density: of the separator, g/cm3.
        stack: thicknesses and cathode.
        catholyte_density: of the catholyte, g/cm3; that of the separator if not given.
    """
    layer = np.asarray(electrolyte_density if catholyte_density is None else catholyte_density, float)
    active = np.asarray(areal_capacity, float) / stack.active_capacity * MG_PER_G
    foil = 0.5 * UM_TO_CM * MG_PER_G
    return StackMasses(
        active=active,
        catholyte=active * (1.0 / np.asarray(stack.active_fraction, float) - 1.0)
        + stack.catholyte_thickness * UM_TO_CM * MG_PER_G * layer,
        separator=np.asarray(stack.separator_thickness * UM_TO_CM * MG_PER_G * np.asarray(electrolyte_density, float)),
        excess_lithium=np.asarray(stack.excess_li_thickness * UM_TO_CM * LI_DENSITY * MG_PER_G),
        copper=np.asarray(foil * stack.cu_thickness * CU_DENSITY),
        aluminium=np.asarray(foil * stack.al_thickness * AL_DENSITY),
        host=np.asarray(areal_capacity * np.asarray(stack.host_mass, float)),
        layer=np.asarray(stack.layer_mass, float),
    )


def cell_energy_grav(
    areal_capacity: np.ndarray | float,
    electrolyte_density: np.ndarray,
    stack: Stack,
    catholyte_density: np.ndarray | None = None,
) -> np.ndarray:
    """Specific energy of the stack, Wh/kg (arguments as in `stack_masses`)."""
    mass = stack_masses(areal_capacity, electrolyte_density, stack, catholyte_density).total
    return np.asarray(areal_capacity, float) * stack.average_voltage / mass * 1e3


def areal_capacity_for(
    target: float, electrolyte_density: np.ndarray, stack: Stack, catholyte_density: np.ndarray | None = None
) -> np.ndarray:
    """Areal capacity (mAh/cm2) at which the stack reaches a specific energy; missing where none does.

    Args:
        target: Wh/kg.
        electrolyte_density, stack, catholyte_density: as in `stack_masses`.

    Source: `cell_energy_grav` solved for the areal capacity; its limit for thick cathodes is the specific
    energy of the composite itself.
    """
    dead = stack_masses(0.0, electrolyte_density, stack, catholyte_density).total
    composite = MG_PER_G / stack.active_capacity / np.asarray(stack.active_fraction, float)  # mg per mAh
    slack = stack.average_voltage * 1e3 / target - composite - stack.host_mass
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(slack > 0.0, dead / slack, np.nan)


def cathode_thickness(areal_capacity: np.ndarray | float, catholyte_density: np.ndarray, stack: Stack) -> np.ndarray:
    """Thickness of the composite cathode, pores counted, micrometre.

    Args:
        areal_capacity: mAh/cm2.
        catholyte_density: of the electrolyte in the composite, g/cm3.
        stack: thicknesses and cathode.
    """
    active = np.asarray(areal_capacity, float) / stack.active_capacity  # g/cm2
    solid = active / stack.active_density + active * (
        1.0 / np.asarray(stack.active_fraction, float) - 1.0
    ) / np.asarray(catholyte_density, float)
    return solid / (1.0 - stack.cathode_porosity) / UM_TO_CM


def stack_thickness(areal_capacity: np.ndarray | float, catholyte_density: np.ndarray, stack: Stack) -> np.ndarray:
    """Thickness of one charged repeat unit, micrometre: the plated lithium is counted.

    Args: as in `cathode_thickness`.
    """
    cathode = cathode_thickness(areal_capacity, catholyte_density, stack)
    stored = np.asarray(areal_capacity, float) * (stack.host_thickness + stack.stored_thickness)
    lithium = stack.excess_li_thickness + stack.layer_thickness + stored
    layers = stack.separator_thickness + stack.catholyte_thickness
    return cathode + lithium + layers + 0.5 * (stack.cu_thickness + stack.al_thickness)


def cell_energy_vol(areal_capacity: np.ndarray | float, catholyte_density: np.ndarray, stack: Stack) -> np.ndarray:
    """Energy density of the charged stack, Wh/L (arguments as in `stack_thickness`)."""
    thickness = stack_thickness(areal_capacity, catholyte_density, stack)
    return np.asarray(areal_capacity, float) * stack.average_voltage / (thickness * UM_TO_CM)


def thickness_swing(
    areal_capacity: np.ndarray | float, volume_change_on_charge: np.ndarray, stack: Stack
) -> np.ndarray:
    """Signed growth of a repeat unit on charge, micrometre: plated lithium plus the cathode's own change.

    Args:
        areal_capacity: mAh/cm2.
        volume_change_on_charge: signed fraction of the active material; all of it goes into the thickness, as
            the foils hold the area.
        stack: thicknesses and cathode.
    """
    capacity = np.asarray(areal_capacity, float)
    active = capacity / stack.active_capacity / stack.active_density / UM_TO_CM
    return capacity * stack.stored_thickness + active * np.asarray(volume_change_on_charge, float)


def cell_cost(
    areal_capacity: np.ndarray | float,
    masses: StackMasses,
    average_voltage: np.ndarray | float,
    *,
    active_cost: np.ndarray | float,
    electrolyte_cost: np.ndarray,
    catholyte_cost: np.ndarray,
    lithium_cost: float,
    copper_cost: float,
    aluminium_cost: float,
    host_cost: float = 0.0,
) -> np.ndarray:
    """Raw materials of the stack per energy, USD/kWh: elements only, no synthesis, foil rolling, labour or scrap.

    Args:
        areal_capacity: mAh/cm2.
        masses: of the stack, mg/cm2.
        average_voltage: V.
        active_cost, electrolyte_cost, catholyte_cost, lithium_cost, copper_cost, aluminium_cost, host_cost: USD/kg.
    """
    milli = (
        masses.active * active_cost
        + masses.separator * electrolyte_cost
        + masses.catholyte * catholyte_cost
        + masses.excess_lithium * lithium_cost
        + masses.copper * copper_cost
        + masses.aluminium * aluminium_cost
        + masses.host * host_cost
    )
    energy = np.asarray(areal_capacity, float) * average_voltage  # mWh/cm2
    return milli * 1e-6 / (energy * 1e-6)


def self_discharge_month(leakage: np.ndarray, areal_capacity: np.ndarray | float) -> np.ndarray:
    """Share of an areal capacity (mAh/cm2) that a leakage (A/cm2) drains in 30 days, at most 1."""
    drained = np.asarray(leakage, float) * DAYS_PER_MONTH * SECONDS_PER_DAY / COULOMB_PER_MAH
    return np.minimum(drained / np.asarray(areal_capacity, float), 1.0)
