"""How far held-out errors reach on each side of a prediction, from the model's own cross-validation.

Prints the shares beyond a symmetric interval and beyond the sides of `training/tails.py`, by the stated std. `--write`
puts the sides, and the coverage that they have, on the shipped card.

    python benchmarks/bench_tails.py conductivity --write
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from arguments import parse, run

from ssbscreen.app.train import load_training_data
from ssbscreen.core.constants import Z90
from ssbscreen.core.dataset import EXACT
from ssbscreen.files.paths import models_dir
from ssbscreen.training.card import Score
from ssbscreen.training.config import ModelConfig, load_model_config
from ssbscreen.training.cross_validation import score_folds
from ssbscreen.training.execution import Execution
from ssbscreen.training.model_files import read_card, write_card
from ssbscreen.training.protocol import RawColumn
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.run import protocol_of
from ssbscreen.training.tails import half_widths
from ssbscreen.training.train_one import Setting

_BINS = 5
_COVERAGE = ("tails", "interval_coverage", "reliability", "group_coverage")


def held_out(config: ModelConfig) -> dict[str, Score]:
    """Scores of the folds, and a table for each property that is log-scaled."""
    rows = EncodedRows.of(config, load_training_data(config).dataset)
    setting = Setting(config, rows, Execution(torch.device("cpu"), 1, None))
    found = protocol_of(config.split, rows).out_of_sample(setting)
    scores = {}
    for t, key in enumerate(config.properties):
        calibration, scores[key] = score_folds(setting, found, t)
        column = RawColumn.of(config, rows, found.output, t, np.arange(len(rows.values)))
        std = np.hypot(*column.stds(calibration))
        exact = np.isfinite(column.value) & (column.bound == EXACT) & np.isfinite(std)
        report(key, (column.value - column.mean)[exact], std[exact], scores[key])
    return scores


def report(key: str, error: np.ndarray, std: np.ndarray, score: Score) -> None:
    """Shares beyond both sides, in bins of rising std."""
    if score.tails is None:
        print(f"{key}: linear, or too few rows")
        return
    print(f"{key}: {score.tails.model_dump()}, coverage {score.interval_coverage}")
    for rows in np.array_split(np.argsort(std, kind="stable"), _BINS):
        below, above = half_widths(std[rows], score.tails)
        shares = [
            (error[rows] < -Z90 * std[rows]).mean(),
            (error[rows] > Z90 * std[rows]).mean(),
            (error[rows] < -below).mean(),
            (error[rows] > above).mean(),
        ]
        words = "symmetric below {:.1%}, above {:.1%}; by sides below {:.1%}, above {:.1%}".format(*shares)
        print(f"  std {std[rows].mean():.2f}: {words}")


def main() -> None:
    """Predict out of fold, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="conductivity", help="a model whose config has folds")
    parser.add_argument("--members", type=int, default=0, help="of each fold; the config's by default")
    parser.add_argument("--write", action="store_true", help="put the sides on the shipped card")
    given = parse(parser, members=1)
    torch.set_num_threads(1)
    config = load_model_config(given.name).model_copy(
        update={"baseline": None, "other_splits": {}, "is_calibrated_by_side": True}
    )
    if given.members:
        config = config.model_copy(update={"n_members": given.members})
    scores = held_out(config)
    if given.write:
        folder = models_dir() / given.name
        card = read_card(folder)
        updated = {
            key: score.model_copy(update={name: getattr(scores[key], name) for name in _COVERAGE})
            for key, score in card.scores.items()
        }
        write_card(folder, card.model_copy(update={"scores": updated}))


if __name__ == "__main__":
    run(main)
