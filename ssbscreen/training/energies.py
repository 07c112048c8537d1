"""Energies that a model of electrodes learns first, anew for every split, without those of frameworks held out.

The energies allowed are those of the framework systems that the split learns from, and of systems of which no lithium
phase is known, to which no known electrode can belong. Everything else might be a framework that somebody holds out.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.curation.framework import forbidden_energies, framework_chemsys
from ssbscreen.model_parts.base import Architecture, Targets, architecture, make_options
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import Progress
from ssbscreen.training.pretrained import Encoders
from ssbscreen.training.rows import Table, group_labels
from ssbscreen.training.run_notes import flat
from ssbscreen.training.targets import TargetTransform
from ssbscreen.training.tracker import NullTracker, Tracker
from ssbscreen.training.trainer import Part, train_member

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Energies:
    """Labelled crystals, and how a network learns their energies.

    Attributes:
        config: of the network; one property, learned relative to the elements.
        dataset: crystals with that property.
        lithium_systems: framework systems of which a lithium phase is known.
        device: where the network is trained.
        checkpoints: folder of resumable checkpoints, one inside for each set of allowed rows; trainings with the
            same rows share a network. None for no checkpoints.
        devices: GPUs, or processes on a CPU, that share a training.
        tracker: each training becomes a nested run.
        progress: called with a stage, epochs done and epochs in all.
        made: networks of this call, by their rows.
        earlier_seconds: of the epochs that earlier calls left in the checkpoints.
    """

    config: ModelConfig
    dataset: Dataset
    lithium_systems: frozenset[str]
    device: torch.device
    checkpoints: Path | None = None
    devices: int = 1
    tracker: Tracker = field(default_factory=NullTracker)
    progress: Progress | None = None
    made: dict[str, Encoders] = field(default_factory=dict)
    earlier_seconds: list[float] = field(default_factory=list)

    @cached_property
    def table(self) -> Table:
        """Encoded rows."""
        return Table.of(self.config, self.dataset)

    @property
    def fingerprint(self) -> str:
        """Of recipe, crystals and lithium systems: part of a checkpoint's identity."""
        told = f"{self.config.identity()} {self.dataset.fingerprint} {sorted(self.lithium_systems)}"
        return hashlib.sha256(told.encode()).hexdigest()

    def allowed(self, learned: Collection[Candidate], others: Collection[Candidate]) -> np.ndarray:
        """Rows that may be learned beside the electrodes of a split, ascending.  # (n_allowed,)

        Args:
            learned: electrodes of training and validation part.
            others: electrodes that are held out.
        """
        held_out = (self.lithium_systems | _systems(others)) - _systems(learned)
        return np.flatnonzero(~forbidden_energies([c.composition for c in self.table.candidates], held_out))

    def encoders(self, candidates: Sequence[Candidate], learned: np.ndarray, model: type[Architecture]) -> Encoders:
        """Network that learned the energies allowed beside the electrodes of a split, as weights to start from.

        Args:
            candidates: all electrodes.
            learned: rows of training and validation part; all other electrodes count as held out.
            model: architecture that starts from it.

        Raises:
            UsageError: no energy is allowed, or the architecture cannot start from energies.
        """
        if not hasattr(model, "encoder_state"):
            raise UsageError(
                f"Architecture '{model.__module__.rpartition('.')[2]}' cannot start from energies; leave "
                "them out of the config."
            )
        is_learned = np.isin(np.arange(len(candidates)), learned)
        rows = self.allowed(
            [c for c, is_own in zip(candidates, is_learned, strict=True) if is_own],
            [c for c, is_own in zip(candidates, is_learned, strict=True) if not is_own],
        )
        if len(rows) == 0:
            raise UsageError(
                f"'{self.config.name}' has no energy that may be learned beside {len(learned)} "
                "electrodes; give more crystals."
            )
        key = hashlib.sha256(self.fingerprint.encode() + rows.astype(np.int64).tobytes()).hexdigest()[:16]
        if key not in self.made:
            _log.info(
                "%s: %d of %d energies may be learned beside %d electrodes",
                self.config.name,
                len(rows),
                len(self.table.items),
                len(learned),
            )
            self.made[key] = self._train(rows, key, model)
        return self.made[key]

    def _train(self, rows: np.ndarray, key: str, model: type[Architecture]) -> Encoders:
        config, table = self.config, self.table
        labels = group_labels(config.split, table.groups)[rows]
        chosen = np.random.default_rng(config.seed).permutation(np.unique(labels))
        n_watched = max(1, round(config.split.validation * len(chosen)))
        is_watched = np.isin(labels, chosen[:n_watched])
        train, watched = rows[~is_watched], rows[is_watched]
        transform = TargetTransform.fit(
            table.values[train],
            table.bound[train],
            table.fractions[train],
            np.array([p in config.linear_reference for p in config.properties]),
        )
        everything = Part(
            table.items, Targets(transform.learned(table.values, table.fractions), table.bound), table.sizes
        )
        kind = architecture(config.architecture)
        options = make_options(kind, config.options)
        torch.manual_seed(config.seed)
        network = kind(options, len(config.properties))
        with self.tracker.child(f"{config.name} {key}") as run:
            run.params(flat({"seed": config.seed, "rows": len(rows), "options": config.options}))
            trained = train_member(
                config,
                network,
                kind.representation(options),
                everything.take(train),
                everything.take(watched),
                seed=config.seed,
                device=self.device,
                devices=self.devices,
                checkpoints=self.checkpoints / key if self.checkpoints is not None else None,
                tracker=run,
                on_epoch=self._report,
            )
        _log.info("%s: %d epochs, %.0f s", config.name, len(trained.history), trained.seconds + trained.earlier_seconds)
        state = model.encoder_state(  # type: ignore[attr-defined]
            dict(trained.model.state_dict()),
            float(transform.offset[0]),
            float(transform.scale[0]),
            float(transform.reference[0, ATOMIC_NUMBER["Li"]]),
        )
        self.earlier_seconds.append(trained.earlier_seconds)
        return Encoders((state,), key)

    def _report(self, epoch: int) -> None:
        if self.progress is not None:
            self.progress("energies", epoch + 1, self.config.epochs)


def lithium_systems(candidates: Iterable[Candidate]) -> frozenset[str]:
    """Framework systems of the candidates that hold lithium."""
    return _systems(c for c in candidates if c.composition is not None and "Li" in c.composition)


def _systems(candidates: Iterable[Candidate]) -> frozenset[str]:
    return frozenset(framework_chemsys(c.composition) for c in candidates if c.composition is not None)
