"""Scores of simulated predictions whose uncertainty is known to be right, or wrong for one class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.stats import spearmanr

from ssbscreen.core.dataset import ABOVE, BELOW, EXACT
from ssbscreen.training.card import Score
from ssbscreen.training.scoring import HeldOut, score_rows, split_score


def _rows(n: int = 3000, key_mean: float = 0.0, **changes: object) -> HeldOut:
    rng = np.random.default_rng(0)
    std = rng.uniform(0.1, 1.0, n)
    mean = key_mean + rng.normal(size=n)
    label = np.where(np.arange(n) < 20, "rare", np.where(np.arange(n) % 3 == 0, "hard", "easy"))
    scale = np.where(label == "hard", 2.0, 1.0)
    value = mean + scale * std * rng.normal(size=n)
    groups = {"class": label, "formula": np.arange(n).astype(str)}
    known = {
        "mean": mean,
        "std": std,
        "value": value,
        "bound": np.zeros(n, dtype=np.int8),
        "median": np.zeros(n),
        "baseline": None,
        "groups": groups,
    }
    return HeldOut(**(known | changes))  # type: ignore[arg-type]


def test_a_class_with_wrong_intervals_is_named_and_a_rare_one_is_not_scored() -> None:
    score = score_rows("bulk_modulus", _rows())
    by_label = {row.label: row for row in score.group_coverage}
    assert by_label["easy"].is_right is True
    assert by_label["hard"].is_right is False
    assert by_label["hard"].coverage == pytest.approx(0.589, abs=0.04)  # P(|z| < 1.645 / 2)
    assert by_label["rare"].is_right is None
    assert by_label["easy"].n_clusters == by_label["easy"].n


def test_reliability_is_a_diagonal_for_honest_stds() -> None:
    rows = _rows()
    easy = rows.groups["class"] != "hard"
    honest = _rows(value=np.where(easy, rows.value, np.nan))
    score = score_rows("bulk_modulus", honest)
    assert [p.nominal for p in score.reliability][-2:] == [0.9, 0.95]
    for point in score.reliability:
        assert point.observed == pytest.approx(point.nominal, abs=0.03)
    assert score.interval_coverage == pytest.approx(0.9, abs=0.02)
    for row in score.by_std:
        assert row.rmse == pytest.approx(row.std, rel=0.12)
    rng = np.random.default_rng(2)
    std = rng.uniform(0.1, 1.0, 100_000)
    expected = spearmanr(std, np.abs(std * rng.normal(size=len(std)))).statistic
    assert score.spearman_error_std == pytest.approx(expected, abs=0.05)
    shuffled = score_rows("bulk_modulus", _rows(std=np.random.default_rng(1).permutation(rows.std)))
    assert abs(shuffled.spearman_error_std or 0.0) < 0.06


def test_bounds_are_told_apart_from_exact_rows() -> None:
    rows = HeldOut(
        np.array([1.0, 1.0, 1.0, 4.0]),
        np.ones(4),
        np.array([3.0, 0.5, 3.0, np.nan]),
        np.array([EXACT, BELOW, ABOVE, EXACT], dtype=np.int8),
        np.zeros(4),
        np.full(4, 2.0),
        {},
    )
    score = score_rows("bulk_modulus", rows)
    assert (score.n, score.n_censored) == (3, 2)
    assert score.mae == pytest.approx((2.0 + 0.5 + 2.0) / 3, abs=1e-4)
    assert (score.mae_exact, score.mae_bounds) == (2.0, 1.25)
    assert score.mae_baseline == pytest.approx((1.0 + 1.5 + 1.0) / 3, abs=1e-4)
    exact = score_rows("bulk_modulus", _rows())
    assert (exact.mae_exact, exact.mae_bounds) == (None, None)


def test_linear_properties_are_cut_to_what_is_possible() -> None:
    zero = np.zeros(1)
    rows = HeldOut(np.array([-0.5]), np.array([0.1]), zero, np.zeros(1, dtype=np.int8), zero, None, {})
    score = score_rows("band_gap", rows)
    assert score.mae == 0.0
    assert score.interval_coverage == 1.0
    assert split_score("band_gap", "official", rows).mae == 0.0


def test_a_score_without_the_details_still_loads(tmp_path: Path) -> None:
    old = {"n": 3, "mae": 0.1, "mae_median": 0.2, "mean_std": 0.1}
    assert Score.model_validate(old).group_coverage == ()
    assert yaml.safe_load(yaml.safe_dump(old)) == old
