"""Moving rows between nodes and edges, several times faster on a CPU than the library's own gradients."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

_HAS_SPARSE = bool(torch.backends.mkl.is_available())  # products with sparse matrices need it on a CPU


def take(x: Tensor, index: Tensor, order: Tensor, starts: Tensor) -> Tensor:
    """Rows of x by index; its gradient is summed segment by segment.

    Args:
        x: # (n, width)
        index: row of each edge.  # (m,)
        order: edges sorted by their row.  # (m,)
        starts: first place of each row in `order`, and m at the end.  # (n + 1,)
    """
    if x.is_cuda or not _HAS_SPARSE:
        return x.index_select(0, index)
    taken: Tensor = _Take.apply(x, index, order, starts)
    return taken


def total(x: Tensor, index: Tensor, order: Tensor, starts: Tensor) -> Tensor:
    """Sum of the rows of x that share an index.  # (m, width) -> (n, width)

    Args:
        x: a row an edge.
        index, order, starts: as in `take`.
    """
    if x.is_cuda or not _HAS_SPARSE:
        return x.new_zeros(len(starts) - 1, x.shape[1]).index_add(0, index, x)
    summed: Tensor = _Total.apply(x, index, order, starts)
    return summed


def _sum(x: Tensor, order: Tensor, starts: Tensor) -> Tensor:
    exact = x if x.dtype in {torch.float32, torch.float64} else x.float()  # there is no sparse product in 16 bits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that compressed sparse tensors are in beta
        matrix = torch.sparse_csr_tensor(
            starts, order, exact.new_ones(len(order)), (len(starts) - 1, len(order)), check_invariants=False
        )
    return (matrix @ exact.contiguous()).to(x.dtype)


class _Take(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, order: Tensor, starts: Tensor) -> Tensor:
        ctx.save_for_backward(order, starts)
        return x.index_select(0, index)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:  # type: ignore[override]
        order, starts = ctx.saved_tensors
        return _sum(gradient, order, starts), None, None, None


class _Total(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor, order: Tensor, starts: Tensor) -> Tensor:
        ctx.save_for_backward(index)
        return _sum(x, order, starts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:  # type: ignore[override]
        (index,) = ctx.saved_tensors
        return gradient.index_select(0, index), None, None, None
