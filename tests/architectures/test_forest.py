"""Forests as arrays against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pymatgen.core import Composition
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

from ssbscreen.architectures.forest import ForestOptions, Model
from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import UsageError
from ssbscreen.model_parts.base import Targets
from ssbscreen.model_parts.trees import Trees


def _data(n: int = 120, n_features: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, n_features)).round(2)  # rounded, so that values repeat and thresholds tie
    return x, np.sin(3 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.normal(size=n)


@pytest.mark.parametrize("grower", [RandomForestRegressor, ExtraTreesRegressor])
def test_arrays_predict_what_sklearn_predicts(grower: type) -> None:
    x, y = _data()
    fitted = grower(n_estimators=13, random_state=1).fit(x, y)
    forest = Trees.of(fitted.estimators_)
    rng = np.random.default_rng(1)
    # rows exactly on float32 neighbours of thresholds are the ones a careless rounding sends to the other side
    edges = np.repeat(x[:60], 2, axis=0)
    edges[:, 0] = np.resize(np.unique(fitted.estimators_[0].tree_.threshold), len(edges))
    rows = np.concatenate([x, rng.normal(size=(200, x.shape[1])), edges])
    mean, variance = (found.numpy() for found in forest.predict(torch.from_numpy(rows)))
    np.testing.assert_allclose(mean, fitted.predict(rows), rtol=1e-5, atol=1e-6)
    between = np.var([tree.predict(rows.astype(np.float32)) for tree in fitted.estimators_], axis=0)
    assert (variance >= between - 1e-6).all()
    assert forest.predict(torch.zeros(0, x.shape[1]))[0].shape == (0,)


def test_forest_learns_and_is_seeded() -> None:
    x, y = _data(400)
    asked = torch.from_numpy(x[300:])
    first, again = (Trees.grow(x[:300], y[:300], seed=0, n_trees=40).predict(asked)[0].numpy() for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - y[300:]).mean() < 0.8 * np.abs(np.median(y[:300]) - y[300:]).mean()


def test_model_survives_saving_and_skips_missing_targets() -> None:
    formulas = ["Li2S", "LiF", "LiCl", "Li3PS4", "Li7La3Zr2O12", "Li3YCl6", "Li2O", "LiI", "Li6PS5Cl", "LiFePO4"]
    candidates = [Candidate(f, Composition(f)) for f in formulas]
    representation = Model.representation(ForestOptions())
    items = representation.encode(candidates).items
    values = np.arange(20, dtype=float).reshape(10, 2)
    values[3:, 1] = np.nan
    model = Model(ForestOptions(n_trees=20, kind="extra"), 2)
    model.fit(items, Targets(values, np.zeros((10, 2), dtype=np.int8)), seed=0)
    batch = representation.collate(items)
    output = model(batch)
    # fully grown extra trees on distinct rows reproduce their training targets
    np.testing.assert_allclose(output.mean[:, 0], values[:, 0], atol=1e-5)
    assert output.mean[:, 1].max() <= values[:3, 1].max() + 1e-5
    copy = Model.from_state(ForestOptions(n_trees=20, kind="extra"), 2, model.state_dict())
    assert torch.equal(copy(batch).mean, output.mean)
    assert torch.equal(copy(batch).log_variance, output.log_variance)


def test_wrong_use_is_refused_in_words() -> None:
    x, y = _data(20)
    with pytest.raises(UsageError, match="random"):
        Trees.grow(x, y, kind="randon")
    with pytest.raises(UsageError, match="at least one row"):
        Trees.grow(x[:0], y[:0])
    with pytest.raises(UsageError, match="magpie"):
        Model.representation(ForestOptions(features="magpi"))


def test_forest_on_fingerprints_reads_polymers() -> None:
    representation = Model.representation(ForestOptions(features="polymer_fingerprints"))
    units = [Polymer("*CCO*", "[Li+].[I-]", 1.0, 1e5), Polymer("*CCO*", "[Li+].[I-]", 1.0, None), Polymer("*CC(*)C#N")]
    encoded = representation.encode([Candidate("x", polymer=unit) for unit in units])
    assert representation.kind == "polymer"
    assert len(encoded.items) == 3
    assert not np.array_equal(encoded.items[0], encoded.items[1])
