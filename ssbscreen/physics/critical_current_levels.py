"""Critical current of candidates from the fit to cells: levels first, draws of conductivity later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ssbscreen.physics.critical_current import (
    CENTRES,
    KELVIN_PER_STEP,
    ROOM_C,
    centred,
    critical_current_fit,
    measured_cells,
)
from ssbscreen.physics.lithium_contact import same_composition

_SLOPES = ("conductivity", "growing", "temperature", "blocking salt")


@dataclass(frozen=True)
class CriticalCurrentLevels:
    """What is known of each candidate's critical current before its conductivity is drawn.

    Attributes:
        level: log10 A/cm2 of a bare contact at room temperature, at the centres of conductivity and growth.  # (n,)
        std_shared, std_own: its error, with its family in common and its own, log10.  # (n,)
        blocking: volume share of LiF and LiCl among the products at 0 V.  # (n,)
        per_decade, per_growth, per_step, per_share: of conductivity, growth, 25 K, and blocking, log10.  # (n,)
    """

    level: np.ndarray
    std_shared: np.ndarray
    std_own: np.ndarray
    blocking: np.ndarray
    per_decade: np.ndarray
    per_growth: np.ndarray
    per_step: np.ndarray
    per_share: np.ndarray

    def __len__(self) -> int:
        return len(self.level)

    def take(self, rows: np.ndarray) -> CriticalCurrentLevels:
        """The candidates at these rows; one may be taken more than once.  # (m,) int"""
        return CriticalCurrentLevels(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def critical_current(
        self, conductivity: np.ndarray, growing: np.ndarray, temperature_c: float, shared: np.ndarray, own: np.ndarray
    ) -> np.ndarray:
        """Draws of the critical current, A/cm2.

        Args:
            conductivity: log10 S/cm.  # (n, n_draws)
            growing: chance that the interphase keeps growing; NaN counts as the centre.  # (n, n_draws)
            temperature_c: of use, degree C.
            shared, own: standard normal numbers of the family and of each candidate.  # (n, n_draws)

        Source: fit of `critical_current.fit_critical_current` to the cells of data/outcomes.
        """
        value = self.level[:, None] + self.per_decade[:, None] * centred("conductivity", conductivity)
        growing = np.where(np.isnan(growing), CENTRES["growing"], growing)
        value = value + self.per_growth[:, None] * (growing - CENTRES["growing"])
        value = value + self.per_share[:, None] * centred("blocking salt", self.blocking[:, None] * (1.0 - growing))
        value = value + self.per_step[:, None] * (temperature_c - ROOM_C) / KELVIN_PER_STEP
        return 10.0 ** (value + self.std_shared[:, None] * shared + self.std_own[:, None] * own)


def critical_current_levels(
    materials: Sequence[str], classes: Sequence[str], families: Sequence[str], blocking: np.ndarray, is_used: np.ndarray
) -> tuple[CriticalCurrentLevels, np.ndarray]:
    """Levels of many candidates, and the number of their own cells that count.

    Args:
        materials: formula, or repeat unit of a polymer.  # n
        classes, families: keys.  # n
        blocking: volume share of LiF and LiCl among the products at 0 V; NaN counts as none.  # (n,)
        is_used: whether cells with the material itself count; otherwise the fit has not even seen them.  # (n,) bool
    """
    tried = tuple(dict.fromkeys(cell.material for cell in measured_cells()))
    rows, counts = [], np.zeros(len(materials), dtype=np.int64)
    for i, (material, chemistry_class, family) in enumerate(zip(materials, classes, families, strict=True)):
        own = frozenset(name for name in tried if is_same(material, name))
        fit = critical_current_fit(frozenset() if is_used[i] else own)
        share = float(np.nan_to_num(blocking[i]))
        terms = {
            "always": 1.0,
            f"class {chemistry_class}": 1.0,
            f"family {family}": 1.0,
            f"material {next(iter(own), material)}": 1.0,
        }
        if is_used[i] and own:
            counts[i] = sum(cell.material in own and cell.between in ("no", "unstated") for cell in measured_cells())
        mean, _, own_std = fit.level(terms)
        salt = centred("blocking salt", np.array(share * (1.0 - CENTRES["growing"]))).item()
        shared_std = fit.level({**terms, "blocking salt": salt})[1]
        rows.append((mean, shared_std, own_std, share, *(fit.slope(name) for name in _SLOPES)))
    columns = np.array(rows, dtype=float).reshape(len(rows), 4 + len(_SLOPES)).T
    return CriticalCurrentLevels(*columns), counts


def is_same(material: str, other: str) -> bool:
    """Whether two formulas or repeat units are one material."""
    if "*" in material or "*" in other:
        return material.split(" + ")[0] == other
    return same_composition(material, other)
