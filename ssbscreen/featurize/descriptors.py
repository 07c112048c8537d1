"""Descriptors of a crystal that matter for ion transport: room, disorder and distances around lithium."""

from __future__ import annotations

import numpy as np
import torch
from pymatgen.optimization.neighbors import find_points_in_spheres
from torch import Tensor

from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.featurize.composition import ANIONS, N_ELEMENTS

DESCRIPTOR_NAMES: tuple[str, ...] = (
    "log volume per atom",
    "log density",
    "log Li density",
    "log volume per host atom",
    "Li occupancy",
    "log Li sites per Li",
    "Li site entropy",
    "anion site entropy",
    "host site entropy",
    "shared Li sites",
    "Li-Li nearest",
    "Li-Li hop",
    "Li-anion nearest",
    "Li-anion standard deviation",
    "Li coordination",
    "Li-host nearest",
    "anion-anion nearest",
    "host-anion nearest",
)
# Typical value and standard deviation over known lithium conductors, to bring the descriptors to order one.
_TYPICAL = np.array(
    [2.62, 1.15, -4.1, 2.98, 0.66, 0.69, 0.39, 0.04, 0.19, 0.12, 2.32, 2.68, 2.14, 0.07, 4.46, 3.12, 2.94, 2.0]
)
_SPREAD = np.array(
    [0.27, 0.42, 0.73, 0.44, 0.26, 0.59, 0.3, 0.1, 0.23, 0.3, 1.11, 0.8, 0.35, 0.07, 1.8, 0.42, 0.54, 0.39]
)
_CUTOFF = 6.0  # angstrom; reaches the next lithium site in all common ion conductors
_SAME_SITE = 0.6  # angstrom; closer sites are split positions of one atom
_HOP = 1.6  # angstrom; closer lithium sites cannot be filled together, so a hop leads further
_LI = ATOMIC_NUMBER["Li"]
_IS_ANION = np.isin(np.arange(N_ELEMENTS), [ATOMIC_NUMBER[s] for s in ANIONS])


def describe(crystal: Crystal) -> np.ndarray:
    """Descriptors of one crystal in the order of `DESCRIPTOR_NAMES`; NaN where a part is absent.  # (18,)

    Logarithms are natural, lengths angstrom, entropies per site in units of k. Means over lithium (anions, host
    atoms) are weighed by occupancy. "Host" is everything but lithium and anions. "Li-Li hop" is the distance to
    the nearest lithium site farther than 1.6 angstrom. Periodic and independent of the choice of the cell.
    """
    site, z, share = crystal.occupant_site, crystal.occupant_z, crystal.occupancy
    n = crystal.n_sites
    lithium = np.bincount(site, weights=share * (z == _LI), minlength=n)
    anion = np.bincount(site, weights=share * _IS_ANION[z], minlength=n)
    filled = np.bincount(site, weights=share, minlength=n)
    host = np.clip(filled - lithium - anion, 0.0, None)
    host[host < 1e-6] = 0.0
    n_lithium, n_host = lithium.sum(), anion.sum() + host.sum()
    is_lithium = lithium > 0
    entropy = _site_entropy(site, share, filled)
    volume = crystal.volume

    pairs = _Pairs(crystal)
    li_nearest = pairs.nearest(is_lithium, is_lithium, _SAME_SITE)
    li_anion = pairs.nearest(is_lithium, anion > 0.5)
    return np.array(
        [
            np.log(volume / filled.sum()),
            np.log(crystal.density),
            _log(n_lithium / volume),
            np.log(volume / n_host) if n_host > 0 else np.nan,
            _mean(lithium, lithium),
            _log(_ratio(is_lithium.sum(), n_lithium)),
            _mean(entropy, lithium),
            _mean(entropy, anion),
            _mean(entropy, host),
            _mean(filled - lithium > 0.01, lithium),
            _mean(li_nearest, lithium),
            _mean(pairs.nearest(is_lithium, is_lithium, _HOP), lithium),
            _mean(li_anion, lithium),
            _std(li_anion, lithium),
            _mean(pairs.coordination(li_anion, anion), lithium),
            _mean(pairs.nearest(is_lithium, host > 0.25, _SAME_SITE), lithium),
            _mean(pairs.nearest(anion > 0.5, anion > 0.5, _SAME_SITE), anion),
            _mean(pairs.nearest(host > 0.25, anion > 0.5, _SAME_SITE), host),
        ]
    )


def scaled(descriptors: Tensor) -> Tensor:
    """Descriptors of order one; NaN stays NaN.  # (n, 18)"""
    return (descriptors - torch.as_tensor(_TYPICAL).to(descriptors)) / torch.as_tensor(_SPREAD).to(descriptors)


class _Pairs:
    """Pairs of sites within the cutoff, sorted by nothing in particular."""

    def __init__(self, crystal: Crystal) -> None:
        lattice = np.ascontiguousarray(crystal.lattice, dtype=float)
        points = np.ascontiguousarray((crystal.frac % 1.0) @ lattice)
        self.n_sites = crystal.n_sites
        self.centre, self.point, _, self.distance = find_points_in_spheres(
            all_coords=points,
            center_coords=points,
            r=_CUTOFF,
            pbc=np.array([1, 1, 1], dtype=np.int64),
            lattice=lattice,
            tol=1e-8,
            min_r=1.0,
        )

    def nearest(self, of: np.ndarray, to: np.ndarray, beyond: float = 0.3) -> np.ndarray:
        """Distance from each site of one kind to the nearest of another, NaN if none.  # (n_sites,)"""
        out = np.full(self.n_sites, np.inf)
        keep = of[self.centre] & to[self.point] & (self.distance > beyond)
        np.minimum.at(out, self.centre[keep], self.distance[keep])
        return np.where(np.isfinite(out), out, np.nan)

    def coordination(self, nearest: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Occupancy within 1.25 times the nearest distance of each site, NaN where there is none.  # (n_sites,)"""
        limit = 1.25 * np.nan_to_num(nearest, nan=0.0)
        keep = (self.distance > 0.3) & (self.distance <= limit[self.centre])
        count = np.bincount(self.centre[keep], weights=weight[self.point[keep]], minlength=self.n_sites)
        return np.where(np.isfinite(nearest), count, np.nan)


def _site_entropy(site: np.ndarray, share: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Entropy of who sits on each site, vacancies included, units of k.  # (n_sites,)"""
    inside = np.clip(share, 1e-12, 1.0)
    entropy = np.bincount(site, weights=-inside * np.log(inside), minlength=len(filled))
    empty = np.clip(1.0 - filled, 0.0, 1.0)
    return np.asarray(entropy - empty * np.log(np.where(empty > 1e-3, empty, 1.0)))


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    keep = np.isfinite(values) & (weight > 0)
    share = weight[keep]
    total = share.sum()
    return float((values[keep] * share).sum() / total) if total > 0 else float("nan")


def _std(values: np.ndarray, weight: np.ndarray) -> float:
    mean = _mean(values, weight)
    return float(np.sqrt(_mean((values - mean) ** 2, weight))) if np.isfinite(mean) else mean


def _ratio(above: float, below: float) -> float:
    return float(above / below) if below > 0 else float("nan")


def _log(value: float) -> float:
    return float(np.log(value)) if value > 0 else float("nan")
