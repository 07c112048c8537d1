"""Covariances of Gaussian processes."""

from __future__ import annotations

import torch
from torch import Tensor


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Sum of minima over sum of maxima of two sets of shares (generalised Tanimoto).  # (m, k), (n, k) -> (m, n)"""
    used = torch.nonzero((a.sum(dim=0) > 0) & (b.sum(dim=0) > 0))[:, 0]
    distance = torch.cdist(a[:, used], b[:, used], p=1.0)
    rest = 1.0 - a[:, used].sum(dim=1)[:, None] + 1.0 - b[:, used].sum(dim=1)[None, :]
    distance = distance + rest  # sum of |a - b|; both sum to 1
    return (2.0 - distance) / (2.0 + distance)
