"""Nested random effects: how much of a scatter all of a class, a family or a study have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

_SMALLEST = 1e-4  # variance under which a level counts as absent, relative to the variance of the values
MINIMUM_GROUPS = 3  # groups of a level without which its variance cannot be told


@dataclass(frozen=True)
class NestedVariance:
    """Variances of a value that is the sum of an effect of each level and a rest.

    Attributes:
        levels: variance of each level, the coarsest first; 0 where it has too few groups to be told.
        rest: variance within the finest level.
    """

    levels: tuple[float, ...]
    rest: float

    @property
    def total(self) -> float:
        """Of one value whose groups are all unknown."""
        return sum(self.levels) + self.rest

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each level in the total."""
        return tuple(v / self.total for v in self.levels) if self.total > 0 else (0.0,) * len(self.levels)


def nested_variance(values: np.ndarray, labels: Sequence[np.ndarray]) -> NestedVariance:
    """Variances by restricted maximum likelihood (Patterson and Thompson, Biometrika 58, 545 (1971)).

    Args:
        values: finite.  # (n,)
        labels: of each level, the coarsest first; a finer group lies within one coarser group, so labels of a finer
            level are read together with those of the coarser ones.  # each (n,)

    Raises:
        ValueError: fewer than three values, or labels of another length.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < MINIMUM_GROUPS or any(len(label) != len(values) for label in labels):
        raise ValueError(f"{len(values)} values and labels of {[len(label) for label in labels]}; at least 3 of each.")
    codes = nested_codes(labels)
    scale = float(np.var(values)) or 1.0
    can_tell = [len(np.unique(code)) >= MINIMUM_GROUPS for code in codes]
    n_free = sum(can_tell) + 1

    def variances(logs: np.ndarray) -> tuple[list[float], float]:
        free = iter(np.exp(logs[:-1]))
        return [float(next(free)) if told else 0.0 for told in can_tell], float(np.exp(logs[-1]))

    def loss(logs: np.ndarray) -> float:
        levels, rest = variances(logs)
        return -log_likelihood(values, codes, levels, rest)

    bounds = [(np.log(_SMALLEST * scale), np.log(10.0 * scale))] * n_free
    start = np.full(n_free, np.log(scale / n_free))
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    levels, rest = variances(found.x)
    return NestedVariance(tuple(v if v > 2.0 * _SMALLEST * scale else 0.0 for v in levels), rest)


def nested_codes(labels: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Numbers of the groups of each level, those of a finer level within those of the coarser ones.  # each (n,)"""
    codes: list[np.ndarray] = []
    for label in labels:
        own = np.unique(np.asarray(label).astype(str), return_inverse=True)[1]
        if codes:
            own = np.unique(np.stack([codes[-1], own]), axis=1, return_inverse=True)[1].ravel()
        codes.append(own)
    return codes


def log_likelihood(values: np.ndarray, codes: Sequence[np.ndarray], levels: Sequence[float], rest: float) -> float:
    """Restricted log likelihood up to a constant, the mean of all integrated out.

    From the finest level up, the values of a group are put together to one, whose variance is that of their weighted
    mean and of the group's effect; what they say beside their mean is the group's part of the likelihood.

    Args:
        values: # (n,)
        codes: of `nested_codes`.  # each (n,)
        levels: variance of each level, the coarsest first.
        rest: variance within the finest level.
    """
    means, spread = np.asarray(values, dtype=float), np.full(len(values), float(rest))
    total = 0.0
    member = [np.asarray(code) for code in codes]
    for depth in range(len(levels) - 1, -1, -1):
        groups, first = np.unique(member[depth], return_index=True)
        position = np.searchsorted(groups, member[depth])
        means, spread, part = _put_together(means, spread, position, len(groups))
        total += part
        spread = spread + levels[depth]
        member = [code[first] for code in member[:depth]]
    return total + _put_together(means, spread, np.zeros(len(means), dtype=int), 1)[2]


@dataclass(frozen=True)
class GroupLevel:
    """What is known of a new member of a group, its own deviation from the group apart.

    Attributes:
        mean: of the group.
        std_coarse: error that all groups of the coarse group have in common, the overall mean included.
        std_fine: error of the fine group beside it.
    """

    mean: float
    std_coarse: float
    std_fine: float


def group_level(
    values: np.ndarray, labels: Sequence[np.ndarray], variance: NestedVariance, group: tuple[str, str]
) -> GroupLevel:
    """Best linear unbiased prediction of a coarse and a fine effect together (Henderson, Biometrics 31, 423 (1975)).

    The overall mean is unknown. A group without values keeps the variance that groups have.

    Args:
        values: # (n,)
        labels: of each level, the coarsest first; at least two.  # each (n,)
        variance: of the same levels.
        group: labels of the coarse and the fine level.
    """
    codes = nested_codes(labels)
    n = len(values)
    covariance = variance.rest * np.eye(n)
    for level, code in zip(variance.levels, codes, strict=True):
        covariance += level * (code[:, None] == code[None, :])
    is_coarse = np.asarray(labels[0]).astype(str) == group[0]
    is_fine = is_coarse & (np.asarray(labels[1]).astype(str) == group[1])
    coarse, fine = variance.levels[:2]
    with_values = np.stack([coarse * is_coarse, coarse * is_coarse + fine * is_fine])  # of the two targets
    prior = np.array([[coarse, coarse], [coarse, coarse + fine]])
    inverse = np.linalg.inv(covariance)
    ones = np.ones(n)
    precision = float(ones @ inverse @ ones)
    mean = float(ones @ inverse @ values) / precision
    weights = with_values @ inverse
    lack = 1.0 - weights @ ones  # how much of each target rests on the overall mean
    posterior = prior - weights @ with_values.T + np.outer(lack, lack) / precision
    std_coarse = float(np.sqrt(max(posterior[0, 0], 0.0)))
    along = posterior[0, 1] / std_coarse if std_coarse > 0 else 0.0
    std_fine = float(np.sqrt(max(posterior[1, 1] - along**2, 0.0)))
    return GroupLevel(float(mean + weights[1] @ (values - mean)), float(abs(along)), std_fine)


def _put_together(
    means: np.ndarray, spread: np.ndarray, group: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Weighted mean and its variance of each group, and the log likelihood of what deviates from the means."""
    weight = 1.0 / spread
    precision = np.bincount(group, weight, n)
    centre = np.bincount(group, weight * means, n) / precision
    deviation = float((weight * (means - centre[group]) ** 2).sum())
    return centre, 1.0 / precision, -0.5 * (deviation + float(np.log(spread).sum()) + float(np.log(precision).sum()))
