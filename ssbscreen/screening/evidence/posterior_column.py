"""A column of predictions while posteriors take the place of what the model says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.constants import Z90
from ssbscreen.core.evidence import Evidence, EvidenceKind, numbers_of
from ssbscreen.core.prediction import SHARED, PropertyPrediction
from ssbscreen.ranking.posterior import Normal, Posterior
from ssbscreen.ranking.scatter import Scatter

_MEASURED, _CALCULATED = numbers_of(np.array([EvidenceKind.MEASURED, EvidenceKind.CALCULATED]))


@dataclass(frozen=True)
class Expected:
    """What is expected of a value before any study.

    Attributes:
        normal: on the scale on which studies scatter.
        std_class, std_family: parts of its standard deviation that a class or a family has in common.
    """

    normal: Normal
    std_class: float = 0.0
    std_family: float = 0.0


class PosteriorColumn:
    """A column of predictions while posteriors are put into it."""

    def __init__(self, column: PropertyPrediction) -> None:
        self._before = column
        self._arrays = {name: array.copy() for name, array in column.arrays.items()}
        self._arrays["note"] = self._arrays["note"].astype(object)
        n = len(column.mean)
        kinds = np.where(column.is_present, EvidenceKind.PREDICTED, EvidenceKind.IMPUTED).astype(object)
        self._evidence = Evidence.of(kinds, np.zeros(n, dtype=np.int64))
        self.is_changed = False

    def prior(self, i: int, scatter: Scatter) -> Expected | None:
        """What the model says of a row, on the scale on which studies scatter."""
        mean, std = scatter.scaled(float(self._before.mean[i])), float(self._before.std[i])
        if not np.isfinite(mean):
            return None
        if scatter.is_relative:
            std /= float(self._before.mean[i]) * np.log(10.0)
        shared = (float(self._before.std_class[i]), float(self._before.std_family[i]))
        return Expected(Normal(mean, max(std, scatter.learned_std)), *shared)

    def now(self, i: int) -> tuple[float, float]:
        """Mean and standard deviation of a row as they stand."""
        arrays = self._arrays
        return float(arrays["mean"][i]), float(np.hypot(arrays["std_aleatoric"][i], arrays["std_epistemic"][i]))

    def set(self, i: int, n_measured: int, found: Posterior, prior: Expected) -> None:
        """Put a posterior in place: median and spread of one more laboratory, the epistemic part that of the value."""
        arrays = self._arrays
        std = (found.upper - found.lower) / (2.0 * Z90)
        epistemic = min(found.std, std)
        arrays["mean"][i] = found.median
        arrays["std_epistemic"][i] = epistemic
        arrays["std_aleatoric"][i] = np.sqrt(std**2 - epistemic**2)
        arrays["lower"][i], arrays["upper"][i] = found.lower, found.upper
        for name in SHARED:
            shared = float(getattr(prior, name))
            arrays[name][i] = shared * found.prior_weight if np.isfinite(shared) else 0.0
        arrays["in_domain"][i] = True
        n = n_measured
        words = f"measured, {n} {'study' if n == 1 else 'studies'}" if n else "calculated"
        arrays["note"][i] = "; ".join(filter(None, (str(arrays["note"][i]), words)))
        self._evidence.number[i] = _MEASURED if n else _CALCULATED
        self._evidence.n_studies[i] = n
        self.is_changed = True

    def prediction(self) -> PropertyPrediction:
        """The column as it stands now."""
        return PropertyPrediction(self._before.property, model=self._before.model, **self._arrays)

    def evidence(self) -> Evidence:
        """On what its values rest."""
        return self._evidence


def stored(found: Posterior, scatter: Scatter) -> Posterior:
    """A posterior in stored units; of a relative one, the spread about its middle."""
    if not scatter.is_relative:
        return found
    lower, median, upper = (scatter.stored(number) for number in (found.lower, found.median, found.upper))
    middle = scatter.stored(found.mean)
    return Posterior(middle, middle * np.log(10.0) * found.std, lower, median, upper, found.prior_weight)
