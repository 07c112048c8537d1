"""Scores of shipped models, made again on their own held-out groups from the data at hand, with a reliability plot."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssbscreen.app.model_tables import score_table, shipped_cards
from ssbscreen.app.train import load_training_data
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.writing import write_bytes, write_text
from ssbscreen.files.yaml import read_yaml
from ssbscreen.prediction.loaded_model import LoadedModel, load_model
from ssbscreen.query.columns import title_of
from ssbscreen.query.figures import png
from ssbscreen.training.calibration import apply_calibration, chemistry_classes
from ssbscreen.training.card import ModelCard, Score
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.model_files import read_config
from ssbscreen.training.registry import active_model
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.scoring import HeldOut, score_rows

SCORES_FILE, PLOT_FILE = "scores.json", "reliability.png"


@dataclass(frozen=True)
class Evaluation:
    """Scores of one model.

    Attributes:
        title: the model, and whether its scores were made again or are those of its card.
        table: errors, one row a property.
        coverage: of the 90 % interval in each chemistry class and family, one row each.
        folder: where the scores and the reliability plot were written.
    """

    title: str
    table: pd.DataFrame
    coverage: pd.DataFrame
    folder: Path


def evaluate(
    names: Sequence[str],
    device: str = "auto",
    out: Path = Path("runs/evaluate"),
    progress: Callable[[str, int, int], None] | None = None,
) -> list[Evaluation]:
    """Score models again where the data at hand are those of the card; else show the card's scores and say so.

    Args:
        names: of shipped models; all when empty.
        device: "auto", "cpu" or "cuda".
        out: folder in which each model gets one with its scores and its reliability plot.
        progress: called with stage, done and total.

    Raises:
        UsageError: there is no such model.
    """
    published = read_yaml(configs_dir() / "published_scores.yaml", dict[str, str])
    found, cards = [], shipped_cards(names)
    for done, card in enumerate(cards):
        if progress is not None:
            progress("evaluate", done, len(cards))
        folder, _ = active_model(card.name)
        config = read_config(folder)
        table, why, scores = score_table(card), _why_not(config), card.scores
        if not why:
            try:
                data = load_training_data(config)
            except DataUnavailable as error:
                why = str(error)
            else:
                if data.dataset.fingerprint == card.dataset_fingerprint:
                    model = load_model(folder, device)
                    scores = _scores(model, config, data.dataset, card)
                    table["MAE, made again"] = [
                        f"{number(scores[key].mae)} {get_property(key).stored_unit}" for key in card.properties
                    ]
                else:
                    why = "the data at hand differ from those of the card"
        _add_details(table, scores)
        table["published elsewhere"] = [
            published.get(key, "") if card.kind != "polymer" else "" for key in table["property"]
        ]
        said = f"{card.title}: {card.protocol}"
        said = f"{said} Scores of the card; {why}." if why else said
        folder = out / card.name
        write_scores(folder, card, scores)
        found.append(Evaluation(said, table, coverage_table(scores), folder))
    if progress is not None:
        progress("evaluate", len(cards), len(cards))
    return found


def coverage_table(scores: dict[str, Score]) -> pd.DataFrame:
    """Coverage of the 90 % interval in each class and family; rows under 30 decide nothing."""
    return pd.DataFrame(
        [
            {
                "property": key,
                "group": f"{row.group} {row.label}",
                "n": row.n,
                "compositions": row.n_clusters,
                "90 % interval covers": f"{row.coverage:.0%}",
                "95 % interval of that": f"{row.low:.0%} to {row.high:.0%}",
                "holds 90 %": "too few rows" if row.is_right is None else "yes" if row.is_right else "NO",
            }
            for key, score in scores.items()
            for row in score.group_coverage
        ]
    )


def write_scores(folder: Path, card: ModelCard, scores: dict[str, Score]) -> None:
    """Scores as JSON and the reliability plot, each atomically."""
    content = {
        "model": card.title,
        "protocol": card.protocol,
        "dataset_fingerprint": card.dataset_fingerprint,
        "scores": {key: score.model_dump(mode="json") for key, score in scores.items()},
    }
    write_text(json.dumps(content, indent=1), folder / SCORES_FILE)
    if any(score.reliability for score in scores.values()):
        write_bytes(png(reliability(scores)), folder / PLOT_FILE)


def reliability(scores: dict[str, Score]) -> Figure:
    """Observed against nominal coverage, and error against stated std, one line a property."""
    figure = Figure(figsize=(9.5, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    low, high = np.inf, 0.0
    for key, score in scores.items():
        left.plot(
            [p.nominal for p in score.reliability],
            [p.observed for p in score.reliability],
            "o-",
            ms=4,
            label=title_of(key),
        )
        stds = np.array([b.std for b in score.by_std])
        if not len(stds):
            continue
        rmse = np.array([b.rmse for b in score.by_std])
        unit = get_property(key).stored_unit
        right.plot(stds, rmse, "o-", ms=4, label=f"{title_of(key)}, {unit} (Spearman {score.spearman_error_std:.2f})")
        positive = np.concatenate([stds, rmse])
        positive = positive[positive > 0]
        low, high = min(low, positive.min()), max(high, positive.max())
    left.plot([0, 1], [0, 1], color="#555555", lw=0.8, ls="--")
    left.set(xlabel="nominal coverage of the interval", ylabel="share of held-out rows", xlim=(0, 1), ylim=(0, 1))
    if high > 0:
        right.plot([low, high], [low, high], color="#555555", lw=0.8, ls="--")
        right.set(
            xlabel="stated standard deviation, fifths of the rows",
            ylabel="root mean square error in them",
            xscale="log",
            yscale="log",
        )
    for axes in (left, right):
        _tidy(axes)
    return figure


def _tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.2)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7.5, frameon=False)


def _add_details(table: pd.DataFrame, scores: dict[str, Score]) -> None:
    """Columns that only some models have are left out for the others."""
    own = [scores[key] for key in table["property"]]
    columns = {
        "exact rows": [number(s.mae_exact) for s in own],
        "bounds": [number(s.mae_bounds) for s in own],
        "Spearman of |error| and std": [number(s.spearman_error_std) for s in own],
        "other splits": ["; ".join(f"{o.split} {number(o.mae)} ({o.n} rows)" for o in s.other_splits) for s in own],
    }
    for name, texts in columns.items():
        if any(texts):
            table[name] = texts


def _why_not(config: ModelConfig) -> str:
    """Why the shipped weights cannot be scored again; empty when they can."""
    if config.split.folds or config.split.is_refit:
        return "the shipped weights are refit on all rows, train again to repeat the scores"
    return ""


def _scores(model: LoadedModel, config: ModelConfig, dataset: Dataset, card: ModelCard) -> dict[str, Score]:
    """Scores of the test part, made again; medians, baseline and other splits are those of the card."""
    from ssbscreen.training.hold_out import HoldOut  # loads Lightning

    rows = EncodedRows.of(config, dataset)
    (split,) = HoldOut(config.split, rows.groups, rows.is_trusted).parts()
    test = split.test
    output = model.ensemble.predict(
        [rows.items[i] for i in test], [rows.candidates[i] for i in test], device=model.device
    )
    scores = {}
    for t, key in enumerate(config.properties):
        parts = apply_calibration(
            card.calibration[key],
            output.std_aleatoric[:, t],
            output.std_epistemic[:, t],
            chemistry_classes([rows.candidates[i] for i in test]),
        )
        scores[key] = score_rows(
            key,
            HeldOut(
                output.mean[:, t],
                np.hypot(*parts),
                rows.values[test, t],
                rows.bound[test, t],
                np.full(len(test), np.nanmedian(rows.values[split.train, t])),
                None,
                {name: labels[test] for name, labels in rows.groups.items()},
                config.is_calibrated_by_side,
            ),
        ).model_copy(update={name: getattr(card.scores[key], name) for name in ("mae_baseline", "other_splits")})
    return scores
