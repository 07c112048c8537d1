"""Does lithium plate smoothly: linear stability of the interface, and the overpotential that cracks a solid."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.constants import (
    FARADAY,
    INTERFACE_WAVE_NUMBER,
    LI_MOLAR_VOLUME,
    LI_POISSON_RATIO,
    LI_SHEAR_MODULUS,
    LI_SURFACE_ENERGY,
)

SI_TO_KJ_PER_MOL_NM = 1e-12  # J/(mol m) -> kJ/(mol nm)
FLAW_GEOMETRY = 1.12  # surface flaw, edge crack in tension


def stability_parameter(
    shear_modulus: np.ndarray,
    poisson_ratio: np.ndarray,
    volume_ratio: np.ndarray,
    *,
    wave_number: np.ndarray | float = INTERFACE_WAVE_NUMBER,
) -> np.ndarray:
    """Stability parameter chi of plating lithium on a solid electrolyte, kJ/(mol nm); stable where chi < 0.

    Two regimes: where Li+ takes less room in the electrolyte than in the metal (volume_ratio < 1, inorganic
    solids) only a soft electrolyte is stable, where it takes more (polymers) only a stiff one. So a stiffness
    gate of some GPa holds for polymers alone.

    Args:
        shear_modulus: of the electrolyte, GPa.
        poisson_ratio: of the electrolyte.
        volume_ratio: molar volume of Li+ in the electrolyte over that of lithium metal.
        wave_number: of the interface perturbation, 1/m.

    Source: Ahmad and Viswanathan, Phys. Rev. Lett. 119, 056003 (2017), arXiv:1702.08406; ACS Cent. Sci. 4,
    996 (2018), 10.1021/acscentsci.8b00229.
    """
    g_s, nu_s = np.asarray(shear_modulus, float) * 1e9, np.asarray(poisson_ratio, float)
    g_e, nu_e = LI_SHEAR_MODULUS * 1e9, LI_POISSON_RATIO
    wave_number = np.asarray(wave_number, float)
    difference = LI_MOLAR_VOLUME * (1.0 - np.asarray(volume_ratio, float))  # V_M - V_Mc
    total = LI_MOLAR_VOLUME * (1.0 + np.asarray(volume_ratio, float))  # V_M + V_Mc
    denominator = g_s * (-3 + 4 * nu_e) * (-1 + nu_s) + g_e * (-1 + nu_e) * (-3 + 4 * nu_s)
    pressure = difference * (g_s**2 * (3 - 4 * nu_e) + g_e**2 * (-3 + 4 * nu_s)) * wave_number / (2 * denominator)
    deviatoric = 2 * g_e * g_s * total * (2 - 3 * nu_s + nu_e * (-3 + 4 * nu_s)) * wave_number / denominator
    surface = -total * LI_SURFACE_ENERGY * wave_number**2 / 2
    return (pressure + deviatoric + surface) * SI_TO_KJ_PER_MOL_NM


def stiffness_distance(
    shear_modulus: np.ndarray,
    poisson_ratio: np.ndarray,
    volume_ratio: np.ndarray,
    *,
    wave_number: np.ndarray | float = INTERFACE_WAVE_NUMBER,
) -> np.ndarray:
    """Decades of stiffness between an electrolyte and the nearest one on which lithium plates stably; 0 where it does.

    The stability parameter says how strongly a perturbation grows, not how far stability is: it is small for every soft
    solid. With its positive denominator taken away it is a parabola in the shear modulus. Its roots part the soft ones
    that are stable (volume_ratio < 1) or the stiff ones (volume_ratio > 1) from the others; the nearer root counts.

    Args:
        shear_modulus, poisson_ratio, volume_ratio, wave_number: as in `stability_parameter`.

    Returns:
        log10 of the ratio of the two moduli, 0 or above; infinite where no stiffness is stable.

    Source: roots of the stability parameter of Ahmad and Viswanathan, Phys. Rev. Lett. 119, 056003 (2017).
    """
    stiff, nu_s = np.asarray(shear_modulus, float), np.asarray(poisson_ratio, float)
    g_e, nu_e = LI_SHEAR_MODULUS, LI_POISSON_RATIO  # GPa
    ratio, wave_number = np.asarray(volume_ratio, float), np.asarray(wave_number, float)
    # 2 chi D / (V_M k) in GPa^2: square, linear and constant part in the shear modulus
    surface = (1.0 + ratio) * LI_SURFACE_ENERGY * wave_number * 1e-9
    square = (1.0 - ratio) * (3 - 4 * nu_e)
    linear = 4 * g_e * (1.0 + ratio) * (2 - 3 * nu_s + nu_e * (-3 + 4 * nu_s)) - surface * (-3 + 4 * nu_e) * (-1 + nu_s)
    constant = (1.0 - ratio) * g_e**2 * (-3 + 4 * nu_s) - surface * g_e * (-1 + nu_e) * (-3 + 4 * nu_s)
    with np.errstate(invalid="ignore", divide="ignore"):
        is_stable = (square * stiff + linear) * stiff + constant < 0.0
        # both roots without cancellation; where the square vanishes the second one alone is left
        half = -0.5 * (linear + np.copysign(np.sqrt(linear**2 - 4 * square * constant), linear))
        away = [
            np.abs(np.log10(stiff / np.where((root > 0.0) & np.isfinite(root), root, np.nan)))
            for root in np.broadcast_arrays(half / square, constant / half)
        ]
        far = np.fmin(*away)
    found = np.where(is_stable, 0.0, np.where(np.isnan(far), np.inf, far))
    return np.where(np.isnan(stiff + nu_s + ratio), np.nan, found)


def critical_overpotential(fracture_toughness: np.ndarray, flaw_size: np.ndarray | float) -> np.ndarray:
    """Plating overpotential at which lithium in a surface flaw cracks the electrolyte, V.

    The plating pressure F eta / V_Li reaches the fracture stress K_IC / (1.12 (pi a)^0.5).

    Args:
        fracture_toughness: K_IC, MPa m^0.5.
        flaw_size: depth a of the flaw, micrometre; a property of the sample, so sample it.

    Source: after Porz et al., Adv. Energy Mater. 7, 1701003 (2017); flaw factor of an edge crack.
    """
    toughness = np.asarray(fracture_toughness, float) * 1e6
    depth = np.asarray(flaw_size, float) * 1e-6
    return toughness * LI_MOLAR_VOLUME / (FLAW_GEOMETRY * FARADAY * np.sqrt(np.pi * depth))
