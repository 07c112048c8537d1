"""Gaussian process of materials seen from several sides, with bounds as bounds and errors with tails.

The covariance is a sum of exponential kernels, one a view. Some views count, also or only, between rows of one family:
what holds within a family need not hold between families, and the likelihood separates the two (a hierarchical
model). Where a view is absent (no structure was given), the row counts as an average one in that view, plus something
unknown of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssbscreen.featurize.conductor import FAMILY
from ssbscreen.model_parts.gaussian_process import (
    GaussianProcess,
    cholesky,
    latent_values,
    minimise,
    negative_log_likelihood,
    solve,
    student_noise,
)
from ssbscreen.model_parts.kernels import Kernel, Views, differences, exponential

_APART = 1e6  # distance of rows that do not know each other; finite, so that gradients stay finite too
_PRIOR = 1.0  # natural logarithm of how much smaller than the targets' variance an amplitude is thought to be
_WIDTH = 1.5  # of the priors of lengths and amplitudes
_N_ROUNDS = 2  # alternations between the bounds' latent values and the hyperparameters
_N_NEWTON = 8
_ORDINARY = 10.0  # rows of ordinary scatter that each family is thought to have besides its own
_WIDE = 1e6  # variance of a bound that says nothing


@dataclass(frozen=True)
class ViewPair:
    """Distances of rows to the training rows in one term.

    Attributes:
        distance: very large between families where the term counts within families.  # (m, n)
        is_here: whether a row has the view.  # (m,) bool
        is_train_here: whether a training row has it.  # (n,) bool
    """

    distance: Tensor
    is_here: Tensor
    is_train_here: Tensor


class ViewKernel(Kernel):
    """Sum of exponential kernels on city-block distances; a row of NaN lacks a view.

    Args:
        between: views that count between any two rows.
        within: views that count, also or only, between rows of one family.

    Buffers:
        length, amplitude: logarithms of length scale and variance of each term.  # (n_terms,)
        noise: logarithm of the standard deviation of a measurement.  # ()
        averages: covariance of the training rows with an average one, by term; not saved.  # (n_terms, n)
    """

    length: Tensor
    amplitude: Tensor
    noise: Tensor
    averages: Tensor

    def __init__(self, between: Sequence[str], within: Sequence[str] = ()) -> None:
        super().__init__()
        self.terms = [(view, False) for view in between] + [(view, True) for view in within]
        for name in ("length", "amplitude"):
            self.register_buffer(name, torch.zeros(len(self.terms), dtype=torch.float64))
        self.register_buffer("noise", torch.zeros((), dtype=torch.float64))
        self.register_buffer("averages", torch.zeros(len(self.terms), 0, dtype=torch.float64), persistent=False)

    def compare(self, rows: Views, train: Views, known: dict[str, Tensor] | None = None) -> list[ViewPair]:
        """One comparison a term.

        Args:
            rows, train: views of m and n rows.
            known: distances between the same rows by view; those that are missing are added.
        """
        views = dict.fromkeys(view for view, _ in self.terms)
        distances = {} if known is None else known
        is_here, is_train_here = ({view: torch.isfinite(x[view]).all(dim=1) for view in views} for x in (rows, train))
        for view in views:
            if view not in distances:
                distances[view] = _city_block(rows[view], train[view], bool(is_here[view].any()))
        apart = distances
        if FAMILY in rows:
            is_other = rows[FAMILY][:, None] != train[FAMILY][None, :]
            apart = {view: distances[view].masked_fill(is_other, _APART) for view, is_within in self.terms if is_within}
        return [
            ViewPair(apart[view] if is_within else distances[view], is_here[view], is_train_here[view])
            for view, is_within in self.terms
        ]

    def covariance(self, pairs: list[ViewPair]) -> Tensor:
        """With the training rows.  # (m, n)"""
        parts = (self._part(i, pair, self.averages[i])[0] for i, pair in enumerate(pairs))
        return sum(parts, torch.zeros((), dtype=torch.float64))  # one part in memory at a time

    def own(self, pairs: list[ViewPair]) -> Tensor:
        """Of the training rows; the variance of each is the sum of the amplitudes."""
        averages, found = [], torch.zeros((), dtype=torch.float64)
        for i, pair in enumerate(pairs):  # one part in memory at a time
            part, average = self._part(i, pair)
            found = found + part
            averages.append(average.detach())
        self.averages = torch.stack(averages)
        return found + torch.diag(torch.exp(self.amplitude).sum() - found.diagonal())

    def variance(self, rows: Views) -> Tensor:
        """The same for every row.  # (m,)"""
        return torch.exp(self.amplitude).sum().expand(len(next(iter(rows.values()))))

    def _part(self, term: int, pair: ViewPair, average: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Covariance of one term (m, n), and its average over rows that have the view (n,).

        A row without the view gets the average covariance: its part is the mean effect of the view plus
        something unknown of its own.
        """
        if average is not None and not bool(pair.is_here.any()):
            return average[None, :].expand(len(pair.is_here), -1), average
        found = exponential(pair.distance, self.length[term], self.amplitude[term])
        share = pair.is_train_here.to(found) / pair.is_train_here.sum().clamp(min=1)
        if not bool(pair.is_train_here.all()):
            found = torch.where(pair.is_train_here[None, :], found, (found @ share)[:, None])
        if average is None:
            average = share @ found
        if not bool(pair.is_here.all()):
            found = torch.where(pair.is_here[:, None], found, average[None, :])
        return found, average


def _city_block(rows: Tensor, train: Tensor, is_any_here: bool) -> Tensor:
    """Sums of absolute differences; not worked out where no row has the view.  # (m, k), (n, k) -> (m, n)"""
    if not is_any_here:
        return rows.new_zeros(()).expand(len(rows), len(train))
    known = torch.nan_to_num(rows)
    return differences(known, known if rows is train else torch.nan_to_num(train))


@dataclass(frozen=True)
class Latent:
    """What a process learns in place of values and bounds.

    Attributes:
        target: pseudo-targets.  # (n,)
        noise: their variances.  # (n,)
    """

    target: Tensor
    noise: Tensor


def fit(
    process: GaussianProcess,
    views: Views,
    values: np.ndarray,
    bound: np.ndarray,
    *,
    noise_floor: float,
    n_steps: int = 15,
    degrees_of_freedom: float = 0.0,
    sample: np.ndarray | None = None,
) -> Latent:
    """Hyperparameters by marginal likelihood, bounds by Laplace's method (Tobit likelihood).

    Args:
        process: with a `ViewKernel`; fitted in place.
        views: float64 descriptors of n rows.
        values: targets or bounds.  # (n,)
        bound: codes of `core.dataset`.  # (n,)
        noise_floor: smallest standard deviation of a measurement, same units as `values`.
        n_steps: steps of L-BFGS for each alternation.
        degrees_of_freedom: of Student's distribution of the measurement errors, by expectation maximisation around
            the fitted hyperparameters; 0 for Gaussian errors.
        sample: rows that settle the hyperparameters; all when None.

    Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), sections 2.2, 3.4 and 5.4.
    """
    kernel = process.kernel
    assert isinstance(kernel, ViewKernel)
    y, side = torch.from_numpy(values), torch.from_numpy(np.asarray(bound, dtype=np.float64))
    process.mean = y.median()
    rows = torch.arange(len(y)) if sample is None else torch.from_numpy(np.sort(sample))
    some = {name: view[rows] for name, view in views.items()}
    _fit_hyperparameters(kernel, kernel.compare(some, some), y[rows] - process.mean, side[rows], noise_floor, n_steps)
    pairs = kernel.compare(views, views)
    with torch.no_grad():
        sigma = torch.sqrt(noise_floor**2 + torch.exp(2 * kernel.noise))
        residual = y - process.mean
        _, found = _pseudo_targets(
            kernel.own(pairs), residual, side, sigma, _beyond(residual, side), degrees_of_freedom
        )
    process.condition(pairs, found.target + process.mean, found.noise)
    return Latent(found.target + process.mean, found.noise)


def _beyond(residual: Tensor, side: Tensor) -> Tensor:
    """First guess of the latent values: a bound is passed by half a unit.  # (n,)"""
    return torch.where(side == 0, residual, residual + side * 0.5)


def _fit_hyperparameters(
    kernel: ViewKernel, pairs: list[ViewPair], y: Tensor, side: Tensor, noise_floor: float, n_steps: int
) -> None:
    """Maximum of the marginal likelihood with weak priors, in turn with the latent values of the bounds."""
    known = [p.distance[p.is_here[:, None] & p.is_train_here[None, :]] for p in pairs]
    shared = [d[(d > 0) & (d < _APART)] for d in known]
    start = torch.stack([torch.log(s.median()) if len(s) else torch.zeros((), dtype=y.dtype) for s in shared])
    size = float(torch.log(y.var().clamp(min=1e-12)))  # so that the unit of the targets does not matter
    kernel.length = start.clone()
    kernel.amplitude = torch.full_like(start, size - math.log(len(pairs)))
    kernel.noise = torch.tensor(0.5 * size + math.log(0.2), dtype=y.dtype)
    parameters = [kernel.length, kernel.amplitude, kernel.noise]
    has_bounds = bool((side != 0).any())
    latent, found = _beyond(y, side), Latent(y, torch.zeros_like(y))
    for _ in range(_N_ROUNDS if has_bounds else 1):
        if has_bounds:
            with torch.no_grad():
                sigma = torch.sqrt(noise_floor**2 + torch.exp(2 * kernel.noise))
                latent, found = _pseudo_targets(kernel.own(pairs), y, side, sigma, latent)

        def cost(found: Latent = found) -> Tensor:
            noise = torch.where(side == 0, noise_floor**2 + torch.exp(2 * kernel.noise), found.noise)
            # weak priors: lengths about the typical distance, amplitudes about a third of the targets' variance
            off = torch.cat([kernel.length - start, kernel.amplitude - size + _PRIOR]) / _WIDTH
            return negative_log_likelihood(kernel.own(pairs), noise, found.target) + 0.5 * off.square().sum()

        for parameter in parameters:
            parameter.requires_grad_()
        minimise(cost, parameters, n_steps)
        for parameter in parameters:
            parameter.requires_grad_(False)


def _pseudo_targets(
    covariance: Tensor, y: Tensor, side: Tensor, sigma: Tensor, latent: Tensor, degrees_of_freedom: float = 0.0
) -> tuple[Tensor, Latent]:
    """Newton's method for the latent values; each bound becomes a pseudo-target with a variance of its own.

    With `degrees_of_freedom`, the variance of an exact value grows with its distance from the latent value. All values
    are those less the mean.
    """
    censored = side != 0
    target, noise = y.clone(), torch.full_like(y, float(sigma) ** 2)
    for step in range(_N_NEWTON if degrees_of_freedom or bool(censored.any()) else 0):
        z = (side * (latent - y) / sigma)[censored]  # log Phi(z) is the likelihood of a bound
        slope = torch.exp(-0.5 * z.square() - 0.5 * math.log(2 * math.pi) - torch.special.log_ndtr(z))
        curvature = (slope * (slope + z)).clamp(min=1e-6) / sigma**2
        target[censored] = latent[censored] + side[censored] * slope / sigma / curvature
        noise[censored] = (1.0 / curvature).clamp(max=_WIDE)
        if degrees_of_freedom and step < _N_NEWTON - 1:
            latent, variance = latent_values(covariance, noise, target)
            tailed = student_noise(sigma.square(), (y - latent).square() + variance, degrees_of_freedom)
            noise = torch.where(censored, noise, tailed)
        else:
            latent = covariance @ solve(cholesky(covariance, noise), target)
    return latent, Latent(target, noise)


def type_prior(target: Tensor, family: Tensor) -> Tensor:
    """Median and variance of the values of structure types, of all rows where there are fewer than two.

    Args:
        target: values of the training rows, bounds by their latent values.  # (n,)
        family: as `featurize.conductor.family_code` gives.  # (n,)

    Returns:
        # (2,)
    """
    value = target[family % 2 > 0]
    value = value if len(value) > 1 else target
    return torch.stack([value.median(), value.var()]).float()


def scatter_by_family(family: Tensor, error: Tensor) -> tuple[Tensor, Tensor]:
    """How much larger or smaller the errors of a family are than those of all, drawn towards 1 for few rows.

    Args:
        family: codes.  # (n,)
        error: absolute errors in units of their std.  # (n,)

    Returns:
        Codes of the families and their factors.  # (n_families,) each
    """
    codes, member = torch.unique(family, return_inverse=True)
    count = torch.bincount(member, minlength=len(codes)).double()
    total = torch.zeros(len(codes), dtype=torch.float64).index_add(0, member, error)
    mean = float(error.mean())
    return codes, (total + _ORDINARY * mean) / ((count + _ORDINARY) * mean)
