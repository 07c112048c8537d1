"""Fracture toughness of a crystal from its elastic moduli and its volume per atom."""

from __future__ import annotations

from typing import Final

import numpy as np

ANGSTROM3_TO_M3: Final[float] = 1e-30
MODEL_RELATIVE_ERROR: Final[float] = 0.25
"""Relative error of the formula: MgO, Al2O3, cubic LLZO and LiTi2(PO4)3 lie within a quarter of measured
values of dense samples (tests). Porous samples scatter more: LLZTO 0.44 to 1.51 MPa m^0.5 from 83 to 98 %
density."""


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
        is_crystalline: False for polymers and glasses, which the formula does not describe; their value is
        missing.

    Source: Niu, Niu, Oganov, J. Appl. Phys. 125, 065105 (2019), 10.1063/1.5066311, prefactor 1 for ionic and
    covalent crystals.
    """
    k = np.asarray(bulk_modulus, float) * 1e9
    g = np.asarray(shear_modulus, float) * 1e9
    volume = np.asarray(volume_per_atom, float) * ANGSTROM3_TO_M3
    toughness = volume ** (1.0 / 6.0) * np.sqrt(g * k) * 1e-6
    return np.where(is_crystalline, toughness, np.nan)
