"""Train one model from a dataset: encode, train under its protocol, score, write."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.model_parts.base import architecture
from ssbscreen.training.card import Credit, ModelCard, Score
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.cross_validation import CrossValidation
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.execution import Execution
from ssbscreen.training.hold_out import HoldOut
from ssbscreen.training.pretrained import FROM_NOTHING, Encoders
from ssbscreen.training.protocol import Protocol, learning_split
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.shipping import ship
from ssbscreen.training.tracker import LoggedData, card_note, config_params, score_metrics
from ssbscreen.training.train_one import Setting, Start, train_one

_log = logging.getLogger(__name__)


def train_model(
    config: ModelConfig,
    dataset: Dataset,
    out: Path,
    *,
    credits: Sequence[Credit] = (),
    start: Start = FROM_NOTHING,
    execution: Execution | None = None,
) -> ModelCard:
    """Train a model and write card, config and weights into a folder.

    Args:
        config: of the model.
        dataset: rows with at least one of the config's properties; others are ignored.
        out: folder of the model, usually models/<name>.
        credits: of the sources, for the card.
        start: what its networks start from, where the config names a pretrained model or energies.
        execution: where it runs, on the CPU when None; inside its checkpoints each config and dataset has a folder, so
            that a finished or interrupted training resumes there.

    Raises:
        UsageError: the dataset lacks a property or the split's group, or the start is missing or does not fit.
        ModelError: no row could be encoded.
    """
    _check_start(config, start)
    execution = execution or Execution()
    tracker = execution.tracker
    rows = EncodedRows.of(config, dataset)
    setting = Setting(config, rows, _with_own_checkpoints(execution, config, dataset, start), start)
    protocol = protocol_of(config.split, rows)
    tracker.params(config_params(config))
    tracker.dataset(LoggedData.of(dataset, tuple(credits)))
    outcome = protocol.evaluate(setting)
    _log.info("%s: %d rows, %s", config.name, len(rows.items), outcome.n_rows)
    tracker.params({f"rows.{part}": n for part, n in outcome.n_rows.items()})
    scores = _with_other_splits(setting, outcome.scores)
    card = ship(config, replace(outcome, scores=scores), dataset, credits, protocol.describe(), execution, out)
    tracker.metrics(score_metrics(card))
    tracker.note(card_note(card))
    tracker.artifact(out)
    for key, score in card.scores.items():
        errors = (score.mae, score.mae_median, score.mae_baseline, score.interval_coverage)
        _log.info("%s %s: MAE %.4g, median %.4g, baseline %s, coverage %s", config.name, key, *errors)
    return card


def train_rows(
    config: ModelConfig,
    table: EncodedRows,
    rows: np.ndarray,
    *,
    start: Start = FROM_NOTHING,
    warm: Ensemble | None = None,
    execution: Execution | None = None,
) -> Ensemble:
    """Ensemble trained on some rows of a table, without scoring it; validation groups are taken from these rows.

    Args:
        config: recipe.
        table: encoded rows of one dataset.
        rows: that may be learned from, ascending.
        start: what its networks start from, where the config names a pretrained model or energies.
        warm: an ensemble of the same recipe that networks resume from instead, with a third of the epochs; models
            that are fitted directly start anew.
        execution: where it runs, on the CPU when None.
    """
    _check_start(config, start)
    execution = execution or Execution()
    split, transform = learning_split(config.split, table.groups, rows, 0), None
    if warm is not None and not architecture(config.architecture).is_fitted_directly:
        config = config.model_copy(
            update={"epochs": max(1, -(-config.epochs // 3)), "learning_rate": config.learning_rate / 3}
        )
        start, transform = Encoders(tuple(dict(member.state_dict()) for member in warm.members)), warm.transform
    trained = train_one(Setting(config, table, execution, start), split, transform=transform)
    return trained.ensemble.to(execution.device)


def protocol_of(split: SplitConfig, rows: EncodedRows) -> Protocol:
    """The protocol that a config's split asks for."""
    kind = CrossValidation if split.folds else HoldOut
    return kind(split, rows.groups, rows.is_trusted)


def _with_other_splits(setting: Setting, scores: Mapping[str, Score]) -> dict[str, Score]:
    """Scores of each property with those under the config's other splits beside them."""
    config = setting.config
    found = [
        protocol_of(split, setting.rows).split_scores(setting, name) for name, split in config.other_splits.items()
    ]
    return {
        key: scores[key].model_copy(update={"other_splits": tuple(own[t] for own in found)})
        for t, key in enumerate(config.properties)
    }


def _check_start(config: ModelConfig, start: Start) -> None:
    if (config.energies or config.pretrained) and not start.fingerprint:
        named = config.energies or config.pretrained
        raise UsageError(f"Model '{config.name}' starts from '{named}', and none was given; train that one first.")


def _with_own_checkpoints(execution: Execution, config: ModelConfig, dataset: Dataset, start: Start) -> Execution:
    """Checkpoints in a folder of this config, dataset and start."""
    if execution.checkpoints is None:
        return execution
    identity = f"{config.model_dump_json()} {dataset.fingerprint}{start.fingerprint}".encode()
    return replace(execution, checkpoints=execution.checkpoints / hashlib.sha256(identity).hexdigest()[:16])
