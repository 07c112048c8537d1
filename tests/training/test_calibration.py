"""Calibration judged on simulated ensembles whose true noise is known."""

from __future__ import annotations

import numpy as np
import pytest

from ssbscreen.core.dataset import ABOVE, BELOW
from ssbscreen.training.calibration import apply_calibration, error_correlation, fit_calibration, interval
from ssbscreen.training.metrics import coverage


def simulate(n: int, seed: int, a: float, b: float) -> tuple[np.ndarray, ...]:
    """Raw stds, and errors whose true std is hypot(a aleatoric, b epistemic)."""
    rng = np.random.default_rng(seed)
    aleatoric, epistemic = rng.uniform(0.2, 1.0, n), rng.uniform(0.0, 1.0, n) ** 2
    mean = rng.normal(size=n)
    value = mean + rng.normal(size=n) * np.hypot(a * aleatoric, b * epistemic)
    return mean, aleatoric, epistemic, value


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.4, 3.0), (2.5, 0.5)])
def test_finds_the_factors_and_covers_new_rows(a: float, b: float) -> None:
    mean, aleatoric, epistemic, value = simulate(4000, 0, a, b)
    found = fit_calibration(mean, aleatoric, epistemic, value, np.zeros(4000))
    assert found.aleatoric == pytest.approx(a, rel=0.15)
    assert found.epistemic == pytest.approx(b, rel=0.3)
    mean, aleatoric, epistemic, value = simulate(20_000, 1, a, b)
    lower, upper = interval(mean, *apply_calibration(found, aleatoric, epistemic))
    assert coverage(lower, upper, value, np.zeros(20_000)) == pytest.approx(0.90, abs=0.02)


def test_covers_when_errors_have_heavy_tails() -> None:
    rng = np.random.default_rng(2)
    std = np.full(3000, 0.3)
    found = fit_calibration(np.zeros(3000), std, 0 * std, 0.1 * rng.standard_t(2.0, 3000), np.zeros(3000))
    lower, upper = interval(np.zeros(20_000), *apply_calibration(found, np.full(20_000, 0.3), np.zeros(20_000)))
    assert coverage(lower, upper, 0.1 * rng.standard_t(2.0, 20_000), np.zeros(20_000)) == pytest.approx(0.90, abs=0.02)


def test_small_samples_cover_on_average() -> None:
    """The conformal rank makes 40 calibration rows enough, averaged over many calibrations."""
    found = []
    for seed in range(150):
        mean, aleatoric, epistemic, value = simulate(440, seed + 10, 0.7, 2.0)
        fit = fit_calibration(mean[:40], aleatoric[:40], epistemic[:40], value[:40], np.zeros(40))
        lower, upper = interval(mean[40:], *apply_calibration(fit, aleatoric[40:], epistemic[40:]))
        found.append(coverage(lower, upper, value[40:], np.zeros(400)))
    assert 0.88 < np.mean(found) < 0.94


def test_bounds_inform_without_being_taken_as_values() -> None:
    mean, aleatoric, epistemic, value = simulate(3000, 3, 1.0, 1.0)
    bound = np.zeros(3000)
    shifted = value.copy()
    shifted[:1000] += 50.0  # true but weak statements: the truth is far below the bound
    bound[:1000] = BELOW
    shifted[1000:1500] -= 50.0
    bound[1000:1500] = ABOVE
    found = fit_calibration(mean, aleatoric, epistemic, shifted, bound)
    assert found.aleatoric == pytest.approx(1.0, rel=0.2)


def test_calibrated_stds_keep_their_order_and_the_floor() -> None:
    mean, aleatoric, epistemic, value = simulate(500, 4, 0.1, 0.1)
    found = fit_calibration(mean, aleatoric, epistemic, value, np.zeros(500), floor=0.2)
    a, e = apply_calibration(found, aleatoric, epistemic)
    assert np.hypot(a, e).min() >= 0.2 - 1e-12
    order = np.argsort(aleatoric)
    assert (np.diff(apply_calibration(found, aleatoric[order], np.zeros(500))[0]) >= 0).all()


def test_too_few_rows_change_nothing() -> None:
    found = fit_calibration(np.zeros(5), np.ones(5), np.ones(5), np.ones(5) * 9, np.zeros(5))
    assert (found.aleatoric, found.epistemic, found.n) == (1.0, 1.0, 5)


def test_error_correlation_is_that_of_the_simulation_despite_outliers() -> None:
    rng = np.random.default_rng(5)
    errors = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 4000)
    errors[:5] = [1000.0, -1000.0]
    third = np.full((4000, 1), np.nan)
    third[:20] = 1.0
    found = error_correlation(np.hstack([errors, third]))
    assert found[0, 1] == pytest.approx(0.7, abs=0.04)
    assert found[0, 2] == 0.0
