"""Predictions of a pool, shard by shard on disk, so that a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import NUMBERS, Predictions, PropertyPrediction
from ssbscreen.files.writing import write_table, write_text
from ssbscreen.prediction.predictor import predict
from ssbscreen.training.registry import active_models

FOLDER = "shards"


def pool_fingerprint(candidates: Sequence[Candidate]) -> str:
    """Hash of what the models see of a pool: ids, formulas, cells, temperatures."""
    digest = hashlib.sha256()
    for candidate in candidates:
        digest.update(f"{candidate.candidate_id}\t{candidate.formula}\t{candidate.temperature_c}\n".encode())
        if candidate.crystal is not None:
            for array in (candidate.crystal.lattice, candidate.crystal.frac, candidate.crystal.occupancy):
                digest.update(np.ascontiguousarray(array.round(6)).tobytes())
    return digest.hexdigest()[:16]


def predict_in_shards(
    candidates: Sequence[Candidate],
    properties: Sequence[str],
    folder: Path,
    *,
    shard_size: int,
    device: str,
    progress: Callable[[int, int], None],
) -> Predictions:
    """Predict a pool; finished shards of the same pool, models and properties are read back instead.

    Args:
        candidates: n.
        properties: keys.
        folder: run folder; shards lie in a folder of it until `clear` removes them.
        shard_size: candidates a shard.
        device: "auto", "cpu" or "cuda".
        progress: called with candidates done and in all.
    """
    place = folder / FOLDER
    stamp = _stamp(candidates, properties, shard_size)
    marker = place / "stamp.txt"
    if place.is_dir() and (not marker.is_file() or marker.read_text(encoding="utf-8") != stamp):
        shutil.rmtree(place)
    place.mkdir(parents=True, exist_ok=True)
    write_text(stamp, marker)
    parts: list[Predictions] = []
    for number, start in enumerate(range(0, len(candidates), shard_size)):
        shard = candidates[start : start + shard_size]
        path = place / f"{number:05d}.parquet"
        if not path.is_file():
            write_table(to_frame(predict(shard, properties, device=device)), path)
        parts.append(from_frame(pd.read_parquet(path), [c.candidate_id for c in shard], properties))
        progress(min(start + shard_size, len(candidates)), len(candidates))
    return Predictions.concatenate(parts, error_correlation(properties))


def clear(folder: Path) -> None:
    """Remove the shards of a finished run."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def to_frame(predictions: Predictions) -> pd.DataFrame:
    """One row a candidate and property that has a prediction."""
    parts = []
    for key, column in predictions.by_property.items():
        rows = np.flatnonzero(column.is_present | (column.note != ""))
        parts.append(
            pd.DataFrame(
                {"candidate_id": np.array(predictions.candidate_ids, dtype=object)[rows], "property": key}
                | column.take(rows).arrays
                | {"model": column.model, "note": column.note[rows].astype(str)}
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def from_frame(frame: pd.DataFrame, ids: Sequence[str], properties: Sequence[str]) -> Predictions:
    """Predictions aligned with the given ids, from the form of `to_frame`."""
    position = {key: i for i, key in enumerate(ids)}
    columns = {}
    for key in properties:
        own = frame[frame["property"] == key]
        column = PropertyPrediction(
            key,
            in_domain=own["in_domain"].to_numpy(dtype=bool),
            note=own["note"].to_numpy(dtype=object),
            model=str(own["model"].iloc[0]) if len(own) else "",
            **{name: own[name].to_numpy() for name in NUMBERS},
        )
        columns[key] = column.expand(own["candidate_id"].map(position).to_numpy(dtype=np.int64), len(ids))
    return Predictions(tuple(ids), columns)


def error_correlation(properties: Sequence[str]) -> dict[tuple[str, str], float]:
    """Correlation of the errors of pairs of properties, as the shipped cards state it."""
    return {
        (pair.first, pair.second): pair.value
        for _, card in active_models()
        for pair in card.correlation
        if pair.first in properties and pair.second in properties
    }


def _stamp(candidates: Sequence[Candidate], properties: Sequence[str], shard_size: int) -> str:
    weights = ",".join(f"{card.name}:{card.weights_sha256}" for _, card in active_models())
    return f"{pool_fingerprint(candidates)}\n{','.join(properties)}\n{shard_size}\n{weights}\n"
