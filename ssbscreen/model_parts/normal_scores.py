"""Descriptors as normal scores: where a value stands among those of the training rows, not how large it is.

Statistics of compositions and sites have long tails; in plain standard deviations a few odd rows set the scale of a
column, and the others lie close together.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import ndtri
from torch import Tensor

from ssbscreen.model_parts.base import SizedByData

_N_KNOTS = 33
_EDGE = 0.005  # share of the rows beyond which all rows count as equal
_FLAT = 1e-9
_SAME = 1e-5  # standard deviations of a column; nearer values differ by rounding alone and count as one


class NormalScores(SizedByData):
    """Piecewise linear map of each column.

    Buffers:
        knots: values, ascending, the last one repeated where a column has fewer.  # (dim, n_knots) float64
        scores: of the standard normal distribution.  # (dim, n_knots) float64
        scale: standard deviation of the column, by which values outside the training rows are extended; inf for a
            constant column.  # (dim,)
    """

    knots: Tensor
    scores: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, shape in (("knots", (0, _N_KNOTS)), ("scores", (0, _N_KNOTS)), ("scale", (0,))):
            self.register_buffer(name, torch.zeros(shape, dtype=torch.float64))

    def fit(self, raw: Tensor) -> None:
        """Learn the map from the training rows, NaN where missing.  # (n, dim)"""
        knots, scores = (np.zeros((raw.shape[1], _N_KNOTS)) for _ in range(2))
        scale = np.full(raw.shape[1], np.inf)
        for column, values in enumerate(raw.double().numpy().T):
            known = np.sort(values[np.isfinite(values)])
            own = np.unique(known)
            if not len(own):
                continue
            if np.ptp(own) > _FLAT:
                scale[column] = known.std()
            if len(own) > _N_KNOTS:
                own = np.unique(np.quantile(known, np.linspace(0.0, 1.0, _N_KNOTS), method="nearest"))
            share = (np.searchsorted(known, own) + np.searchsorted(known, own, side="right")) / (2.0 * len(known))
            own_scores = ndtri(np.clip(share, _EDGE, 1.0 - _EDGE))
            n = len(own)
            knots[column, :n], scores[column, :n] = own, own_scores
            knots[column, n:], scores[column, n:] = own[-1], own_scores[-1]
        self.knots, self.scores, self.scale = (torch.from_numpy(a) for a in (knots, scores, scale))

    def forward(self, raw: Tensor) -> Tensor:
        """Scores; beyond the training rows they are extended by standard deviations of the column.  # (n, dim)"""
        x = raw.T.contiguous()
        knots, scores = self._as_one()
        inside = torch.minimum(torch.maximum(x, knots[:, :1]), knots[:, -1:])
        right = torch.searchsorted(knots, torch.nan_to_num(inside)).clamp(1, _N_KNOTS - 1)
        low, high = knots.gather(1, right - 1), knots.gather(1, right)
        first, last = scores.gather(1, right - 1), scores.gather(1, right)
        share = torch.where(high > low, (inside - low) / (high - low), torch.ones_like(inside))
        found = first + (last - first) * share + (x - inside) / self.scale[:, None]
        return torch.where(torch.isfinite(x), found, torch.nan).T

    def _as_one(self) -> tuple[Tensor, Tensor]:
        """Knots and scores, those that rounding parts as one value with their mean score.  # (dim, n_knots) each

        A crystal whose bonds are all equal has a spread of 0, or of 1e-15 in another cell; many such rows would
        otherwise spread the ranks of one value over a share of the scale.
        """
        step = torch.diff(self.knots, dim=1)
        group = torch.nn.functional.pad(torch.cumsum(step > _SAME * self.scale[:, None], dim=1), (1, 0))
        counted = torch.nn.functional.pad((step > 0).to(self.scores), (1, 0), value=1.0)  # repeats fill the row
        total = torch.zeros_like(self.scores).scatter_add_(1, group, counted * self.scores)
        number = torch.zeros_like(self.scores).scatter_add_(1, group, counted)
        return _firsts(self.knots, group), (total / number.clamp(min=1.0)).gather(1, group)


def _firsts(knots: Tensor, group: Tensor) -> Tensor:
    """The lowest knot of the group of each.  # (dim, n_knots)"""
    lowest = torch.full_like(knots, torch.inf).scatter_reduce_(1, group, knots, "amin")
    return lowest.gather(1, group)
