"""Stiffness of a polymer: glassy below its glass transition, soft above."""

from __future__ import annotations

from typing import Final

import numpy as np

from ssbscreen.core.cathode import Estimate
from ssbscreen.core.laws import split_normal

GLASSY_SHEAR_MODULUS: Final = Estimate(
    1.0,
    0.3,
    1.3,
    "GPa, from Young's moduli of glassy polymers with a Poisson's ratio of 0.35: PMMA 3.0 and polystyrene 3.4 "
    "(https://www.engineeringtoolbox.com/polymer-properties-d_1222.html), poly(propylene carbonate) 0.8 at room "
    "temperature (https://de.scribd.com/document/267699664/Material-Properties-of-Poly-Propylene-Carbonates)",
)


def glassy_shear_modulus(noise: np.ndarray) -> np.ndarray:
    """log10 of the shear modulus (GPa) of a glass for standard normal numbers."""
    known = GLASSY_SHEAR_MODULUS
    return split_normal(noise, *(np.log10(value) for value in (known.value, known.low, known.high)))


def shear_modulus(
    glass_transition: np.ndarray, temperature: np.ndarray | float, glassy: np.ndarray, soft: np.ndarray
) -> np.ndarray:
    """Shear modulus of a polymer at a temperature; missing where the glass transition is.

    Args:
        glass_transition: of the host, degree C.
        temperature: of use, degree C.
        glassy: shear modulus of a glass, GPa or its logarithm.
        soft: that of a melt, a rubber or a film with crystallites above the glass transition, in the same unit.
    """
    stiffness = np.where(np.asarray(glass_transition) > temperature, glassy, soft)
    return np.where(np.isnan(glass_transition), np.nan, stiffness)
