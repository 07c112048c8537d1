"""Boosted trees against scikit-learn's own answer, and what they do without anything to learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.ensemble import GradientBoostingClassifier

from ssbscreen.model_parts import boosted_chance
from ssbscreen.model_parts.boosted_chance import BoostedChance


def _rows(n: int = 300) -> tuple[torch.Tensor, np.ndarray]:
    x = torch.randn(n, 12, generator=torch.Generator().manual_seed(0)).half().float()
    return x, ((x[:, 0] * x[:, 1] + 0.3 * x[:, 2]) > 0).numpy()


def test_chance_equals_that_of_scikit_learn() -> None:
    x, is_one = _rows()
    found = BoostedChance.grow(x, is_one, n_trees=60, seed=1)
    plain = GradientBoostingClassifier(
        n_estimators=60,
        learning_rate=boosted_chance._RATE,
        max_depth=boosted_chance._DEPTH,
        subsample=boosted_chance._ROWS,
        max_features=boosted_chance._FEATURES,
        random_state=1,
    ).fit(x.numpy(), is_one)
    new = torch.randn(200, 12, generator=torch.Generator().manual_seed(1)).half().float()
    for rows in (x, new):
        np.testing.assert_allclose(found(rows).numpy(), plain.predict_proba(rows.numpy())[:, 1], atol=2e-3)


def test_it_comes_back_from_its_tensors_and_is_small() -> None:
    x, is_one = _rows()
    found = BoostedChance.grow(x, is_one, n_trees=40, seed=0)
    copy = BoostedChance()
    copy.load_state_dict({k: v.clone() for k, v in found.state_dict().items()})
    assert torch.equal(copy(x), found(x))
    assert sum(v.numel() * v.element_size() for v in found.state_dict().values()) < 40 * 63 * 6 + 40 * 4 + 8


@pytest.mark.parametrize("is_one", [True, False])
def test_rows_of_one_kind_make_no_trees(is_one: bool) -> None:
    x, _ = _rows(20)
    found = BoostedChance.grow(x, np.full(20, is_one), n_trees=5, seed=0)
    assert len(found.trees.roots) == 0
    assert bool(((found(x) > 0.99) if is_one else (found(x) < 0.01)).all())
