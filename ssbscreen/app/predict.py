"""Files in, a table of predictions out; what cannot be read or predicted stands beside it with its reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate, Rejected
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import get_property
from ssbscreen.files.writing import write_rejected, write_table
from ssbscreen.screening import electrodes
from ssbscreen.screening.pool import load_candidates

COLUMNS = ("candidate_id", "property", "mean", "std", "lower", "upper", "unit", "in_domain", "model", "note")


@dataclass(frozen=True)
class PredictOutcome:
    """What `predict` did.

    Attributes:
        n_candidates: candidates that could be read.
        n_predicted: candidates with at least one prediction.
        n_rejected: inputs and candidates set aside.
        rejected_path: table of `input, reason`.
    """

    n_candidates: int
    n_predicted: int
    n_rejected: int
    rejected_path: Path


def predict_files(
    inputs: Sequence[str],
    properties: Sequence[str],
    out: Path,
    *,
    device: str = "auto",
    structures: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> PredictOutcome:
    """Predict properties for everything that can be read.

    Args:
        inputs: files, folders or data set names.
        properties: property keys.
        out: table to write, .csv, .parquet or .json.
        device: "auto", "cpu" or "cuda".
        structures: file of the structures that electrode pairs in a table name by id.
        progress: called with stage, done and total.

    Raises:
        UsageError: no or unknown properties, no such file of structures, or an ending of `out` that is no table.
        InputError: not one candidate could be read and predicted.
    """
    if not properties:
        raise UsageError("No property was asked for; name at least one, as --property ionic_conductivity.")
    keys = list(dict.fromkeys(get_property(key).key for key in properties))
    if out.suffix not in (".csv", ".parquet", ".json"):
        raise UsageError(f"--out '{out.name}' is no table; end it in .csv, .parquet or .json.")
    from ssbscreen.prediction.predictor import predict

    if structures is not None and not structures.exists():
        raise UsageError(f"--structures '{structures}' does not exist; give the .jsonl.gz file of the electrode pairs.")
    records = load_candidates(inputs, structures=structures)
    step = (lambda done, total: progress("predict", done, total)) if progress else None
    candidates = records.candidates
    predictions = Predictions((), {})
    if candidates:
        found = electrodes.completed(
            candidates, predict(candidates, electrodes.needed(keys), device=device, progress=step), keys
        )
        predictions = replace(found, by_property={key: found.by_property[key] for key in keys})
    table = prediction_table(predictions)
    rejected = [*records.rejected, *_without_prediction(candidates, predictions, keys)]
    rejected_path = out.with_name(f"{out.stem}.rejected.csv")
    write_rejected(rejected, rejected_path)
    if table.empty:
        first = f" First reason: {rejected[0].input}: {rejected[0].reason}" if rejected else ""
        raise InputError(f"Nothing in {', '.join(inputs)} could be predicted; see {rejected_path}.{first}")
    write_table(table, out)
    return PredictOutcome(len(candidates), table["candidate_id"].nunique(), len(rejected), rejected_path)


def prediction_table(predictions: Predictions) -> pd.DataFrame:
    """One row a candidate and property, missing predictions left out, in the order of the candidates."""
    parts = []
    for key, column in predictions.by_property.items():
        rows = np.flatnonzero(column.is_present)
        parts.append(
            pd.DataFrame(
                {
                    "candidate_id": np.array(predictions.candidate_ids, dtype=object)[rows],
                    "property": key,
                    "mean": column.mean[rows],
                    "std": column.std[rows],
                    "lower": column.lower[rows],
                    "upper": column.upper[rows],
                    "unit": get_property(key).stored_unit,
                    "in_domain": column.in_domain[rows],
                    "model": column.model,
                    "note": column.note[rows],
                    "_row": rows,
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True).sort_values("_row", kind="stable")
    return table[list(COLUMNS)].reset_index(drop=True)


def _without_prediction(
    candidates: Sequence[Candidate], predictions: Predictions, keys: Sequence[str]
) -> list[Rejected]:
    """One line for every candidate and property without a prediction."""
    lines = []
    for key in keys:
        column = predictions.by_property.get(key)
        for i, candidate in enumerate(candidates):
            if column is None or not column.is_present[i]:
                why = (
                    str(column.note[i])
                    if column is not None and column.note[i]
                    else f"no shipped model predicts it for a {_kind(candidate)}"
                )
                lines.append(Rejected(candidate.candidate_id, f"{key}: {why}"))
    return lines


def _kind(candidate: Candidate) -> str:
    if candidate.polymer is not None:
        return "polymer"
    if candidate.charged is not None:
        return "pair of electrode structures"
    return "crystal structure" if candidate.crystal is not None else "bare composition"
