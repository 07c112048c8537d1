"""Predictions of properties for candidates by all shipped models that apply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions


def predict(
    candidates: Sequence[Candidate],
    properties: Sequence[str],
    *,
    models_dir: Path | None = None,
    device: str = "auto",
    batch_size: int = 2048,
    chunk_size: int = 2000,
    progress: Callable[[int, int], None] | None = None,
) -> Predictions:
    """Predict properties by the shipped models.

    For each property the models that predict it are asked in the order of their priority; a model is only asked
    for the candidates that it accepts and that no model before it could predict. A property no model predicts is
    a column of missing values. Results do not depend on batch and chunk size.

    Args:
        candidates: of any kind.
        properties: keys of the property table.
        models_dir: folder of models, the shipped ones when None.
        device: "auto", "cpu" or "cuda".
        batch_size: sum of item sizes (atoms) in a batch.
        chunk_size: candidates encoded at a time, which bounds the memory.
        progress: called with work done and work in all.

    Raises:
        UsageError: an unknown property.
        ModelError: a model's files do not fit together.
    """
    raise NotImplementedError
