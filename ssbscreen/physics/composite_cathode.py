"""A composite cathode: how well the catholyte conducts in it, and how thick it may be.

Active material, catholyte and pores share the volume. The catholyte conducts over a part of the cross-section and
along longer paths; both enter through one exponent on its volume share. What no formula gives from a composition:
roughness, adhesion, and the history of pressing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ssbscreen.core.constants import UM_TO_CM

NM_TO_CM: Final[float] = 1e-7
BRUGGEMAN_EXPONENT: Final[float] = 1.5
"""Of the volume share for a conductor around dilute spheres: D. A. G. Bruggeman, Ann. Phys. 416, 636 (1935)."""


def catholyte_share(
    active_fraction: np.ndarray | float,
    active_density: np.ndarray | float,
    catholyte_density: np.ndarray,
    porosity: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Volume share of the catholyte in the composite, pores counted, between 0 and 1.

    Args:
        active_fraction: weight share of active material in the solid, below 1.
        active_density, catholyte_density: g/cm3.
        porosity: volume share of pores, below 1.
    """
    weight = np.asarray(active_fraction, float)
    active = weight / np.asarray(active_density, float)
    catholyte = (1.0 - weight) / np.asarray(catholyte_density, float)
    return (1.0 - np.asarray(porosity, float)) * catholyte / (active + catholyte)


def effective_conductivity(
    log10_conductivity: np.ndarray, volume_share: np.ndarray, exponent: np.ndarray | float = BRUGGEMAN_EXPONENT
) -> np.ndarray:
    """log10 of the ionic conductivity of the composite, log10(S/cm).

    Args:
        log10_conductivity: of the catholyte, log10(S/cm).
        volume_share: of the catholyte, 0 to 1.
        exponent: 1 for straight channels, 1.5 after Bruggeman, more in real composites; the tortuosity factor is
            share^(1 - exponent).

    Source: Bruggeman's law (1935) for exponent 1.5.
    """
    return np.asarray(log10_conductivity, float) + np.asarray(exponent, float) * np.log10(
        np.asarray(volume_share, float)
    )


def ionic_resistance(log10_effective: np.ndarray, thickness: np.ndarray | float) -> np.ndarray:
    """Share of the cell's resistance that ions meet in the composite, L / (3 sigma_eff), ohm cm2.

    Args:
        log10_effective: log10(S/cm) of the composite.
        thickness: L, micrometre.

    Source: porous electrode with even reaction and electrons that meet no resistance, the low-frequency limit of the
    transmission line of de Levie, Electrochim. Acta 9, 1231 (1964).
    """
    length = np.asarray(thickness, float) * UM_TO_CM
    return length / (3.0 * 10.0 ** np.asarray(log10_effective, float))


def usable_thickness(
    log10_effective: np.ndarray, current_density: np.ndarray | float, allowed_drop: np.ndarray | float
) -> np.ndarray:
    """Thickness at which a current costs the allowed drop, 3 sigma_eff drop / i, micrometre.

    Args:
        log10_effective: log10(S/cm) of the composite.
        current_density: A/cm2, > 0.
        allowed_drop: V.

    Source: `ionic_resistance` solved for the thickness.
    """
    conductivity = 10.0 ** np.asarray(log10_effective, float)
    return 3.0 * conductivity * np.asarray(allowed_drop, float) / np.asarray(current_density, float) / UM_TO_CM


def coating_resistance(
    log10_conductivity: np.ndarray,
    thickness: np.ndarray | float,
    active_volume: np.ndarray | float,
    particle_diameter: np.ndarray | float,
) -> np.ndarray:
    """What a film on all particles adds to the resistance of the cell, ohm cm2 of the cell's area.

    The film is thin and its area large: spheres of diameter d have 6 V / d of surface for their volume V per area of
    the cell, so R = t / (sigma 6 V / d). A contact that covers a part of the surface makes it larger.

    Args:
        log10_conductivity: of the film, log10(S/cm).
        thickness: t, nm.
        active_volume: V, volume of active material per area of the cell, micrometre.
        particle_diameter: d, micrometre.

    Source: a resistor t / sigma over the surface of spheres.
    """
    surface = 6.0 * np.asarray(active_volume, float) / np.asarray(particle_diameter, float)
    return np.asarray(thickness, float) * NM_TO_CM / 10.0 ** np.asarray(log10_conductivity, float) / surface
