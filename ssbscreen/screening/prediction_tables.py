"""Predictions as tables: the form of a run folder, which leads back, and the one of `ssbscreen predict`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate, Rejected
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.prediction import NUMBERS, Predictions, PropertyPrediction
from ssbscreen.core.properties import get_property

COLUMNS = ("candidate_id", "property", "mean", "std", "lower", "upper", "unit", "in_domain", "model", "note")


def to_frame(predictions: Predictions) -> pd.DataFrame:
    """One row a candidate and property that has a prediction or a note why there is none."""
    parts = []
    for key, column in predictions.by_property.items():
        rows = np.flatnonzero(column.is_present | (column.note != ""))
        taken = column.take(rows)
        parts.append(
            pd.DataFrame(
                {"candidate_id": _ids(predictions, rows), "property": key}
                | {name: getattr(taken, name) for name in NUMBERS}
                | {"in_domain": taken.in_domain, "model": taken.model, "note": taken.note.astype(str)}
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
            model=str(own["model"].iloc[0]) if len(own) else "",
            note=own["note"].to_numpy(dtype=object),
            **{name: own[name].to_numpy() for name in NUMBERS if name in own},
        )
        columns[key] = column.expand(own["candidate_id"].map(position).to_numpy(dtype=np.int64), len(ids))
    return Predictions(tuple(ids), columns)


def readable_table(
    predictions: Predictions, evidence: Mapping[str, Evidence] | None = None, modelled: Predictions | None = None
) -> pd.DataFrame:
    """Columns `COLUMNS`, missing predictions left out, in the order of the candidates.

    Args:
        predictions: of the candidates.
        evidence: on what they rest; values that were looked up say so in the column `model`.
        modelled: what models and formulas gave before the look-up; a value they did not give names no model.
    """
    parts = []
    for key, column in predictions.by_property.items():
        rows = np.flatnonzero(column.is_present)
        taken = column.take(rows)
        values = {name: getattr(taken, name) for name in ("mean", "std", "lower", "upper", "in_domain")}
        models, values["note"] = taken.model_of_each()
        if evidence and key in evidence:
            before = None if modelled is None else modelled.by_property.get(key)
            is_modelled = np.full(len(rows), modelled is None) if before is None else before.is_present[rows]
            models = _with_lookups(models, evidence[key].take(rows), is_modelled)
        values["model"] = models
        ids = _ids(predictions, rows)
        unit = get_property(key).stored_unit
        parts.append(pd.DataFrame({"candidate_id": ids, "property": key, "unit": unit, "_row": rows} | values))
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True).sort_values("_row", kind="stable")
    return table[list(COLUMNS)].reset_index(drop=True)


def _with_lookups(models: Sequence[str], evidence: Evidence, is_modelled: np.ndarray) -> list[str]:
    """Name of the model of each row; a posterior names the look-up too, and alone where no model spoke.  # (n,) bool"""
    looked_up = (EvidenceKind.MEASURED, EvidenceKind.CALCULATED)
    return [
        (f"{model} + " if model and spoke else "") + f"looked up ({kind})" if kind in looked_up else model
        for model, kind, spoke in zip(models, evidence.kind, is_modelled, strict=True)
    ]


def without_prediction(candidates: Sequence[Candidate], predictions: Predictions) -> list[Rejected]:
    """One line for every candidate and property without a prediction, with the reason."""
    lines = []
    for key, column in predictions.by_property.items():
        for i in np.flatnonzero(~column.is_present).tolist():
            why = str(column.note[i]) or f"no shipped model predicts it for a {_kind(candidates[i])}"
            lines.append(Rejected(candidates[i].candidate_id, f"{key}: {why}"))
    return lines


def _ids(predictions: Predictions, rows: np.ndarray) -> np.ndarray:
    return np.array(predictions.candidate_ids, dtype=object)[rows]


def _kind(candidate: Candidate) -> str:
    if candidate.polymer is not None:
        return "polymer"
    if candidate.charged is not None:
        return "pair of electrode structures"
    return "crystal structure" if candidate.crystal is not None else "bare composition"
