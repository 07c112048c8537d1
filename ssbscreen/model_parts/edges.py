"""Parts of a graph network: species of its nodes, a round of messages, moving rows between nodes and edges.

The last is several times faster on a CPU than the library's own gradients.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from pymatgen.core import Element
from torch import Tensor, nn
from torch.nn import functional

_HAS_SPARSE = bool(torch.backends.mkl.is_available())  # products with sparse matrices need it on a CPU
N_SPECIES = 104  # vacancy, then atomic numbers 1 to 103
Ends = tuple[Tensor, Tensor, Tensor]  # row, order and starts, as in `take`


class EdgeLayer(nn.Module):
    """One round: edges look at both ends, sites gather gated messages of their neighbours."""

    def __init__(self, dim: int, edge_dim: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.centre = nn.Linear(dim, edge_dim)
        self.other = nn.Linear(dim, 2 * edge_dim, bias=False)
        self.edge = nn.Linear(edge_dim, edge_dim, bias=False)
        self.update = nn.Linear(edge_dim, 2 * edge_dim)
        self.norm = nn.LayerNorm(edge_dim)
        self.site = nn.Sequential(nn.Linear(dim + edge_dim, dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(
        self, site: Tensor, edge: Tensor, weight: Tensor, centre: Ends, neighbour: Ends
    ) -> tuple[Tensor, Tensor]:
        """Updated sites (n, dim) and edges (m, edge_dim).

        Args:
            site: # (n, dim)
            edge: # (m, edge_dim)
            weight: of each message, its share in the sum.  # (m, 1)
            centre, neighbour: sites at either end.
        """
        width = edge.shape[1]
        sent = self.other(site)
        hidden = take(self.centre(site), *centre)
        hidden = hidden.add_(take(sent[:, :width], *neighbour)).add_(self.edge(edge))
        hidden = functional.silu(hidden, inplace=True)
        change, gate = self.update.weight.split(width)
        change_bias, gate_bias = self.update.bias.split(width)
        message = functional.linear(hidden, gate, gate_bias).sigmoid_() * take(sent[:, width:], *neighbour)
        gathered = self.norm(total(message.mul_(weight), *centre))
        first, activation, last = self.site
        seen = activation(first(torch.cat([site, gathered], dim=-1)))
        site = site + last(functional.dropout(seen, self.dropout, self.training))
        return site, functional.linear(hidden, change, change_bias).add_(edge)


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


def species_features() -> Tensor:
    """Standardised tabulated properties of species 0 (vacancy, all zero) to 103.  # (104, 32)

    One-hot period (7) and group (18), block s to f (4), electronegativity, atomic radius, log mass. A value that
    the table lacks takes the mean of the elements.
    """
    one_hot = np.zeros((N_SPECIES, 29))
    numbers = np.full((N_SPECIES, 3), np.nan)
    for z in range(1, N_SPECIES):
        element = Element.from_Z(z)
        one_hot[z, element.row - 1] = 1.0
        one_hot[z, 7 + element.group - 1] = 1.0
        one_hot[z, 25 + "spdf".index(element.block)] = 1.0
        radius = element.atomic_radius
        numbers[z] = (
            _electronegativity(element),
            float(radius) if radius is not None else np.nan,
            np.log(float(element.atomic_mass)),
        )
    known = numbers[1:]
    numbers[1:] = np.nan_to_num((known - np.nanmean(known, axis=0)) / np.nanstd(known, axis=0))
    numbers[0] = 0.0
    return torch.tensor(np.hstack([one_hot, numbers]), dtype=torch.float32)


def _electronegativity(element: Element) -> float:
    value = element.data.get("X")
    return float(value) if isinstance(value, (int, float)) else float("nan")
