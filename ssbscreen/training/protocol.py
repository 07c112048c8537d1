"""How a model is scored: which rows train, validate, calibrate and test, and how out-of-sample predictions are made."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.curation.leakage import check_split
from ssbscreen.curation.splits import grouped_split
from ssbscreen.training.baseline import baseline_predictions
from ssbscreen.training.calibration import apply_calibration, fit_calibration
from ssbscreen.training.card import Calibration, Score, SplitScore
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput
from ssbscreen.training.rows import EncodedRows, Split, classes_of, group_labels
from ssbscreen.training.scoring import HeldOut, score_rows, split_score
from ssbscreen.training.train_one import Setting, train_one

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What a training leads to: the weights that are shipped, and everything that their card says of them.

    Attributes:
        ensemble: shipped weights.
        calibration, domains, scores: property -> its own.
        correlation: of the errors of properties.  # (n_properties, n_properties)
        n_rows: of train, validation, calibration and test part.
    """

    ensemble: Ensemble
    calibration: dict[str, Calibration]
    domains: dict[str, Domain]
    scores: dict[str, Score]
    correlation: np.ndarray
    n_rows: dict[str, int]


@dataclass(frozen=True)
class OutOfSample:
    """Predictions of rows by models that never saw their group, stored units, NaN where a row was not held out.

    Attributes:
        output: raw, uncalibrated; the embedding is left empty.  # (n, n_targets)
        median: of the rows that the models knew.  # (n, n_targets)
        baseline: None when the config has none.  # (n, n_targets)
        fold: in which a row was held out, -1 for none.  # (n,)
    """

    output: EnsembleOutput
    median: np.ndarray
    baseline: np.ndarray | None
    fold: np.ndarray


@dataclass(frozen=True)
class RawColumn:
    """Raw predictions of one property beside its measurements, stored units.

    Attributes:
        mean, std_aleatoric, std_epistemic: # (n,)
        value, bound: NaN where missing, codes of `core.dataset`.  # (n,)
        classes: chemistry class of each row; None where all are calibrated alike.  # (n,)
        floor: least total std that may be stated.
        has_sides: whether intervals reach as far on each side as held-out errors do.
    """

    mean: np.ndarray
    std_aleatoric: np.ndarray
    std_epistemic: np.ndarray
    value: np.ndarray
    bound: np.ndarray
    classes: np.ndarray | None
    floor: float
    has_sides: bool = False

    @classmethod
    def of(cls, config: ModelConfig, table: EncodedRows, output: EnsembleOutput, t: int, rows: np.ndarray) -> RawColumn:
        """The property at position t of an output for some rows of a table."""
        classes = classes_of(config, table.groups)
        return cls(
            output.mean[:, t],
            output.std_aleatoric[:, t],
            output.std_epistemic[:, t],
            table.values[rows, t],
            table.bound[rows, t],
            None if classes is None else classes[rows],
            config.noise_floor.get(config.properties[t], 0.0),
            config.is_calibrated_by_side,
        )

    def take(self, rows: np.ndarray) -> RawColumn:
        """Some of the rows."""
        return RawColumn(
            self.mean[rows],
            self.std_aleatoric[rows],
            self.std_epistemic[rows],
            self.value[rows],
            self.bound[rows],
            None if self.classes is None else self.classes[rows],
            self.floor,
            self.has_sides,
        )

    def calibration(self) -> Calibration:
        """Factors that make the stated errors of these rows honest."""
        return fit_calibration(
            self.mean, self.std_aleatoric, self.std_epistemic, self.value, self.bound, self.floor, self.classes
        )

    def stds(self, calibration: Calibration) -> tuple[np.ndarray, np.ndarray]:
        """Calibrated aleatoric and epistemic stds.  # each (n,)"""
        return apply_calibration(calibration, self.std_aleatoric, self.std_epistemic, self.classes)

    def score(
        self,
        key: str,
        std: np.ndarray,
        median: np.ndarray,
        baseline: np.ndarray | None,
        groups: Mapping[str, np.ndarray],
    ) -> Score:
        """Score under calibrated stds, beside median and baseline."""
        return score_rows(
            key, HeldOut(self.mean, std, self.value, self.bound, median, baseline, groups, self.has_sides)
        )


class Protocol(ABC):
    """One way to score a model; a group never stands in two parts of a split."""

    def __init__(
        self, split: SplitConfig, groups: Mapping[str, np.ndarray], is_trusted: np.ndarray | None = None
    ) -> None:
        """A protocol for rows with these groups; those that are not trusted are learned from and score nothing."""
        self.split, self.groups, self.is_trusted = split, groups, is_trusted

    @abstractmethod
    def describe(self) -> str:
        """What it does, in words for the card."""

    @abstractmethod
    def parts(self) -> tuple[Split, ...]:
        """Rows of every training whose test rows are scored.

        Raises:
            UsageError: a group that the dataset does not have.
        """

    @abstractmethod
    def evaluate(self, setting: Setting) -> Outcome:
        """Train, predict out of sample, calibrate, score, and train what is shipped."""

    def out_of_sample(self, setting: Setting, prefix: str = "") -> OutOfSample:
        """Predict the test rows of every part by a training of its own; `prefix` keeps the checkpoints apart."""
        rows, config = setting.rows, setting.config
        mean, aleatoric, epistemic, median, plain = (np.full(rows.values.shape, np.nan) for _ in range(5))
        fold = np.full(len(rows.items), -1, dtype=np.int64)
        parts = self.parts()
        for k, split in enumerate(parts):
            self.check(setting, split)
            ensemble = train_one(setting, split, f"{prefix}fold_{k}").ensemble
            output, test = setting.predict(ensemble, split.test), split.test
            mean[test], aleatoric[test], epistemic[test] = output.mean, output.std_aleatoric, output.std_epistemic
            median[test] = np.nanmedian(rows.values[split.known], axis=0)
            fold[test] = k
            if config.baseline is not None:
                plain[test] = baseline_predictions(config, rows, split.known, test)
            _log.info("%s: part %d of %d, %d rows held out", config.name, k + 1, len(parts), len(test))
        empty = np.zeros((len(fold), 0), dtype=np.float32)
        output = EnsembleOutput(mean, aleatoric, epistemic, empty)
        return OutOfSample(output, median, None if config.baseline is None else plain, fold)

    def split_scores(self, setting: Setting, name: str) -> tuple[SplitScore, ...]:
        """Errors of each property under this protocol, which stands beside the main one under a name."""
        config = setting.config.model_copy(update={"split": self.split, "baseline": None})
        setting = replace(setting, config=config)
        found, rows = self.out_of_sample(setting, f"{name}_"), setting.rows
        unknown = np.full(len(rows.items), np.nan)
        return tuple(
            split_score(
                key,
                name,
                HeldOut(
                    found.output.mean[:, t], unknown, rows.values[:, t], rows.bound[:, t], found.median[:, t], None, {}
                ),
            )
            for t, key in enumerate(config.properties)
        )

    def check(self, setting: Setting, split: Split) -> None:
        """Refuse a split whose test rows are learned from under another name."""
        learned = np.concatenate([split.known, split.calibration])
        check_split(setting.config.name, self.split.group, setting.rows.candidates, learned, split.test)


def inner_split(split: SplitConfig, labels: np.ndarray, rows: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation rows among the rows that may be learned from.

    Args:
        split: its share of validation and its seed.
        labels: group of every row.
        rows: that may be learned from.
        number: of the fold, added to the seed.
    """
    shares = (1.0 - split.validation, split.validation)
    train, validation = grouped_split(labels[rows], shares, split.seed + number)
    return rows[train], rows[validation]


def learning_split(split: SplitConfig, groups: Mapping[str, np.ndarray], rows: np.ndarray, number: int) -> Split:
    """All of some rows divided into training and validation part."""
    return Split.of(*inner_split(split, group_labels(split, groups), rows, number))
