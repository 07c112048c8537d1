"""Electrostatics of point charges in a crystal by Ewald's sum, all sites at once.

The sum over reciprocal space goes through structure factors, so that it grows with sites times vectors and not with the
square of the sites, and one search finds all pairs of the other sum.

Source: P. P. Ewald, Ann. Phys. 369, 253 (1921), 10.1002/andp.19213690304; the balance of the two sums and their cutoffs
after J. D. Gale and A. L. Rohl, Mol. Simul. 29, 291 (2003), 10.1080/0892702031000104887.
"""

from __future__ import annotations

import numpy as np
from pymatgen.optimization.neighbors import find_points_in_spheres
from scipy.special import erfc

from ssbscreen.core.constants import COULOMB

_DIGITS = 12.0  # to which both sums converge
_BALANCE = 8.0  # cost of a pair of atoms over that of a site at a vector; changes the time alone
_SELF = 1e-8  # angstrom


def site_energies(lattice: np.ndarray, frac: np.ndarray, charge: np.ndarray) -> np.ndarray:
    """Half the energy of each site in the field of all others, eV; their sum is the energy of the cell.

    Args:
        lattice: rows are vectors, angstrom.  # (3, 3)
        frac: fractional positions.  # (n, 3)
        charge: e, neutral in sum: the background that a charged cell needs is not added.  # (n,)

    Returns:
        # (n,)
    """
    volume, n = float(abs(np.linalg.det(lattice))), len(charge)
    eta = np.pi * (n * _BALANCE / volume**2) ** (1.0 / 3.0)  # 1/angstrom^2
    reach = np.sqrt(np.log(10.0**_DIGITS))
    near = _real_space(lattice, frac, charge, np.sqrt(eta), reach / np.sqrt(eta))
    far = _reciprocal_space(lattice, frac, charge, eta, 2.0 * reach * np.sqrt(eta)) / volume
    return np.asarray(COULOMB * charge * (0.5 * near + far - charge * np.sqrt(eta / np.pi)))


def _real_space(lattice: np.ndarray, frac: np.ndarray, charge: np.ndarray, width: float, cutoff: float) -> np.ndarray:
    """Screened potential of the neighbours, e/angstrom.  # (n,)"""
    points = np.ascontiguousarray((frac % 1.0) @ lattice)
    centre, other, _, distance = find_points_in_spheres(
        all_coords=points,
        center_coords=points,
        r=float(cutoff),
        pbc=np.ones(3, dtype=np.int64),
        lattice=np.ascontiguousarray(lattice, dtype=float),
        tol=_SELF,
    )
    keep = distance > _SELF
    centre, other, distance = centre[keep], other[keep], distance[keep]
    return np.bincount(centre, weights=charge[other] * erfc(width * distance) / distance, minlength=len(charge))


def _reciprocal_space(
    lattice: np.ndarray, frac: np.ndarray, charge: np.ndarray, eta: float, cutoff: float
) -> np.ndarray:
    """Potential of the smooth charges times the volume, e angstrom^2.  # (n,)"""
    most = np.floor(cutoff * np.linalg.norm(lattice, axis=1) / (2.0 * np.pi)).astype(int)
    h, k, m = np.meshgrid(*(np.arange(-limit, limit + 1) for limit in most), indexing="ij")
    # one of each vector and its opposite
    index = np.stack([h, k, m], axis=-1)[(h > 0) | ((h == 0) & ((k > 0) | ((k == 0) & (m > 0))))]  # (n_vectors, 3)
    square = ((index @ np.linalg.inv(lattice).T * 2.0 * np.pi) ** 2).sum(axis=1)
    kept = square <= cutoff**2
    index, square = index[kept], square[kept]
    waves = [
        np.exp(2j * np.pi * np.outer(np.arange(-limit, limit + 1), x)) for limit, x in zip(most, frac.T, strict=True)
    ]
    phase = waves[0][index[:, 0] + most[0]] * waves[1][index[:, 1] + most[1]] * waves[2][index[:, 2] + most[2]]
    weight = np.exp(-square / (4.0 * eta)) / square
    factor = weight * (phase @ charge)
    return 4.0 * np.pi * np.real(np.conj(factor) @ phase)
