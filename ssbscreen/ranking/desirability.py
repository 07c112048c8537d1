"""From a value to how welcome it is: ramps and windows in [floor, 1], and which side of a limit it lies on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ssbscreen.core.properties import Property
from ssbscreen.ranking.criteria import Criterion, property_row

_SMALLEST = 1e-30  # stands in for 0 and less on a log scale; a float32 holds it


@dataclass(frozen=True)
class Ramp:
    """A criterion ready for arrays of stored values (log10 where the property is log-scaled).

    Attributes:
        criterion: the wish.
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
        """Desirability of stored values, [floor, 1], NaN for NaN.  # same shape

        The ramp rises from 0 at `bad` to 1 at `good`; what falls below the floor is lifted to it.
        """
        bad_low, good_low, good_high, bad_high = self._corners
        x = self.coordinate(stored)
        if self.criterion.direction == "max":
            d = (x - bad_low) * (1.0 / (good_low - bad_low))
        elif self.criterion.direction == "min":
            d = (bad_high - x) * (1.0 / (bad_high - good_high))
        else:
            d = np.minimum((x - bad_low) / (good_low - bad_low), (bad_high - x) / (bad_high - good_high))
        return np.clip(d, self.floor, 1.0)

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
        if self.criterion.direction == "min":
            return self.stored(bad_high + share * (good_high - bad_high))
        return self.stored(bad_low + share * (good_low - bad_low))
