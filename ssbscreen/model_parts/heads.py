"""Heads of networks that are trained by gradient descent."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ssbscreen.model_parts.base import HeadOutput

MIN_LOG_VARIANCE, MAX_LOG_VARIANCE = -9.0, 6.0  # in standardised units: std between 0.011 and 20


class GaussianHeads(nn.Module):
    """Mean and log variance of each target from an embedding; targets share nothing but the embedding."""

    def __init__(self, dim: int, n_targets: int, hidden: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(dim, hidden), nn.SiLU(), nn.Linear(hidden, 2)) for _ in range(n_targets)
        )

    def forward(self, embedding: Tensor) -> HeadOutput:
        """Predictions of every target.  # (batch, dim) -> (batch, n_targets) twice"""
        out = torch.stack([head(embedding) for head in self.heads], dim=1)  # (batch, n_targets, 2)
        return HeadOutput(out[..., 0], bounded_log_variance(out[..., 1]))


def bounded_log_variance(raw: Tensor) -> Tensor:
    """Log variance kept in a safe range by a smooth squash, so that its gradient never dies or explodes."""
    centre = (MAX_LOG_VARIANCE + MIN_LOG_VARIANCE) / 2
    half = (MAX_LOG_VARIANCE - MIN_LOG_VARIANCE) / 2
    return centre + half * torch.tanh((raw - centre) / half)
