"""Draws for what is not known: from the candidate's family, else its class, else the pool; never a win.

A missing value is drawn from the values that other candidates of its family (else class, else the whole pool) have.
Two rules keep the unknown from winning. A draw is never better than the median of the candidate's class, so that
taking away a value known to be better than that median cannot raise a score, nor the rank among candidates that have
the value themselves (others are drawn from the pool and move a little when it changes). And nothing is credited to
coverage. Where not one candidate has a value, draws run uniformly over the whole desirability range.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ssbscreen.core.noise import uniform_of
from ssbscreen.core.recognition import OTHER_FAMILY
from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking.desirability import Ramp

MIN_MEMBERS = 10  # candidates with a value of their own that make a family or class a distribution
MOST_MEMBERS = 20_000  # whose values make a distribution; of larger groups a fixed random part
MAX_POINTS = 4096  # of a stored distribution; larger ones are thinned to equally spaced quantiles


@dataclass(frozen=True)
class _Points:
    """Values of a group, the worst first."""

    stored: np.ndarray
    goodness: np.ndarray


@dataclass(frozen=True)
class Imputer:
    """Distributions of one criterion.

    Attributes:
        ramp: the criterion.
        seed: of the run.
        has_own: whether a candidate has a value of its own.  # (n,) bool
        is_blind: whether not one candidate of the pool has one.
    """

    ramp: Ramp
    seed: int
    has_own: np.ndarray
    is_blind: bool
    _chemistry_class: np.ndarray = field(repr=False)
    _family: np.ndarray = field(repr=False)
    _points: dict[str, _Points] = field(repr=False)
    _caps: dict[str, tuple[float, float]] = field(repr=False)

    def of_others(self, sample: np.ndarray, chemistry_class: np.ndarray, family: np.ndarray) -> Imputer:
        """The same distributions for candidates of another pool; arguments as in `build_imputer`."""
        has_own = np.isfinite(sample).mean(axis=1) >= 0.5
        return replace(self, has_own=has_own, _chemistry_class=chemistry_class, _family=family)

    def filled(self, stored: np.ndarray, rows: np.ndarray, owners: np.ndarray) -> np.ndarray:
        """Draws with what is missing imputed; a candidate without its own value is imputed as a whole.

        Args:
            stored: of some candidates, NaN where missing; it is not changed.  # (m, n_draws)
            rows: which candidates they are.  # (m,) int
            owners: keys of those whose random numbers each of them takes.  # (m,) uint64
        """
        gaps = np.isnan(stored) | ~self.has_own[rows][:, None]
        if not gaps.any():
            return stored
        stored = stored.copy()
        at = np.flatnonzero(gaps.any(axis=1))
        stored[at] = np.where(gaps[at], self.draws(rows[at], owners[at], stored.shape[1]), stored[at])
        return stored

    def draws(self, rows: np.ndarray, owners: np.ndarray, n_draws: int) -> np.ndarray:
        """Stored values for candidates without their own; arguments as in `filled`.  # (m, n_draws) float32"""
        share = uniform_of(self.seed, owners, f"impute {self.ramp.criterion.name}", n_draws)
        if self.is_blind:
            return np.asarray(self.ramp.inverse(share), dtype=np.float32)
        kin: dict[tuple[str, str], list[int]] = {}
        for j, row in enumerate(rows.tolist()):
            kin.setdefault((str(self._chemistry_class[row]), str(self._family[row])), []).append(j)
        found = np.empty_like(share)
        for (chemistry_class, family), members in kin.items():
            points = next(
                self._points[k]
                for k in (f"family {chemistry_class} {family}", f"class {chemistry_class}", "")
                if k in self._points
            )
            cap, cap_goodness = self._caps.get(chemistry_class, self._caps[""])
            capped = np.where(points.goodness > cap_goodness, np.float32(cap), points.stored)
            found[members] = capped[(share[members] * len(capped)).astype(np.intp)]
        return found


def build_imputer(
    ramp: Ramp,
    sample: np.ndarray,
    chemistry_class: np.ndarray,
    family: np.ndarray,
    seed: int,
    *,
    priority: np.ndarray | None = None,
    scratch: Scratch | None = None,
) -> Imputer:
    """Distributions of a criterion from a sample of every candidate's draws.

    Args:
        ramp: the criterion.
        sample: stored values, NaN where missing; a candidate with fewer than half of them has no value of its own.
            # (n, n_sample)
        chemistry_class, family: of each candidate.  # (n,)
        seed: of the run.
        priority: a random number of each candidate; of groups of more than `MOST_MEMBERS` the lowest count. The first
            ones of the pool when None.  # (n,)
        scratch: where the sample lies.
    """
    n = len(sample)
    has_own, centre = np.zeros(n, dtype=bool), np.full(n, np.nan)
    for rows in (scratch or Scratch()).blocks(n):
        part = sample[rows]
        own = has_own[rows] = np.isfinite(part).mean(axis=1) >= 0.5
        if own.any():
            centre[np.arange(n)[rows][own]] = np.nanmedian(part[own], axis=1)
    points: dict[str, _Points] = {}
    caps: dict[str, tuple[float, float]] = {}

    def add(name: str, members: np.ndarray) -> None:
        if len(members) > MOST_MEMBERS:
            key = members if priority is None else priority[members]
            members = np.sort(members[np.argpartition(key, MOST_MEMBERS)[:MOST_MEMBERS]])
        points[name] = _points(ramp, sample[members])

    if has_own.any():
        add("", np.flatnonzero(has_own))
        caps[""] = _lower_median(ramp, centre[has_own])
        for name in sorted(set(chemistry_class[has_own])):
            members = np.flatnonzero(has_own & (chemistry_class == name))
            caps[str(name)] = _lower_median(ramp, centre[members])
            if len(members) >= MIN_MEMBERS:
                add(f"class {name}", members)
            for key in sorted(set(family[members]) - {OTHER_FAMILY}):
                own = members[family[members] == key]
                if len(own) >= MIN_MEMBERS:
                    add(f"family {name} {key}", own)
    return Imputer(ramp, seed, has_own, not bool(has_own.any()), chemistry_class, family, points, caps)


def _points(ramp: Ramp, sample: np.ndarray) -> _Points:
    values = sample[np.isfinite(sample)].astype(np.float32)
    if ramp.criterion.direction == "window":
        values = values[np.argsort(ramp.goodness(values), kind="stable")]
    else:
        values.sort()
        values = values if ramp.criterion.direction == "max" else values[::-1]
    if len(values) > MAX_POINTS:
        values = values[((np.arange(MAX_POINTS) + 0.5) / MAX_POINTS * len(values)).astype(np.intp)]
    return _Points(values, np.asarray(ramp.goodness(values), dtype=np.float64))


def _lower_median(ramp: Ramp, values: np.ndarray) -> tuple[float, float]:
    """The median value, the worse one of two, and its goodness."""
    goodness = np.asarray(ramp.goodness(values.astype(np.float32)), dtype=np.float64)
    median = np.argsort(goodness, kind="stable")[(len(values) - 1) // 2]
    return float(values[median]), float(goodness[median])
