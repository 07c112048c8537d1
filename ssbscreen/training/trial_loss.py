"""By what a trial of a search is scored: one member, on rows of the split that it did not learn from."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np

from ssbscreen.core.dataset import Dataset
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.training.config import ModelConfig, SplitConfig
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.execution import Execution
from ssbscreen.training.metrics import censored_mae
from ssbscreen.training.rows import EncodedRows, Split, group_labels
from ssbscreen.training.run import protocol_of
from ssbscreen.training.scoring import clip_to_range
from ssbscreen.training.tracker import Tracker
from ssbscreen.training.train_one import Setting, Start, train_one

_log = logging.getLogger(__name__)
N_INNER = 4  # folds within the learned rows that score a trial of what is fitted in one go
MIN_VALIDATION = 0.15  # share of the rows that scores a trial; what stops a training early would not separate trials


class TrialLoss:
    """Scores the trials of one search; those with the same representation share their encoded rows."""

    def __init__(self, dataset: Dataset, start: Start, execution: Execution) -> None:
        self._dataset, self._start, self._execution = dataset, start, execution
        self._made: dict[str, EncodedRows] = {}

    def __call__(self, config: ModelConfig, tracker: Tracker, *, is_test: bool = False) -> float:
        """Mean error in standard deviations over the properties.

        Args:
            config: of the trial.
            tracker: of its run.
            is_test: score on the test rows of the split or of its first fold, which no trial ever saw. Else on the
                validation rows; what is fitted in one go by inner folds over all rows of training and validation,
                since one small part says little.
        """
        share = max(config.split.validation, MIN_VALIDATION)
        split = config.split.model_copy(update={"validation": share})
        config = config.model_copy(update={"split": split, "is_float16": False})
        kind = architecture(config.architecture)
        rows, quiet = self._rows(config), Execution(self._execution.device)
        errors = []
        for part in _parts(config, rows, is_test):
            encoders = self._start.encoders(rows.candidates, part.known, kind, quiet)  # whose epochs prune no trial
            setting = Setting(config, rows, replace(quiet, tracker=tracker), encoders)
            trained = train_one(setting, part, seeds=(config.seed,), is_validation_fitted=False)
            if not kind.is_fitted_directly and not kind.is_fitted_afterwards and not is_test:
                return trained.validation_losses[0]
            errors.append(_errors(setting, trained.ensemble, part.test))
        mean = np.asarray(np.nanmean(errors, axis=0))
        total = float(np.nanmean(mean))
        if kind.is_fitted_directly:
            tracker.metrics({"validation_loss": total})
        named = dict(zip(config.properties, np.round(mean, 4).tolist(), strict=True))
        _log.info("%s: errors in standard deviations %s", config.name, named)
        return total

    def _rows(self, config: ModelConfig) -> EncodedRows:
        """Rows under the config's representation."""
        kind = architecture(config.architecture)
        representation = kind.representation(make_options(kind, config.options))
        key = f"{type(representation).__name__} {sorted(vars(representation).items())}"
        if key not in self._made:
            self._made[key] = EncodedRows.of(config, self._dataset)
        return self._made[key]


def _parts(config: ModelConfig, rows: EncodedRows, is_test: bool) -> list[Split]:
    """Trainings of a trial; the test part of each is what it is scored on."""
    split = protocol_of(config.split, rows).parts()[0]
    if not architecture(config.architecture).is_fitted_directly:
        return [Split.of(split.train, split.validation, split.test if is_test else split.validation)]
    known = np.sort(split.known)
    if is_test:
        return [Split.of(known, known[:0], split.test)]
    inner = _inner_parts(config.split, rows, known)
    return [Split.of(np.setdiff1d(known, scored), known[:0], scored) for scored in inner]


def _inner_parts(split: SplitConfig, rows: EncodedRows, known: np.ndarray) -> list[np.ndarray]:
    """Rows that each inner fold leaves out; as in the split, rows of no fold are learned from in every one."""
    labels = group_labels(split, rows.groups)
    if split.fold_group:
        is_named = np.asarray(rows.groups[split.fold_group]).astype(str)[known] != ""
        known = known[np.isin(labels[known], labels[known][is_named])]
    return [known[scored] for _, scored in grouped_kfold(labels[known], N_INNER, split.seed)]


def _errors(setting: Setting, ensemble: Ensemble, scored: np.ndarray) -> list[float]:
    """Error of each property in standard deviations."""
    output, rows = setting.predict(ensemble, scored), setting.rows
    return [
        censored_mae(clip_to_range(key, output.mean[:, t]), rows.values[scored, t], rows.bound[scored, t])
        / ensemble.transform.scale[t]
        for t, key in enumerate(setting.config.properties)
    ]
