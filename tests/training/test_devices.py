"""A training shared by two processes, and the large configuration for GPUs."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.model_parts.base import Targets, architecture, make_options
from ssbscreen.training.config import load_model_config
from ssbscreen.training.trainer import Part, Trained, train_member


def part(representation: object, n: int = 24) -> Part:
    """Rock salts whose target is their lattice constant."""
    lengths = np.random.default_rng(0).uniform(4.0, 6.5, n)
    primitive = 0.5 * (np.ones((3, 3)) - np.eye(3))
    candidates = [
        Candidate(f"{i}", crystal=Crystal.ordered(a * primitive, np.array([[0.0] * 3, [0.5] * 3]), np.array([11, 17])))
        for i, a in enumerate(lengths)
    ]
    encoded = representation.encode(candidates)  # type: ignore[attr-defined]
    values = np.repeat(((lengths - lengths.mean()) / lengths.std())[:, None], 2, axis=1)
    return Part(encoded.items, Targets(values, np.zeros(values.shape, dtype=np.int64)), np.ones(n))


def trained(devices: int, **changes: object) -> Trained:
    config = load_model_config("crystal_large")
    options = dict(config.options)
    if changes.pop("small", True):
        options |= {"dim": 16, "edge_dim": 16, "n_layers": 2}
    config = config.model_copy(update={"options": options, "precision": "32-true", **changes})
    kind = architecture(config.architecture)
    made = make_options(kind, config.options)
    torch.manual_seed(0)
    rows = part(kind.representation(made))
    return train_member(
        config,
        kind(made, 2),
        kind.representation(made),
        rows,
        rows,
        seed=0,
        device=torch.device("cpu"),
        devices=devices,
    )


def test_the_large_configuration_is_valid_and_takes_a_step() -> None:
    config = load_model_config("crystal_large")
    assert config.precision == "bf16-mixed"
    assert not config.is_trained_by_default
    found = trained(1, small=False, epochs=1)
    assert np.isfinite(found.history[0]["validation_loss"])
    assert all(torch.isfinite(v).all() for v in found.model.state_dict().values())


@pytest.mark.slow
def test_two_processes_learn_what_one_does() -> None:
    sampling = load_model_config("crystal_large").sampling.model_copy(update={"batch_size": 4})
    changes = {"epochs": 12, "sampling": sampling, "learning_rate": 0.01, "ema_decay": 0.8, "n_members": 1}
    one, two = trained(1, **changes), trained(2, **changes)
    assert len(two.history) == 12
    for found in (one, two):
        assert found.history[-1]["validation_loss"] < 0.5 * found.history[0]["validation_loss"]
    assert dataclasses.is_dataclass(two)
