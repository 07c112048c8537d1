"""From a value to how welcome it is, without a step anywhere: smooth ramps, windows, and what a limit leaves.

A ramp is the cubic 3t^2 - 2t^3 (smoothstep) of its straight line from `bad` to `good`: 0 and 1 there, a half in the
middle, and without a kink. A vital criterion multiplies the whole score by a logistic function of the distance to its
hard limit, which is a half on the limit and leaves 5 % a quarter of the ramp beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ssbscreen.core.properties import Property
from ssbscreen.ranking.criteria import Criterion, property_row

_SMALLEST = 1e-30  # stands in for 0 and less on a log scale; a float32 holds it
LEAST_KEPT = 1e-3  # share of its worth that a material keeps far beyond a limit
STEEPNESS = 4.0 * np.log(19.0)  # of a limit: from 5 to 50 % within a quarter of the ramp


@dataclass(frozen=True)
class Ramp:
    """A criterion ready for arrays of stored values (log10 where the property is log-scaled).

    Attributes:
        criterion: with its thresholds.
        floor: smallest desirability.
    """

    criterion: Criterion
    floor: float

    @cached_property
    def row(self) -> Property:
        """Row of the property table."""
        return property_row(self.criterion)

    @cached_property
    def _corners(self) -> tuple[float, float, float, float]:
        """bad and good below, good and bad above; infinite where the criterion has no such side."""
        c = self.criterion
        bend = np.log10 if c.scale == "log" else float
        if isinstance(c.good, tuple) and isinstance(c.bad, tuple):
            return bend(c.bad[0]), bend(c.good[0]), bend(c.good[1]), bend(c.bad[1])
        assert isinstance(c.good, float)
        assert isinstance(c.bad, float)
        if c.direction == "max":
            return bend(c.bad), bend(c.good), np.inf, np.inf
        return -np.inf, -np.inf, bend(c.good), bend(c.bad)

    def coordinate(self, stored: np.ndarray) -> np.ndarray:
        """The axis on which the ramp is straight; keeps the order of the values."""
        is_log = self.row.is_log
        if self.criterion.scale == "log":
            return stored if is_log else np.log10(np.maximum(stored, _SMALLEST))
        with np.errstate(over="ignore"):
            return np.power(10.0, stored) if is_log else stored

    def stored(self, coordinate: np.ndarray) -> np.ndarray:
        """Inverse of `coordinate`."""
        is_log = self.row.is_log
        if self.criterion.scale == "log":
            return coordinate if is_log else np.power(10.0, coordinate)
        return np.log10(np.maximum(coordinate, _SMALLEST)) if is_log else coordinate

    def desirability(self, stored: np.ndarray) -> np.ndarray:
        """Desirability of stored values, [floor, 1], NaN for NaN: the floor at `bad`, 1 at `good`.  # same shape"""
        bad_low, good_low, good_high, bad_high = self._corners
        x = self.coordinate(stored)
        if self.criterion.direction == "max":
            t = (x - bad_low) * (1.0 / (good_low - bad_low))
        elif self.criterion.direction == "min":
            t = (bad_high - x) * (1.0 / (bad_high - good_high))
        else:
            t = np.minimum((x - bad_low) / (good_low - bad_low), (bad_high - x) / (bad_high - good_high))
        t = np.clip(t, 0.0, 1.0)
        return np.asarray(self.floor + (1.0 - self.floor) * (t * t * (3.0 - 2.0 * t)))

    def log_survival(self, stored: np.ndarray) -> np.ndarray:
        """Natural log of what the limit of a vital criterion leaves of the worth; 0 without one.  # same shape

        Where the value is itself the probability of what must not happen (`p_...`), what is left is what is expected:
        1 - p. With a partner that bears it a material keeps the share `kept`, without one `LEAST_KEPT`: the mean of
        the logarithm must not depend on how far beyond its limit the worst draw lies.
        """
        c = self.criterion
        if c.hard_limit is None:
            return np.zeros(np.shape(stored), dtype=np.float32)
        kept = max(c.kept, LEAST_KEPT)
        if self.is_chance:
            alive = 1.0 - np.clip(stored, 0.0, 1.0)
            return np.asarray(np.log(kept + (1.0 - kept) * alive))
        bad_low, good_low, good_high, bad_high = self._corners
        is_max = c.direction == "max"
        width = (good_low - bad_low) if is_max else (bad_high - good_high)
        bound = np.log10(c.hard_limit) if c.scale == "log" else c.hard_limit
        x = self.coordinate(stored)
        z = (STEEPNESS / width) * ((x - bound) if is_max else (bound - x))
        return np.asarray(np.log(kept + (1.0 - kept) * np.exp(-np.logaddexp(0.0, -z))))

    @property
    def is_chance(self) -> bool:
        """Whether the value is the probability of what must not happen."""
        return self.criterion.property.startswith("p_") and self.criterion.direction == "min"

    def goodness(self, stored: np.ndarray) -> np.ndarray:
        """A number that grows with how welcome a value is, without ceiling or floor.  # same shape

        Inside a window all values are equally good.
        """
        bad_low, good_low, good_high, bad_high = self._corners
        x = self.coordinate(stored)
        if self.criterion.direction == "max":
            return x
        if self.criterion.direction == "min":
            return -x
        d = np.minimum((x - bad_low) / (good_low - bad_low), (bad_high - x) / (bad_high - good_high))
        return np.minimum(d, 1.0)

    def fails(self, stored: np.ndarray) -> np.ndarray:
        """Whether values lie on the wrong side of the hard limit.  # same shape, bool

        A value on the limit passes where more is better ("at least") and fails where less is ("below").
        """
        limit = self.criterion.hard_limit
        if limit is None:
            return np.zeros(np.shape(stored), dtype=bool)
        bound = np.log10(limit) if self.row.is_log else limit
        return stored < bound if self.criterion.direction == "max" else stored >= bound

    def inverse(self, share: np.ndarray) -> np.ndarray:
        """Stored values whose desirability runs from 0 to 1 as `share` does; for what nothing is known about."""
        bad_low, good_low, good_high, bad_high = self._corners
        t = 0.5 - np.sin(np.arcsin(1.0 - 2.0 * np.asarray(share, dtype=float)) / 3.0)  # of the cubic
        if self.criterion.direction == "min":
            return self.stored(bad_high + t * (good_high - bad_high))
        return self.stored(bad_low + t * (good_low - bad_low))
