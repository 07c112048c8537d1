"""Elastic moduli of an isotropic polycrystal and what follows from them: ductility, hardness, toughness, brittleness.

All functions take moduli in GPa and broadcast over (candidates, draws); a missing value (NaN) stays missing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

_ANGSTROM3_TO_M3: Final[float] = 1e-30


def youngs_modulus(bulk_modulus: np.ndarray, shear_modulus: np.ndarray) -> np.ndarray:
    """Young's modulus E = 9 K G / (3 K + G), GPa.

    Args:
        bulk_modulus: K > 0, GPa.
        shear_modulus: G > 0, GPa.

    Source: linear isotropic elasticity.
    """
    k, g = np.asarray(bulk_modulus, float), np.asarray(shear_modulus, float)
    return 9.0 * k * g / (3.0 * k + g)


def poisson_ratio(bulk_modulus: np.ndarray, shear_modulus: np.ndarray) -> np.ndarray:
    """Poisson's ratio nu = (3 K - 2 G) / (2 (3 K + G)), between -1 and 0.5.

    Args:
        bulk_modulus: K > 0, GPa.
        shear_modulus: G > 0, GPa.

    Source: linear isotropic elasticity.
    """
    k, g = np.asarray(bulk_modulus, float), np.asarray(shear_modulus, float)
    return (3.0 * k - 2.0 * g) / (2.0 * (3.0 * k + g))


def pugh_ratio(bulk_modulus: np.ndarray, shear_modulus: np.ndarray) -> np.ndarray:
    """Pugh's ratio K/G; above 1.75 a material is called ductile.

    Args:
        bulk_modulus: K, GPa.
        shear_modulus: G > 0, GPa.

    Source: Pugh, Philos. Mag. 45, 823 (1954).
    """
    return np.asarray(bulk_modulus, float) / np.asarray(shear_modulus, float)


def hardness(bulk_modulus: np.ndarray, shear_modulus: np.ndarray) -> np.ndarray:
    """Vickers hardness 0.92 (G/K)^1.137 G^0.708, GPa.

    This form stays positive for soft solids, where the older 2 (k^2 G)^0.585 - 3 turns negative
    (k^2 G below 2 GPa, which holds for most sulfide and halide electrolytes).

    Args:
        bulk_modulus: K > 0, GPa.
        shear_modulus: G > 0, GPa.

    Source: Tian, Xu, Zhao, Int. J. Refract. Met. Hard Mater. 33, 93 (2012).
    """
    k, g = np.asarray(bulk_modulus, float), np.asarray(shear_modulus, float)
    return 0.92 * (g / k) ** 1.137 * g**0.708


def fracture_toughness(
    bulk_modulus: np.ndarray,
    shear_modulus: np.ndarray,
    volume_per_atom: np.ndarray,
    *,
    is_crystalline: np.ndarray | bool = True,
) -> np.ndarray:
    """Mode-I toughness K_IC = V0^(1/6) (G K)^(1/2) of a dense ionic or covalent crystal, MPa m^0.5.

    Args:
        bulk_modulus: K, GPa.
        shear_modulus: G, GPa.
        volume_per_atom: V0, cubic angstrom.
        is_crystalline: False for polymers and glasses, which the formula does not describe; their value is missing.

    MgO, Al2O3, cubic LLZO and LiTi2(PO4)3 lie within a quarter of measured values of dense samples (tests). Porous
    samples scatter more: LLZTO 0.44 to 1.51 MPa m^0.5 from 83 to 98 % density.

    Source: Niu, Niu, Oganov, J. Appl. Phys. 125, 065105 (2019), 10.1063/1.5066311, prefactor 1 for ionic and covalent
    crystals.
    """
    k = np.asarray(bulk_modulus, float) * 1e9
    g = np.asarray(shear_modulus, float) * 1e9
    volume = np.asarray(volume_per_atom, float) * _ANGSTROM3_TO_M3
    toughness = volume ** (1.0 / 6.0) * np.sqrt(g * k) * 1e-6
    return np.where(is_crystalline, toughness, np.nan)


def brittleness(vickers_hardness: np.ndarray, fracture_toughness: np.ndarray) -> np.ndarray:
    """Index of brittleness H/K_IC in micrometre^-0.5 (GPa over MPa m^0.5 has just this unit).

    Args:
        vickers_hardness: GPa.
        fracture_toughness: > 0, MPa m^0.5.

    Source: Lawn and Marshall, J. Am. Ceram. Soc. 62, 347 (1979).
    """
    return np.asarray(vickers_hardness, float) / np.asarray(fracture_toughness, float)
