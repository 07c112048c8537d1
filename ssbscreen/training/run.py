"""Train one model from a dataset: split, encode, train the ensemble, calibrate, score, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ssbscreen.core.dataset import Dataset
from ssbscreen.training.card import Credit, ModelCard
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.tracking import Tracker


def train_model(
    config: ModelConfig,
    dataset: Dataset,
    out: Path,
    *,
    credits: Sequence[Credit] = (),
    tracker: Tracker | None = None,
    device: str = "auto",
    checkpoints: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ModelCard:
    """Train a model and write card, config and weights into a folder.

    Args:
        config: of the model.
        dataset: rows with at least one of the config's properties; others are ignored.
        out: folder of the model, usually models/<name>.
        credits: of the sources, for the card.
        tracker: where parameters and metrics per epoch go; nowhere when None.
        device: "auto", "cpu" or "cuda".
        checkpoints: folder of resumable checkpoints; a finished or half-finished training of the same config
            and data goes on from there. No checkpoints when None.
        progress: called with a stage, steps done and steps in all.

    Raises:
        UsageError: the dataset lacks a property or the split's group.
        ModelError: no row could be encoded.
    """
    raise NotImplementedError
