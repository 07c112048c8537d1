"""Predictions of a pool, shard by shard on disk, so that a killed run resumes where it stopped."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.paths import models_dir
from ssbscreen.files.writing import write_table, write_text
from ssbscreen.prediction.predictor import predict
from ssbscreen.screening import electrodes
from ssbscreen.screening.prediction_tables import from_frame, to_frame
from ssbscreen.screening.settings import Plan
from ssbscreen.training.registry import active_models

FOLDER = "shards"


def predictable() -> tuple[str, ...]:
    """Properties that a shipped model predicts, in the order of the property table.

    Raises:
        InputError: there are no models.
    """
    shipped = {key for _, card in active_models() for key in card.properties}
    if not shipped:
        raise InputError(f"There are no models in {models_dir()}; run `ssbscreen train` first.")
    return tuple(key for key in PROPERTIES if key in shipped | {"formation_energy"})


def predict_pool(plan: Plan, candidates: Sequence[Candidate]) -> Predictions:
    """Predict every property that there is a model for, and compute what the screen says need not be learned.

    Finished shards of the same pool, models and properties are read back; they lie in a folder of the run folder
    until `clear` removes them.

    Args:
        plan: with the device and the candidates a shard.
        candidates: n.
    """
    keys, size = predictable(), plan.settings.shard_size
    folder = _open_shards(plan.out, _stamp(candidates, keys, size))
    parts: list[Predictions] = []
    for number, start in enumerate(range(0, len(candidates), size)):
        shard = candidates[start : start + size]
        path = folder / f"{number:05d}.parquet"
        if not path.is_file():
            write_table(to_frame(predict(shard, keys, device=plan.settings.device)), path)
        parts.append(from_frame(pd.read_parquet(path), [c.candidate_id for c in shard], keys))
        plan.progress("predict", min(start + size, len(candidates)), len(candidates))
    predictions = Predictions.concatenate(parts, _error_correlation(keys))
    return electrodes.completed(candidates, predictions, plan.screen.computed) if plan.screen.computed else predictions


def clear(run: Path) -> None:
    """Remove the shards of a finished run."""
    shutil.rmtree(run / FOLDER, ignore_errors=True)


def pool_fingerprint(candidates: Sequence[Candidate]) -> str:
    """Hash of what the models see of a pool: ids, formulas, cells, temperatures."""
    digest = hashlib.sha256()
    for candidate in candidates:
        digest.update(f"{candidate.candidate_id}\t{candidate.formula}\t{candidate.temperature_c}\n".encode())
        if candidate.crystal is not None:
            for array in (candidate.crystal.lattice, candidate.crystal.frac, candidate.crystal.occupancy):
                digest.update(np.ascontiguousarray(array.round(6)).tobytes())
    return digest.hexdigest()[:16]


def _open_shards(run: Path, stamp: str) -> Path:
    """Folder of the shards, emptied of those of another pool, other models or other properties."""
    folder = run / FOLDER
    marker = folder / "stamp.txt"
    if folder.is_dir() and (not marker.is_file() or marker.read_text(encoding="utf-8") != stamp):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(stamp, marker)
    return folder


def _stamp(candidates: Sequence[Candidate], properties: Sequence[str], shard_size: int) -> str:
    weights = ",".join(f"{card.name}:{card.weights_sha256}" for _, card in active_models())
    return f"{pool_fingerprint(candidates)}\n{','.join(properties)}\n{shard_size}\n{weights}\n"


def _error_correlation(properties: Sequence[str]) -> dict[tuple[str, str], float]:
    """Correlation of the errors of pairs of properties, as the shipped cards state it."""
    return {
        (pair.first, pair.second): pair.value
        for _, card in active_models()
        for pair in card.correlation
        if pair.first in properties and pair.second in properties
    }
