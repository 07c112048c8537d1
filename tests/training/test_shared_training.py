"""A training shared by two processes, tensors on the device of their process, and the configuration for GPUs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from contracts.claimed_device import claimed_cuda
from torch import nn
from training.test_trainer import Small, Width, make_config, make_part

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.model_parts.base import Targets, architecture, make_options
from ssbscreen.training.batches import Part, Parts
from ssbscreen.training.config import load_model_config
from ssbscreen.training.execution import Execution
from ssbscreen.training.loop import Loop
from ssbscreen.training.trainer import TrainedNetwork, train_network


class Plain(Small):
    """Without dropout, whose random numbers two processes cannot share."""

    def __init__(self, options: Width, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.body = nn.Sequential(nn.Linear(3, options.width), nn.SiLU())


def full_part(n: int) -> Part:
    """Rows that all have both targets."""
    x = np.random.default_rng(0).normal(size=(n, 3))
    y = np.stack([x[:, 0] * x[:, 1], x.sum(axis=1)], axis=1)
    return Part(list(x), Targets(y, np.zeros((n, 2), dtype=np.int8)), np.ones(n, dtype=int))


def trained(devices: int, batch_size: int) -> TrainedNetwork:
    torch.manual_seed(0)
    config = make_config(epochs=3, sampling={"batch_size": batch_size}, loss={"beta": 0.0}, gradient_clip=1e6)
    return train_network(config, Plain(Width(), 2), full_part(64), full_part(16), 0, Execution(devices=devices))


@pytest.mark.slow
def test_two_processes_of_half_a_batch_learn_what_one_learns_of_a_whole() -> None:
    """Each takes rows of its own, and the mean of both gradients moves the weights of both."""
    one, two = trained(1, 16), trained(2, 8)
    assert [len(found.history) for found in (one, two)] == [3, 3]
    for key, value in one.model.state_dict().items():
        torch.testing.assert_close(two.model.state_dict()[key], value, rtol=1e-4, atol=1e-5, msg=key)
    assert two.best_epoch == one.best_epoch
    assert two.history[-1]["validation_loss"] == pytest.approx(one.history[-1]["validation_loss"], rel=1e-4)


@pytest.mark.parametrize("is_resumed", [False, True])
def test_every_tensor_of_a_training_follows_the_device_of_its_process(is_resumed: bool) -> None:
    """As on the second of two GPUs, where operations that mix devices raise."""
    model, parts = Plain(Width(), 2), Parts(make_part(40, 1), make_part(20, 2))
    loop = Loop(make_config(), model, parts, 0, Execution(torch.device("cuda")))
    if is_resumed:
        state = {k: v.clone() for k, v in model.state_dict().items()}
        loop.resume(vars(loop.state) | {"average": state, "best": state, "n_steps": 3})
    batch = parts.train.collate(np.arange(40), Plain.representation(Width()))
    with claimed_cuda():
        loop.to("cuda:1")
        loop.on_fit_start()
        loss = loop.loss(loop.transfer_batch_to_device(batch, loop.device, 0))
        loop.on_train_batch_end(None, None, 0)
        found = [loss, *loop.validation_errors(), *loop.state.average.values(), *loop.state.best.values()]
        assert {str(tensor.device) for tensor in found} == {"cuda:1"}


def test_the_large_configuration_is_valid_and_takes_a_step() -> None:
    config = load_model_config("crystal_large")
    assert config.precision == "bf16-mixed"
    assert not config.is_trained_by_default
    config = config.model_copy(update={"precision": "32-true", "epochs": 1})
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    lengths = np.random.default_rng(0).uniform(4.0, 6.5, 24)
    primitive = 0.5 * (np.ones((3, 3)) - np.eye(3))
    candidates = [
        Candidate(f"{i}", crystal=Crystal.ordered(a * primitive, np.array([[0.0] * 3, [0.5] * 3]), np.array([11, 17])))
        for i, a in enumerate(lengths)
    ]
    values = np.repeat(((lengths - lengths.mean()) / lengths.std())[:, None], 2, axis=1)
    items = kind.representation(options).encode(candidates).items
    rows = Part(items, Targets(values, np.zeros(values.shape, dtype=np.int64)), np.ones(24))
    found = train_network(config, kind(options, 2), rows, rows, 0, Execution())
    assert np.isfinite(found.history[0]["validation_loss"])
    assert all(torch.isfinite(v).all() for v in found.model.state_dict().values())
