"""Critical current of candidates from the fit to cells: which terms each has first, draws of all of them later.

A ranking compares materials, so what the fit does not know of all of them alike must not part them: each draw takes one
set of coefficients from their posterior for every candidate. Only the spread of materials within a family is drawn for
each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.physics.critical_current import (
    CENTRES,
    KELVIN_PER_STEP,
    ROOM_C,
    Cell,
    CriticalCurrentFit,
    centred,
    critical_current_fit,
    measured_cells,
)
from ssbscreen.physics.lithium_contact import same_composition

Numbers = Callable[[str], np.ndarray]
"""Feature -> standard normal numbers that all candidates share.  # (n_draws,)"""


@dataclass(frozen=True)
class CriticalCurrentLevels:
    """What is known of each candidate's critical current before its conductivity is drawn.

    Attributes:
        fits: to the cells, each without some material.
        fit: which of them judges each candidate.  # (n,) int
        chemistry_class, family, material: features of the fit.  # (n,) str
        blocking: volume share of LiF and LiCl among the products at 0 V.  # (n,)
    """

    fits: tuple[CriticalCurrentFit, ...]
    fit: np.ndarray
    chemistry_class: np.ndarray
    family: np.ndarray
    material: np.ndarray
    blocking: np.ndarray

    def __len__(self) -> int:
        return len(self.fit)

    def take(self, rows: np.ndarray) -> CriticalCurrentLevels:
        """The candidates at these rows; one may be taken more than once.  # (m,) int"""
        features = self.chemistry_class[rows], self.family[rows], self.material[rows]
        return CriticalCurrentLevels(self.fits, self.fit[rows], *features, self.blocking[rows])

    @property
    def scatter(self) -> np.ndarray:
        """Of cells and laboratories about a material, log10.  # (n,)"""
        return np.array([fit.scatter for fit in self.fits])[self.fit]

    def critical_current(
        self,
        conductivity: np.ndarray,
        growing: np.ndarray,
        temperature_c: np.ndarray | float,
        numbers: Numbers,
        own: np.ndarray,
    ) -> np.ndarray:
        """Draws of the critical current of a bare contact, log10 A/cm2, of the material and not of one more cell.

        Args:
            conductivity: log10 S/cm.  # (n, n_draws)
            growing: chance that the interphase keeps growing; NaN counts as the centre.  # (n, n_draws)
            temperature_c: of use, degree C, a number or one of each candidate.  # (n, 1)
            numbers: of what candidates have in common.
            own: standard normal numbers of each candidate.  # (n, n_draws)

        Source: fit of `critical_current.fit_critical_current` to the cells of data/outcomes.
        """
        growing = np.where(np.isnan(growing), CENTRES["growing"], growing)
        terms = {
            "conductivity": centred("conductivity", conductivity),
            "growing": growing - CENTRES["growing"],
            "blocking salt": centred("blocking salt", self.blocking[:, None] * (1.0 - growing)),
            "temperature": np.broadcast_to((temperature_c - ROOM_C) / KELVIN_PER_STEP, np.shape(growing)),
        }
        value = np.empty(np.shape(growing))
        for place in np.unique(self.fit):
            rows, fit = np.flatnonzero(self.fit == place), self.fits[int(place)]
            drawn = fit.drawn(numbers)
            value[rows] = drawn["always"] + sum(drawn[name] * x[rows] for name, x in terms.items())
            value[rows] += self._levels(rows, fit, drawn, numbers, own[rows])
        return value

    def _levels(
        self, rows: np.ndarray, fit: CriticalCurrentFit, drawn: dict[str, np.ndarray], numbers: Numbers, own: np.ndarray
    ) -> np.ndarray:
        """Draws of class, family and material; who has no known family has a level of its own.  # (m, n_draws)"""
        members: dict[tuple[str, str, str], list[int]] = {}  # rows of one kind have their levels in common
        names = (getattr(self, name)[rows].tolist() for name in ("chemistry_class", "family", "material"))
        for i, (of_class, of_family, material) in enumerate(zip(*names, strict=True)):
            members.setdefault((of_class, of_family, material if material in drawn else ""), []).append(i)
        levels = np.empty(own.shape)
        for (of_class, of_family, material), some in members.items():
            shared, variance = np.zeros(own.shape[1]), 0.0
            for name in (of_class, of_family):
                if name in drawn:
                    shared += drawn[name]
                elif name == f"family {OTHER_FAMILY}":
                    variance += fit.level_std**2
                else:
                    shared += fit.level_std * numbers(name)
            if material:
                shared += drawn[material]
            else:
                variance += fit.material_std**2
            levels[some] = shared + variance**0.5 * own[some]
        return levels


def critical_current_levels(
    materials: Sequence[str],
    classes: Sequence[str],
    families: Sequence[str],
    blocking: np.ndarray,
    is_used: np.ndarray,
    further: tuple[Cell, ...] = (),
) -> tuple[CriticalCurrentLevels, np.ndarray]:
    """Levels of many candidates, and the number of their own cells that count.

    Args:
        materials: formula, or repeat unit of a polymer.  # n
        classes, families: keys.  # n
        blocking: volume share of LiF and LiCl among the products at 0 V; NaN counts as none.  # (n,)
        is_used: whether cells with the material itself count; otherwise the fit has not even seen them.  # (n,) bool
        further: cells beside the shipped ones.
    """
    cells = (*measured_cells(), *further)
    tried = tuple(dict.fromkeys(cell.material for cell in cells))
    left_out: dict[frozenset[str], int] = {frozenset(): 0}
    places, names, counts = [], [], np.zeros(len(materials), dtype=np.int64)
    for i, material in enumerate(materials):
        own = frozenset(name for name in tried if is_same(material, name))
        places.append(left_out.setdefault(frozenset() if is_used[i] else own, len(left_out)))
        names.append(f"material {min(own, default=material)}")  # a set has another order in every process
        if is_used[i] and own:
            counts[i] = sum(cell.material in own and cell.between in ("no", "unstated") for cell in cells)
    levels = CriticalCurrentLevels(
        tuple(critical_current_fit(without, further) for without in left_out),
        np.array(places, dtype=np.int64),
        np.array([f"class {key}" for key in classes], dtype=object),
        np.array([f"family {key}" for key in families], dtype=object),
        np.array(names, dtype=object),
        np.nan_to_num(np.asarray(blocking, dtype=float)),
    )
    return levels, counts


def is_same(material: str, other: str) -> bool:
    """Whether two formulas or repeat units are one material."""
    if "*" in material or "*" in other:
        return material.split(" + ")[0] == other
    return same_composition(material, other)
