"""Scores from grouped cross-validation; the shipped weights are trained in the same way on all rows."""

from __future__ import annotations

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.core.errors import UsageError
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.training.calibration import error_correlation
from ssbscreen.training.card import Calibration, Score
from ssbscreen.training.domain import Domain
from ssbscreen.training.protocol import Outcome, OutOfSample, Protocol, RawColumn, inner_split, learning_split
from ssbscreen.training.rows import Split, group_labels
from ssbscreen.training.train_one import Setting, train_one

_OUT_OF_FOLD = (
    "Scores and calibration are of the out-of-fold predictions, coverage of each fold under the calibration of the "
    "others. Median and baseline on the same folds. The shipped weights are trained in the same way on all rows."
)


class CrossValidation(Protocol):
    """Every row is predicted by models that never saw its group; calibration and scores come from these predictions."""

    def describe(self) -> str:
        """One or two sentences."""
        split = self.split
        if split.fold_group:
            chosen = "each label" if not split.test_labels else f"each of the labels {list(split.test_labels)}"
            how = (
                f"Cross-validation in which {chosen} of {split.fold_group} is the test part once, no {split.group} on "
                f"both sides, seed {split.seed}; rows without such a label are learned from in every fold."
            )
        else:
            how = (
                f"Cross-validation with {split.folds} folds by {split.group}, seed {split.seed}; no group on both "
                "sides of a fold."
            )
        return f"{how} {_OUT_OF_FOLD}"

    def parts(self) -> tuple[Split, ...]:
        """A split for each fold, its test part the rows of the fold."""
        labels = group_labels(self.split, self.groups)
        found = []
        for number, test in enumerate(self._tests(labels)):
            rest = np.flatnonzero(~np.isin(labels, labels[test]))
            found.append(Split.of(*inner_split(self.split, labels, rest, number), test))
        return tuple(found)

    def _tests(self, labels: np.ndarray) -> list[np.ndarray]:
        """Test rows of each fold."""
        split = self.split
        if not split.fold_group:
            return [test for _, test in grouped_kfold(labels, split.folds, split.seed)]
        if split.fold_group not in self.groups:
            raise UsageError(f"The dataset has no group '{split.fold_group}'; it has {', '.join(sorted(self.groups))}.")
        fold = np.asarray(self.groups[split.fold_group]).astype(str).astype(object)
        names = sorted(set(fold) - {""})
        # rows without a label go along with a labelled row of their group
        own = dict(zip(labels[fold != ""], fold[fold != ""], strict=True))
        fold = np.array([f or own.get(g, "") for f, g in zip(fold, labels, strict=True)], dtype=object)
        return [np.flatnonzero(fold == name) for name in names if not split.test_labels or name in split.test_labels]

    def evaluate(self, setting: Setting) -> Outcome:
        """Run all folds, then train on all rows."""
        config, rows = setting.config, setting.rows
        found = self.out_of_sample(setting)
        shipped = learning_split(self.split, self.groups, np.arange(len(rows.items)), self.split.folds)
        ensemble = train_one(setting, shipped).ensemble
        embedding = setting.predict(ensemble, np.arange(len(rows.items))).embedding
        calibration, domains, scores = {}, {}, {}
        is_imported = rows.is_imported
        for t, key in enumerate(config.properties):
            calibration[key], scores[key] = score_folds(setting, found, t)
            has = np.isfinite(rows.values[:, t])
            domains[key] = Domain.fit_folds(
                embedding[has], rows.fractions[has], found.fold[has], config.seed, is_imported[has]
            )
        errors = np.where(rows.bound == EXACT, found.output.mean - rows.values, np.nan)
        return Outcome(ensemble, calibration, domains, scores, error_correlation(errors), shipped.sizes())


def score_folds(setting: Setting, found: OutOfSample, t: int) -> tuple[Calibration, Score]:
    """Calibration of a property from all folds, and its score; stds of a fold by calibrating on the others only.

    Args:
        setting: of the training.
        found: predictions of all folds.
        t: position of the property.
    """
    rows = setting.rows
    column = RawColumn.of(setting.config, rows, found.output, t, np.arange(len(rows.values)))
    std = np.full(len(column.mean), np.nan)
    numbers = np.unique(found.fold[found.fold >= 0])
    for k in numbers:
        own = found.fold == k
        others = ~own if len(numbers) > 1 else own
        std[own] = np.hypot(*column.take(own).stds(column.take(others).calibration()))
    baseline = None if found.baseline is None else found.baseline[:, t]
    score = column.score(setting.config.properties[t], std, found.median[:, t], baseline, rows.groups)
    return column.calibration(), score
