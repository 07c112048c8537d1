"""Specific energy and energy density of a solid-state lithium-metal stack.

The stack is one repeat unit without packaging: half a copper foil, excess lithium, separator, cathode
composite, half an aluminium foil. Multiply by a stated factor before comparing with a packaged cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.physics.constants import AL_DENSITY, CU_DENSITY, LI_CAPACITY_VOL, LI_DENSITY

UM_TO_CM = 1e-4
MG_PER_G = 1e3


@dataclass(frozen=True, slots=True)
class Stack:
    """Thicknesses and cathode of a repeat unit.

    Attributes:
        separator_thickness: micrometre.
        excess_li_thickness: lithium beyond what the cathode brings, micrometre.
        average_voltage: V.
        active_capacity: of the cathode active material, mAh/g.
        active_fraction: weight share of active material in the cathode composite.
        active_density: of the active material, g/cm3, default that of a layered NMC crystal; only volumes
        need it. cathode_porosity: volume share of pores in the composite, a choice of the cell maker.
        cu_thickness, al_thickness: whole foils shared by two repeat units, micrometre.
    """

    separator_thickness: float = 20.0
    excess_li_thickness: float = 30.0
    average_voltage: float = 3.8
    active_capacity: float = 200.0
    active_fraction: float = 0.80
    active_density: float = 4.7
    cathode_porosity: float = 0.05
    cu_thickness: float = 6.0
    al_thickness: float = 10.0


def stack_mass(
    areal_capacity: np.ndarray | float,
    electrolyte_density: np.ndarray,
    stack: Stack,
    *,
    active_fraction: np.ndarray | float | None = None,
) -> np.ndarray:
    """Mass of one repeat unit per area, mg/cm2.

    Args:
        areal_capacity: mAh/cm2.
        electrolyte_density: of the separator, g/cm3.
        stack: thicknesses and cathode.
        active_fraction: replaces the stack's own, e.g. 0.7 where the catholyte is an oxide.
    """
    fraction = stack.active_fraction if active_fraction is None else active_fraction
    cathode = np.asarray(areal_capacity, float) / stack.active_capacity / np.asarray(fraction, float)
    separator = stack.separator_thickness * UM_TO_CM * np.asarray(electrolyte_density, float)
    lithium = stack.excess_li_thickness * UM_TO_CM * LI_DENSITY
    foils = 0.5 * UM_TO_CM * (stack.cu_thickness * CU_DENSITY + stack.al_thickness * AL_DENSITY)
    return (cathode + separator + lithium + foils) * MG_PER_G


def cell_energy_grav(
    areal_capacity: np.ndarray | float,
    electrolyte_density: np.ndarray,
    stack: Stack,
    *,
    active_fraction: np.ndarray | float | None = None,
) -> np.ndarray:
    """Specific energy of the stack, Wh/kg (arguments as in `stack_mass`)."""
    mass = stack_mass(areal_capacity, electrolyte_density, stack, active_fraction=active_fraction)
    return np.asarray(areal_capacity, float) * stack.average_voltage / mass * 1e3


def areal_capacity_for(
    target: float,
    electrolyte_density: np.ndarray,
    stack: Stack,
    *,
    active_fraction: np.ndarray | float | None = None,
) -> np.ndarray:
    """Areal capacity (mAh/cm2) at which the stack reaches a specific energy; missing where none does.

    Args:
        target: Wh/kg.
        electrolyte_density: g/cm3.
        stack: thicknesses and cathode.
        active_fraction: replaces the stack's own.

    Source: `cell_energy_grav` solved for the areal capacity; its limit for thick cathodes is the specific
    energy of the composite itself.
    """
    fraction = np.asarray(stack.active_fraction if active_fraction is None else active_fraction, float)
    dead = stack_mass(0.0, electrolyte_density, stack)
    composite = MG_PER_G / stack.active_capacity / fraction  # mg per mAh
    slack = stack.average_voltage * 1e3 / target - composite
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(slack > 0.0, dead / slack, np.nan)


def stack_thickness(
    areal_capacity: np.ndarray | float,
    catholyte_density: np.ndarray,
    stack: Stack,
    *,
    active_fraction: np.ndarray | float | None = None,
) -> np.ndarray:
    """Thickness of one charged repeat unit, micrometre: the plated lithium is counted.

    Args:
        areal_capacity: mAh/cm2.
        catholyte_density: of the electrolyte in the composite, g/cm3.
        stack: thicknesses and cathode.
        active_fraction: replaces the stack's own.
    """
    capacity = np.asarray(areal_capacity, float)
    fraction = np.asarray(stack.active_fraction if active_fraction is None else active_fraction, float)
    active = capacity / stack.active_capacity  # g/cm2
    solid = active / stack.active_density + active * (1.0 / fraction - 1.0) / np.asarray(
        catholyte_density, float
    )
    cathode = solid / (1.0 - stack.cathode_porosity) / UM_TO_CM
    lithium = stack.excess_li_thickness + plated_thickness(capacity)
    return cathode + lithium + stack.separator_thickness + 0.5 * (stack.cu_thickness + stack.al_thickness)


def cell_energy_vol(
    areal_capacity: np.ndarray | float,
    catholyte_density: np.ndarray,
    stack: Stack,
    *,
    active_fraction: np.ndarray | float | None = None,
) -> np.ndarray:
    """Energy density of the charged stack, Wh/L (arguments as in `stack_thickness`)."""
    thickness = stack_thickness(areal_capacity, catholyte_density, stack, active_fraction=active_fraction)
    return np.asarray(areal_capacity, float) * stack.average_voltage / (thickness * UM_TO_CM)


def plated_thickness(areal_capacity: np.ndarray | float) -> np.ndarray:
    """Thickness of the lithium that an areal capacity (mAh/cm2) plates, micrometre."""
    return np.asarray(areal_capacity, float) / LI_CAPACITY_VOL / UM_TO_CM


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
    return plated_thickness(capacity) + active * np.asarray(volume_change_on_charge, float)
