"""Trees grown by scikit-learn and kept as plain arrays, alone, as forests, or boosted.

The arrays are saved as safetensors and walked here, so that saved trees need neither pickle nor scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.model_parts.base import SizedByData

KINDS = ("random", "extra")
_LEAF = -1
_CHUNK = 2048  # rows walked at a time
_RATE = 0.06
_DEPTH = 5
_ROWS = 0.5  # share of the rows that a boosted tree sees
_FEATURES = 0.08  # share of the features that a split of it looks at
_MOST_LOG_ODDS = 7.0  # of the rows that are one and those that are not, where all are alike


class Trees(SizedByData):
    """Regression trees, depth first: the left child of a node is the next node.

    Args:
        is_compact: six bytes a node: features and numbers in half precision, no variances.

    Buffers:
        feature: column that a node splits on, -1 at a leaf.  # (n_nodes,) int16
        number: a row goes left where its feature is at or below it; the value of a leaf.  # (n_nodes,)
        jump: from a node to its right child.  # (n_nodes,) int16, or int32 in large trees
        variance: of the training targets in a node.  # (n_nodes,)
        roots: first node of each tree.  # (n_trees,) int32
    """

    feature: Tensor
    number: Tensor
    jump: Tensor
    variance: Tensor
    roots: Tensor

    def __init__(self, is_compact: bool = False) -> None:
        super().__init__()
        self.register_buffer("feature", torch.zeros(0, dtype=torch.int16))
        self.register_buffer("number", torch.zeros(0, dtype=torch.float16 if is_compact else torch.float32))
        self.register_buffer("jump", torch.zeros(0, dtype=torch.int16))
        self.register_buffer("roots", torch.zeros(0, dtype=torch.int32))
        if not is_compact:
            self.register_buffer("variance", torch.zeros(0))
        self.is_compact = is_compact
        self.depth = 0

    @classmethod
    def grow(
        cls,
        x: np.ndarray,
        y: np.ndarray,
        *,
        kind: str = "random",
        n_trees: int = 200,
        min_samples_leaf: int = 1,
        max_features: float = 1.0,
        seed: int = 0,
        is_compact: bool = False,
    ) -> Trees:
        """A forest.

        Args:
            x: finite features.  # (n, n_features)
            y: finite targets; bounds enter as values.  # (n,)
            kind: "random" (bootstrap, best split) or "extra" (all rows, random thresholds).
            n_trees, min_samples_leaf, max_features, seed: as in scikit-learn.
            is_compact: as of the class.

        Raises:
            UsageError: an unknown kind or no rows.
        """
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        if kind not in KINDS:
            raise unknown("kind of forest", kind, KINDS)
        if len(y) == 0:
            raise UsageError("A forest needs at least one row with a target; none was given.")
        grower = RandomForestRegressor if kind == "random" else ExtraTreesRegressor
        grown = grower(
            n_estimators=n_trees, min_samples_leaf=min_samples_leaf, max_features=max_features, random_state=seed
        )
        return cls.of(grown.fit(_half(x) if is_compact else x, y).estimators_, is_compact)

    @classmethod
    def of(cls, estimators: Sequence[Any], is_compact: bool = False) -> Trees:
        """Arrays of fitted regression trees of scikit-learn with one target.

        Raises:
            ValueError: a left child that is not the next node.
        """
        found, trees = cls(is_compact), [estimator.tree_ for estimator in estimators]
        right, left, feature, threshold, value, variance = (
            np.concatenate([getattr(tree, name) for tree in trees])
            for name in ("children_right", "children_left", "feature", "threshold", "value", "impurity")
        )
        sizes = np.array([tree.node_count for tree in trees])
        is_split, node = right >= 0, np.concatenate([np.arange(size) for size in sizes])
        if (left[is_split] != node[is_split] + 1).any():
            raise ValueError("The trees are not stored depth first.")
        dtype = np.float16 if is_compact else np.float32
        jump = np.where(is_split, right - node, 0)
        found.feature = torch.from_numpy(np.where(is_split, feature, _LEAF).astype(np.int16))
        found.number = torch.from_numpy(np.where(is_split, _floor(threshold, dtype), value[:, 0, 0]).astype(dtype))
        found.jump = torch.from_numpy(jump.astype(np.int16 if jump.max() <= np.iinfo(np.int16).max else np.int32))
        found.roots = torch.from_numpy((np.cumsum(sizes) - sizes).astype(np.int32))
        if not is_compact:
            found.variance = torch.from_numpy(np.maximum(variance, 0.0).astype(np.float32))
        found.on_load()
        return found

    def on_load(self) -> None:
        """Longest way from a root to a leaf."""
        self.depth, node = 0, self.roots.long()
        while len(node := node[self.feature[node] >= 0]):
            self.depth, node = self.depth + 1, torch.cat([node + 1, node + self.jump[node]])

    def forward(self, x: Tensor) -> Tensor:
        """Value of each tree.  # (n, n_features) -> (n, n_trees)"""
        return self.number[self.leaves(x)].float()

    def leaves(self, x: Tensor) -> Tensor:
        """Leaf that each row reaches in each tree.  # (n, n_features) -> (n, n_trees)"""
        x = x.to(self.number.dtype).float()
        node = self.roots.long().expand(len(x), -1)
        for _ in range(self.depth):
            split = self.feature[node].long()
            goes_left = x.gather(1, split.clamp(min=0)) <= self.number[node]
            after = torch.where(goes_left, node + 1, node + self.jump[node])
            node = torch.where(split < 0, node, after)
        return node

    def predict(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance over the trees.

        Args:
            x: finite features.  # (n, n_features)

        Returns:
            Mean (n,) and the mean variance inside the leaves plus the variance between the trees (n,), double.
        """
        means, variances = [], []
        for rows in x.split(_CHUNK):
            leaf = self.leaves(rows)
            value = self.number[leaf].double()
            means.append(value.mean(dim=1))
            variances.append(self.variance[leaf].double().mean(dim=1) + value.var(dim=1, correction=0))
        return torch.cat(means), torch.cat(variances)


class BoostedChance(SizedByData):
    """Chance that a row is one of its kind: the log odds are a sum over boosted trees.

    Buffers:
        start: log odds before the first tree.  # ()
    """

    start: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.trees = Trees(is_compact=True)
        self.register_buffer("start", torch.zeros(()))

    @classmethod
    def grow(cls, x: np.ndarray, is_one: np.ndarray, *, n_trees: int, seed: int) -> BoostedChance:
        """Fit by stochastic gradient boosting of the likelihood (Friedman's).

        Args:
            x: # (n, n_features)
            is_one: # (n,) bool
            n_trees, seed: as in scikit-learn. Where all rows are alike there are no trees.
        """
        from sklearn.ensemble import GradientBoostingClassifier

        found, share = cls(), float(np.mean(is_one))
        edge = 1.0 / (1.0 + np.exp(_MOST_LOG_ODDS))
        start = np.clip(share, edge, 1.0 - edge)
        found.start = torch.tensor(float(np.log(start / (1.0 - start))))
        if 0.0 < share < 1.0:
            grown = GradientBoostingClassifier(
                n_estimators=n_trees,
                learning_rate=_RATE,
                max_depth=_DEPTH,
                subsample=_ROWS,
                max_features=_FEATURES,
                random_state=seed,
            ).fit(_half(x), is_one)
            found.trees = Trees.of(grown.estimators_.ravel(), is_compact=True)
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Chance of each row.  # (n, n_features) -> (n,)"""
        return torch.sigmoid(self.start + _RATE * self.trees(x).sum(dim=1))


def _half(x: np.ndarray) -> np.ndarray:
    """Rounded to half precision."""
    return x.astype(np.float16).astype(np.float32)


def _floor(threshold: np.ndarray, dtype: type[np.floating[Any]]) -> np.ndarray:
    """Largest number of that kind at or below each threshold: rounded rows fall on the same side as in scikit-learn."""
    near = threshold.astype(dtype)
    return np.where(near.astype(np.float64) > threshold, np.nextafter(near, dtype(-np.inf)), near)
