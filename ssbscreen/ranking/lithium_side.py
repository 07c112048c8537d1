"""Recipes of the lithium side: kinetic window, growth of the interphase, stripping, and shorting of large layers."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.constants import FARADAY, LI_CAPACITY_VOL, LI_MOLAR_VOLUME, UM_TO_CM
from ssbscreen.physics import interphase_growth, kinetic_window, layer_reliability, stripping
from ssbscreen.ranking.block import Block, Recipe
from ssbscreen.ranking.cells import excess_lithium

PA_PER_MPA = 1e6


def _names(b: Block) -> tuple[list[str], list[str]]:
    """Formulas and chemistry classes of a block."""
    return [str(x) for x in b.fact("formula")[:, 0]], [str(x) for x in b.fact("chemistry_class")[:, 0]]


def _kinetic_limits(b: Block) -> np.ndarray:
    return kinetic_window.kinetic_limits(*_names(b))


def _kinetic(column: int, std: float) -> Recipe:
    def recipe(b: Block) -> np.ndarray:
        limit = b.once(_kinetic_limits)[:, column, None]
        return np.maximum(limit + std * b.own_noise("kinetic window"), 0.0)

    return recipe


def _grown(b: Block, quantity: interphase_growth.Quantity) -> np.ndarray:
    """Of the interphase at the end of the profile's life; unknown against anything but lithium."""
    rates = interphase_growth.growth_rates(*_names(b), quantity)
    if not b.pool.operating.negative_electrode.is_lithium or np.isnan(rates.rate).all():
        return b.missing()
    hours = b.shared("life") * interphase_growth.HOURS_PER_YEAR
    temperature = b.temperature()
    return rates.after(hours, temperature, b.shared("growth_activation"), b.own_noise(f"interphase {quantity}"))


def _thickness(b: Block) -> np.ndarray:
    charge = b.natural("lithium_lost")
    if np.isnan(charge).all():
        return b.missing()
    return interphase_growth.thickness(charge, b.natural("li_consumed"), b.natural("pilling_bedworth_ratio"))


def _capacity_kept(b: Block) -> np.ndarray:
    excess = excess_lithium(b) * UM_TO_CM * LI_CAPACITY_VOL
    return interphase_growth.capacity_kept(b.natural("lithium_lost"), b.shared("areal_capacity"), excess)


def _is_solid(b: Block) -> np.ndarray:
    """Whether the electrolyte holds its shape, so that voids stay where lithium does not follow.  # (m, 1) bool"""
    return np.asarray(b.fact("chemistry_class") != "polymer", dtype=bool)


def _stripping_error(b: Block) -> np.ndarray:
    """Factor on the law of stripping: of the electrolyte that it was measured on, that of laboratories alone."""
    formulas, classes = _names(b)
    named = zip(formulas, classes, strict=True)
    is_own = np.array([kind != "polymer" and stripping.is_law_of(name) for name, kind in named])[:, None]
    of_law = 10.0 ** (stripping.LAW_STD * b.own_noise("stripping_error"))
    return np.where(is_own, of_law, b.own_error("stripping_error"))


def _stripping_current(b: Block) -> np.ndarray:
    current = stripping.critical_stripping_current(
        b.natural("stack_pressure"), b.temperature(), b.shared("creep_activation"), _stripping_error(b)
    )
    return np.where(_is_solid(b), current, np.nan)


def _stripping_pressure(b: Block) -> np.ndarray:
    pressure = stripping.stripping_pressure(
        b.shared("current_density"), b.temperature(), b.shared("creep_activation"), _stripping_error(b)
    )
    return np.where(_is_solid(b), pressure, np.nan)


def _flow_before_fracture(b: Block) -> np.ndarray:
    stress = b.natural("critical_overpotential") * FARADAY / LI_MOLAR_VOLUME / PA_PER_MPA
    return stripping.flow_before_fracture(stress, b.shared("flaw_size"))


def _large_cell_current(b: Block) -> np.ndarray:
    current = layer_reliability.large_cell_current(
        b.natural("critical_current"), _area(b), b.shared("laboratory_area"), b.shared("weibull_modulus")
    )
    return np.where(_is_solid(b), current, np.nan)  # the flaws are those of ceramics


def _short_probability(b: Block) -> np.ndarray:
    probability = layer_reliability.short_probability(
        b.shared("current_density"),
        b.natural("critical_current"),
        _area(b),
        b.shared("laboratory_area"),
        b.shared("weibull_modulus"),
    )
    return np.where(_is_solid(b), probability, np.nan)


def _area(b: Block) -> np.ndarray:
    """Of the layers of a whole cell, cm2."""
    return np.asarray(1e3 * b.shared("cell_capacity") / b.shared("areal_capacity"))


def _reduction_margin(b: Block) -> np.ndarray:
    return b.pool.operating.negative_electrode.potential - b.natural("reduction_limit")


LITHIUM_SIDE: dict[str, Recipe] = {
    "kinetic_reduction_limit": _kinetic(0, kinetic_window.REDUCTION_STD),
    "kinetic_oxidation_limit": _kinetic(1, kinetic_window.OXIDATION_STD),
    "reduction_margin": _reduction_margin,
    "interphase_resistance": lambda b: _grown(b, "resistance"),
    "lithium_lost": lambda b: _grown(b, "charge"),
    "interphase_thickness": _thickness,
    "capacity_kept": _capacity_kept,
    "stripping_current": _stripping_current,
    "stripping_pressure": _stripping_pressure,
    "flow_before_fracture": _flow_before_fracture,
    "large_cell_current": _large_cell_current,
    "short_probability": _short_probability,
}
