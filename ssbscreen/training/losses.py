"""Likelihood losses that know missing and censored targets."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ssbscreen.model_parts.base import HeadOutput

_HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


def negative_log_likelihood(output: HeadOutput, target: Tensor, bound: Tensor) -> Tensor:
    """Gaussian negative log likelihood per element, Tobit where the target is a bound, 0 where it is missing.

    An exact target y costs -log N(y; mean, std); "truth at or below y" costs -log Phi((y - mean) / std);
    "truth at or above y" costs -log Phi((mean - y) / std).

    Args:
        output: predictions.  # (batch, n_targets)
        target: NaN where missing.  # (batch, n_targets)
        bound: 0 exact, -1 truth at or below, 1 truth at or above.  # (batch, n_targets)

    Source: Tobin, Econometrica 26, 24 (1958).
    """
    present = torch.isfinite(target)
    safe = torch.where(present, target, output.mean.detach())
    z = (safe - output.mean) * torch.exp(-0.5 * output.log_variance)
    exact = 0.5 * z.square() + 0.5 * output.log_variance + _HALF_LOG_2PI
    # for an exact row z must not enter log_ndtr with a sign of 0, whose gradient would still be computed
    sign = torch.where(bound == 0, 1.0, -bound.to(z.dtype))
    censored = -torch.special.log_ndtr(sign * z)
    return torch.where(bound == 0, exact, censored) * present


def absolute_error(mean: Tensor, target: Tensor, bound: Tensor) -> Tensor:
    """Distance to the target, 0 on the right side of a bound, 0 where missing.  # (batch, n_targets)"""
    present = torch.isfinite(target)
    difference = torch.where(present, mean - torch.nan_to_num(target), torch.zeros_like(mean))
    one_sided = torch.where(bound < 0, difference.clamp(min=0), (-difference).clamp(min=0))
    return torch.where(bound == 0, difference.abs(), one_sided)


def masked_loss(
    output: HeadOutput,
    target: Tensor,
    bound: Tensor,
    *,
    beta: float = 0.0,
    absolute: float = 0.0,
    likelihood: float = 1.0,
    is_mean_apart: bool = False,
) -> Tensor:
    """Scalar loss: mean over the targets of the mean over their present rows.

    With beta > 0 each term is weighed by std^(2 beta), held constant, so that rows with a large stated
    noise still act on the mean.

    Args:
        output, target, bound: as in `negative_log_likelihood`.
        beta: 0 to 1.
        absolute: weight of the added absolute error.
        likelihood: weight of the likelihood.
        is_mean_apart: the likelihood sees the mean as given, so that it teaches the variance alone.

    Source: Seitzer et al., "On the pitfalls of heteroscedastic uncertainty estimation", ICLR 2022, eq. 5.
    """
    given = HeadOutput(output.mean.detach(), output.log_variance) if is_mean_apart else output
    terms = likelihood * negative_log_likelihood(given, target, bound)
    if beta > 0:
        terms = terms * torch.exp(beta * output.log_variance.detach())
    if absolute > 0:
        terms = terms + absolute * absolute_error(output.mean, target, bound)
    present = torch.isfinite(target)
    counts = present.sum(dim=0)
    per_target = terms.sum(dim=0) / counts.clamp(min=1)
    scale = (counts > 0).to(terms.dtype)
    return (per_target * scale).sum() / scale.sum().clamp(min=1e-12)
