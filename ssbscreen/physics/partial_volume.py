"""How much room a lithium ion takes in a solid, against that in lithium metal: an estimate with its width.

Two views bracket it. The sphere of the ionic radius in the coordination that the structure shows is a lower end: the
ion in a hole that is there anyway. The volume that hosts gain for each inserted lithium, measured on pairs of
lithiated and delithiated structures, is an upper end, as the reduced framework swells, too. The median is their
geometric mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from pymatgen.optimization.neighbors import find_points_in_spheres

from ssbscreen.core.constants import AVOGADRO, LI_MOLAR_VOLUME
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal

LI_METAL_VOLUME: Final[float] = LI_MOLAR_VOLUME * 1e30 / AVOGADRO  # cubic angstrom per atom
SHANNON_RADII: Final[tuple[tuple[float, float], ...]] = ((4.0, 0.59), (6.0, 0.76), (8.0, 0.92))
"""Coordination number and ionic radius of Li+, angstrom. Source: Shannon (1976), as tabled at
http://chrul.dk/PeriodicTable/data/atomic/..\\other\\3.htm."""


@dataclass(frozen=True, slots=True)
class Insertion:
    """Volume gained for each inserted Li, cubic angstrom: median and 84th percentile over electrode pairs.

    Attributes:
        chemistry_class: key of the class.
        median, high: cubic angstrom.
        coordination: of Li in electrolytes of the class where no structure says it.
        n_pairs: electrodes behind the numbers.
    """

    chemistry_class: str
    median: float
    high: float
    coordination: float
    n_pairs: int


# Materials Project insertion electrodes (mp_electrodes), changes of framework volume above a quarter left out;
# made by benchmarks/li_partial_volume.py. Nearly all halides are fluorides; selenides count as sulfides. Coordinations:
# tetrahedral in thiophosphates and argyrodites, octahedral in Li3MX6, both in garnets and NASICON.
INSERTIONS: Final[tuple[Insertion, ...]] = (
    Insertion("sulfide", 7.49, 12.01, 4.0, 16),
    Insertion("oxide", 1.97, 6.48, 5.0, 1095),
    Insertion("halide", 3.69, 7.62, 6.0, 82),
)


@dataclass(frozen=True)
class VolumeRatio:
    """Volume of Li+ in a solid over that in lithium metal, with its central 90 %; NaN where nothing is known.

    Attributes:
        value, low, high: # each (n,)
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def sphere_volume(coordination: np.ndarray) -> np.ndarray:
    """Volume of the ionic sphere, cubic angstrom; radii between tabled coordinations are interpolated.

    Args:
        coordination: of Li by anions; values beyond 4 and 8 take the ends.
    """
    numbers, radii = zip(*SHANNON_RADII, strict=True)
    return 4.0 / 3.0 * np.pi * np.interp(np.asarray(coordination, float), numbers, radii) ** 3


def li_volume_ratio(chemistry_class: np.ndarray, coordination: np.ndarray) -> VolumeRatio:
    """Estimate for each candidate.

    Args:
        chemistry_class: keys.  # (n,)
        coordination: of Li in the structure, NaN where there is none: the class's usual one stands in.  # (n,)

    Returns:
        NaN for classes without insertion data (polymers, hydrides, nitrides).
    """
    classes = np.asarray(chemistry_class, dtype=object)
    median, high, usual = (np.full(len(classes), np.nan) for _ in range(3))
    for row in INSERTIONS:
        members = classes == row.chemistry_class
        median[members], high[members], usual[members] = row.median, row.high, row.coordination
    number = np.asarray(coordination, float)
    sphere = sphere_volume(np.where(np.isnan(number), usual, number))
    sphere = np.where(np.isnan(median), np.nan, sphere)
    value = np.sqrt(sphere * np.maximum(median, sphere))
    low = np.minimum(sphere, value)
    return VolumeRatio(value / LI_METAL_VOLUME, low / LI_METAL_VOLUME, np.maximum(high, value) / LI_METAL_VOLUME)


_REACH: Final[float] = 4.0  # angstrom around Li in which its anions lie
_ANIONS: Final[frozenset[int]] = frozenset(ATOMIC_NUMBER[s] for s in ("N", "O", "F", "S", "Cl", "Se", "Br", "Te", "I"))
_SAME_SITE: Final[float] = 0.5  # angstrom; closer ones share a site with Li
_MAX_LITHIUM: Final[int] = 6  # sites looked at, evenly over the list; equivalent ones stand together


def lithium_coordination(crystal: Crystal) -> float:
    """Mean effective coordination number of Li by anions; NaN without Li or anions near it.

    Each anion counts exp(1 - (d/d0)^6) with d0 the mean distance weighted in the same way, times its occupancy.

    Source: effective coordination number, R. Hoppe, Z. Kristallogr. 150, 23 (1979).
    """
    lithium = crystal.occupant_site[crystal.occupant_z == 3]
    is_anion = np.isin(crystal.occupant_z, _anion_numbers())
    if not len(lithium) or not is_anion.any():
        return float("nan")
    lithium = np.unique(lithium)
    chosen = np.unique(np.linspace(0, len(lithium) - 1, _MAX_LITHIUM).round().astype(int))
    centres, shares = crystal.frac[lithium[chosen]] @ crystal.lattice, crystal.occupancy[is_anion]
    of, anion, _, d = find_points_in_spheres(
        np.ascontiguousarray(crystal.frac[crystal.occupant_site[is_anion]] @ crystal.lattice),
        np.ascontiguousarray(centres),
        r=_REACH,
        pbc=np.ones(3, dtype=np.int64),
        lattice=np.ascontiguousarray(crystal.lattice),
        tol=1e-8,
    )
    order = np.argsort(of, kind="stable")
    order = order[d[order] > _SAME_SITE]
    if not len(order):
        return float("nan")
    of, d, w = of[order], d[order], shares[anion[order]]
    _, first, of = np.unique(of, return_index=True, return_inverse=True)
    mean = np.minimum.reduceat(d, first)
    for _ in range(3):
        weight = w * np.exp(1.0 - (d / mean[of]) ** 6)
        mean = np.bincount(of, weights=d * weight) / np.bincount(of, weights=weight)
    return float(np.bincount(of, weights=w * np.exp(1.0 - (d / mean[of]) ** 6)).mean())


@lru_cache(maxsize=1)
def _anion_numbers() -> np.ndarray:
    return np.array(sorted(_ANIONS))
