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

MOLTEN_SHEAR_MODULUS: Final = Estimate(
    0.0007,
    0.0003,
    0.002,
    "GPa, of poly(ethylene oxide) without crystallites: with salt 0.0004 to 0.001 "
    "(https://pmc.ncbi.nlm.nih.gov/articles/PMC9523710/table/tbl2), grafted and amorphous 0.002 "
    "(https://datapdf.com/effect-of-polymer-architecture-on-the-ionic-conductivity-den.html); low end: assumption",
)


def drawn_modulus(known: Estimate, noise: np.ndarray) -> np.ndarray:
    """log10 of a shear modulus (GPa) for standard normal numbers."""
    return split_normal(noise, *(np.log10(value) for value in (known.value, known.low, known.high)))


def shear_modulus(
    glass_transition: np.ndarray,
    temperature: np.ndarray | float,
    glassy: np.ndarray,
    soft: np.ndarray,
    molten: np.ndarray | None = None,
    is_molten: np.ndarray | bool = False,
) -> np.ndarray:
    """Shear modulus of a polymer at a temperature; missing where the glass transition is.

    Args:
        glass_transition: of the host, degree C.
        temperature: of use, degree C.
        glassy: shear modulus of a glass, GPa or its logarithm.
        soft: that of a melt, a rubber or a film with crystallites above the glass transition, in the same unit.
        molten: that of a melt, in the same unit.
        is_molten: whether crystals that stiffen the film have melted.
    """
    above = soft if molten is None else np.where(is_molten, molten, soft)
    stiffness = np.where(np.asarray(glass_transition) > temperature, glassy, above)
    return np.where(np.isnan(glass_transition), np.nan, stiffness)
