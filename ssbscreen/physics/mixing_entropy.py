"""Ideal entropy of mixing of a partly occupied crystal: what disorder is worth against ordered phases."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import xlogy

from ssbscreen.core.constants import BOLTZMANN_EV, ZERO_CELSIUS
from ssbscreen.core.crystal import Crystal

EXCLUSIVE = 1.2  # angstrom; of partly filled sites this close one at most is filled
_FULL = 1.01  # atoms of a group of such sites, up to which it holds one at most


def mixing_entropy(crystal: Crystal) -> float:
    """Entropy of mixing per atom, in units of the Boltzmann constant; 0 for an ordered crystal.

    -sum x ln x over the occupants of each site and its vacancies, as if sites were filled independently: an upper
    limit, since ions that repel order. Sites too close to be filled at once (split sites) are one site with
    several places.

    Source: regular solution model in the ideal limit, any textbook of statistical thermodynamics.
    """
    if crystal.is_ordered:
        return 0.0
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=crystal.n_sites)
    group = _groups(crystal, filled)
    in_group = np.bincount(group, weights=filled)
    is_apart = (in_group > _FULL)[group]  # more than one atom: each site counts by itself
    vacant = np.where(is_apart, 1.0 - filled, 0.0).clip(0.0)
    together = np.where(in_group > _FULL, 0.0, 1.0 - in_group).clip(0.0)
    total = -xlogy(crystal.occupancy, crystal.occupancy).sum() - xlogy(vacant, vacant).sum()
    return float((total - xlogy(together, together).sum()) / crystal.n_atoms)


def mixing_energy(entropy: np.ndarray, temperature_c: np.ndarray | float) -> np.ndarray:
    """What an entropy of mixing takes from the free energy, eV/atom.

    Args:
        entropy: per atom, units of the Boltzmann constant.  # (n,)
        temperature_c: degree C.  # (n,) or a number
    """
    return np.asarray(entropy) * BOLTZMANN_EV * (np.asarray(temperature_c) + ZERO_CELSIUS)


def _groups(crystal: Crystal, filled: np.ndarray) -> np.ndarray:
    """Number of the group of each site: partly filled sites that lie too close belong together.  # (n_sites,)"""
    partly = np.flatnonzero(filled < 0.999)
    frac = crystal.frac[partly]
    delta = frac[:, None] - frac[None]
    near = np.linalg.norm((delta - np.round(delta)) @ crystal.lattice, axis=2) < EXCLUSIVE
    if np.count_nonzero(near) == len(partly):  # each to itself alone
        return np.arange(len(filled))
    one, other = (partly[rows] for rows in np.nonzero(near))
    pairs = csr_array((np.ones(len(one)), (one, other)), shape=(len(filled), len(filled)))
    return np.asarray(connected_components(pairs, directed=False)[1])
