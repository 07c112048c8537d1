"""Predictions of a pool, shard by shard."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.memory import give_back
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.engine.jobs import Job
from ssbscreen.engine.work import done_by_all
from ssbscreen.files.paths import models_dir
from ssbscreen.prediction.loaded_model import release_models
from ssbscreen.prediction.predictor import predict
from ssbscreen.prediction.temperature_law import offered
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.screening.candidates.in_type import with_moduli_in_type
from ssbscreen.screening.electrodes import computed
from ssbscreen.screening.needed import needed
from ssbscreen.screening.prediction_tables import from_frame, to_frame
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.shards import PREDICT, about, candidates_of, give_candidates, rows_of, settings_of
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
    """Predict what the screen needs of what models give, and compute what it says need not be learned.

    Finished shards of the same candidates, models, properties and code are read back. The models of a pool of one shard
    stay loaded.

    Args:
        plan: with the device and the candidates a shard.
        candidates: n.
    """
    keys, n, size = needed(plan, predictable()), len(candidates), plan.settings.shard_size
    shards, parts = rows_of(n, size), dict[int, Predictions]()

    def taken(number: int, content: bytes) -> None:
        frame = pd.read_parquet(io.BytesIO(content))
        parts[number] = from_frame(frame, [c.candidate_id for c in candidates[shards[number]]], keys)
        give_back()
        n_done = sum(len(part) for part in parts.values())
        plan.progress("predict", n_done, n)

    given = give_candidates(plan.out, candidates, size)
    job = Job(plan.out / UNFINISHED, PREDICT, about(plan.settings, properties=list(keys)), {PREDICT: given})
    done_by_all(job, predict_shard, taken)
    if len(shards) > 1:
        release_models()  # of a small pool they stay for the reference materials: reading them takes longer than asking
    predictions = Predictions.concatenate([parts[i] for i in range(len(shards))], _error_correlation(keys))
    return computed.completed(candidates, predictions, plan.screen.computed) if plan.screen.computed else predictions


def predict_shard(job: Job, number: int) -> bytes:
    """Table of the predictions of a shard, Parquet.

    Raises:
        IntegrityError: this process has other models or code than the one that asks.
    """
    keys = job.about["properties"]
    settings = settings_of(job, properties=keys)
    found = to_frame(predicted(candidates_of(job, number), keys, settings.device))
    return bytes(found.to_parquet(index=False, compression=None))


def predicted(candidates: Sequence[Candidate], keys: Sequence[str], device: str) -> Predictions:
    """What the models say, of bare compositions with the moduli of their structure type where one holds them."""
    found = predict(candidates, keys, device=device)
    return with_moduli_in_type(candidates, found, lambda built, of: predict(built, of, device=device))


def _error_correlation(properties: Sequence[str]) -> dict[tuple[str, str], float]:
    """Correlation of the errors of pairs of properties, as the shipped cards state it."""
    return {
        (pair.first, pair.second): pair.value
        for _, card in active_models()
        for pair in card.correlation
        if pair.first in properties and pair.second in properties
    }
