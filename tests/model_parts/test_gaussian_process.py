"""Gaussian processes against scikit-learn, and how they treat bounds and absent views."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import Matern

from ssbscreen.featurize.conductor import FAMILY
from ssbscreen.model_parts.conductor_process import ViewKernel, fit
from ssbscreen.model_parts.electrode_process import LITHIUM, ElectrodeKernel, Term
from ssbscreen.model_parts.gaussian_process import GaussianProcess, LandmarkProcess, negative_log_likelihood
from ssbscreen.model_parts.kernels import Kernel

ONE = torch.ones((), dtype=torch.float64)


def _tensor(values: np.ndarray | list) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, dtype=np.float64))


def _rows(*views: torch.Tensor) -> dict[str, torch.Tensor]:
    return {str(i): view for i, view in enumerate(views)}


def _line(n: int = 40, seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-2, 2, n))[:, None]
    return _tensor(x), np.sin(2 * x[:, 0]) + 0.1 * rng.normal(size=n)


def _kernel(lengths: list[float], variances: list[float], **terms: tuple[str, ...]) -> ViewKernel:
    kernel = ViewKernel(**(terms or {"between": tuple(str(i) for i in range(len(lengths)))}))
    kernel.length, kernel.amplitude = _tensor(np.log(lengths)), _tensor(np.log(variances))
    return kernel


def _conditioned(process: GaussianProcess, rows: dict[str, torch.Tensor], y: np.ndarray) -> GaussianProcess:
    process.condition(process.kernel.compare(rows, rows), _tensor(y), 0.04 * ONE.expand(len(y)))
    return process


def _ask(process: GaussianProcess, rows: dict, train: dict) -> tuple[np.ndarray, np.ndarray]:
    kernel = process.kernel
    mean, variance = process.predict(kernel.compare(rows, train), kernel.variance(rows))
    return mean.numpy(), variance.numpy()


def _fitted(rows: dict, y: np.ndarray, bound: np.ndarray | None = None, **how) -> GaussianProcess:
    views = [name for name in rows if name != FAMILY]
    process = GaussianProcess(ViewKernel(views, views if FAMILY in rows else ()))
    fit(process, rows, y, np.zeros(len(y)) if bound is None else bound, **how)
    return process


def _matern_3_2() -> ElectrodeKernel:
    kernel = ElectrodeKernel((Term("0", 0),))
    kernel.length, kernel.amplitude = _tensor([np.log(0.8)]), _tensor([np.log(1.7)])
    return kernel


@pytest.mark.parametrize(
    # in one dimension the city-block exponential kernel is the Matern kernel with nu = 1/2
    ("kernel", "nu"),
    [(_kernel([0.8], [1.7]), 0.5), (_matern_3_2(), 1.5)],
)
@pytest.mark.parametrize("is_exact", [True, False])
def test_posterior_and_likelihood_equal_those_of_sklearn(kernel: Kernel, nu: float, is_exact: bool) -> None:
    x, y = _line()
    plain = GaussianProcessRegressor(1.7 * Matern(0.8, nu=nu), alpha=0.04 + 1e-6, optimizer=None).fit(x.numpy(), y)
    rows = _rows(x) | {LITHIUM: torch.ones(len(x), dtype=torch.float64)}
    asked = np.linspace(-3, 3, 25)[:, None]
    mean, std = plain.predict(asked, return_std=True)
    process = _conditioned(GaussianProcess(kernel) if is_exact else LandmarkProcess(kernel, len(y)), rows, y)
    found, variance = _ask(process, _rows(_tensor(asked)) | {LITHIUM: torch.ones(25, dtype=torch.float64)}, rows)
    np.testing.assert_allclose(found, mean, rtol=1e-7, atol=1e-9)
    # with every row a landmark the variance is exact but for the single precision that is stored
    np.testing.assert_allclose(variance, std**2, rtol=1e-6 if is_exact else 0.05, atol=0.0 if is_exact else 2e-3)
    own = kernel.own(kernel.compare(rows, rows))
    likelihood = -float(negative_log_likelihood(own, 0.04 * ONE, _tensor(y))) - 0.5 * len(y) * np.log(2 * np.pi)
    assert likelihood == pytest.approx(plain.log_marginal_likelihood_value_, rel=1e-8)


def test_fit_finds_a_likelihood_as_good_as_sklearn_with_flat_priors_nearby() -> None:
    x, y = _line(60)
    process = _fitted(_rows(x), y, noise_floor=0.05)
    rows = np.linspace(-1.8, 1.8, 30)
    found, variance = _ask(process, _rows(_tensor(rows[:, None])), _rows(x))
    assert np.abs(found - np.sin(2 * rows)).mean() < 0.12
    assert float(variance.mean()) < 0.1
    far, wide = _ask(process, _rows(_tensor(np.array([[40.0]]))), _rows(x))
    assert wide[0] > 5 * float(variance.mean())
    assert abs(far[0] - np.median(y)) < 0.2  # far away it knows the median only


def test_bounds_draw_to_their_side_only() -> None:
    x, y = _line(40)
    bound = np.zeros(len(y), dtype=np.int8)
    hidden = x.numpy()[:, 0] > 1.0
    truth = y.copy()
    y[hidden] += 1.5  # what is known there: the truth is below something far too high
    bound[hidden] = -1
    as_bound, as_value = (_ask(_fitted(_rows(x), y, b, noise_floor=0.1), _rows(x), _rows(x))[0] for b in (bound, None))
    assert np.abs(as_bound - truth)[hidden].mean() < 0.6 * np.abs(as_value - truth)[hidden].mean()
    assert (as_bound[hidden] < y[hidden] + 0.1).all()
    # a bound that the rest violates does draw: above 1 the truth is at least y + 1.5
    bound[hidden] = 1
    drawn = _ask(_fitted(_rows(x), y, bound, noise_floor=0.1), _rows(x), _rows(x))[0]
    assert (drawn[hidden] > y[hidden] - 0.5).all()


def test_an_absent_view_counts_as_average_and_costs_certainty() -> None:
    rng = np.random.default_rng(3)
    x, group = rng.uniform(-2, 2, (80, 1)), rng.integers(0, 2, 80).astype(float)
    y = 0.3 * x[:, 0] + 2.0 * group
    second = group[:, None] * 10.0
    second[::7] = np.nan
    train = _rows(_tensor(x), _tensor(second))
    process = _fitted(train, y, noise_floor=0.05)
    asked = _rows(_tensor(np.zeros((3, 1))), _tensor(np.array([[0.0], [10.0], [np.nan]])))
    mean, variance = _ask(process, asked, train)
    assert abs(mean[0]) < 0.3
    assert abs(mean[1] - 2.0) < 0.3
    assert 0.4 < mean[2] < 1.6
    assert variance[2] > 2 * variance[:2].max()


def test_errors_with_tails_give_an_outlier_less_say() -> None:
    x, y = _line(60)
    truth = np.sin(2 * x.numpy()[:, 0])
    y[30] += 6.0
    found = {}
    for degrees in (0.0, 4.0):
        process = _fitted(_rows(x), y, noise_floor=0.2, degrees_of_freedom=degrees)
        found[degrees] = np.abs(_ask(process, _rows(x), _rows(x))[0] - truth)[28:33].mean()
    assert found[4.0] < 0.6 * found[0.0]


def test_a_sample_settles_the_hyperparameters_and_all_rows_the_posterior() -> None:
    x, y = _line(80)
    sample = np.arange(0, 80, 2)
    half = _fitted(_rows(x), y, noise_floor=0.1, sample=sample)
    alone = _fitted(_rows(x[sample]), y[sample], noise_floor=0.1)
    # the prior mean is the median of all rows, so that the two differ a little
    torch.testing.assert_close(half.kernel.length, alone.kernel.length, rtol=0, atol=0.1)
    assert len(half.weights) == 80


def test_left_out_errors_equal_those_of_processes_without_the_row() -> None:
    x, y = _line(25)
    noise = 0.04 * torch.ones(25, dtype=torch.float64)
    process = _conditioned(GaussianProcess(_kernel([0.8], [1.7])), _rows(x), y)
    found = process.left_out(_tensor(y), noise, _tensor(y), 0.2).numpy()
    for i in (0, 7, 24):
        rest = np.delete(np.arange(25), i)
        other = _conditioned(GaussianProcess(_kernel([0.8], [1.7])), _rows(x[rest]), y[rest])
        mean, variance = _ask(other, _rows(x[i : i + 1]), _rows(x[rest]))
        assert found[i] == pytest.approx((y[i] - mean[0]) / np.sqrt(variance[0] + 0.04), rel=1e-4)


def test_a_term_within_families_equals_the_kernel_times_one_family_or_none() -> None:
    x, y = _line(30)
    rows = _rows(x, 3 * x) | {FAMILY: torch.tensor([5, 7, 8]).repeat_interleave(10)}
    process = GaussianProcess(_kernel([0.8, 0.5], [1.7, 0.6], between=("0",), within=("1",)))
    _conditioned(process, rows, y)
    apart = np.abs(x.numpy() - x.numpy().T)
    same = np.repeat(np.arange(3), 10)[:, None] == np.repeat(np.arange(3), 10)
    kernel = 1.7 * np.exp(-apart / 0.8) + 0.6 * np.exp(-3 * apart / 0.5) * same
    expected = kernel @ np.linalg.solve(kernel + (0.04 + 1e-6) * np.eye(30), y)
    np.testing.assert_allclose(_ask(process, rows, rows)[0], expected, rtol=1e-6)
    # a row of a family never met hears of the others by the first term alone
    new = _rows(x[:1], 3 * x[:1]) | {FAMILY: torch.tensor([9])}
    alone = 1.7 * np.exp(-apart[:1] / 0.8) @ np.linalg.solve(kernel + (0.04 + 1e-6) * np.eye(30), y)
    np.testing.assert_allclose(_ask(process, new, rows)[0], alone, rtol=1e-6)


def test_the_likelihood_separates_what_holds_in_a_family_from_what_holds_everywhere() -> None:
    rng = np.random.default_rng(5)
    x, family = rng.uniform(-2, 2, (120, 1)), rng.integers(0, 6, 120)
    slope = rng.choice([-2.0, 2.0], 6)  # each family has a slope of its own
    rows = _rows(_tensor(x)) | {FAMILY: torch.from_numpy(family)}
    everywhere, within = _fitted(rows, slope[family] * x[:, 0], noise_floor=0.05).kernel.amplitude.exp()
    assert within > 3 * everywhere
    everywhere, within = _fitted(rows, 2.0 * x[:, 0], noise_floor=0.05).kernel.amplitude.exp()
    assert everywhere > within


def test_the_unit_of_the_targets_does_not_matter() -> None:
    x, y = _line(50)
    near = _rows(_tensor(np.array([[0.3], [5.0]])))
    one, other = (_ask(_fitted(_rows(x), s * y, noise_floor=0.1 * s), near, _rows(x)) for s in (1.0, 100.0))
    for found, expected, unit in zip(other, one, (100.0, 1e4), strict=True):
        np.testing.assert_allclose(found, unit * expected, rtol=0.02)


def test_rows_without_a_view_are_asked_alike_alone_and_beside_rows_with_it() -> None:
    """Where no row of a batch has a view nothing is compared in it; a row that has it forces the comparison."""
    rng = np.random.default_rng(4)
    first, second = _tensor(rng.uniform(size=(30, 2))), _tensor(rng.uniform(size=(30, 3)))
    second[20:] = torch.nan
    train = _rows(first, second)
    process = _conditioned(GaussianProcess(_kernel([0.8, 0.5], [1.7, 0.6])), train, rng.normal(size=30))
    bare = _rows(_tensor(rng.uniform(size=(6, 2))), torch.full((6, 3), torch.nan, dtype=torch.float64))
    beside = {name: torch.cat([view, train[name][:1]]) for name, view in bare.items()}
    for alone, together in zip(_ask(process, bare, train), _ask(process, beside, train), strict=True):
        np.testing.assert_allclose(alone, together[:6], rtol=1e-12)
    assert np.isfinite(_ask(process, bare, train)[0]).all()
