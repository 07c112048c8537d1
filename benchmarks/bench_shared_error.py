"""Part of a network's error that a class and a family have in common, from a short training of one member.

The shares are those of the standardised error, so a network that learned for less time says nearly the same as the
shipped one, whose own training on the held-out rows would take hours. `--write` puts them on the shipped card.

    python benchmarks/bench_shared_error.py elasticity --epochs 8 --write
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import torch
from arguments import parse, run

from ssbscreen.app.train import load_training_data
from ssbscreen.files.paths import models_dir
from ssbscreen.training.card import Score
from ssbscreen.training.config import ModelConfig, load_model_config
from ssbscreen.training.execution import Execution
from ssbscreen.training.model_files import read_card, write_card
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.run import protocol_of
from ssbscreen.training.train_one import Setting


def short(config: ModelConfig, epochs: int) -> ModelConfig:
    """The recipe with one member that starts from nothing, trained for some epochs and never trained again."""
    split = config.split.model_copy(update={"is_refit": False})
    return config.model_copy(
        update={
            "n_members": 1,
            "epochs": min(epochs, config.epochs),
            "patience": epochs,
            "pretrained": "",
            "n_pretrained": 0,
            "other_splits": {},
            "baseline": None,
            "split": split,
        }
    )


def held_out_scores(config: ModelConfig, checkpoints: Path | None) -> dict[str, Score]:
    """Scores of the held-out rows of a training."""
    rows = EncodedRows.of(config, load_training_data(config).dataset)
    execution = Execution(torch.device("cpu"), 1, checkpoints)
    return protocol_of(config.split, rows).evaluate(Setting(config, rows, execution)).scores


def main() -> None:
    """Train, print the shares, and put them on the card where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", default="elasticity", help="a model whose config has a held-out part")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--write", action="store_true", help="put the shares on the shipped card")
    given = parse(parser, epochs=1)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    scores = held_out_scores(short(load_model_config(given.name), given.epochs), None)
    shares = {key: score.shared for key, score in scores.items() if score.shared is not None}
    for key, shared in shares.items():
        print(key, json.dumps(shared.model_dump()), f"MAE {scores[key].mae:.4f}")
    if given.write:
        folder = models_dir() / given.name
        card = read_card(folder)
        updated = {k: s.model_copy(update={"shared": shares.get(k)}) for k, s in card.scores.items()}
        card = card.model_copy(update={"scores": updated})
        write_card(folder, card)


if __name__ == "__main__":
    run(main)
