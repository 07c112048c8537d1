"""What several studies and a prior say of one material: its value, and what one more laboratory would find.

A study scatters about the material's value by a Student distribution whose scale is the material's own, drawn from a
log-normal distribution over materials: where the studies of a material differ more than usual, its interval widens;
where they agree, it narrows down to what this number of studies can tell. The material's value lies about what was
expected by a Student distribution with heavier tails than that of studies, so that studies win where both disagree.
Both are integrated on a grid, so a bound is the probability of lying on its side and not a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammaln, ndtr, stdtr, stdtrit

from ssbscreen.core.candidate import Bound
from ssbscreen.ranking.scatter import Scatter

_NODES = np.linspace(-3.0, 3.0, 13)  # standard normal nodes of the log scale
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()
_NEGLIGIBLE = 1e-5  # of the largest weight on the grid
_OUTLIER = 10.0  # scales: how far a value that is not that of the material may lie from what was expected
_P_DISPUTED = 0.25  # that a value which others could not repeat is right; an assumption of the project
_LEVELS = (0.05, 0.5, 0.95)
_N_POINTS, _GOLDEN = 4096, 0.6180339887498949


@dataclass(frozen=True)
class Study:
    """One independent study of a material.

    Attributes:
        value: stored unit; the limit where it is a bound.
        bound: whether the value is exact, or the truth lies below or above it.
        noise: standard deviation beyond the scatter between studies, such as of a conversion.
        factor: on the scale of the scatter, for values of lower quality.
        is_disputed: whether the value may not be that of the material at all.
    """

    value: float
    bound: Bound = Bound.EXACT
    noise: float = 0.0
    factor: float = 1.0
    is_disputed: bool = False


@dataclass(frozen=True)
class Normal:
    """What was expected before any study; `std` above 0. Its tails are those of `Scatter.prior_dof`."""

    mean: float
    std: float


@dataclass(frozen=True)
class Posterior:
    """What is known after all studies.

    Attributes:
        mean, std: of the material's own value.
        lower, median, upper: 5th, 50th and 95th percentile of what one more laboratory would find.
        prior_weight: share of the prior's doubt that is left, from 0 to 1.
    """

    mean: float
    std: float
    lower: float
    median: float
    upper: float
    prior_weight: float


def posterior(studies: Sequence[Study], prior: Normal, scatter: Scatter, factor: float = 1.0) -> Posterior:
    """Combine studies of one property of one material; without any, the prior with the scatter of one study.

    Args:
        studies: independent ones, copies removed.
        prior: of the material's value.
        scatter: between studies of one material.
        factor: on the scale of the study that is predicted.
    """
    value, scale, weight = _grid(studies, prior, scatter)
    mean = float((weight * value).sum())
    std = float(np.sqrt((weight * (value - mean) ** 2).sum()))
    quantiles = _quantiles(_LEVELS, value, factor * scale, weight, scatter.dof)
    lower, median, upper = (min(float(q), scatter.highest) for q in quantiles)
    return Posterior(mean, std, lower, median, upper, min(1.0, (std / prior.std) ** 2))


def log_evidence(studies: Sequence[Study], prior: Normal, scatter: Scatter) -> float:
    """Log probability density of the studies, material's value and scale integrated out."""
    _, _, logs = _logs(studies, prior, scatter)
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).sum()))


def _grid(studies: Sequence[Study], prior: Normal, scatter: Scatter) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, scales and weights of the nodes that count; the weights sum to 1.  # each (n_nodes,)"""
    value, scale, logs = _logs(studies, prior, scatter)
    weight = np.exp(logs - logs.max())
    kept = weight > _NEGLIGIBLE
    return np.broadcast_to(value, weight.shape)[kept], scale[kept], weight[kept] / weight[kept].sum()


def _logs(studies: Sequence[Study], prior: Normal, scatter: Scatter) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, scales and log weights of all nodes.  # (n_values, 1), (n_values, 13), (n_values, 13)"""
    value = _values(studies, prior, scatter)[:, None]
    step = np.gradient(value[:, 0])[:, None]
    scale = np.exp(scatter.log_scale(value) + scatter.spread * _NODES)
    logs = _log_prior(value, prior, scatter.prior_dof) + np.log(step) + np.log(_WEIGHTS)
    for study in studies:
        logs = logs + _log_likelihood(study, value, scale, prior, scatter)
    return value, scale, logs


def _log_prior(value: np.ndarray, prior: Normal, dof: float) -> np.ndarray:
    """Log density of a material's value before any study: Student's distribution of the prior's standard deviation."""
    if np.isinf(dof):
        return np.asarray(-0.5 * ((value - prior.mean) / prior.std) ** 2 - np.log(prior.std * np.sqrt(2.0 * np.pi)))
    scale = prior.std * np.sqrt((dof - 2.0) / dof)
    return _log_student((value - prior.mean) / scale, dof) - np.log(scale)


def _values(studies: Sequence[Study], prior: Normal, scatter: Scatter) -> np.ndarray:
    """Nodes of the material's value: fine about each study, where they share nodes, and wide about the prior."""
    wide = prior.mean + prior.std * np.linspace(-5.0, 5.0, 81)
    step = scatter.scale / 4.0
    centres = {round(study.value / step) for study in studies}
    fine = np.unique([centre + np.arange(-24, 25) for centre in centres]) * step if centres else np.empty(0)
    nodes = np.unique(np.concatenate([wide, fine]))
    return nodes[nodes <= scatter.highest] if (nodes <= scatter.highest).sum() > 1 else nodes


def _log_likelihood(study: Study, value: np.ndarray, scale: np.ndarray, prior: Normal, scatter: Scatter) -> np.ndarray:
    width = np.hypot(scale * study.factor, study.noise)
    distance = (study.value - value) / width
    far = (study.value - prior.mean) / np.hypot(prior.std, _OUTLIER * scatter.scale)
    if study.bound is Bound.EXACT:
        own = _log_student(distance, scatter.dof) - np.log(width)
        other = -0.5 * far**2 - np.log(np.hypot(prior.std, _OUTLIER * scatter.scale) * np.sqrt(2.0 * np.pi))
    else:
        sign = 1.0 if study.bound is Bound.BELOW else -1.0
        own = np.log(np.maximum(stdtr(scatter.dof, sign * distance), 1e-300))
        other = np.log(max(float(ndtr(sign * far)), 1e-300))
    if not study.is_disputed:
        return np.asarray(own)
    return np.logaddexp(np.log(_P_DISPUTED) + own, np.log(1.0 - _P_DISPUTED) + other)


def _log_student(x: np.ndarray, dof: float) -> np.ndarray:
    constant = gammaln((dof + 1.0) / 2.0) - gammaln(dof / 2.0) - 0.5 * np.log(dof * np.pi)
    return np.asarray(constant - (dof + 1.0) / 2.0 * np.log1p(x * x / dof))


def _quantiles(
    levels: Sequence[float], value: np.ndarray, scale: np.ndarray, weight: np.ndarray, dof: float
) -> np.ndarray:
    """Of the mixture of Student distributions, from evenly spread points of node and deviation.  # (n_levels,)"""
    node, deviation = _points(dof)
    chosen = np.minimum(np.searchsorted(np.cumsum(weight), node), len(weight) - 1)
    return np.asarray(np.quantile(value[chosen] + scale[chosen] * deviation, levels))


@lru_cache(maxsize=32)
def _points(dof: float) -> tuple[np.ndarray, np.ndarray]:
    """Numbers in (0, 1) that choose a node, and Student deviations, spread evenly together (golden-ratio lattice)."""
    steps = np.arange(_N_POINTS)
    return (steps + 0.5) / _N_POINTS, stdtrit(dof, ((steps + 0.5) * _GOLDEN) % 1.0)
