"""Rows of a dataset as a training sees them: encoded, with their targets and the labels that a split may not part."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.core.candidate import OWN_MEASUREMENTS, Candidate
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.curation.fidelity import row_weights
from ssbscreen.curation.splits import linked_groups
from ssbscreen.featurize.base import Encoded, Representation
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.targets import atom_fractions

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Split:
    """Rows of each part, ascending; no group stands in two of them."""

    train: np.ndarray
    validation: np.ndarray
    calibration: np.ndarray
    test: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray, validation: np.ndarray, test: np.ndarray | None = None) -> Split:
        """A split without calibration rows."""
        return cls(train, validation, train[:0], train[:0] if test is None else test)

    @property
    def known(self) -> np.ndarray:
        """Rows that a training looks at.  # (n_train + n_validation,)"""
        return np.concatenate([self.train, self.validation])

    def sizes(self) -> dict[str, int]:
        """Rows of each part."""
        return {part: len(rows) for part, rows in vars(self).items()}


def group_labels(config: SplitConfig, groups: Mapping[str, np.ndarray]) -> np.ndarray:
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


def classes_of(config: ModelConfig, groups: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """Chemistry class of every row where the config calibrates by class, else None.

    Raises:
        UsageError: the dataset does not say the classes.
    """
    if not config.is_calibrated_by_class:
        return None
    if "class" not in groups:
        raise UsageError(f"The dataset has no group 'class' to calibrate by; it has {', '.join(sorted(groups))}.")
    return np.asarray(groups["class"]).astype(str)


@dataclass(frozen=True)
class EncodedRows:
    """Encoded rows of a dataset that hold a target.

    Attributes:
        candidates, items: # n
        sizes: of the items.  # (n,)
        values, bound: stored units and codes of `core.dataset`.  # (n, n_properties)
        fractions: as `atom_fractions` gives.  # (n, 104)
        groups: group name -> label of every row.  # each (n,)
        auxiliary: stored units; None where the config names no auxiliary targets.  # (n, n_auxiliary)
        weights: shares with which rows count in a training, below 1 for values of lower fidelity; None for all 1.
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
        """Rows that may score a model: those that are not of lower fidelity.  # (n,) bool"""
        return np.ones(len(self.items), dtype=bool) if self.weights is None else self.weights >= 1.0

    @property
    def is_imported(self) -> np.ndarray:
        """Rows that the user imported.  # (n,) bool"""
        return np.array([candidate.source == OWN_MEASUREMENTS for candidate in self.candidates], dtype=bool)

    @classmethod
    def of(cls, config: ModelConfig, dataset: Dataset) -> EncodedRows:
        """Rows with a target, encoded under the condition of the measurement.

        Raises:
            UsageError: the dataset lacks a property, or the architecture uses no auxiliary targets.
            ModelError: no row can be encoded.
        """
        columns = _columns(config, dataset)
        wanted = np.isfinite(dataset.values[:, columns]).any(axis=1)
        for group, labels in config.exclude.items():
            if group in dataset.groups:  # absent where the source that brings it could not be reached
                wanted &= ~np.isin(dataset.groups[group].astype(str), labels)
        used = np.flatnonzero(wanted)
        candidates = [at_temperature(dataset.candidates[i], dataset.temperature_c[i]) for i in used]
        kind = architecture(config.architecture)
        representation = kind.representation(make_options(kind, config.options))
        encoded = _encode(config, dataset.name, representation, candidates)
        rows = used[encoded.rows]
        kept = tuple(candidates[i] for i in encoded.rows)
        auxiliary = [dataset.column(key)[rows] for key in config.auxiliary_targets]
        return cls(
            kept,
            encoded.items,
            np.array([representation.size(item) for item in encoded.items]),
            dataset.values[rows][:, columns],
            dataset.bound[rows][:, columns],
            atom_fractions(kept),
            {name: column[rows] for name, column in dataset.groups.items()},
            np.stack(auxiliary, axis=1) if auxiliary else None,
            None
            if dataset.noise is None
            else row_weights(dataset.noise[rows][:, columns], config.properties, len(rows)),
        )


def _columns(config: ModelConfig, dataset: Dataset) -> list[int]:
    """Columns of the predicted properties, once all targets are known to be there and of use."""
    lacking = [p for p in (*config.properties, *config.auxiliary_targets) if p not in dataset.properties]
    if lacking:
        raise UsageError(f"Dataset '{dataset.name}' lacks {lacking}; it has {list(dataset.properties)}.")
    if config.auxiliary_targets and not architecture(config.architecture).uses_auxiliary_targets:
        raise UsageError(
            f"Architecture '{config.architecture}' uses no auxiliary targets; leave out auxiliary_targets: "
            f"{list(config.auxiliary_targets)}."
        )
    return [dataset.properties.index(p) for p in config.properties]


def _encode(config: ModelConfig, dataset: str, representation: Representation, candidates: list[Candidate]) -> Encoded:
    """Encoded candidates; those that cannot be encoded are logged with the reason."""
    encoded = representation.encode(candidates)
    n_rejected = len(encoded.rejected)
    for reason, number in Counter(encoded.rejected.values()).most_common(20):
        first = candidates[next(row for row, why in encoded.rejected.items() if why == reason)].candidate_id
        _log.warning(
            "%s: %d of %d rows not used, such as '%s': %s", config.name, number, len(candidates), first, reason
        )
    _log.info("%s: %d rows in, %d encoded, %d rejected", config.name, len(candidates), len(encoded.items), n_rejected)
    if len(encoded.items) == 0:
        raise ModelError(
            f"No row of dataset '{dataset}' can be encoded for '{config.architecture}'; "
            f"first reason: {next(iter(encoded.rejected.values()), 'no rows')}."
        )
    return encoded


def at_temperature(candidate: Candidate, temperature_c: float) -> Candidate:
    """The candidate under the temperature of a measurement; unchanged where that is not known."""
    if not np.isfinite(temperature_c) or temperature_c == candidate.temperature_c:
        return candidate
    return replace(candidate, temperature_c=float(temperature_c))
