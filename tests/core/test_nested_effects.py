"""Nested variances against made-up truth and against the likelihood with the whole covariance matrix."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from ssbscreen.core.nested_effects import NestedVariance, group_level, log_likelihood, nested_codes, nested_variance


def _made_up(levels: tuple[float, float], rest: float, seed: int, n_classes: int = 12) -> tuple[np.ndarray, list]:
    rng = np.random.default_rng(seed)
    values, coarse, fine = [], [], []
    for c in range(n_classes):
        a = rng.normal(0, levels[0] ** 0.5)
        for f in range(8):
            b = rng.normal(0, levels[1] ** 0.5)
            n = int(rng.integers(1, 12))
            values.extend(1.0 + a + b + rng.normal(0, rest**0.5, n))
            coarse.extend([f"class {c}"] * n)
            fine.extend([f"family {f}"] * n)  # a name that every class uses
    return np.array(values), [np.array(coarse), np.array(fine)]


def test_variances_of_a_known_truth_come_back() -> None:
    found = [nested_variance(*_made_up((0.4, 0.9), 0.5, seed)) for seed in range(12)]
    assert_allclose(np.mean([f.levels for f in found], axis=0), (0.4, 0.9), rtol=0.25)
    assert_allclose(np.mean([f.rest for f in found]), 0.5, rtol=0.05)
    assert found[0].total == pytest.approx(sum(found[0].levels) + found[0].rest)


def test_no_shared_part_where_there_is_none() -> None:
    found = [nested_variance(*_made_up((0.0, 0.0), 1.0, seed)) for seed in range(6)]
    assert np.mean([sum(f.shares) for f in found]) < 0.05


def test_likelihood_equals_that_of_the_whole_covariance_matrix() -> None:
    values, labels = _made_up((0.4, 0.9), 0.5, 3, n_classes=4)
    codes = nested_codes(labels)
    covariance = 0.5 * np.eye(len(values))
    for variance, code in zip((0.4, 0.9), codes, strict=True):
        covariance += variance * (code[:, None] == code[None, :])
    inverse = np.linalg.inv(covariance)
    ones = np.ones(len(values))
    mean = (ones @ inverse @ values) / (ones @ inverse @ ones)
    deviation = values - mean
    whole = -0.5 * (np.linalg.slogdet(covariance)[1] + np.log(ones @ inverse @ ones) + deviation @ inverse @ deviation)
    assert log_likelihood(values, codes, (0.4, 0.9), 0.5) == pytest.approx(whole, rel=1e-10)


def test_a_level_of_two_groups_cannot_be_told() -> None:
    values, (_, fine) = _made_up((1.0, 0.5), 0.5, 1, n_classes=2)
    coarse = np.repeat(["a", "b"], [len(values) // 2, len(values) - len(values) // 2])
    assert nested_variance(values, [coarse, fine]).levels[0] == 0.0


def test_too_few_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        nested_variance(np.array([1.0, 2.0]), [np.array(["a", "b"])])


def test_a_group_with_many_values_is_known_and_a_new_one_is_as_wide_as_groups_are() -> None:
    values, labels = _made_up((0.4, 0.9), 0.5, 5)
    variance = NestedVariance((0.4, 0.9), 0.5)
    new = group_level(values, labels, variance, ("class 0", "none"))
    assert new.std_fine == pytest.approx(0.9**0.5, rel=0.01)
    stranger = group_level(values, labels, variance, ("none", "none"))
    assert stranger.std_coarse**2 == pytest.approx(0.4, abs=0.15)  # and the error of the overall mean
    assert stranger.mean == pytest.approx(values.mean(), abs=0.3)


def test_intervals_of_groups_hold_their_true_levels() -> None:
    """Made-up groups: the 90 % interval of the level of each holds the truth in nine of ten."""
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(60):
        effect = rng.normal(0, 1, 6)
        n = rng.integers(1, 6, 6)
        coarse = np.repeat(["a", "a", "a", "b", "b", "c"], n)
        fine = np.repeat([f"f{i}" for i in range(6)], n)
        classes = rng.normal(0, 0.7, 3)
        level = effect + classes[[0, 0, 0, 1, 1, 2]]
        values = np.repeat(level, n) + rng.normal(0, 0.5, n.sum())
        for i, name in enumerate(["a", "a", "a", "b", "b", "c"]):
            found = group_level(values, [coarse, fine], NestedVariance((0.49, 1.0), 0.25), (name, f"f{i}"))
            inside.append(abs(found.mean - level[i]) < 1.645 * np.hypot(found.std_coarse, found.std_fine))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.04)


def test_levels_equal_those_of_the_whole_covariance_with_a_vague_mean() -> None:
    """A mean of any size is a constant of great variance in the covariance; few values, so that it matters."""
    values, coarse, fine = np.array([1.0, 1.4, 0.2]), np.array(["a", "a", "b"]), np.array(["f", "g", "f"])
    variance = NestedVariance((0.4, 0.9), 0.25)
    codes = nested_codes([coarse, fine])
    vague = 1e7
    covariance = (
        0.25 * np.eye(3) + vague + sum(v * (c[:, None] == c[None, :]) for v, c in zip((0.4, 0.9), codes, strict=True))
    )
    target = vague + 0.4 * (coarse == "a") + 0.9 * ((coarse == "a") & (fine == "f"))
    weights = np.linalg.solve(covariance, target)
    found = group_level(values, [coarse, fine], variance, ("a", "f"))
    assert found.mean == pytest.approx(weights @ values, rel=1e-5)
    assert found.std_coarse**2 + found.std_fine**2 == pytest.approx(vague + 1.3 - weights @ target, rel=1e-4)
