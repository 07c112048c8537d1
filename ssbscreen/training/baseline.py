"""The plain model that a network has to beat, on the same rows."""

from __future__ import annotations

import logging

import numpy as np

from ssbscreen.model_parts.base import Targets, architecture, make_options
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.targets import N_ELEMENTS, TargetTransform

_log = logging.getLogger(__name__)


def title(config: ModelConfig) -> str:
    """What the baseline is, for the card; empty when there is none."""
    if config.baseline is None:
        return ""
    options = ", ".join(f"{k} {v}" for k, v in config.baseline.options.items())
    return f"{config.baseline.architecture} ({options})" if options else config.baseline.architecture


def baseline_predictions(config: ModelConfig, table: EncodedRows, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Predictions for the test rows by the config's baseline, one fit a property.

    Args:
        config: of a model that has a baseline.
        table: all rows.
        train, test: row indices.

    Returns:
        NaN where the baseline cannot encode a candidate.  # (n_test, n_properties)
    """
    assert config.baseline is not None
    candidates, values, bound = table.candidates, table.values, table.bound
    kind = architecture(config.baseline.architecture)
    options = make_options(kind, config.baseline.options)
    representation = kind.representation(options)
    found = np.full((len(test), values.shape[1]), np.nan)
    rng = np.random.default_rng(config.seed)
    encoded_test = representation.encode([candidates[i] for i in test])
    for t in range(values.shape[1]):
        rows = train[np.isfinite(values[train, t])]
        if len(rows) > config.baseline.max_rows:
            rows = np.sort(rng.choice(rows, config.baseline.max_rows, replace=False))
        encoded = representation.encode([candidates[i] for i in rows])
        rows = rows[encoded.rows]
        y, b = values[rows, t : t + 1], bound[rows, t : t + 1]
        transform = TargetTransform.fit(y, b, np.zeros((len(rows), N_ELEMENTS)), np.zeros(1, dtype=bool))
        model = kind(options, 1)
        model.fit(encoded.items, Targets((y - transform.offset) / transform.scale, b), config.seed)
        output = Ensemble([model], transform).predict(
            encoded_test.items, [candidates[test[i]] for i in encoded_test.rows]
        )
        found[encoded_test.rows, t] = output.mean[:, 0]
        _log.info("%s: baseline for %s fitted on %d rows", config.name, config.properties[t], len(rows))
    return found
