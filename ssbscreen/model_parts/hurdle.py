"""A quantity that is 0 for many compounds: the chance that it is not, its size where not, and mixtures of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

_HURDLE_WEIGHT = 0.2
_N_QUANTILES = 15  # that stand for the distribution of a network
N_SHORT = 25  # that stand for a whole mixture
_MIN_LOG_WIDTH, _MAX_LOG_WIDTH = -4.0, 2.0


def hurdle(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Chance of a gap, median and width of the Laplace distribution of it, eV.  # (..., 3) -> (...) three times"""
    width = raw[..., 2].clamp(_MIN_LOG_WIDTH, _MAX_LOG_WIDTH).exp()
    return torch.sigmoid(raw[..., 0]), functional.softplus(raw[..., 1] + 1.0), width


def hurdle_loss(raw: Tensor, gap: Tensor, least: float) -> Tensor:
    """Cross entropy of the hurdle, likelihood (Laplace) and absolute error of the gaps over it.

    Args:
        raw: where there is a fourth column, its absolute error from all gaps is what counts most.  # (..., n, 3 or 4)
        gap: eV.  # (..., n)
        least: up to here a gap counts as none.
    """
    has_gap = (gap > least).to(raw.dtype)
    _, size, width = hurdle(raw)
    loss = functional.binary_cross_entropy_with_logits(raw[..., 0], has_gap)
    error = (size - gap).abs()
    terms = has_gap * (error / width + width.log() + 0.5 * error)
    loss = loss + terms.sum() / has_gap.sum().clamp(min=1.0)
    return loss if raw.shape[-1] == 3 else (raw[..., 3] - gap).abs().mean() + _HURDLE_WEIGHT * loss


class HurdleBag(nn.Module):
    """Small networks side by side, each with weights of its own."""

    def __init__(self, n_inputs: int, n: int, width: int, dropout: float) -> None:
        super().__init__()
        widths = (n_inputs, width, width // 2, 3)
        self.weights = nn.ParameterList(torch.randn(n, a, b) / a**0.5 for a, b in pairwise(widths))
        self.biases = nn.ParameterList(torch.zeros(n, 1, b) for b in widths[1:])
        self.dropout = dropout

    def forward(self, inputs: Tensor) -> Tensor:
        """Raw hurdles.  # (n, n_inputs) or (n_networks, n, n_inputs) -> (n_networks, n, 3)"""
        state = functional.dropout(inputs, self.dropout / 3, self.training)
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if i:
                state = functional.dropout(functional.silu(state), self.dropout / i, self.training)
            state = state @ weight + bias
        return state


@dataclass(frozen=True)
class Mixture:
    """Mixture of hurdles.

    Attributes:
        chance: of a gap.  # (n,)
        values: possible sizes of it in rising order, eV.  # (n, n_values)
        shares: of each of them, 1 in all.  # (n, n_values)
    """

    chance: Tensor
    values: Tensor
    shares: Tensor

    @classmethod
    def of(cls, chance: Tensor, values: Tensor, shares: Tensor) -> Mixture:
        """From sizes in any order and shares of any sum."""
        order = values.argsort(dim=1)
        shares = shares.gather(1, order)
        return cls(chance, values.gather(1, order), shares / shares.sum(dim=1, keepdim=True).clamp(min=1e-9))

    def size(self, level: Tensor) -> Tensor:
        """Quantiles of the size where there is a gap.  # (n, m) -> (n, m)"""
        place = torch.searchsorted(self.shares.cumsum(dim=1), level.contiguous()).clamp(max=self.values.shape[1] - 1)
        return self.values.gather(1, place)

    def median(self) -> Tensor:
        """Median of all, 0 where no gap is likelier.  # (n,)"""
        level = ((self.chance - 0.5) / self.chance.clamp(min=1e-9)).clamp(0.0, 1.0)
        return torch.where(self.chance <= 0.5, torch.zeros_like(self.chance), self.size(level[:, None])[:, 0])

    def square_error(self, point: Tensor) -> Tensor:
        """Mean square distance from a point.  # (n,) -> (n,)"""
        off = (self.shares * (self.values - point[:, None]).square()).sum(dim=1)
        return (1.0 - self.chance) * point.square() + self.chance * off

    def short(self) -> Tensor:
        """Chance and quantiles of the size, from which `pooled` makes a mixture again.  # (n, 1 + N_SHORT)"""
        level = (torch.arange(N_SHORT, dtype=self.values.dtype, device=self.values.device) + 0.5) / N_SHORT
        return torch.cat([self.chance[:, None], self.size(level.expand(len(self.chance), -1))], dim=1)


def pooled(parts: Sequence[Tensor]) -> Mixture:
    """Mixture of mixtures in their short form, each with the same weight."""
    chances = torch.stack([part[:, 0] for part in parts])
    sizes = torch.cat([part[:, 1:] for part in parts], dim=1)
    return Mixture.of(chances.mean(dim=0), sizes, chances.T.repeat_interleave(N_SHORT, dim=1))


def mixture(raw: Tensor, chances: Tensor | None = None, sizes: Tensor | None = None, weight: float = 0.0) -> Mixture:
    """Mixture of the hurdles that networks and trees state.

    Args:
        raw: of networks, whose sizes have a Laplace distribution.  # (n_networks, n, 3)
        chances, sizes: of trees, each of which names one.  # (n, n_chance_trees), (n, n_size_trees)
        weight: of the trees.
    """
    chance, size, width = hurdle(raw)
    level = (torch.arange(_N_QUANTILES, dtype=raw.dtype, device=raw.device) + 0.5) / _N_QUANTILES
    step = -torch.sign(level - 0.5) * torch.log1p(-2.0 * (level - 0.5).abs())  # quantiles of Laplace
    values = (size[..., None] + width[..., None] * step).clamp(min=0.0).permute(1, 0, 2).flatten(1)
    shares = (chance / chance.sum(dim=0).clamp(min=1e-9))[..., None].expand(-1, -1, _N_QUANTILES)
    shares = shares.permute(1, 0, 2).flatten(1) / _N_QUANTILES
    whole = chance.mean(dim=0)
    if chances is not None and sizes is not None and sizes.shape[1]:
        whole = (1.0 - weight) * whole + weight * chances.mean(dim=1)
        values = torch.cat([values, sizes], dim=1)
        shares = torch.cat([(1.0 - weight) * shares, weight * torch.full_like(sizes, 1.0 / sizes.shape[1])], dim=1)
    return Mixture.of(whole, values, shares)
