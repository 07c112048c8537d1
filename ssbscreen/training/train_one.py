"""One training: scale of the targets, then each member started, trained or fitted, and rounded.

Every ensemble comes from `train_one`: those that are shipped, those of a fold, the networks that learn energies first,
the shadows of a comparison and the trials of a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.model_parts.base import Architecture, Targets, architecture, make_options
from ssbscreen.training.batches import Part
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput
from ssbscreen.training.execution import Execution
from ssbscreen.training.pretrained import FROM_NOTHING, Encoders, round_to_float16
from ssbscreen.training.rows import EncodedRows, Split
from ssbscreen.training.targets import TargetTransform
from ssbscreen.training.tracker import Tracker, flat
from ssbscreen.training.trainer import train_network


class Start(Protocol):
    """What the networks of a training start from."""

    @property
    def fingerprint(self) -> str:
        """Part of a checkpoint's identity; empty for a start from nothing."""
        ...

    def encoders(
        self, candidates: Sequence[Candidate], learned: np.ndarray, model: type[Architecture], execution: Execution
    ) -> Encoders:
        """Weights for the members of a training.

        Args:
            candidates: all rows.
            learned: rows of training and validation part; all others count as held out.
            model: architecture that starts from them.
            execution: of the training.
        """
        ...


@dataclass(frozen=True)
class Setting:
    """What the trainings of one call have in common.

    Attributes:
        config: recipe.
        rows: of one dataset.
        execution: where they run.
        start: what their networks start from.
        title: in the names of runs, before the number of the member.
    """

    config: ModelConfig
    rows: EncodedRows
    execution: Execution = field(default_factory=Execution)
    start: Start = FROM_NOTHING
    title: str = ""

    def predict(self, ensemble: Ensemble, rows: np.ndarray) -> EnsembleOutput:
        """Raw output for some rows, on the device of the training."""
        items, device = [self.rows.items[int(i)] for i in rows], self.execution.device
        return ensemble.to(device).predict(items, [self.rows.candidates[int(i)] for i in rows], device=device)

    def embed(self, ensemble: Ensemble, rows: np.ndarray) -> np.ndarray:
        """Embeddings of some rows.  # (n_rows, dim)"""
        items, device = [self.rows.items[int(i)] for i in rows], self.execution.device
        return ensemble.to(device).embed(items, device=device)


@dataclass(frozen=True)
class Trained:
    """Outcome of a training.

    Attributes:
        ensemble: on the CPU.
        validation_losses: of the best epoch of each member; empty for what is fitted directly.
    """

    ensemble: Ensemble
    validation_losses: tuple[float, ...]


def train_one(
    setting: Setting,
    split: Split,
    part: str = "",
    *,
    transform: TargetTransform | None = None,
    seeds: Sequence[int] = (),
    is_validation_fitted: bool = True,
) -> Trained:
    """Train the ensemble of one split.

    Args:
        setting: what it has in common with others.
        split: its training and validation rows.
        part: keeps the checkpoints of several trainings apart.
        transform: a given scale of the targets, fitted on the training rows when None.
        seeds: one a member; by default as many as the config has members.
        is_validation_fitted: what is fitted in one go stops nothing early, so it learns from the validation rows too.

    Raises:
        UsageError: the start does not fit the network.
    """
    config, rows = setting.config, setting.rows
    transform = transform or _transform(config, rows, split.train)
    learned = transform.learned(rows.values, rows.fractions)
    everything = Part(rows.items, Targets(learned, rows.bound, rows.auxiliary), rows.sizes, rows.weights)
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    encoders = setting.start.encoders(rows.candidates, split.known, kind, setting.execution)
    members: list[Architecture] = []
    losses: list[float] = []
    seeds = seeds or [config.seed * 1000 + m for m in range(config.n_members)]
    for m, seed in enumerate(seeds):
        torch.manual_seed(seed)
        model = kind(options, len(config.properties))
        encoders.start(model, m)
        model.prepare(transform.offset, transform.scale)
        with setting.execution.tracker.child(f"{setting.title or config.name} member {m}") as run:
            run.params(
                flat({"member": m, "seed": seed, "architecture": config.architecture, "options": config.options})
            )
            if not kind.is_fitted_directly:
                own = _execution(setting, part, m, len(seeds), run)
                losses.append(_descend(setting, model, everything, split, seed, own))
            if kind.is_fitted_directly or kind.is_fitted_afterwards:
                known = everything.take(np.sort(split.known if is_validation_fitted else split.train))
                model.fit(known.items, known.targets, seed)
        if config.is_float16:
            round_to_float16(model)
        members.append(model)
    return Trained(Ensemble(members, transform), tuple(losses))


def _transform(config: ModelConfig, rows: EncodedRows, train: np.ndarray) -> TargetTransform:
    """Scale of the training rows, relative to the elements where the config says so."""
    is_relative = np.array([p in config.linear_reference for p in config.properties])
    return TargetTransform.fit(rows.values[train], rows.bound[train], rows.fractions[train], is_relative)


def _execution(setting: Setting, part: str, member: int, n_members: int, run: Tracker) -> Execution:
    """The execution of one member: its own checkpoints and run, its epochs counted among those of all members."""
    given = setting.execution

    def report(stage: str, done: int, total: int) -> None:
        if given.progress is not None:
            given.progress(stage, member * total + done, n_members * total)

    own = None if given.checkpoints is None else given.checkpoints / part / f"member_{member}"
    return replace(given, checkpoints=own, tracker=run, progress=report)


def _descend(
    setting: Setting, model: Architecture, everything: Part, split: Split, seed: int, execution: Execution
) -> float:
    """Train a network by gradient descent, in place; the validation loss of its best epoch."""
    train, validation = everything.take(split.train), everything.take(split.validation)
    trained = train_network(setting.config, model, train, validation, seed, execution)
    execution.clock.add(trained.earlier_seconds)
    return trained.history[trained.best_epoch]["validation_loss"]
