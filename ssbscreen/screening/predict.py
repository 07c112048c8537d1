"""Predictions of a pool, shard by shard on disk, so that a killed run resumes where it stopped."""

from __future__ import annotations

from collections.abc import Sequence

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.memory import give_back
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.paths import models_dir
from ssbscreen.prediction.loaded_model import release_models
from ssbscreen.prediction.predictor import predict
from ssbscreen.prediction.temperature_law import offered
from ssbscreen.screening import electrodes
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.shards import shards_of
from ssbscreen.training.registry import active_models


def predictable() -> tuple[str, ...]:
    """Properties that a shipped model predicts, in the order of the property table.

    Raises:
        InputError: there are no models.
    """
    shipped = {key for _, card in active_models() for key in offered(card)}
    if not shipped:
        raise InputError(f"There are no models in {models_dir()}; run `ssbscreen train` first.")
    return tuple(key for key in PROPERTIES if key in shipped | {"formation_energy"})


def predict_pool(plan: Plan, candidates: Sequence[Candidate]) -> Predictions:
    """Predict every property that there is a model for, and compute what the screen says need not be learned.

    Finished shards of the same candidates, models, properties and code are read back.

    Args:
        plan: with the device and the candidates a shard.
        candidates: n.
    """
    keys, n = predictable(), len(candidates)
    parts: list[Predictions] = []
    n_done = 0
    for shard in shards_of(plan.out, candidates, keys, plan.settings.shard_size):
        predictions = shard.read()
        if predictions is None:
            predictions = predict(shard.candidates, keys, device=plan.settings.device)
            shard.write(predictions)
        parts.append(predictions)
        give_back()
        n_done += len(shard.candidates)
        plan.progress("predict", n_done, n)
    release_models()
    predictions = Predictions.concatenate(parts, _error_correlation(keys))
    return electrodes.completed(candidates, predictions, plan.screen.computed) if plan.screen.computed else predictions


def _error_correlation(properties: Sequence[str]) -> dict[tuple[str, str], float]:
    """Correlation of the errors of pairs of properties, as the shipped cards state it."""
    return {
        (pair.first, pair.second): pair.value
        for _, card in active_models()
        for pair in card.correlation
        if pair.first in properties and pair.second in properties
    }
