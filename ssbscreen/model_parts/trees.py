"""Trees grown by scikit-learn and kept as plain arrays.

The arrays are saved as safetensors and walked here, so that saved trees need neither pickle nor scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.errors import UsageError, unknown

KINDS = ("random", "extra")
FIELDS = ("feature", "threshold", "left", "right", "value", "variance", "roots")
_MAX_OFFSET = 32767


@dataclass(frozen=True)
class Forest:
    """Trees as flat arrays; node numbers run over all trees.

    Attributes:
        feature: column that a node splits on, -1 at a leaf.  # (n_nodes,) int32
        threshold: a row goes left where its float32 value is at or below it.  # (n_nodes,) float32
        left, right: children.  # (n_nodes,) int32
        value: mean of the training targets in a node.  # (n_nodes,) float32
        variance: their variance.  # (n_nodes,) float32
        roots: first node of each tree.  # (n_trees,) int32
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    variance: np.ndarray
    roots: np.ndarray

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
        n_jobs: int = 1,
    ) -> Forest:
        """Fit trees.

        Args:
            x: finite features.  # (n, n_features)
            y: finite targets; bounds enter as values.  # (n,)
            kind: "random" (bootstrap, best split) or "extra" (all rows, random thresholds).
            n_trees, min_samples_leaf, max_features, seed, n_jobs: as in scikit-learn.

        Raises:
            UsageError: an unknown kind or no rows.
        """
        from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

        if kind not in KINDS:
            raise unknown("kind of forest", kind, KINDS)
        if len(y) == 0:
            raise UsageError("A forest needs at least one row with a target; none was given.")
        grower = RandomForestRegressor if kind == "random" else ExtraTreesRegressor
        fitted = grower(
            n_estimators=n_trees,
            min_samples_leaf=min_samples_leaf,
            max_features=max_features,
            random_state=seed,
            n_jobs=n_jobs,
        ).fit(x, y)
        return cls.from_sklearn(fitted)

    @classmethod
    def from_sklearn(cls, fitted: Any) -> Forest:
        """Arrays of a fitted forest of regression trees with one target."""
        parts: dict[str, list[np.ndarray]] = {name: [] for name in FIELDS}
        start = 0
        for estimator in fitted.estimators_:
            tree = estimator.tree_
            is_leaf = tree.children_left < 0
            parts["feature"].append(np.where(is_leaf, -1, tree.feature))
            parts["threshold"].append(_floor32(np.where(is_leaf, 0.0, tree.threshold)))
            parts["left"].append(np.where(is_leaf, 0, tree.children_left + start))
            parts["right"].append(np.where(is_leaf, 0, tree.children_right + start))
            parts["value"].append(tree.value[:, 0, 0])
            parts["variance"].append(np.maximum(tree.impurity, 0.0))
            parts["roots"].append(np.array([start]))
            start += tree.node_count
        whole = {name: np.concatenate(arrays) for name, arrays in parts.items()}
        integers = ("feature", "left", "right", "roots")
        return cls(**{k: v.astype(np.int32 if k in integers else np.float32) for k, v in whole.items()})

    def packed(self) -> dict[str, Tensor]:
        """In half the room: values and variances in half precision, the left child follows its parent anyway.

        `unpacked` gives back the same forest with these roundings.
        """
        inner = self.feature >= 0
        own = np.arange(len(self.feature))
        offset = np.where(inner, self.right - own, 0)
        if not (self.left[inner] == own[inner] + 1).all() or offset.max(initial=0) > _MAX_OFFSET:
            raise UsageError(f"Only forests grown depth first with trees of at most {_MAX_OFFSET} nodes can be packed.")
        return {
            "feature": torch.from_numpy(self.feature.astype(np.int16)),
            "threshold": torch.from_numpy(self.threshold),
            "offset": torch.from_numpy(offset.astype(np.int16)),
            "value": torch.from_numpy(self.value).half(),
            "variance": torch.from_numpy(self.variance).half(),
            "roots": torch.from_numpy(self.roots),
        }

    @classmethod
    def unpacked(cls, tensors: dict[str, Tensor]) -> Forest:
        """From the tensors of `packed`."""
        found = {name: tensor.cpu().numpy() for name, tensor in tensors.items()}
        feature = found["feature"].astype(np.int32)
        own = np.arange(len(feature), dtype=np.int32)
        inner = feature >= 0
        return cls(
            feature,
            found["threshold"],
            np.where(inner, own + 1, 0).astype(np.int32),
            np.where(inner, own + found["offset"], 0).astype(np.int32),
            found["value"].astype(np.float32),
            found["variance"].astype(np.float32),
            found["roots"],
        )

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """Leaf that each row reaches in each tree.  # (n, n_features) -> (n, n_trees)"""
        x = np.asarray(x, dtype=np.float32)
        node = np.broadcast_to(self.roots, (len(x), len(self.roots))).astype(np.int32)
        rows = np.arange(len(x))[:, None]
        while len(x):
            split = self.feature[node]
            if (split < 0).all():
                break
            goes_left = x[rows, np.maximum(split, 0)] <= self.threshold[node]
            node = np.where(split < 0, node, np.where(goes_left, self.left[node], self.right[node]))
        return node

    def predict(self, x: np.ndarray, chunk: int = 2048) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance over the trees.

        Args:
            x: finite features.  # (n, n_features)
            chunk: rows walked at a time.

        Returns:
            Mean (n,) and the mean variance inside the leaves plus the variance between the trees (n,).
        """
        means, variances = [np.zeros(0)], [np.zeros(0)]
        for begin in range(0, len(x), chunk):
            leaf = self.leaves(x[begin : begin + chunk])
            value = self.value[leaf].astype(np.float64)
            means.append(value.mean(axis=1))
            variances.append(self.variance[leaf].mean(axis=1, dtype=np.float64) + value.var(axis=1))
        return np.concatenate(means), np.concatenate(variances)


def _floor32(threshold: np.ndarray) -> np.ndarray:
    """Largest float32 at or below each threshold, so that float32 rows fall on the same side as in scikit-learn."""
    single = threshold.astype(np.float32)
    return np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single).astype(np.float32)
