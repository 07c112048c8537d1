"""Current at which lithium shorts an electrolyte, learned from cells.

No formula gives the level: fracture at a flaw with an assumed interface overestimates garnets twentyfold. What a cell
stands is taken as a sum in log10 of what conducts (ohmic and constriction losses), of the share of LiF and LiCl in the
interphase (blocks electrons), of the chance that the interphase keeps growing, of temperature, layers between, and
levels of class, family and material that are held near zero and share what the data say (partial pooling).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import Final

import numpy as np

from ssbscreen.physics.shipped_table import number, shipped_rows

CENTRES: Final[Mapping[str, float]] = {"conductivity": -3.0, "blocking salt": 0.05, "growing": 0.2}
RANGES: Final[Mapping[str, tuple[float, float]]] = {"conductivity": (-5.0, -1.5), "blocking salt": (0.0, 0.182)}
"""Beyond what was measured a term stays at its last value: of the cells Li9N2Cl3 has most salt, and no halide is among
them. A salt blocks where the interphase stops, so its share
counts times the chance of that."""
PRIORS: Final[Mapping[str, tuple[float, float]]] = {
    "always": (-3.0, 0.5),
    "conductivity": (0.3, 0.3),
    "blocking salt": (0.0, 1.5),
    "growing": (-0.3, 0.3),
    "temperature": (0.3, 0.15),
    "layer between": (0.3, 0.3),
    "liquid between": (0.0, 0.3),
    "contact not described": (0.1, 0.2),
}
"""Mean and standard deviation before any cell is seen (assumptions of the project): 1 mA/cm2; half to no share in the
conductivity per decade; a factor of 2 each for growth, for 25 K and for a layer on purpose; a little for contacts that
are not described, some of which were improved."""
_LEVELS: Final[tuple[float, ...]] = (0.05, 0.1, 0.2, 0.3)  # of class and family, log10
_MATERIALS: Final[tuple[float, ...]] = (0.1, 0.2, 0.3)
_SCATTERS: Final[tuple[float, ...]] = (0.25, 0.3, 0.35, 0.4, 0.45)  # of laboratories
_FREEDOM = 4.0  # of the Student distribution of materials: one far off moves the others little
_ROUNDS = 15
ROOM_C: Final[float] = 25.0
BESIDE: Final[float] = 5.0  # K by which the fit is followed beyond the temperatures of its cells
KELVIN_PER_STEP: Final[float] = 25.0


@dataclass(frozen=True)
class Cell:
    """One symmetric cell.

    Attributes:
        material: formula or repeat unit.
        chemistry_class, family: keys.
        current: log10 of the current at which it shorted, or that it stood, A/cm2.
        bound: exact, above or below.
        between: yes (a layer), liquid, no, or unstated.
        temperature_c: degree C.
        conductivity: log10 S/cm; NaN unknown.
        blocking: volume share of LiF and LiCl among the products at 0 V.
        growing: chance that the interphase keeps growing.
    """

    material: str
    chemistry_class: str
    family: str
    current: float
    bound: str
    between: str
    temperature_c: float
    conductivity: float
    blocking: float
    growing: float

    def terms(self) -> dict[str, float]:
        """Feature -> value."""
        known = np.isfinite(self.conductivity)
        return {
            "always": 1.0,
            "conductivity": centred("conductivity", np.array(self.conductivity)).item() if known else 0.0,
            "blocking salt": centred("blocking salt", np.array(self.blocking * (1.0 - self.growing))).item(),
            "growing": self.growing - CENTRES["growing"],
            "temperature": (self.temperature_c - ROOM_C) / KELVIN_PER_STEP,
            "layer between": float(self.between == "yes"),
            "liquid between": float(self.between == "liquid"),
            "contact not described": float(self.between == "unstated"),
            f"class {self.chemistry_class}": 1.0,
            f"family {self.family}": 1.0,
            f"material {self.material}": 1.0,
        }


def centred(name: str, value: np.ndarray) -> np.ndarray:
    """A feature within the range that was measured, from its centre."""
    low, high = RANGES[name]
    return np.clip(value, low, high) - CENTRES[name]


@dataclass(frozen=True)
class CriticalCurrentFit:
    """Coefficients by feature, with their covariance.

    Attributes:
        names: of the features.
        mean: log10 A/cm2 per unit.  # (k,)
        covariance: of the errors of the coefficients.  # (k, k)
        level_std, material_std, scatter: of classes and families, of materials, of laboratories, log10.
    """

    names: tuple[str, ...]
    mean: np.ndarray
    covariance: np.ndarray
    level_std: float
    material_std: float
    scatter: float

    def slope(self, name: str) -> float:
        """Coefficient of a feature."""
        return float(self.mean[self.names.index(name)])

    def level(self, terms: Mapping[str, float]) -> float:
        """Sum of the given terms, log10 A/cm2; a class, family or material that was not in the fit adds nothing."""
        return float(np.array([terms.get(name, 0.0) for name in self.names]) @ self.mean)

    @cached_property
    def root(self) -> np.ndarray:
        """Symmetric root of the covariance; each feature keeps its own number whatever stands beside it.  # (k, k)"""
        values, vectors = np.linalg.eigh(self.covariance)
        return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)

    def drawn(self, numbers: Callable[[str], np.ndarray]) -> dict[str, np.ndarray]:
        """Draws of every coefficient from their common posterior, the same for whoever has the feature.

        Args:
            numbers: feature -> standard normal numbers.  # (n_draws,)

        Returns:
            Feature -> log10 A/cm2 per unit.  # each (n_draws,)
        """
        drawn = self.mean[:, None] + self.root @ np.stack([numbers(name) for name in self.names])
        return dict(zip(self.names, drawn, strict=True))


def fit_critical_current(cells: Sequence[Cell]) -> CriticalCurrentFit:
    """Most probable coefficients; the three spreads by their marginal likelihood on a grid.

    A bound counts as its own value where the fit contradicts it, else as the fitted one.

    Args:
        cells: at least one.

    Source: partial pooling, Gelman and Hill, Data Analysis Using Regression and Multilevel Models (2006), chapter 12.
    """
    terms = [cell.terms() for cell in cells]
    names = tuple(sorted({*PRIORS, *(name for row in terms for name in row)}))
    design = np.array([[row.get(name, 0.0) for name in names] for row in terms])
    best: tuple[float, CriticalCurrentFit] | None = None
    for level, material, scatter in product(_LEVELS, _MATERIALS, _SCATTERS):
        spread = {"class": level, "family": level, "material": material}
        mean, std = np.array([PRIORS.get(name) or (0.0, spread[name.split()[0]]) for name in names]).T
        fit = CriticalCurrentFit(names, mean, np.diag(std**2), level, material, scatter)
        likelihood, _ = _fitted(fit, design, cells, is_robust=False)
        if best is None or likelihood > best[0]:
            best = (likelihood, fit)
    assert best is not None
    return _fitted(best[1], design, cells, is_robust=True)[1]


def _fitted(
    prior: CriticalCurrentFit, design: np.ndarray, cells: Sequence[Cell], *, is_robust: bool
) -> tuple[float, CriticalCurrentFit]:
    """Posterior of given spreads, and its log marginal likelihood."""
    given = np.array([cell.current for cell in cells])
    above = np.array([cell.bound == "above" for cell in cells])
    below = np.array([cell.bound == "below" for cell in cells])
    is_material = np.array([name.startswith("material ") for name in prior.names])
    variance = np.diag(prior.covariance)
    value, weight = given.copy(), np.ones(len(cells))
    for at in range(_ROUNDS):
        if at == 0 or is_robust:  # weights of 1 stay
            total = (design * variance) @ design.T + np.diag(prior.scatter**2 / weight)
            gain = np.linalg.solve(total, design * variance).T
        mean = prior.mean + gain @ (value - design @ prior.mean)
        fitted = design @ mean
        new = np.where(above, np.maximum(given, fitted), np.where(below, np.minimum(given, fitted), given))
        off = new - design[:, ~is_material] @ mean[~is_material]
        if is_robust:
            weight = (_FREEDOM + 1.0) / (_FREEDOM + off**2 / (prior.scatter**2 + prior.material_std**2))
        if np.abs(new - value).max() < 1e-6:
            break
        value = new
    rest = value - design @ prior.mean
    likelihood = -0.5 * float(rest @ np.linalg.solve(total, rest) + np.linalg.slogdet(total)[1])
    covariance = np.diag(variance) - gain @ (design * variance)
    return likelihood, replace(prior, mean=mean, covariance=covariance)


@lru_cache(maxsize=1)
def measured_cells() -> tuple[Cell, ...]:
    """The table `critical_current.csv`, made by `benchmarks/fit_critical_current.py` from data/outcomes."""
    return tuple(
        Cell(
            row["material"],
            row["chemistry_class"],
            row["family"],
            float(row["log10_current"]),
            row["bound"],
            row["between"],
            float(row["temperature_c"]),
            number(row["log10_conductivity"]),
            float(row["blocking"]),
            float(row["growing"]),
        )
        for row in shipped_rows("critical_current.csv")
    )


@lru_cache(maxsize=200)
def critical_current_fit(without: frozenset[str] = frozenset(), further: tuple[Cell, ...] = ()) -> CriticalCurrentFit:
    """The fit to all cells, and further ones, but those of some materials."""
    return fit_critical_current([cell for cell in (*measured_cells(), *further) if cell.material not in without])


def measured_range() -> tuple[float, float]:
    """Lowest and highest temperature of the cells behind the fit, degree C."""
    measured = [cell.temperature_c for cell in measured_cells()]
    return min(measured), max(measured)


def is_near_measured(celsius: np.ndarray) -> np.ndarray:
    """Whether cells were measured at a temperature, degree C, or little beside it: elsewhere the fit says nothing."""
    coldest, hottest = measured_range()
    return np.asarray((coldest - BESIDE <= celsius) & (celsius <= hottest + BESIDE))
