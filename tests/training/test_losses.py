"""Losses against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from ssbscreen.model_parts.base import HeadOutput
from ssbscreen.training.losses import absolute_error, masked_loss, negative_log_likelihood

MEAN = np.array([[0.3, -1.0], [2.0, 0.1], [-0.4, 30.0]])
STD = np.array([[0.5, 2.0], [1.5, 0.2], [0.1, 1.0]])
TARGET = np.array([[0.1, 0.5], [np.nan, 0.4], [0.2, -10.0]])


def output() -> HeadOutput:
    return HeadOutput(torch.tensor(MEAN, requires_grad=True), torch.tensor(2 * np.log(STD), requires_grad=True))


def test_exact_likelihood_equals_scipy() -> None:
    found = negative_log_likelihood(output(), torch.tensor(TARGET), torch.zeros(3, 2, dtype=torch.long))
    expected = np.nan_to_num(-norm.logpdf(TARGET, MEAN, STD))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (-1, -norm.logcdf(TARGET, MEAN, STD)),  # the truth is at or below the target
        (1, -norm.logsf(TARGET, MEAN, STD)),
    ],
)
def test_censored_likelihood_equals_scipy_far_into_the_tail(bound: int, expected: np.ndarray) -> None:
    found = negative_log_likelihood(output(), torch.tensor(TARGET), torch.full((3, 2), bound))
    np.testing.assert_allclose(found.detach().numpy(), np.nan_to_num(expected), rtol=1e-9)
    if bound == -1:
        assert np.nanmax(expected) > 700  # 40 std away, where a naive log(cdf) is infinite


@pytest.mark.parametrize("bound", [-1, 0, 1])
def test_gradients_equal_finite_differences(bound: int) -> None:
    target, bounds = torch.tensor(TARGET), torch.full((3, 2), bound)

    def loss(mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
        return negative_log_likelihood(HeadOutput(mean, log_variance), target, bounds).sum()

    inputs = (torch.tensor(MEAN, requires_grad=True), torch.tensor(2 * np.log(STD), requires_grad=True))
    assert torch.autograd.gradcheck(loss, inputs)
    loss(*inputs).backward()
    for tensor in inputs:
        assert tensor.grad is not None
        assert torch.isfinite(tensor.grad).all()
        assert tensor.grad[1, 0] == 0.0  # the missing target pulls on nothing


def test_censored_gradient_points_to_the_allowed_side() -> None:
    mean = torch.tensor([[1.0], [-1.0]], requires_grad=True)
    result = negative_log_likelihood(HeadOutput(mean, torch.zeros(2, 1)), torch.zeros(2, 1), torch.full((2, 1), -1))
    result.sum().backward()
    assert mean.grad is not None
    assert mean.grad[0, 0] > 0.5  # prediction above an upper bound: pushed down
    assert 0 < mean.grad[1, 0] < mean.grad[0, 0]  # already below: hardly


def test_absolute_error_is_one_sided_for_bounds() -> None:
    mean, target = torch.tensor([[2.0, 2.0, 2.0, -2.0]]), torch.tensor([[1.0, 1.0, 1.0, float("nan")]])
    found = absolute_error(mean, target, torch.tensor([[0, -1, 1, 0]]))
    assert found.tolist() == [[1.0, 1.0, 0.0, 0.0]]


def test_masked_loss_weighs_targets_not_rows() -> None:
    target = torch.tensor(TARGET)
    bound = torch.zeros(3, 2, dtype=torch.long)
    expected = -norm.logpdf(TARGET, MEAN, STD)
    found = masked_loss(output(), target, bound)
    assert float(found) == pytest.approx((np.nanmean(expected[:, 0]) + expected[:, 1].mean()) / 2)
    nothing = masked_loss(output(), torch.full((3, 2), float("nan")), bound)
    assert float(nothing) == 0.0


def test_beta_one_has_the_mean_gradient_of_a_squared_error() -> None:
    found = output()
    masked_loss(found, torch.tensor(TARGET), torch.zeros(3, 2, dtype=torch.long), beta=1.0).backward()
    difference = np.nan_to_num(MEAN - TARGET)
    assert found.mean.grad is not None
    np.testing.assert_allclose(found.mean.grad.numpy(), difference / [[2, 3]] / 2, rtol=1e-9)
    # the weight std^2 is held constant, else the variance could shrink the loss by itself
    z2 = np.where(np.isfinite(TARGET), ((TARGET - MEAN) / STD) ** 2, 1.0)
    assert found.log_variance.grad is not None
    np.testing.assert_allclose(found.log_variance.grad.numpy(), STD**2 * 0.5 * (1 - z2) / [[2, 3]] / 2, rtol=1e-9)


def test_a_mean_apart_is_taught_by_the_absolute_error_alone() -> None:
    mean = torch.tensor([[0.3], [-0.2]], requires_grad=True)
    log_variance = torch.tensor([[0.5], [-1.0]], requires_grad=True)
    target, bound = torch.tensor([[1.0], [-1.0]]), torch.zeros(2, 1, dtype=torch.long)
    masked_loss(
        HeadOutput(mean, log_variance), target, bound, absolute=1.0, likelihood=0.1, is_mean_apart=True
    ).backward()
    assert mean.grad is not None
    assert log_variance.grad is not None
    assert torch.allclose(mean.grad, torch.tensor([[-0.5], [0.5]]))  # of the mean over two rows, whatever the variance
    z = (target - mean.detach()).square() * torch.exp(-log_variance.detach())
    assert torch.allclose(log_variance.grad, 0.1 * 0.5 * (1.0 - z) / 2)
