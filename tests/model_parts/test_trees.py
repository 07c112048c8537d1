"""Compact and boosted trees against scikit-learn's own answer, and what they do without anything to learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.ensemble import ExtraTreesRegressor, GradientBoostingClassifier

from ssbscreen.model_parts import trees
from ssbscreen.model_parts.trees import BoostedChance, Trees


def _rows(n: int = 300) -> tuple[torch.Tensor, np.ndarray]:
    x = torch.randn(n, 12, generator=torch.Generator().manual_seed(0)).half().float()
    return x, ((x[:, 0] * x[:, 1] + 0.3 * x[:, 2]) > 0).numpy()


def test_chance_equals_that_of_scikit_learn() -> None:
    x, is_one = _rows()
    found = BoostedChance.grow(x.numpy(), is_one, n_trees=60, seed=1)
    plain = GradientBoostingClassifier(
        n_estimators=60,
        learning_rate=trees._RATE,
        max_depth=trees._DEPTH,
        subsample=trees._ROWS,
        max_features=trees._FEATURES,
        random_state=1,
    ).fit(x.numpy(), is_one)
    new = torch.randn(200, 12, generator=torch.Generator().manual_seed(1)).half().float()
    for rows in (x, new):
        np.testing.assert_allclose(found(rows).numpy(), plain.predict_proba(rows.numpy())[:, 1], atol=2e-3)


def test_it_comes_back_from_its_tensors_and_is_small() -> None:
    x, is_one = _rows()
    found = BoostedChance.grow(x.numpy(), is_one, n_trees=40, seed=0)
    copy = BoostedChance()
    copy.load_state_dict({k: v.clone() for k, v in found.state_dict().items()})
    assert torch.equal(copy(x), found(x))
    assert sum(v.numel() * v.element_size() for v in found.state_dict().values()) < 40 * 63 * 6 + 40 * 4 + 8


@pytest.mark.parametrize("is_one", [True, False])
def test_rows_of_one_kind_make_no_trees(is_one: bool) -> None:
    x, _ = _rows(20)
    found = BoostedChance.grow(x.numpy(), np.full(20, is_one), n_trees=5, seed=0)
    assert len(found.trees.roots) == 0
    assert bool(((found(x) > 0.99) if is_one else (found(x) < 0.01)).all())


def test_compact_trees_say_what_scikit_learn_says() -> None:
    rng = np.random.default_rng(1)
    x, asked = (rng.normal(size=(n, 5)).astype(np.float32) for n in (200, 300))
    y = x[:, 0] * 2 + rng.normal(size=200)
    grown = ExtraTreesRegressor(n_estimators=8, max_features=0.5, random_state=4).fit(x.astype(np.float16), y)
    compact = Trees.of(grown.estimators_, is_compact=True)
    expected = np.stack([tree.predict(asked.astype(np.float16)) for tree in grown.estimators_], axis=1)
    np.testing.assert_allclose(compact(torch.from_numpy(asked)).numpy(), expected, rtol=1e-3, atol=1e-3)
    same = Trees.grow(x, y, kind="extra", n_trees=8, max_features=0.5, seed=4, is_compact=True)
    assert torch.equal(same(torch.from_numpy(asked)), compact(torch.from_numpy(asked)))
    other = Trees(is_compact=True)
    other.load_state_dict(compact.state_dict())
    assert torch.equal(other(torch.from_numpy(asked)), compact(torch.from_numpy(asked)))
    assert sum(t.numel() * t.element_size() for t in compact.state_dict().values()) < 6.1 * len(compact.feature)
    assert Trees(is_compact=True)(torch.from_numpy(asked)).shape == (300, 0)


def test_trees_of_another_order_are_refused() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 3))
    grown = ExtraTreesRegressor(n_estimators=1, max_leaf_nodes=20, random_state=4).fit(x, x[:, 0])  # best first
    with pytest.raises(ValueError, match="depth first"):
        Trees.of(grown.estimators_)
