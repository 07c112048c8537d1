"""The training domain on points whose place is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from ssbscreen.training.domain import MAX_REFERENCE, N_NEIGHBOURS, Domain


@pytest.fixture
def fractions() -> np.ndarray:
    table = np.zeros((1500, 104))
    table[:, 3] = 1.0
    return table


def test_distance_equals_a_tree_search(fractions: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    train, new = rng.normal(size=(500, 6)), rng.normal(size=(40, 6))
    domain = Domain.fit(train, new, fractions[:500], seed=0)
    scaled = (train - train.mean(0)) / train.std(0)
    expected, _ = KDTree(scaled).query((new - train.mean(0)) / train.std(0), k=N_NEIGHBOURS)
    half_step = np.ptp(scaled, axis=0) / 255 / 2  # a byte a number: no point lies farther from its place than this
    np.testing.assert_allclose(domain.distance(new), expected.mean(axis=1), atol=np.linalg.norm(half_step))
    assert np.abs(domain.distance(new) - expected.mean(axis=1)).max() > 0


def test_rows_like_training_are_inside_and_far_ones_outside(fractions: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    domain = Domain.fit(rng.normal(size=(1500, 4)), rng.normal(size=(400, 4)), fractions, seed=0)
    inside = domain.contains(rng.normal(size=(1500, 4)), fractions)
    assert inside.mean() == pytest.approx(0.98, abs=0.015)
    assert not domain.contains(rng.normal(size=(1500, 4)) + 8.0, fractions).any()


def test_an_element_never_met_is_outside(fractions: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(1500, 4))
    domain = Domain.fit(points, points[:100], fractions, seed=0)
    foreign = np.zeros((1, 104))
    foreign[0, [3, 92]] = 0.5
    centre = points.mean(axis=0, keepdims=True)
    assert domain.contains(centre, fractions[:1]).all()
    assert not domain.contains(centre, foreign).any()


def test_saved_and_read_again(fractions: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    points = rng.normal(size=(1500, 4))
    domain = Domain.fit(points, points[:100], fractions, seed=0)
    stored = domain.tensors("x")
    again = Domain.from_tensors("x", stored, domain.threshold)
    np.testing.assert_allclose(again.points, domain.points, atol=1e-6)
    np.testing.assert_allclose(again.distance(points[:50] + 1), domain.distance(points[:50] + 1), rtol=1e-5)
    assert stored["domain.x.points"].dtype == torch.uint8
    # models of earlier versions hold halves
    old = {k: v for k, v in stored.items() if not k.endswith((".low", ".step"))}
    old["domain.x.points"] = torch.from_numpy(domain.points).half()
    halves = Domain.from_tensors("x", old, domain.threshold)
    np.testing.assert_allclose(halves.distance(points[:50] + 1), domain.distance(points[:50] + 1), rtol=5e-3)


def test_a_rare_feature_survives_the_bytes(fractions: np.ndarray) -> None:
    """One row in 1500 lies 39 standard deviations out; the others keep their 0 exactly, and it keeps its place."""
    points = np.random.default_rng(5).normal(size=(1500, 4))
    points[:, 3] = 0.0
    points[7, 3] = 1.0
    domain = Domain.fit(points, points[:100], fractions, seed=0)
    scaled = (points - domain.centre) / domain.scale
    found = np.sort(domain.points[:, 3])
    np.testing.assert_allclose(found, np.sort(scaled[:, 3]), atol=1e-5)


def test_new_measurements_are_not_lost_among_many_thousands_of_old_rows() -> None:
    rng = np.random.default_rng(4)
    old, new = rng.normal(size=(20000, 4)), rng.normal(size=(15, 4)) * 0.3 + 7.0
    points, fold = np.concatenate([old, new]), np.arange(20015) % 5
    fractions = np.zeros((len(points), 104))
    fractions[:, 3] = 1.0
    is_new = np.arange(len(points)) >= len(old)
    relatives = rng.normal(size=(200, 4)) * 0.3 + 7.0
    known = fractions[:200]
    before = Domain.fit_folds(old, fractions[:20000], fold[:20000], seed=0)
    plain = Domain.fit_folds(points, fractions, fold, seed=0)
    after = Domain.fit_folds(points, fractions, fold, 0, is_new)
    assert not before.contains(relatives, known).any()
    assert plain.contains(relatives, known).mean() < 0.9, "one or two of them in 2000 points say little"
    assert after.contains(relatives, known).mean() > 0.95
    assert after.contains(rng.normal(size=(2000, 4)), np.repeat(known, 10, axis=0)).mean() > 0.95
    assert not after.contains(relatives - 14.0, known).any()
    assert len(after.points) == len(before.points) == MAX_REFERENCE
    missing, _ = KDTree(after.points).query((new - after.centre) / after.scale)
    assert missing.max() < 0.04, "every new row stands among the points"
