"""Scores on one held-out part; where the config says so, what is shipped is then trained once more on all rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ssbscreen.core.dataset import EXACT
from ssbscreen.curation.splits import grouped_split, hashed_split
from ssbscreen.training.baseline import baseline_predictions
from ssbscreen.training.calibration import error_correlation
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.protocol import Outcome, Protocol, RawColumn
from ssbscreen.training.rows import Split, group_labels
from ssbscreen.training.train_one import Setting, train_one

_DOMAIN_ROWS = 4000  # training rows that scale and settle the domain; all of them would cost as much as an epoch
_REFIT = (
    " The shipped weights were then trained once more in the same way with test and calibration part added; "
    "scores, calibration and threshold of the domain are those of the weights that had not seen them."
)


class HoldOut(Protocol):
    """One test part is predicted by an ensemble that is calibrated on another part and learned from neither."""

    def describe(self) -> str:
        """One or two sentences."""
        split = self.split
        return (
            f"Split by {split.group}, seed {split.seed}: test {split.test:.0%}, calibration {split.calibration:.0%}, "
            f"validation {split.validation:.0%}, no {split.group} in two parts. Median and baseline on the same rows."
            f"{_REFIT if split.is_refit else ''}"
        )

    def parts(self) -> tuple[Split, ...]:
        """The one split; rows that are not trusted leave calibration and test part."""
        labels = group_labels(self.split, self.groups)
        held_out = (self.split.validation, self.split.calibration, self.split.test)
        divide = hashed_split if self.split.is_hashed else grouped_split
        train, validation, calibration, test = divide(labels, (1.0 - sum(held_out), *held_out), self.split.seed)
        return (Split(train, validation, self._trusted(calibration), self._trusted(test)),)

    def _trusted(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.is_trusted is None else rows[self.is_trusted[rows]]

    def evaluate(self, setting: Setting) -> Outcome:
        """Train, calibrate, fit the domain, score the test part once, and refit where asked."""
        config = setting.config
        (split,) = self.parts()
        self.check(setting, split)
        ensemble = train_one(setting, split).ensemble
        refit = self._refit(setting, split) if self.split.is_refit else None
        if not config.early_stopping:  # nothing was chosen on the validation part, so it can calibrate as well
            calibration = np.union1d(split.calibration, self._trusted(split.validation))
            split = replace(split, calibration=calibration, validation=split.validation[:0])
        return _outcome(setting, split, ensemble, refit)

    def _refit(self, setting: Setting, split: Split) -> Ensemble:
        """Ensemble that learned from all rows but those that stop it; it is scored by the one that did not."""
        rows = np.arange(len(setting.rows.items))
        if setting.config.early_stopping:
            rows = np.setdiff1d(rows, split.validation)
        return train_one(setting, Split.of(rows, split.validation), "refit").ensemble


def _outcome(setting: Setting, split: Split, ensemble: Ensemble, refit: Ensemble | None) -> Outcome:
    """Calibration, domains and scores of an ensemble, or of its refit as far as rows that it did not see allow."""
    config, rows = setting.config, setting.rows
    n = len(split.calibration)
    output = setting.predict(ensemble, np.concatenate([split.calibration, split.test]))
    held_out = np.concatenate([split.calibration, split.test])
    baseline = None if config.baseline is None else baseline_predictions(config, rows, split.train, split.test)
    groups = {name: labels[split.test] for name, labels in rows.groups.items()}
    is_calibration = np.arange(len(held_out)) < n
    calibration, domains, scores = {}, {}, {}
    for t, key in enumerate(config.properties):
        column = RawColumn.of(config, rows, output, t, held_out)
        calibration[key] = column.take(is_calibration).calibration()
        test = column.take(~is_calibration)
        scores[key] = test.score(
            key,
            np.hypot(*test.stds(calibration[key])),
            np.full(len(split.test), np.nanmedian(rows.values[split.train, t])),
            None if baseline is None else baseline[:, t],
            groups,
        )
        has = np.isfinite(rows.values[:, t])
        placed = output.embedding[:n][has[split.calibration]]
        domains[key] = _domain(setting, ensemble, split.train[has[split.train]], placed)
        if refit is not None:  # it knows the calibration rows, so how far new ones lie is measured by the first
            whole = _domain(setting, refit, np.flatnonzero(has), placed[:0])
            domains[key] = replace(whole, threshold=domains[key].threshold)
    exact = rows.bound[split.calibration] == EXACT
    errors = np.where(exact, output.mean[:n] - rows.values[split.calibration], np.nan)
    return Outcome(refit or ensemble, calibration, domains, scores, error_correlation(errors), split.sizes())


def _domain(setting: Setting, ensemble: Ensemble, known: np.ndarray, placed: np.ndarray) -> Domain:
    """Domain of the rows that a property was learned from, with the embeddings of held-out ones."""
    rows, seed = setting.rows, setting.config.seed
    is_imported = rows.is_imported
    sample = np.random.default_rng(seed).permutation(known)
    sample = sample[np.argsort(~is_imported[sample], kind="stable")][:_DOMAIN_ROWS]  # imported ones in any case
    return Domain.fit(setting.embed(ensemble, sample), placed, rows.fractions[known], seed, is_imported[sample])
