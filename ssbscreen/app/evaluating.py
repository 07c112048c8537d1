"""Scores of shipped models, made again on their own held-out groups from the data at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import yaml

from ssbscreen.app.pipeline import load_training_data, score_table, shipped_cards
from ssbscreen.core.dataset import ABOVE, BELOW, Dataset
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.core.paths import configs_dir, models_dir
from ssbscreen.core.properties import get_property
from ssbscreen.prediction.predictor import LoadedModel, load_model
from ssbscreen.query.query import number
from ssbscreen.training.card import read_config
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.rows import at_temperature, split_rows


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model.

    Attributes:
        title: the model, and whether its scores were made again or are those of its card.
        table: one row a property.
    """

    title: str
    table: pd.DataFrame


def evaluate(names: Sequence[str], device: str = "auto") -> list[Evaluation]:
    """Score models again where the data at hand are those of the card; else show the card's scores and say so.

    Args:
        names: of shipped models; all when empty.
        device: "auto", "cpu" or "cuda".

    Raises:
        UsageError: there is no such model.
    """
    published = yaml.safe_load((configs_dir() / "published_scores.yaml").read_text(encoding="utf-8"))
    found = []
    for card in shipped_cards(names):
        config = read_config(models_dir() / card.name)
        table, why = score_table(card), _why_not(config)
        if not why:
            try:
                data = load_training_data(config)
            except DataUnavailable as error:
                why = str(error)
            else:
                if data.dataset.fingerprint == card.dataset_fingerprint:
                    model = load_model(models_dir() / card.name, device)
                    table["MAE, made again"] = _errors(model, config, data.dataset)
                else:
                    why = "the data at hand differ from those of the card"
        table["published elsewhere"] = [published.get(key, "") if card.kind != "polymer" else ""
                                        for key in table["property"]]
        said = f"{card.title}: {card.protocol}"
        found.append(Evaluation(f"{said} Scores of the card; {why}." if why else said, table))
    return found


def _why_not(config: ModelConfig) -> str:
    """Why the shipped weights cannot be scored again; empty when they can."""
    if getattr(config.split, "folds", 0):
        return "the shipped weights are refit on all rows, train again to repeat the cross-validation"
    return ""


def _errors(model: LoadedModel, config: ModelConfig, dataset: Dataset) -> list[str]:
    """Error of each property on the test part; a bound counts 0 on its own side, else the distance."""
    columns = [dataset.properties.index(key) for key in config.properties]
    used = np.flatnonzero(np.isfinite(dataset.values[:, columns]).any(axis=1))
    candidates = [at_temperature(dataset.candidates[i], dataset.temperature_c[i]) for i in used]
    encoded = model.ensemble.representation.encode(candidates)
    rows = used[encoded.rows]
    test = split_rows(config.split, {name: labels[rows] for name, labels in dataset.groups.items()}).test
    found = model.predict([candidates[int(encoded.rows[i])] for i in test], config.properties)
    errors = []
    for key, column in zip(config.properties, columns, strict=True):
        value, bound = dataset.values[rows[test], column], dataset.bound[rows[test], column]
        miss = found[key].mean - value
        miss = np.where(bound == BELOW, np.maximum(miss, 0.0), np.where(bound == ABOVE, np.minimum(miss, 0.0), miss))
        errors.append(f"{number(float(np.nanmean(np.abs(miss))))} {get_property(key).stored_unit}")
    return errors
