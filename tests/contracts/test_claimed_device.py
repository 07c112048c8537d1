"""The claimed device behaves as a CUDA device does, where a model could notice."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from claimed_device import claimed_cuda
from torch import nn


def test_what_is_made_and_moved_says_where_it_lies() -> None:
    with claimed_cuda():
        here, there = torch.ones(3), torch.ones(3).to("cuda")
        assert (here.device.type, there.device) == ("cpu", torch.device("cuda:0"))
        made = torch.arange(3, device=there.device)
        for tensor in (there.double(), there[:2], there + 1, made * there, torch.zeros_like(there), here.to(there)):
            assert tensor.device == torch.device("cuda", 0)
        assert copy.deepcopy(there).is_cuda
        assert there.cpu().numpy().tolist() == [1.0, 1.0, 1.0]
        assert here.to("cuda").to("cpu").device.type == "cpu"
        assert nn.Linear(2, 2).cuda().weight.is_cuda


@pytest.mark.parametrize(
    "mixed",
    [
        lambda here, there: here + there,
        lambda here, there: here @ there,
        lambda here, there: torch.cdist(here, there, p=1.0),
        lambda here, there: torch.cat([here, there]),
        lambda here, there: here[there.long()],
        lambda here, there: torch.where(here > 0, there, here),
        lambda here, there: torch.stack([here.sum(), there.sum()]),
        lambda here, there: torch.equal(here, there),
        lambda here, there: nn.Linear(2, 2)(there),
        lambda here, there: here.index_add(0, torch.zeros(2, dtype=torch.long), there),
        lambda here, there: torch.linalg.solve_triangular(here, there, upper=False),
        lambda here, there: here.to("cuda:1") + there,
    ],
)
def test_devices_do_not_mix(mixed) -> None:
    with claimed_cuda(), pytest.raises(RuntimeError, match="same device"):
        mixed(torch.eye(2), torch.eye(2).to("cuda:0"))


def test_numpy_takes_nothing_from_a_device() -> None:
    with claimed_cuda():
        there = torch.ones(3, device="cuda")
        for leave in (torch.Tensor.numpy, np.asarray):
            with pytest.raises(TypeError, match="numpy"):
                leave(there)


def test_what_cuda_allows() -> None:
    with claimed_cuda():
        there = torch.ones(3, device="cuda")
        assert (there * torch.tensor(2.0)).sum().item() == 6.0  # numbers of the CPU
        assert there[torch.tensor([0, 2])].is_cuda  # indices of the CPU
        there.copy_(torch.zeros(3))
        assert there.tolist() == [0.0, 0.0, 0.0]


def test_gradients_and_steps_stay_on_the_device() -> None:
    with claimed_cuda():
        net = nn.Sequential(nn.Linear(2, 4), nn.SiLU(), nn.Linear(4, 1)).to("cuda:0")
        optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)
        rows = torch.randn(8, 2).to("cuda:0")
        first = None
        for _ in range(20):
            optimizer.zero_grad()
            loss = (net(rows).square() - 1.0).square().mean()
            loss.backward()
            optimizer.step()
            first = float(loss) if first is None else first
        assert net[0].weight.grad.is_cuda
        assert float(loss) < first
        with pytest.raises(RuntimeError, match="same device"):
            net(rows.cpu())
