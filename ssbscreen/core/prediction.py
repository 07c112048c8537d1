"""What the learning wing hands to the deciding wing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

INTERVAL_COVERAGE = 0.90
builtin_property = property  # the attribute `property` below hides the name


@dataclass(frozen=True)
class PropertyPrediction:
    """Predictions of one property for every candidate of a pool, in stored units (log10 where log-scaled).

    A candidate without a prediction has NaN in `mean`, `std_*`, `lower` and `upper`.

    Attributes:
        property: key of the property table.
        mean: # (n,)
        std_aleatoric: noise of the measurement and of what the input does not say, calibrated.  # (n,)
        std_epistemic: disagreement of the ensemble, calibrated.  # (n,)
        lower, upper: bounds of the central 90 % interval.  # (n,)
        in_domain: whether the candidate resembles the training data.  # (n,) bool
        model: name and version of the model that made it.
        note: per candidate, such as "composition only"; empty strings where there is nothing to say.  # (n,)
    """

    property: str
    mean: np.ndarray
    std_aleatoric: np.ndarray
    std_epistemic: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    in_domain: np.ndarray
    model: str
    note: np.ndarray

    @builtin_property
    def std(self) -> np.ndarray:
        """Total standard deviation.  # (n,)"""
        return np.hypot(self.std_aleatoric, self.std_epistemic)

    @builtin_property
    def is_present(self) -> np.ndarray:
        """Whether there is a prediction.  # (n,) bool"""
        return np.isfinite(self.mean)

    def draws(self, noise: np.ndarray) -> np.ndarray:
        """Samples mean + std * noise; NaN where the prediction is missing.

        Args:
            noise: standard normal numbers.  # (n, n_draws)
        """
        return self.mean[:, None] + self.std[:, None] * noise


@dataclass(frozen=True)
class Predictions:
    """All predictions of a pool.

    Attributes:
        candidate_ids: # n
        by_property: property key -> predictions aligned with `candidate_ids`.
        correlation: calibrated error correlation between pairs of properties, keys ordered as given.
    """

    candidate_ids: tuple[str, ...]
    by_property: dict[str, PropertyPrediction]
    correlation: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, column in self.by_property.items():
            if len(column.mean) != len(self.candidate_ids):
                raise ValueError(f"{key}: {len(column.mean)} predictions for {len(self.candidate_ids)} candidates.")

    def __len__(self) -> int:
        return len(self.candidate_ids)


def missing(property_key: str, n: int, model: str = "") -> PropertyPrediction:
    """A column in which every prediction is missing."""
    nan = np.full(n, np.nan)
    return PropertyPrediction(
        property_key, nan, nan, nan, nan, nan, np.zeros(n, dtype=bool), model, np.full(n, "", dtype=object)
    )


def merge(columns: list[PropertyPrediction]) -> PropertyPrediction:
    """One column out of several models for the same property: the first that is present wins, row by row.

    A row that none predicts keeps the first reason given. `model` names those that predicted a row, joined by "+";
    where there are several, the note of each row says which one it was.
    """
    first, *rest = columns
    if not rest:
        return first
    arrays = {
        n: getattr(first, n).copy()
        for n in ("mean", "std_aleatoric", "std_epistemic", "lower", "upper", "in_domain", "note")
    }
    won = [first.is_present]
    for column in rest:
        lacking = ~np.isfinite(arrays["mean"])
        take = lacking & column.is_present
        for name, array in arrays.items():
            array[take] = getattr(column, name)[take]
        won.append(take)
        reasons = lacking & ~take & (arrays["note"] == "")
        arrays["note"][reasons] = column.note[reasons]
    used = {c.model: rows for c, rows in zip(columns, won, strict=True) if rows.any()}
    if len(used) > 1:
        for model, rows in used.items():
            arrays["note"][rows] = [f"{note}; by {model}" if note else f"by {model}" for note in arrays["note"][rows]]
    return PropertyPrediction(first.property, model="+".join(used) or first.model, **arrays)
