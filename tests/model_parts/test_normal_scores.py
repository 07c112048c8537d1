"""Normal scores against ranks, and what they must not depend on."""

import numpy as np
import pytest
import torch
from scipy.stats import norm, rankdata

from ssbscreen.model_parts.normal_scores import NormalScores


def columns(n=400, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack(
        [rng.lognormal(sigma=1.5, size=n), rng.integers(0, 4, size=n).astype(float), rng.normal(size=n)], axis=1
    )


def scores_of(train, rows):
    found = NormalScores()
    found.fit(torch.from_numpy(train))
    return found(torch.from_numpy(rows)).numpy()


def test_training_rows_get_the_scores_of_their_ranks():
    raw = columns()
    found = scores_of(raw, raw)
    for column in range(raw.shape[1]):
        middle = (rankdata(raw[:, column]) - 0.5) / len(raw)  # mean ranks: ties share one score
        expected = norm.ppf(np.clip(middle, 0.005, 0.995))
        error = np.abs(found[:, column] - expected)
        if column == 1:
            assert error.max() < 1e-9  # few values, each a knot
        # a rank between two of 33 knots is that of a straight line, which errs most in the long tail
        assert error[np.abs(expected) < 1.5].max() < 0.12
        assert error.max() < 0.5


def test_the_scale_of_a_column_does_not_matter():
    raw = columns()
    stretched = raw.copy()
    stretched[:, 1] = np.exp(3 * raw[:, 1])
    assert np.allclose(scores_of(raw, raw)[:, 1], scores_of(stretched, stretched)[:, 1], atol=1e-9)


def test_values_outside_are_extended_and_missing_ones_stay_missing():
    raw = columns()
    raw[3, 2] = np.nan
    ends = np.array([[raw[:, 0].max(), 0.0, np.nanmin(raw[:, 2])]])
    beyond = ends + np.array([[raw[:, 0].std(), 0.0, -2 * np.nanstd(raw[:, 2])]])
    moved = scores_of(raw, beyond) - scores_of(raw, ends)
    assert moved[0] == pytest.approx([1.0, 0.0, -2.0])
    assert np.isnan(scores_of(raw, np.array([[1.0, np.nan, 0.0]]))).tolist() == [[False, True, False]]


def test_a_column_that_says_nothing_is_the_same_for_all():
    raw = np.stack([np.full(50, 3.0), np.full(50, np.nan)], axis=1)
    found = scores_of(raw, np.array([[3.0, 1.0], [9.0, 2.0]]))
    assert np.isfinite(found).all()
    assert np.allclose(found[0], found[1])


def test_rounding_does_not_part_what_is_one_value():
    rng = np.random.default_rng(3)
    raw = np.abs(rng.normal(size=(400, 1)))
    raw[:250] = np.abs(rng.normal(scale=1e-15, size=(250, 1)))  # bonds all equal, as computed in different cells
    found = NormalScores()
    found.fit(torch.from_numpy(raw))
    asked = torch.tensor([[0.0], [1e-16], [3e-15], [float(raw[:250].max())]], dtype=torch.float64)
    assert np.ptp(found(asked).numpy()) < 1e-9
    assert found(asked)[0].item() == pytest.approx(norm.ppf(125 / 400), abs=0.2)
