"""From a laboratory cell to a large one: how much less current a layer bears when its area grows.

A layer shorts at its weakest flaw. If the critical currents of equal small areas scatter by Weibull's law and areas
fail independently, a larger area fails earlier by a power of the area. Both are assumptions; nobody has read critical
currents of one electrolyte over three decades of area.
"""

from __future__ import annotations

from typing import Final

import numpy as np

MEDIAN: Final[float] = float(np.log(2.0))


def weibull_modulus(relative_scatter: float) -> float:
    """Weibull modulus whose distribution has a relative standard deviation, to 2 % for scatters of 0.05 to 1.

    Source: Justus et al., J. Appl. Meteorol. 17, 350 (1978), empirical exponent -1.086.
    """
    if not 0.0 < relative_scatter < 2.0:
        raise ValueError(f"A relative scatter lies between 0 and 2, given {relative_scatter}; divide std by mean.")
    return float(relative_scatter**-1.086)


def large_cell_current(
    critical_current: np.ndarray, area: np.ndarray | float, reference_area: np.ndarray | float, modulus: np.ndarray
) -> np.ndarray:
    """Current density at which half of the cells of an area short, A/cm2.

    Args:
        critical_current: median of laboratory cells, A/cm2.
        area: of the large cell, cm2.
        reference_area: of the laboratory cells, cm2.
        modulus: Weibull modulus of the critical current.

    Source: weakest link, Weibull, J. Appl. Mech. 18, 293 (1951).
    """
    ratio = np.asarray(area, float) / np.asarray(reference_area, float)
    return np.asarray(critical_current, float) * ratio ** (-1.0 / np.asarray(modulus, float))


def short_probability(
    current: np.ndarray | float,
    critical_current: np.ndarray,
    area: np.ndarray | float,
    reference_area: np.ndarray | float,
    modulus: np.ndarray,
) -> np.ndarray:
    """Chance that a cell of an area shorts at a current density (A/cm2); arguments as in `large_cell_current`."""
    at_half = large_cell_current(critical_current, area, reference_area, modulus)
    with np.errstate(divide="ignore", over="ignore"):
        return -np.expm1(-MEDIAN * (np.asarray(current, float) / at_half) ** np.asarray(modulus, float))
