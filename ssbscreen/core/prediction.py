"""What the learning half hands to the deciding half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

INTERVAL_COVERAGE = 0.90
SHARED = ("std_class", "std_family")
NUMBERS = ("mean", "std_aleatoric", "std_epistemic", "lower", "upper", *SHARED)  # NaN where a prediction is missing
_ARRAYS = (*NUMBERS, "in_domain", "note")
_BY = "by "
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
        std_class, std_family: parts of the total error that all members of a chemistry class, or of a family of it,
            have in common; contained in the total, not added to it; 0 unless given.  # (n,)
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
    std_class: np.ndarray = field(default_factory=lambda: np.zeros(0))
    std_family: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        for name in SHARED:
            if len(getattr(self, name)) != len(self.mean):
                object.__setattr__(self, name, np.where(np.isfinite(self.mean), 0.0, np.nan))

    @builtin_property
    def std(self) -> np.ndarray:
        """Total standard deviation.  # (n,)"""
        return np.hypot(self.std_aleatoric, self.std_epistemic)

    @builtin_property
    def std_own(self) -> np.ndarray:
        """Part of the total standard deviation that a candidate shares with no other.  # (n,)"""
        shared = np.minimum(self.std_class**2 + self.std_family**2, self.std**2)
        return np.sqrt(self.std**2 - shared)

    @builtin_property
    def is_present(self) -> np.ndarray:
        """Whether there is a prediction.  # (n,) bool"""
        return np.isfinite(self.mean)

    @builtin_property
    def arrays(self) -> dict[str, np.ndarray]:
        """All arrays by name, for a file; `PropertyPrediction(property, model=model, **arrays)` is the way back."""
        return {name: getattr(self, name) for name in _ARRAYS}

    def model_of_each(self) -> tuple[list[str], list[str]]:
        """Model and note of every candidate; of several models the note that `merge` wrote names the one of a row."""
        models = self.model.split("+")
        if len(models) == 1:
            return [self.model] * len(self.mean), self.note.tolist()
        told = [_told(note, models) or (self.model, note) for note in self.note.tolist()]
        return [model for model, _ in told], [note for _, note in told]

    def take(self, rows: np.ndarray | slice) -> Self:
        """The candidates at these rows; a row may be taken more than once.  # (m,) int or a slice -> m candidates"""
        taken: dict[str, Any] = {name: array[rows] for name, array in self.arrays.items()}
        return replace(self, **taken)

    def expand(self, rows: np.ndarray, n: int) -> Self:
        """Column of n candidates in which these stand at `rows` and the others are missing.  # (m,) int"""
        expanded: dict[str, Any] = missing(self.property, n).arrays
        for name, array in self.arrays.items():
            expanded[name][rows] = array
        return replace(self, **expanded)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """One column of the candidates of all parts in turn, at least one; models that differ are joined by "+"."""
        if len(parts) == 1:
            return parts[0]
        models = dict.fromkeys(part.model for part in parts if part.model)
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS}
        return cls(parts[0].property, model="+".join(models), **arrays)

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

    def take(self, rows: np.ndarray) -> Predictions:
        """The candidates at these rows.  # (m,) int -> m candidates"""
        return Predictions(
            tuple(self.candidate_ids[int(i)] for i in rows),
            {key: column.take(rows) for key, column in self.by_property.items()},
            self.correlation,
        )

    @classmethod
    def concatenate(
        cls, parts: Sequence[Predictions], correlation: Mapping[tuple[str, str], float] | None = None
    ) -> Predictions:
        """The candidates of all parts in turn, at least one part, each with the same properties.

        Args:
            parts: of a pool, in its order.
            correlation: of the whole; that of the first part when None.
        """
        first = parts[0]
        return cls(
            tuple(candidate_id for part in parts for candidate_id in part.candidate_ids),
            {
                key: PropertyPrediction.concatenate([part.by_property[key] for part in parts])
                for key in first.by_property
            },
            dict(first.correlation if correlation is None else correlation),
        )


def missing(property_key: str, n: int, model: str = "") -> PropertyPrediction:
    """A column in which every prediction is missing."""
    numbers = {name: np.full(n, np.nan) for name in NUMBERS}
    return PropertyPrediction(
        property_key, in_domain=np.zeros(n, dtype=bool), note=np.full(n, "", dtype=object), model=model, **numbers
    )


def _told(note: str, models: Sequence[str]) -> tuple[str, str] | None:
    """Model that a note names, and the note without it; words of later steps may stand behind."""
    parts = note.split("; ")
    for i in reversed(range(len(parts))):
        name = parts[i].removeprefix(_BY)
        if name != parts[i] and name in models:
            return name, "; ".join([*parts[:i], *parts[i + 1 :]])
    return None


def merge(columns: list[PropertyPrediction]) -> PropertyPrediction:
    """One column out of several models for the same property: the first that is present wins, row by row.

    A row that none predicts keeps the first reason given. `model` names those that predicted a row, joined by "+";
    where there are several, the note of each row says which one it was.
    """
    first, *rest = columns
    if not rest:
        return first
    arrays = {name: array.copy() for name, array in first.arrays.items()}
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
            if "+" not in model:  # else its notes say so already
                arrays["note"][rows] = [
                    f"{note}; {_BY}{model}" if note else _BY + model for note in arrays["note"][rows]
                ]
    names = dict.fromkeys(name for model in used for name in model.split("+"))
    return PropertyPrediction(first.property, model="+".join(names) or first.model, **arrays)
