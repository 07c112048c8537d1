"""The loop on a tiny regression: learns, averages, stops, resumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ssbscreen.featurize.base import Encoded, stack
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.heads import GaussianHeads
from ssbscreen.training.batches import Part, epoch_rows
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.execution import Execution, Progress
from ssbscreen.training.loop import learning_rate
from ssbscreen.training.trainer import TrainedNetwork, train_network


class Vectors:
    """Candidates are not needed here: items are made by the tests."""

    name, kind = "vectors", "composition"

    def encode(self, candidates: Sequence[Any]) -> Encoded:
        raise NotImplementedError

    def size(self, item: np.ndarray) -> int:
        return 1

    def collate(self, items: Sequence[np.ndarray]) -> Tensor:
        return stack(items)


@dataclass(frozen=True)
class Width:
    width: int = 16


class Small(Architecture):
    """Two layers with dropout, so that resuming has random numbers to get wrong."""

    Options = Width

    def __init__(self, options: Width, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.body = nn.Sequential(nn.Linear(3, options.width), nn.SiLU(), nn.Dropout(0.1))
        self.heads = GaussianHeads(options.width, n_targets, 16)

    @classmethod
    def representation(cls, options: Width) -> Vectors:
        return Vectors()

    def embed(self, batch: Tensor) -> Tensor:
        embedding: Tensor = self.body(batch)
        return embedding

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        output: HeadOutput = self.heads(embedding)
        return output


def make_config(**changes: Any) -> ModelConfig:
    base: dict[str, Any] = {
        "name": "small",
        "properties": ("bulk_modulus", "shear_modulus"),
        "sources": ("none",),
        "architecture": "none",
        "epochs": 6,
        "learning_rate": 0.02,
        "sampling": {"batch_size": 32},
        "baseline": None,
        "ema_decay": 0.9,
    }
    return ModelConfig.model_validate(base | changes)


def make_part(n: int, seed: int) -> Part:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    y = np.stack([x[:, 0] * x[:, 1], x.sum(axis=1)], axis=1) + rng.normal(size=(n, 2)) * 0.05
    y[rng.random(y.shape) < 0.3] = np.nan
    return Part(list(x), Targets(y, np.zeros((n, 2), dtype=np.int8)), np.ones(n, dtype=int))


def run(
    config: ModelConfig, checkpoints: Path | None = None, seed: int = 0, progress: Progress | None = None
) -> TrainedNetwork:
    torch.manual_seed(seed)
    return train_network(
        config,
        Small(Width(), 2),
        make_part(300, 1),
        make_part(100, 2),
        seed,
        Execution(checkpoints=checkpoints, progress=progress),
    )


def test_learns_and_keeps_the_best_epoch() -> None:
    trained = run(make_config(epochs=25))
    losses = [h["validation_loss"] for h in trained.history]
    assert losses[-1] < 0.4 * losses[0]
    assert trained.best_epoch == int(np.argmin(losses))


def test_resumed_training_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    straight = run(make_config())

    class Interrupted(Exception):
        pass

    def stop(stage: str, done: int, total: int) -> None:
        if done == 4:
            raise Interrupted

    torch.manual_seed(0)
    with pytest.raises(Interrupted):
        run(make_config(), tmp_path, progress=stop)
    torch.manual_seed(77)  # a new process would start from other random numbers and weights
    resumed = train_network(
        make_config(), Small(Width(), 2), make_part(300, 1), make_part(100, 2), 0, Execution(checkpoints=tmp_path)
    )
    assert len(resumed.history) == 6
    assert resumed.earlier_seconds == pytest.approx(sum(h["seconds"] for h in resumed.history[:3]))
    for key, value in straight.model.state_dict().items():
        torch.testing.assert_close(resumed.model.state_dict()[key], value, rtol=0, atol=0, msg=key)


def test_finished_training_is_not_repeated(tmp_path: Path) -> None:
    first = run(make_config(epochs=2), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["last.ckpt"]
    again = run(make_config(epochs=2), tmp_path, seed=5)  # another seed would show if it were trained again
    assert again.history == first.history
    assert first.earlier_seconds == 0.0
    assert again.earlier_seconds == pytest.approx(sum(h["seconds"] for h in first.history))
    for key, value in first.model.state_dict().items():
        torch.testing.assert_close(again.model.state_dict()[key], value, rtol=0, atol=0, msg=key)


def test_other_seed_gives_another_member() -> None:
    config = make_config(epochs=2)
    first, second = run(config), run(config, seed=1)
    assert any(
        not torch.equal(a, b)
        for a, b in zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True)
    )


def test_stops_when_validation_stays_worse() -> None:
    trained = run(make_config(epochs=60, patience=2, learning_rate=1.0))
    assert len(trained.history) < 60
    assert len(trained.history) - 1 - trained.best_epoch == 2


def test_last_epoch_is_kept_where_asked() -> None:
    changes = {"epochs": 8, "patience": 1, "learning_rate": 1.0}  # a rate at which validation jumps up and down
    best, last = run(make_config(**changes)), run(make_config(early_stopping=False, **changes))
    assert best.best_epoch < 7
    assert (last.best_epoch, len(last.history)) == (7, 8)
    assert any(not torch.equal(v, best.model.state_dict()[k]) for k, v in last.model.state_dict().items())


def test_epoch_rows_follow_the_repeats() -> None:
    repeats = np.array([0.25] * 4000 + [2.0] * 100)
    rows = epoch_rows(repeats, 0, 0)
    counts = np.bincount(rows, minlength=4100)
    assert (counts[4000:] == 2).all()
    assert counts[:4000].sum() == pytest.approx(1000, abs=120)
    np.testing.assert_array_equal(rows, epoch_rows(repeats, 0, 0))
    assert not np.array_equal(rows[:50], epoch_rows(repeats, 0, 1)[:50])


def test_learning_rate_rises_then_falls() -> None:
    rates = [learning_rate(p, 1.0, 0.2) for p in np.linspace(0, 1, 101)]
    assert max(rates) == pytest.approx(1.0)
    assert int(np.argmax(rates)) == 20
    assert rates[-1] == pytest.approx(0.001)
    assert (np.diff(rates[:21]) > 0).all()
    assert (np.diff(rates[20:]) < 0).all()
