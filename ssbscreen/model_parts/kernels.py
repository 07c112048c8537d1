"""Covariances of Gaussian processes: what every kernel offers, and what several are made of.

A kernel sees rows by named views (a matrix each). It first compares rows (distances, overlaps: whatever does not depend
on its hyperparameters), then turns the comparison into a covariance; a fit compares once and asks for many covariances.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ssbscreen.model_parts.base import SizedByData

Views = Mapping[str, Tensor]
_ROOT3 = math.sqrt(3.0)
_BLOCK = 128  # rows compared at a time where each pair is worked out once


class Kernel(SizedByData, ABC):
    """Covariance of a latent function; its hyperparameters are buffers, saved like weights."""

    @abstractmethod
    def compare(self, rows: Views, train: Views) -> Any:
        """What is needed of m rows and n training rows, whatever the hyperparameters are."""

    @abstractmethod
    def covariance(self, pairs: Any) -> Tensor:
        """From a comparison.  # (m, n)"""

    @abstractmethod
    def variance(self, rows: Views) -> Tensor:
        """Of each row before anything is known.  # (m,)"""

    def own(self, pairs: Any) -> Tensor:
        """Covariance of the training rows among themselves, from their comparison.  # (n, n)"""
        return self.covariance(pairs)


def differences(rows: Tensor, train: Tensor) -> Tensor:
    """Sums of absolute differences; of a table with itself each pair is worked out once.  # (m, k), (n, k) -> (m, n)"""
    if rows is not train:
        return torch.cdist(rows, train, p=1.0)
    found = rows.new_empty(len(rows), len(rows))
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        part = torch.cdist(rows[block], rows[start:], p=1.0)
        found[block, start:], found[start:, block] = part, part.T
    return found


def city_block(rows: Tensor, train: Tensor) -> Tensor:
    """Mean absolute difference a column.  # (m, k), (n, k) -> (m, n)"""
    return differences(rows, train) / rows.shape[1]


def root_mean_square(rows: Tensor, train: Tensor) -> Tensor:
    """Root mean square difference a column.  # (m, k), (n, k) -> (m, n)"""
    return torch.cdist(rows, train) / math.sqrt(rows.shape[1])


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Sum of minima over sum of maxima of two sets of shares (generalised Tanimoto).  # (m, k), (n, k) -> (m, n)"""
    used = torch.nonzero((a.sum(dim=0) > 0) & (b.sum(dim=0) > 0))[:, 0]
    one = a[:, used]
    distance = differences(one, one if a is b else b[:, used])
    rest = 1.0 - a[:, used].sum(dim=1)[:, None] + 1.0 - b[:, used].sum(dim=1)[None, :]
    distance = distance + rest  # sum of |a - b|; both sum to 1
    return (2.0 - distance) / (2.0 + distance)


def exponential(distance: Tensor, length: Tensor, amplitude: Tensor | float = 0.0) -> Tensor:
    """Matern 1/2 covariance; length and amplitude are logarithms, the latter that of the variance."""
    return torch.exp(amplitude - distance / torch.exp(length))


def matern(distance: Tensor, length: Tensor, amplitude: Tensor) -> Tensor:
    """Matern 3/2 covariance; length and amplitude are logarithms, the latter that of the variance."""
    r = _ROOT3 * distance * torch.exp(-length)
    return torch.exp(amplitude - r) * (1.0 + r)
