"""Two predictions of one target as one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Other:
    """What another model says of a target.

    Attributes:
        mean: standardised, NaN where it says nothing.  # (n,)
        share: its weight where it says something.
    """

    mean: Tensor
    share: float

    def mixed(self, mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
        """First two moments of the mixture with a prediction of that mean and variance.  # (n,) each"""
        share = self.share * torch.isfinite(self.mean).to(mean.dtype)
        other = torch.where(share > 0, self.mean.to(mean.dtype), mean)
        return (1.0 - share) * mean + share * other, variance + share * (1.0 - share) * (mean - other).square()
