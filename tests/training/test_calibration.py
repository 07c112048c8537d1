"""Calibration checked on simulated ensembles whose true noise is known."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.dataset import ABOVE, BELOW
from ssbscreen.training.calibration import (
    apply_calibration,
    chemistry_classes,
    error_correlation,
    fit_calibration,
    interval,
)
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


def _two_classes(n: int, seed: int) -> tuple[np.ndarray, ...]:
    """Stds that are right for the oxides and three times too small for the sulfides."""
    rng = np.random.default_rng(seed)
    classes = np.where(rng.random(n) < 0.5, "oxide", "sulfide")
    std = rng.uniform(0.2, 1.0, n)
    value = rng.normal(size=n) * std * np.where(classes == "sulfide", 3.0, 1.0)
    return classes, std, value


def test_each_class_is_covered_when_their_errors_differ() -> None:
    classes, std, value = _two_classes(3000, 6)
    zero = np.zeros(3000)
    found = fit_calibration(zero, std, zero, value, zero, classes=classes)
    assert found.by_class["sulfide"] / found.by_class["oxide"] == pytest.approx(3.0, rel=0.1)
    classes, std, value = _two_classes(20_000, 7)
    zero = np.zeros(20_000)
    lower, upper = interval(zero, *apply_calibration(found, std, zero, classes))
    for label in ("oxide", "sulfide"):
        own = classes == label
        assert coverage(lower[own], upper[own], value[own], zero[own]) == pytest.approx(0.90, abs=0.015)
    common = fit_calibration(*(a[:3000] for a in (zero, std, zero, value, zero)))
    lower, upper = interval(zero, *apply_calibration(common, std, zero))
    assert (
        coverage(
            lower[classes == "sulfide"],
            upper[classes == "sulfide"],
            value[classes == "sulfide"],
            zero[classes == "sulfide"],
        )
        < 0.85
    )  # what one factor for all would do


def test_a_class_of_few_rows_stays_near_the_common_factor() -> None:
    rng = np.random.default_rng(8)
    zero, std = np.zeros(1003), np.ones(1003)
    classes = np.array(["oxide"] * 1000 + ["hydride"] * 3)
    value = np.concatenate([rng.normal(size=1000), [30.0, 30.0, 30.0]])
    found = fit_calibration(zero, std, zero, value, zero, classes=classes)
    assert 1.1 < found.by_class["hydride"] / found.by_class["oxide"] < 1.3
    stated = apply_calibration(found, np.ones(2), np.zeros(2), np.array(["oxide", "polymer"]))[0]
    assert stated[1] == pytest.approx(found.aleatoric)  # a class that was never met has the common factor


def test_the_floor_may_hold_a_whole_class() -> None:
    """Rows inside the floor need no factor; the other class is covered all the same."""
    rng = np.random.default_rng(9)
    n = 2000
    classes = np.where(np.arange(n) < n // 2, "other", "oxide")
    std = np.where(classes == "other", 0.01, 0.5)
    value = np.where(classes == "other", 0.0, rng.normal(size=n) * 1.2)
    found = fit_calibration(np.zeros(n), std, np.zeros(n), value, np.zeros(n), 0.05, classes)
    stated = np.hypot(*apply_calibration(found, std, np.zeros(n), classes))
    np.testing.assert_allclose(stated[classes == "other"], 0.05)
    half = 1.6449 * stated[classes == "oxide"]
    assert np.mean(np.abs(value[classes == "oxide"]) <= half) == pytest.approx(0.90, abs=0.01)


def test_bounds_do_not_decide_about_classes_and_missing_ones_are_told() -> None:
    classes, std, value = _two_classes(2000, 10)
    zero = np.zeros(2000)
    far, bound = value.copy(), zero.copy()
    far[:300] += 50.0
    bound[:300] = BELOW
    found = fit_calibration(zero, std, zero, far, bound, classes=classes)
    assert found.by_class["sulfide"] / found.by_class["oxide"] == pytest.approx(3.0, rel=0.15)
    with pytest.raises(ValueError, match="class"):
        apply_calibration(found, std, zero)


def test_classes_of_candidates_are_those_of_the_data_sets() -> None:
    candidates = [Candidate(f, Composition(f)) for f in ("Li6PS5Cl", "Li7La3Zr2O12", "Li3YCl6", "NiAl")]
    assert chemistry_classes(candidates).tolist() == ["sulfide", "oxide", "halide", "other"]
