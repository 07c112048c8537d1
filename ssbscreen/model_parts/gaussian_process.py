"""Posterior of a Gaussian process, whatever its kernel, and what its fits share.

Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), chapters 2 and 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ssbscreen.model_parts.base import SizedByData
from ssbscreen.model_parts.kernels import Kernel

JITTER = 1e-6
STUDENT_WIDTH = 0.8  # of the core of Student's distribution that replaces a Gaussian one of width 1


class GaussianProcess(SizedByData):
    """Exact posterior of one target.

    Buffers:
        mean: of the target, before anything is known.  # ()
        weights: of the training rows in the mean, 0 where a row has no target; not saved.  # (n,)
        support: training rows that take from the variance; not saved.  # (k,) int64
        factor: Cholesky factor of their covariance; not saved.  # (k, k)
    """

    mean: Tensor
    weights: Tensor
    support: Tensor
    factor: Tensor

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        self.register_buffer("mean", torch.zeros((), dtype=torch.float64))
        self._register()

    def _register(self) -> None:
        for name, value in (("weights", torch.zeros(0)), ("factor", torch.zeros(0, 0))):
            self.register_buffer(name, value.double(), persistent=False)
        self.register_buffer("support", torch.zeros(0, dtype=torch.int64), persistent=False)

    @torch.no_grad()
    def condition(self, pairs: Any, target: Tensor, noise: Tensor, known: Tensor | None = None) -> None:
        """Learn from training rows, with kernel and mean as they are.

        Args:
            pairs: comparison of all training rows with themselves.
            target: of the rows that are known.  # (k,)
            noise: variance of each.  # (k,) or ()
            known: numbers of these rows; all when None.  # (k,)
        """
        covariance = self.kernel.own(pairs)
        n = len(covariance)
        known = torch.arange(n, device=covariance.device) if known is None else known
        covariance = covariance[known][:, known]
        factor = cholesky(covariance, noise)
        self.weights = target.new_zeros(n).index_copy(0, known, solve(factor, target - self.mean))
        self._support(covariance, factor, noise, known)

    def _support(self, covariance: Tensor, factor: Tensor, noise: Tensor, known: Tensor) -> None:
        """Keep what takes from the variance."""
        self.support, self.factor = known, factor

    def predict(self, pairs: Any, prior: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the latent value, measurement noise not counted.  # (m,) each

        Args:
            pairs: comparison of rows with all training rows.
            prior: variance of the rows before anything is known.  # (m,)
        """
        cross = self.kernel.covariance(pairs)
        return self.mean + cross @ self.weights, self.remaining(cross, prior)

    def remaining(self, cross: Tensor, prior: Tensor) -> Tensor:
        """Variance that the training rows leave.  # (m, n), (m,) -> (m,)"""
        return (prior - self._explained(cross[:, self.support])).clamp(min=0.0)

    def _explained(self, cross: Tensor) -> Tensor:
        return explained(self.factor, cross.T)

    @torch.no_grad()
    def left_out(self, target: Tensor, noise: Tensor, values: Tensor, measurement: float) -> Tensor:
        """Errors of the training values when each is left out, in units of the std then stated.  # (n,)

        Args:
            target, noise: as they were conditioned on.  # (n,)
            values: that are compared.  # (n,)
            measurement: standard deviation of one, without tails.

        Source: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eq. 5.12.
        """
        precision = torch.cholesky_inverse(self.factor).diagonal()
        variance = (1.0 / precision - noise).clamp(min=0.0) + measurement**2
        return (values - target + self.weights / precision) / variance.sqrt()


class LandmarkProcess(GaussianProcess):
    """Exact mean, and a variance carried by a few rows (deterministic training conditional); all of it is saved.

    Args:
        n_landmarks: at most so many rows carry the variance.

    Buffers:
        support: the landmarks.  # (k,) int64
        reduction: how much they take from the variance.  # (k, k) float32

    Source: Quinonero-Candela and Rasmussen, J. Mach. Learn. Res. 6, 1939 (2005), section 5.
    """

    reduction: Tensor

    def __init__(self, kernel: Kernel, n_landmarks: int) -> None:
        super().__init__(kernel)
        self.n_landmarks = n_landmarks

    def _register(self) -> None:
        self.register_buffer("weights", torch.zeros(0, dtype=torch.float64))
        self.register_buffer("support", torch.zeros(0, dtype=torch.int64))
        self.register_buffer("reduction", torch.zeros(0, 0))

    def _support(self, covariance: Tensor, factor: Tensor, noise: Tensor, known: Tensor) -> None:
        chosen = pivots(covariance, min(self.n_landmarks, len(known)))
        cross = covariance[chosen]
        inner = cross[:, chosen] + JITTER * torch.eye(len(chosen), dtype=cross.dtype, device=cross.device)
        posterior = inner + (cross / (noise + JITTER)) @ cross.T
        self.support = known[chosen]
        self.reduction = (torch.linalg.inv(inner) - torch.linalg.inv(posterior)).float()

    def _explained(self, cross: Tensor) -> Tensor:
        return ((cross @ self.reduction.to(cross)) * cross).sum(dim=1)


def cholesky(covariance: Tensor, noise: Tensor) -> Tensor:
    """Factor of covariance and noise variances.  # (n, n), (n,) or () -> (n, n)"""
    return torch.linalg.cholesky(covariance + torch.diag((noise + JITTER).expand(len(covariance))))


def solve(factor: Tensor, residual: Tensor) -> Tensor:
    """Weights of training rows.  # (n, n), (n,) -> (n,)"""
    return torch.cholesky_solve(residual[:, None], factor)[:, 0]


def explained(factor: Tensor, cross: Tensor) -> Tensor:
    """Variance that training rows explain of others.  # (n, n), (n, m) -> (m,)"""
    return torch.linalg.solve_triangular(factor, cross, upper=False).square().sum(dim=0)


def negative_log_likelihood(covariance: Tensor, noise: Tensor, residual: Tensor) -> Tensor:
    """Of the training rows, but for a constant (eq. 2.30).  # ()"""
    factor = cholesky(covariance, noise)
    return 0.5 * (residual @ solve(factor, residual)) + factor.diagonal().log().sum()


def latent_values(covariance: Tensor, noise: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the latent values of the training rows, less the mean of the target.  # (n,) each"""
    factor = cholesky(covariance, noise)
    variance = covariance.diagonal() - explained(factor, covariance)
    return covariance @ solve(factor, residual), variance.clamp(min=JITTER)


def student_noise(noise: Tensor, square: Tensor, degrees_of_freedom: float) -> Tensor:
    """Variance of each row's error under Student's distribution, by expectation maximisation.  # (n,)

    Args:
        noise: variance of the Gaussian distribution that it replaces.  # (n,) or ()
        square: expected square of the error.  # (n,)
        degrees_of_freedom: of Student's distribution.

    Source: Student's errors as scaled Gaussian ones, Lange et al., J. Am. Stat. Assoc. 84, 881 (1989).
    """
    narrow = STUDENT_WIDTH**2 * noise
    return narrow * (degrees_of_freedom + square / narrow) / (degrees_of_freedom + 1.0)


def pivots(covariance: Tensor, n: int) -> Tensor:
    """Rows that a pivoted Cholesky factorisation picks: each the least known by those before it.  # (n,)"""
    left = torch.diagonal(covariance).clone()
    factor = torch.zeros(len(covariance), n, dtype=covariance.dtype, device=covariance.device)
    chosen: list[int] = []
    for k in range(n):
        pick = int(left.argmax())
        chosen.append(pick)
        column = covariance[:, pick] - factor[:, :k] @ factor[pick, :k]
        factor[:, k] = column / left[pick].clamp(min=1e-9).sqrt()
        left = (left - factor[:, k].square()).clamp(min=0.0)
        left[pick] = -1.0
    return torch.tensor(chosen, dtype=torch.int64, device=covariance.device)


def minimise(cost: Callable[[], Tensor], parameters: Sequence[Tensor], n_steps: int) -> None:
    """L-BFGS on hyperparameters, which are changed in place."""
    optimizer = torch.optim.LBFGS(
        list(parameters), lr=0.5, max_iter=n_steps, history_size=8, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = cost()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)
