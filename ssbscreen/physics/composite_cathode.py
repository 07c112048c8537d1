"""A composite cathode: how well the catholyte conducts in it, and how thick it may be.

Active material, catholyte and pores share the volume. The catholyte conducts as a percolating network: below a share of
about a fifth none of it hangs together. Electrons go through the particles in the same way. What no formula gives from
a composition: roughness, adhesion, cracks, and the history of pressing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ssbscreen.core.constants import UM_TO_CM

NM_TO_CM: Final[float] = 1e-7
PERCOLATION_EXPONENT: Final[float] = 2.0
"""Of the conductivity above the threshold in three dimensions: D. Stauffer, A. Aharony, Introduction to Percolation
Theory, Taylor and Francis (1994)."""
PERCOLATION_THRESHOLD: Final[float] = 0.2
"""Volume share of the conductor. Set on five composites of NCM622 and Li6PS5Cl (Minnmann et al.,
10.1149/1945-7111/abf8d7); ten others lie within a factor of 1.4 in the mean (docs/validation/composites.csv)."""
_LEAST_EXCESS: Final[float] = 0.002  # of the share above the threshold; isolated clusters leave 1e-5 or less


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
    log10_conductivity: np.ndarray, volume_share: np.ndarray, threshold: np.ndarray | float = PERCOLATION_THRESHOLD
) -> np.ndarray:
    """log10 of the conductivity of the composite, log10(S/cm): sigma ((share - c) / (1 - c))^2.

    Args:
        log10_conductivity: of the conductor, log10(S/cm).
        volume_share: of the conductor, pores counted, 0 to 1.
        threshold: c, share at which it begins to hang together.

    Source: percolation, `PERCOLATION_EXPONENT` and `PERCOLATION_THRESHOLD`. The square of the share that is often used
    gives three times as much (same table).
    """
    edge = np.asarray(threshold, float)
    excess = np.maximum((np.asarray(volume_share, float) - edge) / (1.0 - edge), _LEAST_EXCESS)
    return np.asarray(log10_conductivity, float) + PERCOLATION_EXPONENT * np.log10(excess)


def electronic_threshold(particle_diameter: np.ndarray | float) -> np.ndarray:
    """Volume share of spheres, without carbon, from which most of them touch a common cluster.

    Args:
        particle_diameter: of the active material, 3 to 15 micrometre.

    Source: A. Bielefeld, D. A. Weber, J. Janek, J. Phys. Chem. C 123, 1626 (2019), 10.1021/acs.jpcc.8b11043,
    equation 8, for stacked spheres that do not deform: 7.83 ln(d/um) + 36.67 percent.
    """
    return (7.83 * np.log(np.asarray(particle_diameter, float)) + 36.67) / 100.0


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


def usable_capacity(
    thickness: np.ndarray, cathode_thickness: np.ndarray, areal_capacity: np.ndarray | float
) -> np.ndarray:
    """Areal capacity of a composite of the usable thickness, mAh/cm2.

    Args:
        thickness: usable at a current, micrometre.
        cathode_thickness: of the composite that holds the areal capacity, micrometre.
        areal_capacity: mAh/cm2.
    """
    return np.asarray(thickness, float) / np.asarray(cathode_thickness, float) * np.asarray(areal_capacity, float)


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
