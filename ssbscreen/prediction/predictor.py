"""Predictions of properties for candidates by all shipped models that apply."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.properties import get_property
from ssbscreen.featurize.base import has_kind
from ssbscreen.prediction.loaded_model import LoadedModel, kept_model
from ssbscreen.prediction.shared_items import SharedItems
from ssbscreen.prediction.temperature_law import offered
from ssbscreen.training.card import ModelCard
from ssbscreen.training.ensemble import pick_device
from ssbscreen.training.registry import active_models

_log = logging.getLogger(__name__)


def predict(
    candidates: Sequence[Candidate],
    properties: Sequence[str],
    *,
    models_dir: Path | None = None,
    device: str = "auto",
    batch_size: int | None = None,
    chunk_size: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Predict properties by the shipped models.

    For each property the models that predict it are asked in the order of their priority; a model is only asked
    for the candidates that it accepts and that no model before it could predict. A property no model predicts is
    a column of missing values. Results do not depend on batch and chunk size. Models stay loaded until
    `release_models`.

    Args:
        candidates: of any kind.
        properties: keys of the property table.
        models_dir: folder of models, the active ones when None.
        device: "auto", "cpu" or "cuda".
        batch_size: sum of item sizes (atoms) in a batch; what the device has room for when None.
        chunk_size: candidates encoded at a time, which bounds the memory.
        progress: called with work done and work in all.

    Raises:
        UsageError: an unknown property.
        ModelError: a model's files do not fit together.
    """
    keys = [get_property(key).key for key in dict.fromkeys(properties)]
    chosen = sorted(
        ((f, c) for f, c in active_models(models_dir) if set(offered(c)) & set(keys)),
        key=lambda pair: (-pair[1].priority, pair[1].name),
    )
    pick_device(device)  # refuses early what is not there
    models = [_Asked(place, card, [key for key in offered(card) if key in keys]) for place, card in chosen]
    n, done = len(candidates), 0
    columns: dict[str, list[list[PropertyPrediction]]] = {key: [] for key in keys}  # chunks, and in each the models
    for start in range(0, max(n, 1), chunk_size):
        shared = SharedItems(candidates[start : start + chunk_size])
        found: dict[str, list[PropertyPrediction]] = {key: [] for key in keys}
        for model in models:
            for key, column in model.ask(shared, found, device, batch_size).items():
                found[key].append(column)
            done += len(shared.candidates)
            if progress is not None:
                progress(done, n * len(models))
        for key in keys:
            columns[key].append(found[key])
    for model in models:
        _log.info("%s: %d of %d candidates asked for, predicted %s", model.card.title, model.n_asked, n, model.n_found)
    return Predictions(
        tuple(candidate.candidate_id for candidate in candidates),
        {key: _whole(key, columns[key], n) for key in keys},
        _correlation([card for _, card in chosen], keys),
    )


def _whole(key: str, chunks: Sequence[Sequence[PropertyPrediction]], n: int) -> PropertyPrediction:
    """One column of what each model gave for each chunk; a model fills what those before it left missing."""
    if not chunks[0]:
        return missing(key, n)
    return merge([PropertyPrediction.concatenate(parts) for parts in zip(*chunks, strict=True)])


def _correlation(cards: Sequence[ModelCard], keys: Sequence[str]) -> dict[tuple[str, str], float]:
    """Of the errors of two properties that one model predicts; the first model that knows a pair has it."""
    found: dict[tuple[str, str], float] = {}
    for card in cards:
        for pair in card.correlation:
            if pair.first in keys and pair.second in keys:
                found.setdefault((pair.first, pair.second), pair.value)
    return found


class _Asked:
    """A model that is loaded when a candidate needs it, and counts of what it was asked."""

    def __init__(self, place: Path, card: ModelCard, properties: list[str]) -> None:
        self.card, self.properties = card, properties
        self.n_asked, self.n_found = 0, dict.fromkeys(properties, 0)
        self._place = place
        self._model: LoadedModel | None = None

    def ask(
        self, shared: SharedItems, before: dict[str, list[PropertyPrediction]], device: str, batch_size: int | None
    ) -> dict[str, PropertyPrediction]:
        """Columns of all candidates, filled where the model accepts one and those before it left something missing."""
        n = len(shared.candidates)
        lacking = np.zeros(n, dtype=bool)
        for key in self.properties:
            lacking |= ~_present(before[key], n)
        rows = np.array(
            [i for i in np.flatnonzero(lacking) if has_kind(shared.candidates[int(i)], self.card.kind)], dtype=np.int64
        )
        if not len(rows):
            return {key: missing(key, n, self.card.title) for key in self.properties}
        if self._model is None:
            self._model = kept_model(self._place, self.card.weights_sha256, pick_device(device).type)
        found = self._model.predict_shared(shared, rows, self.properties, batch_size)
        self.n_asked += len(rows)
        for key, column in found.items():
            self.n_found[key] += int(column.is_present.sum())
        return {key: column.expand(rows, n) for key, column in found.items()}


def _present(columns: Sequence[PropertyPrediction], n: int) -> np.ndarray:
    found = np.zeros(n, dtype=bool)
    for column in columns:
        found |= column.is_present
    return found
