"""Energies that a model of electrodes learns first, anew for every split, without those of frameworks held out.

The energies allowed are those of the framework systems that the split learns from, and of systems of which no lithium
phase is known, to which no known electrode can belong. Everything else might be a framework that somebody holds out.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.curation.framework import forbidden_energies, framework_chemsys
from ssbscreen.model_parts.base import Architecture
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.execution import Execution
from ssbscreen.training.pretrained import Encoders
from ssbscreen.training.rows import EncodedRows, Split, group_labels
from ssbscreen.training.train_one import Setting, train_one

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Energies:
    """Labelled crystals, and how a network learns their energies.

    Attributes:
        config: of the network; one property, learned relative to the elements.
        dataset: crystals with that property.
        lithium_systems: framework systems of which a lithium phase is known.
        checkpoints: folder of resumable checkpoints, one inside for each set of allowed rows; trainings with the
            same rows share a network. None for no checkpoints.
        made: networks of this call, by their rows.
    """

    config: ModelConfig
    dataset: Dataset
    lithium_systems: frozenset[str]
    checkpoints: Path | None = None
    made: dict[str, Encoders] = field(default_factory=dict)

    @cached_property
    def table(self) -> EncodedRows:
        """Encoded rows."""
        return EncodedRows.of(self.config, self.dataset)

    @property
    def fingerprint(self) -> str:
        """Of recipe, crystals and lithium systems: part of a checkpoint's identity."""
        identity = f"{self.config.model_dump_json()} {self.dataset.fingerprint} {sorted(self.lithium_systems)}"
        return hashlib.sha256(identity.encode()).hexdigest()

    def allowed(self, learned: Collection[Candidate], others: Collection[Candidate]) -> np.ndarray:
        """Rows that may be learned beside the electrodes of a split, ascending.  # (n_allowed,)

        Args:
            learned: electrodes of training and validation part.
            others: electrodes that are held out.
        """
        held_out = (self.lithium_systems | _systems(others)) - _systems(learned)
        return np.flatnonzero(~forbidden_energies([c.composition for c in self.table.candidates], held_out))

    def encoders(
        self, candidates: Sequence[Candidate], learned: np.ndarray, model: type[Architecture], execution: Execution
    ) -> Encoders:
        """Network that learned the energies allowed beside the electrodes of a split, as weights to start from.

        Args:
            candidates: all electrodes.
            learned: rows of training and validation part; all other electrodes count as held out.
            model: architecture that starts from it.
            execution: where the network is trained; each training becomes a nested run.

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
            self.made[key] = self._train(rows, key, model, execution)
        return self.made[key]

    def _train(self, rows: np.ndarray, key: str, model: type[Architecture], execution: Execution) -> Encoders:
        """The network that learned some rows, under a key."""
        config = self.config
        trained = train_one(self._setting(key, execution), self._split(rows), key, seeds=(config.seed,)).ensemble
        scale = trained.transform
        state = model.encoder_state(  # type: ignore[attr-defined]
            dict(trained.members[0].state_dict()),
            float(scale.offset[0]),
            float(scale.scale[0]),
            float(scale.reference[0, ATOMIC_NUMBER["Li"]]),
        )
        return Encoders((state,), key)

    def _split(self, rows: np.ndarray) -> Split:
        """Some groups of the rows are watched, the others learned."""
        config = self.config
        labels = group_labels(config.split, self.table.groups)[rows]
        chosen = np.random.default_rng(config.seed).permutation(np.unique(labels))
        n_watched = max(1, round(config.split.validation * len(chosen)))
        is_watched = np.isin(labels, chosen[:n_watched])
        return Split.of(rows[~is_watched], rows[is_watched])

    def _setting(self, key: str, execution: Execution) -> Setting:
        """With checkpoints of its own, and a stage of its own in the progress."""
        report = execution.progress
        progress = None if report is None else lambda stage, done, total: report("energies", done, total)
        own = replace(execution, checkpoints=self.checkpoints, progress=progress)
        return Setting(self.config, self.table, own, title=f"{self.config.name} {key}")


def lithium_systems(candidates: Iterable[Candidate]) -> frozenset[str]:
    """Framework systems of the candidates that hold lithium."""
    return _systems(c for c in candidates if c.composition is not None and "Li" in c.composition)


def _systems(candidates: Iterable[Candidate]) -> frozenset[str]:
    return frozenset(framework_chemsys(c.composition) for c in candidates if c.composition is not None)
