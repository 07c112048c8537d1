"""Recipes of derived quantities: which physics formula makes a property out of others, draw by draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ssbscreen.physics import (
    cell,
    elasticity,
    electrode,
    electrodeposition,
    electronic,
    fracture,
    transport,
)

if TYPE_CHECKING:
    from ssbscreen.ranking.quantities import Block

Recipe = Callable[["Block"], np.ndarray]


def _moduli(formula: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Recipe:
    return lambda b: formula(b.natural("bulk_modulus"), b.natural("shear_modulus"))


def _density(b: Block) -> np.ndarray:
    return b.fact("density") / b.own_error("volume_error")


def _fracture_toughness(b: Block) -> np.ndarray:
    volume = b.fact("volume_per_atom") * b.own_error("volume_error")
    value = fracture.fracture_toughness(
        b.natural("bulk_modulus"), b.natural("shear_modulus"), volume, is_crystalline=b.fact("is_crystalline"))
    return value * b.own_error("toughness_error")


def _stability_parameter(b: Block) -> np.ndarray:
    is_polymer = (b.fact("chemistry_class") == "polymer").astype(bool)
    ratio = np.where(is_polymer, b.shared("li_volume_ratio_polymer"), b.shared("li_volume_ratio"))
    return electrodeposition.stability_parameter(
        b.natural("shear_modulus"), b.natural("poisson_ratio"), ratio, wave_number=b.shared("wave_number"))


def _electronic_resistivity(b: Block) -> np.ndarray:
    measured = b.pool.extrinsic
    if measured is None:
        return b.missing()
    pairs = np.array([measured.of(str(c)) for c in b.fact("chemistry_class")[:, 0]])
    # a PBE gap lies below the true one, and tables of measured gaps list doped insulators as metals: take the larger
    gap = np.fmax(b.natural("band_gap"), b.natural("band_gap_pbe"))
    return electronic.electronic_resistivity(
        gap, pairs[:, :1], pairs[:, 1:], b.own_noise("electronic_resistivity"),
        b.pool.operating.temperature_c.value)


def _critical_temperature(b: Block) -> np.ndarray:
    temperature = b.pool.operating.temperature_c.value
    return transport.critical_temperature(b.stored("ionic_conductivity"), b.activation_energy(), temperature)


def _area_specific_resistance(b: Block) -> np.ndarray:
    return np.log10(transport.area_specific_resistance(
        b.stored("ionic_conductivity"), b.shared("separator_thickness"), b.shared("interface_resistance")))


def _stack(b: Block) -> cell.Stack:
    o = b.pool.operating
    return cell.Stack(
        separator_thickness=o.separator_thickness.value, excess_li_thickness=o.excess_lithium.value,
        average_voltage=o.cell_voltage.value, active_capacity=o.active_capacity.value,
        active_fraction=o.active_fraction.value)


def _active_fraction(b: Block) -> np.ndarray:
    is_oxide = (b.fact("chemistry_class") == "oxide").astype(bool)
    return np.where(is_oxide, b.pool.operating.active_fraction_oxide.value, b.pool.operating.active_fraction.value)


RECIPES: dict[str, Recipe] = {
    "density": _density,
    "youngs_modulus": _moduli(elasticity.youngs_modulus),
    "poisson_ratio": _moduli(elasticity.poisson_ratio),
    "pugh_ratio": _moduli(elasticity.pugh_ratio),
    "hardness": _moduli(elasticity.hardness),
    "fracture_toughness": _fracture_toughness,
    "brittleness": lambda b: elasticity.brittleness(b.natural("hardness"), b.natural("fracture_toughness")),
    "stability_parameter": _stability_parameter,
    "critical_overpotential": lambda b: electrodeposition.critical_overpotential(
        b.natural("fracture_toughness"), b.shared("flaw_size")),
    "critical_current": lambda b: electrodeposition.critical_current(
        b.natural("critical_overpotential"), b.shared("interface_resistance")),
    "electronic_resistivity": _electronic_resistivity,
    "leakage_current": lambda b: np.log10(electronic.leakage_current(
        b.stored("electronic_resistivity"), b.shared("cell_voltage"), b.shared("separator_thickness"))),
    "area_specific_resistance": _area_specific_resistance,
    "voltage_drop": lambda b: transport.voltage_drop(
        b.natural("area_specific_resistance"), b.shared("current_density")),
    "critical_temperature_1mS": _critical_temperature,
    "raw_material_cost": lambda b: b.spread("raw_material_cost"),
    "supply_risk": lambda b: b.spread("supply_risk"),
    "processing_temperature": lambda b: b.spread("processing_temperature"),
    "cell_energy_grav": lambda b: cell.cell_energy_grav(
        b.pool.operating.areal_capacity.value, b.natural("density"), _stack(b), active_fraction=_active_fraction(b)),
    "cell_energy_vol": lambda b: cell.cell_energy_vol(
        b.pool.operating.areal_capacity.value, b.natural("density"), _stack(b), active_fraction=_active_fraction(b)),
    "capacity_grav": lambda b: np.broadcast_to(
        electrode.capacity_grav(b.fact("n_li"), b.fact("molar_mass")), b.shape),
    "capacity_vol": lambda b: electrode.capacity_vol(b.natural("capacity_grav"), b.natural("density")),
    "energy_grav": lambda b: electrode.energy_grav(b.natural("capacity_grav"), b.natural("average_voltage")),
    "energy_vol": lambda b: electrode.energy_vol(b.natural("capacity_vol"), b.natural("average_voltage")),
    "max_delta_volume": lambda b: np.abs(b.natural("volume_change_on_charge")),
}
"""Property key -> recipe. A recipe returns stored units (log10 where the property is log-scaled)."""
