"""The Gaussian process against scikit-learn, and how it treats bounds and absent views."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from ssbscreen.model_parts.gaussian_process import GaussianProcess
from ssbscreen.model_parts.view_covariance import Hyperparameters, Inputs


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float64))


def _rows(*views: torch.Tensor) -> Inputs:
    return Inputs(views)


def _line(n: int = 40, seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-2, 2, n))[:, None]
    return _tensor(x), np.sin(2 * x[:, 0]) + 0.1 * rng.normal(size=n)


def test_posterior_equals_sklearn_for_given_hyperparameters() -> None:
    x, y = _line()
    # in one dimension the city-block exponential kernel is the Matern kernel with nu = 1/2
    reference = GaussianProcessRegressor(1.7 * Matern(0.8, nu=0.5), alpha=0.04 + 1e-6, optimizer=None).fit(x.numpy(), y)
    parameters = Hyperparameters(_tensor([np.log(0.8)]), _tensor([np.log(1.7)]), torch.zeros((), dtype=torch.float64))
    process = GaussianProcess(
        _rows(x),
        parameters,
        torch.zeros((), dtype=torch.float64),
        _tensor(y),
        torch.full((len(y),), 0.04, dtype=torch.float64),
    )
    rows = np.linspace(-3, 3, 25)[:, None]
    mean, std = reference.predict(rows, return_std=True)
    found, variance = process.predict(_rows(_tensor(rows)))
    np.testing.assert_allclose(found.numpy(), mean, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(variance.sqrt().numpy(), std, rtol=1e-6)


def test_fit_finds_a_likelihood_as_good_as_sklearn_with_flat_priors_nearby() -> None:
    x, y = _line(60)
    process = GaussianProcess.fit(_rows(x), y, np.zeros(len(y)), noise_floor=0.05)
    rows = np.linspace(-1.8, 1.8, 30)
    found, variance = process.predict(_rows(_tensor(rows[:, None])))
    assert np.abs(found.numpy() - np.sin(2 * rows)).mean() < 0.12
    assert float(variance.mean()) < 0.1
    far, wide = process.predict(_rows(_tensor(np.array([[40.0]]))))
    assert float(wide) > 5 * float(variance.mean())
    assert abs(float(far) - np.median(y)) < 0.2  # far away it knows the median only


def test_bounds_pull_to_their_side_only() -> None:
    x, y = _line(40)
    bound = np.zeros(len(y), dtype=np.int8)
    hidden = x.numpy()[:, 0] > 1.0
    truth = y.copy()
    y[hidden] += 1.5  # what is known there: the truth is below something far too high
    bound[hidden] = -1
    as_bound = GaussianProcess.fit(_rows(x), y, bound, noise_floor=0.1).predict(_rows(x))[0].numpy()
    as_value = GaussianProcess.fit(_rows(x), y, np.zeros(len(y)), noise_floor=0.1).predict(_rows(x))[0].numpy()
    assert np.abs(as_bound - truth)[hidden].mean() < 0.6 * np.abs(as_value - truth)[hidden].mean()
    assert (as_bound[hidden] < y[hidden] + 0.1).all()
    # a bound that the rest violates does pull: above 1 the truth is at least y + 1.5
    bound[hidden] = 1
    pulled = GaussianProcess.fit(_rows(x), y, bound, noise_floor=0.1).predict(_rows(x))[0].numpy()
    assert (pulled[hidden] > y[hidden] - 0.5).all()


def test_an_absent_view_counts_as_average_and_costs_certainty() -> None:
    rng = np.random.default_rng(3)
    x, group = rng.uniform(-2, 2, (80, 1)), rng.integers(0, 2, 80).astype(float)
    y = 0.3 * x[:, 0] + 2.0 * group
    second = group[:, None] * 10.0
    second[::7] = np.nan
    process = GaussianProcess.fit(_rows(_tensor(x), _tensor(second)), y, np.zeros(80), noise_floor=0.05)
    point = _tensor(np.zeros((3, 1)))
    mean, variance = process.predict(_rows(point, _tensor(np.array([[0.0], [10.0], [np.nan]]))))
    assert abs(float(mean[0])) < 0.3
    assert abs(float(mean[1]) - 2.0) < 0.3
    assert 0.4 < float(mean[2]) < 1.6
    assert float(variance[2]) > 2 * float(variance[:2].max())


def test_tensors_bring_the_process_back() -> None:
    x, y = _line()
    bound = np.where(np.arange(len(y)) % 5 == 0, -1, 0)
    process = GaussianProcess.fit(_rows(x, x * 3), y, bound, noise_floor=0.1)
    copy = GaussianProcess.from_tensors(process.tensors(), _rows(x, x * 3))
    rows = _rows(_tensor(np.linspace(-2, 2, 9)[:, None]), _tensor(np.linspace(-6, 6, 9)[:, None]))
    for a, b in zip(process.predict(rows), copy.predict(rows), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_errors_with_tails_give_an_outlier_less_say() -> None:
    x, y = _line(60)
    truth = np.sin(2 * x.numpy()[:, 0])
    y[30] += 6.0
    found = {}
    for degrees in (0.0, 4.0):
        process = GaussianProcess.fit(_rows(x), y, np.zeros(len(y)), noise_floor=0.2, degrees=degrees)
        found[degrees] = np.abs(process.predict(_rows(x))[0].numpy() - truth)[28:33].mean()
    assert found[4.0] < 0.6 * found[0.0]


def test_a_sample_settles_the_hyperparameters_and_all_rows_the_posterior() -> None:
    x, y = _line(80)
    sample = np.arange(0, 80, 2)
    half = GaussianProcess.fit(_rows(x), y, np.zeros(len(y)), noise_floor=0.1, sample=sample)
    alone = GaussianProcess.fit(_rows(x[sample]), y[sample], np.zeros(40), noise_floor=0.1)
    # the prior mean is the median of all rows, so that the two differ a little
    torch.testing.assert_close(half.parameters.length, alone.parameters.length, rtol=0, atol=0.1)
    assert len(half.target) == 80


def test_left_out_errors_equal_those_of_processes_without_the_row() -> None:
    x, y = _line(25)
    parameters = Hyperparameters(_tensor([np.log(0.8)]), _tensor([np.log(1.7)]), torch.zeros((), dtype=torch.float64))
    zero = torch.zeros((), dtype=torch.float64)
    process = GaussianProcess(_rows(x), parameters, zero, _tensor(y), torch.full((25,), 0.04, dtype=torch.float64))
    found = process.left_out(y, 0.2).numpy()
    for i in (0, 7, 24):
        rest = np.delete(np.arange(25), i)
        other = GaussianProcess(
            _rows(x[rest]), parameters, zero, _tensor(y[rest]), torch.full((24,), 0.04, dtype=torch.float64)
        )
        mean, variance = other.predict(_rows(x[i : i + 1]))
        assert found[i] == pytest.approx((y[i] - float(mean)) / np.sqrt(float(variance) + 0.04), rel=1e-4)


def test_a_term_within_families_equals_the_kernel_times_one_family_or_none() -> None:
    x, y = _line(30)
    family = _tensor(np.repeat([[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], 10, axis=0))
    rows = Inputs((x, 3 * x), between=(0,), within=(1,), family=family)
    parameters = Hyperparameters(
        _tensor(np.log([0.8, 0.5])), _tensor(np.log([1.7, 0.6])), torch.zeros((), dtype=torch.float64)
    )
    zero = torch.zeros((), dtype=torch.float64)
    process = GaussianProcess(rows, parameters, zero, _tensor(y), torch.full((30,), 0.04, dtype=torch.float64))
    apart = np.abs(x.numpy() - x.numpy().T)
    same = np.repeat(np.arange(3), 10)[:, None] == np.repeat(np.arange(3), 10)
    kernel = 1.7 * np.exp(-apart / 0.8) + 0.6 * np.exp(-3 * apart / 0.5) * same
    expected = kernel @ np.linalg.solve(kernel + (0.04 + 1e-6) * np.eye(30), y)
    np.testing.assert_allclose(process.predict(rows)[0].numpy(), expected, rtol=1e-6)
    # a row of a family never met hears of the others by the first term alone
    new = Inputs((x[:1], 3 * x[:1]), (0,), (1,), _tensor([[0.0, 0.0]]))
    alone = 1.7 * np.exp(-apart[:1] / 0.8) @ np.linalg.solve(kernel + (0.04 + 1e-6) * np.eye(30), y)
    np.testing.assert_allclose(process.predict(new)[0].numpy(), alone, rtol=1e-6)


def test_the_likelihood_tells_what_holds_in_a_family_from_what_holds_everywhere() -> None:
    rng = np.random.default_rng(5)
    x, family = rng.uniform(-2, 2, (120, 1)), rng.integers(0, 6, 120)
    slope = rng.choice([-2.0, 2.0], 6)  # each family goes its own way
    word = _tensor(np.eye(6)[family])
    rows = Inputs((_tensor(x),), (0,), (0,), word)
    process = GaussianProcess.fit(rows, slope[family] * x[:, 0], np.zeros(120), noise_floor=0.05)
    everywhere, within = process.parameters.amplitude.exp()
    assert within > 3 * everywhere
    shared = GaussianProcess.fit(rows, 2.0 * x[:, 0], np.zeros(120), noise_floor=0.05)
    everywhere, within = shared.parameters.amplitude.exp()
    assert everywhere > within


def test_the_unit_of_the_targets_does_not_matter() -> None:
    x, y = _line(50)
    one = GaussianProcess.fit(_rows(x), y, np.zeros(50), noise_floor=0.1)
    other = GaussianProcess.fit(_rows(x), 100.0 * y, np.zeros(50), noise_floor=10.0)
    near = _rows(_tensor(np.array([[0.3], [5.0]])))
    for found, expected, unit in zip(other.predict(near), one.predict(near), (100.0, 1e4), strict=True):
        np.testing.assert_allclose(found.numpy(), unit * expected.numpy(), rtol=0.02)
