"""Rows moved between nodes and edges, against the library's own operations."""

from __future__ import annotations

import pytest
import torch

from ssbscreen.model_parts.edges import EdgeLayer, take, total

N, M = 7, 40


@pytest.fixture
def ends() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    index = torch.randint(0, N - 1, (M,), generator=torch.Generator().manual_seed(0))  # the last row has no edge
    order = torch.argsort(index, stable=True)
    starts = torch.cat([torch.zeros(1, dtype=torch.long), torch.bincount(index, minlength=N).cumsum(0)])
    return index, order, starts


def test_take_is_index_select(ends: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    x = torch.randn(N, 3, dtype=torch.float64, requires_grad=True)
    assert torch.equal(take(x, *ends), x.index_select(0, ends[0]))
    assert torch.autograd.gradcheck(lambda y: take(y, *ends), (x,))


def test_total_is_index_add(ends: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:
    x = torch.randn(M, 3, dtype=torch.float64, requires_grad=True)
    assert torch.allclose(total(x, *ends), torch.zeros(N, 3, dtype=torch.float64).index_add(0, ends[0], x))
    assert torch.autograd.gradcheck(lambda y: total(y, *ends), (x,))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_type_of_the_numbers_is_kept(
    dtype: torch.dtype, ends: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
) -> None:
    assert total(torch.ones(M, 3, dtype=dtype), *ends).dtype == dtype
    assert take(torch.ones(N, 3, dtype=dtype), *ends).dtype == dtype


def test_a_round_is_its_formula_and_leaves_what_it_was_given(ends: tuple[torch.Tensor, ...]) -> None:
    torch.manual_seed(0)
    layer, width = EdgeLayer(5, 4).double(), 4
    site, edge, weight = (torch.rand(size, dtype=torch.float64) for size in ((N, 5), (M, 4), (M, 1)))
    given = site.clone(), edge.clone()
    found = layer(site, edge, weight, ends, ends)
    sent = layer.other(site)[ends[0]]
    change = layer.update(torch.nn.functional.silu(layer.centre(site)[ends[0]] + sent[:, :width] + layer.edge(edge)))
    message = torch.sigmoid(change[:, width:]) * sent[:, width:] * weight
    gathered = layer.norm(torch.zeros(N, width, dtype=torch.float64).index_add(0, ends[0], message))
    assert torch.allclose(found[0], site + layer.site(torch.cat([site, gathered], dim=1)))
    assert torch.allclose(found[1], edge + change[:, :width])
    assert torch.equal(site, given[0])
    assert torch.equal(edge, given[1])


def test_gradients_of_a_round(ends: tuple[torch.Tensor, ...]) -> None:
    torch.manual_seed(0)
    layer = EdgeLayer(5, 4).double()
    given = [torch.rand(size, dtype=torch.float64, requires_grad=True) for size in ((N, 5), (M, 4))]
    weight = torch.rand((M, 1), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda site, edge: layer(site, edge, weight, ends, ends), given)
