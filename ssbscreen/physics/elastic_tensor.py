"""Elastic tensor of a crystal from stresses under small strains, and the moduli of its polycrystal.

Strains and stresses are in Voigt order xx, yy, zz, yz, xz, xy; shear strains are engineering strains (twice the
entry of the matrix), so that energy density is half of strain times stress.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

PAIRS: Final[tuple[tuple[int, int], ...]] = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
_SHEAR = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class PolycrystalModuli:
    """Moduli of a polycrystal without texture, GPa; NaN where a bound does not exist.

    Attributes:
        bulk_voigt, bulk_reuss: upper and lower bound of the bulk modulus.
        shear_voigt, shear_reuss: of the shear modulus.
    """

    bulk_voigt: float
    bulk_reuss: float
    shear_voigt: float
    shear_reuss: float

    @property
    def bulk(self) -> float:
        """Hill's mean of the bulk modulus. Source: Hill, Proc. Phys. Soc. A 65, 349 (1952)."""
        return 0.5 * (self.bulk_voigt + self.bulk_reuss)

    @property
    def shear(self) -> float:
        """Hill's mean of the shear modulus. Source: Hill, Proc. Phys. Soc. A 65, 349 (1952)."""
        return 0.5 * (self.shear_voigt + self.shear_reuss)


def strain_matrix(strain: np.ndarray) -> np.ndarray:
    """Symmetric matrices of strains in Voigt order.

    Args:
        strain: # (..., 6)

    Returns:
        # (..., 3, 3)
    """
    strain = np.asarray(strain, float) / _SHEAR
    matrix = np.zeros((*strain.shape[:-1], 3, 3))
    for k, (i, j) in enumerate(PAIRS):
        matrix[..., i, j] = matrix[..., j, i] = strain[..., k]
    return matrix


def _strain_voigt(matrix: np.ndarray) -> np.ndarray:
    return np.stack([matrix[..., i, j] for i, j in PAIRS], axis=-1) * _SHEAR


def _stress_voigt(matrix: np.ndarray) -> np.ndarray:
    return np.stack([matrix[..., i, j] for i, j in PAIRS], axis=-1)


def _turned(matrices: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Every matrix under every rotation.  # (n_rotations, n, 3, 3)"""
    return np.einsum("rij,njk,rlk->rnil", rotations, matrices, rotations)


def independent_strains(rotations: np.ndarray) -> np.ndarray:
    """Fewest strain patterns whose images under the point group span all strains.

    One pattern (stretch and shear together) is enough for a cubic crystal, a triclinic one needs six.

    Args:
        rotations: orthogonal matrices of the point group, the identity among them.  # (n, 3, 3)

    Returns:
        Patterns with entries 0 and 1, Voigt order.  # (k, 6), 1 <= k <= 6
    """
    unit = np.eye(6)
    patterns = [unit[i] + unit[j] for i, j in ((0, 3), (1, 4), (2, 5), (2, 3), (0, 4), (1, 5))] + list(unit)
    chosen: list[np.ndarray] = []
    spanned = np.zeros((0, 6))
    rank = 0
    while rank < 6:
        best, gain = unit[0], 0
        for pattern in patterns:
            images = _strain_voigt(_turned(strain_matrix(pattern)[None], rotations)).reshape(-1, 6)
            found = int(np.linalg.matrix_rank(np.concatenate([spanned, images]), tol=1e-3))
            if found - rank > gain:
                best, gain, with_best = pattern, found - rank, np.concatenate([spanned, images])
        chosen.append(best)
        spanned, rank = with_best, rank + gain
    return np.array(chosen)


def fit_tensor(strains: np.ndarray, stresses: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, float]:
    """Tensor C of stress = C strain, by least squares over all images of the data under the point group.

    Args:
        strains: Voigt order; their images must span all strains.  # (n, 6)
        stresses: GPa, tension positive.  # (n, 6)
        rotations: of the point group.  # (m, 3, 3)

    Returns:
        The symmetric tensor, GPa, shape (6, 6), and the largest entry by which it was not symmetric, relative to the
        largest of all: data that belong to no energy have a large one.
    """
    stress = np.zeros((len(stresses), 3, 3))
    for k, (i, j) in enumerate(PAIRS):
        stress[:, i, j] = stress[:, j, i] = np.asarray(stresses)[:, k]
    left = _strain_voigt(_turned(strain_matrix(strains), rotations)).reshape(-1, 6)
    right = _stress_voigt(_turned(stress, rotations)).reshape(-1, 6)
    transposed, *_ = np.linalg.lstsq(left, right, rcond=None)
    tensor = 0.5 * (transposed + transposed.T)
    asymmetry = np.abs(transposed - transposed.T).max() / max(np.abs(tensor).max(), 1e-12)
    return tensor, float(asymmetry)


def least_stiffness(tensor: np.ndarray) -> float:
    """Smallest eigenvalue of the tensor, GPa; a crystal at or below 0 deforms by itself.

    Args:
        tensor: # (6, 6)

    Source: Mouhat and Coudert, Phys. Rev. B 90, 224104 (2014), condition (i).
    """
    scale = np.sqrt(_SHEAR)  # Mandel's basis, in which the eigenvalues do not depend on the axes
    return float(np.linalg.eigvalsh(tensor * np.outer(scale, scale))[0])


def polycrystal_moduli(tensor: np.ndarray) -> PolycrystalModuli:
    """Voigt's and Reuss's bounds.

    Args:
        tensor: symmetric, GPa; Reuss's bounds are missing where it is not positive definite.  # (6, 6)

    Source: Hill, Proc. Phys. Soc. A 65, 349 (1952).
    """
    c = np.asarray(tensor, float)
    diagonal, beside = c[0, 0] + c[1, 1] + c[2, 2], c[0, 1] + c[1, 2] + c[0, 2]
    bulk_voigt = (diagonal + 2.0 * beside) / 9.0
    shear_voigt = (diagonal - beside + 3.0 * (c[3, 3] + c[4, 4] + c[5, 5])) / 15.0
    if least_stiffness(c) <= _TOLERANCE:
        return PolycrystalModuli(float(bulk_voigt), float("nan"), float(shear_voigt), float("nan"))
    s = np.linalg.inv(c)
    diagonal, beside = s[0, 0] + s[1, 1] + s[2, 2], s[0, 1] + s[1, 2] + s[0, 2]
    bulk_reuss = 1.0 / (diagonal + 2.0 * beside)
    shear_reuss = 15.0 / (4.0 * diagonal - 4.0 * beside + 3.0 * (s[3, 3] + s[4, 4] + s[5, 5]))
    return PolycrystalModuli(float(bulk_voigt), float(bulk_reuss), float(shear_voigt), float(shear_reuss))
