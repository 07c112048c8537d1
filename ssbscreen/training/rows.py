"""Rows of a dataset as a training sees them: encoded, with their targets, and divided by group."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.curation.fidelity import row_weights
from ssbscreen.curation.splits import grouped_split, hashed_split, linked_groups
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.targets import atom_fractions

_log = logging.getLogger(__name__)
PARTS = ("train", "validation", "calibration", "test")


@dataclass(frozen=True)
class Split:
    """Rows of each part, ascending; no group stands in two of them."""

    train: np.ndarray
    validation: np.ndarray
    calibration: np.ndarray
    test: np.ndarray

    def sizes(self) -> dict[str, int]:
        """Rows of each part."""
        return {name: len(getattr(self, name)) for name in PARTS}


def split_rows(config: SplitConfig, groups: dict[str, np.ndarray]) -> Split:
    """Divide rows by group, or take an official test part and divide the rest.

    Raises:
        UsageError: a group that the dataset does not have, or a test part without rows.
    """
    if config.test_group and config.test_group not in groups:
        raise UsageError(f"The dataset has no group '{config.test_group}'; it has {', '.join(sorted(groups))}.")
    labels = group_labels(config, groups)
    if not config.test_group:
        shares = (config.validation, config.calibration, config.test)
        if config.is_hashed:
            return Split(*hashed_split(labels, (1.0 - sum(shares), *shares), config.seed))
        train, *others = grouped_split(labels, (1.0 - sum(shares), *shares), config.seed)
        return Split(train, others[0], others[1], others[2])
    is_test = np.isin(np.asarray(groups[config.test_group]).astype(str), config.test_labels)
    if not is_test.any():
        raise UsageError(f"No row has one of {config.test_labels} in group '{config.test_group}'.")
    rest = np.flatnonzero(~is_test & ~np.isin(labels, labels[is_test]))
    held_out = config.validation + config.calibration
    divide = hashed_split if config.is_hashed else grouped_split
    train, validation, calibration = divide(
        labels[rest], (1.0 - held_out, config.validation, config.calibration), config.seed
    )
    return Split(rest[train], rest[validation], rest[calibration], np.flatnonzero(is_test))


def group_labels(config: SplitConfig, groups: dict[str, np.ndarray]) -> np.ndarray:
    """Group of every row; a row without a label is its own group, and under "row" every row is.

    Raises:
        UsageError: a group that the dataset does not have.
    """
    names = config.group.split("+")
    if names == ["row"]:
        return np.char.add("row ", np.arange(len(next(iter(groups.values())))).astype(str))
    for name in names:
        if name not in groups:
            raise UsageError(f"The dataset has no group '{name}'; it has {', '.join(sorted(groups))}.")
    if len(names) > 1:
        return linked_groups(*(np.asarray(groups[name]) for name in names)).astype(str)
    labels = np.asarray(groups[names[0]]).astype(str)
    return np.where(labels == "", np.char.add("row ", np.arange(len(labels)).astype(str)), labels)


def classes_of(config: ModelConfig, groups: dict[str, np.ndarray]) -> np.ndarray | None:
    """Chemistry class of every row where the config calibrates by class, else None.

    Raises:
        UsageError: the dataset does not tell the classes.
    """
    if not config.is_calibrated_by_class:
        return None
    if "class" not in groups:
        raise UsageError(f"The dataset has no group 'class' to calibrate by; it has {', '.join(sorted(groups))}.")
    return np.asarray(groups["class"]).astype(str)


@dataclass(frozen=True)
class Table:
    """Encoded rows of the dataset that hold a target; `auxiliary` are the auxiliary targets, None for none.

    `weights` are the shares with which rows count in a training, below 1 for values of lower fidelity; None for all 1.
    """

    candidates: tuple[Candidate, ...]
    items: tuple[object, ...]
    sizes: np.ndarray
    values: np.ndarray
    bound: np.ndarray
    fractions: np.ndarray
    groups: dict[str, np.ndarray]
    auxiliary: np.ndarray | None = None
    weights: np.ndarray | None = None

    @property
    def is_trusted(self) -> np.ndarray:
        """Rows that may judge a model: those that are not of lower fidelity.  # (n,) bool"""
        return np.ones(len(self.items), dtype=bool) if self.weights is None else self.weights >= 1.0

    @classmethod
    def of(cls, config: ModelConfig, dataset: Dataset) -> Table:
        """Rows with a target, encoded under the condition of the measurement."""
        lacking = [p for p in (*config.properties, *config.auxiliary_targets) if p not in dataset.properties]
        if lacking:
            raise UsageError(f"Dataset '{dataset.name}' lacks {lacking}; it has {list(dataset.properties)}.")
        columns = [dataset.properties.index(p) for p in config.properties]
        wanted = np.isfinite(dataset.values[:, columns]).any(axis=1)
        for group, labels in config.exclude.items():
            if group in dataset.groups:  # absent where the source that brings it could not be reached
                wanted &= ~np.isin(dataset.groups[group].astype(str), labels)
        used = np.flatnonzero(wanted)
        candidates = [at_temperature(dataset.candidates[i], dataset.temperature_c[i]) for i in used]
        kind = architecture(config.architecture)
        if config.auxiliary_targets and not kind.uses_auxiliary_targets:
            raise UsageError(
                f"Architecture '{config.architecture}' uses no auxiliary targets; leave out auxiliary_targets: "
                f"{list(config.auxiliary_targets)}."
            )
        representation = kind.representation(make_options(kind, config.options))
        encoded = representation.encode(candidates)
        for row, reason in list(encoded.rejected.items())[:20]:
            _log.warning("%s: '%s' is set aside: %s", config.name, candidates[row].candidate_id, reason)
        _log.info(
            "%s: %d rows in, %d encoded, %d set aside",
            config.name,
            len(used),
            len(encoded.items),
            len(encoded.rejected),
        )
        if len(encoded.items) == 0:
            raise ModelError(
                f"No row of dataset '{dataset.name}' can be encoded for '{config.architecture}'; "
                f"first reason: {next(iter(encoded.rejected.values()), 'no rows')}."
            )
        rows = used[encoded.rows]
        kept = tuple(candidates[i] for i in encoded.rows)
        return cls(
            kept,
            encoded.items,
            np.array([representation.size(item) for item in encoded.items]),
            dataset.values[rows][:, columns],
            dataset.bound[rows][:, columns],
            atom_fractions(kept),
            {name: column[rows] for name, column in dataset.groups.items()},
            np.stack([dataset.column(key)[rows] for key in config.auxiliary_targets], axis=1)
            if config.auxiliary_targets
            else None,
            None
            if dataset.noise is None
            else row_weights(dataset.noise[rows][:, columns], config.properties, len(rows)),
        )


def at_temperature(candidate: Candidate, temperature_c: float) -> Candidate:
    """The candidate under the temperature of a measurement; unchanged where that is not known."""
    if not np.isfinite(temperature_c) or temperature_c == candidate.temperature_c:
        return candidate
    return replace(candidate, temperature_c=float(temperature_c))
