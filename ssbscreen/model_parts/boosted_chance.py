"""Gradient-boosted trees that state a chance, grown by scikit-learn and kept as a compact forest."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.model_parts.compact_forest import CompactForest
from ssbscreen.model_parts.trees import Forest

_RATE = 0.06
_DEPTH = 5
_ROWS = 0.5  # share of the rows that a tree sees
_FEATURES = 0.08  # share of the features that a split looks at
_MOST_LOG_ODDS = 7.0  # of the rows that are one and those that are not, where all are alike


class BoostedChance(nn.Module):
    """Chance that a row is one of its kind: the log odds are a sum over trees.

    Buffers:
        start: log odds before the first tree.  # ()
    """

    start: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.trees = CompactForest()
        self.register_buffer("start", torch.zeros(()))

    @classmethod
    def grow(cls, x: Tensor, is_one: np.ndarray, *, n_trees: int, seed: int) -> BoostedChance:
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
            ).fit(x.half().float().numpy(), is_one)
            found.trees = CompactForest.of(Forest.from_sklearn(SimpleNamespace(estimators_=grown.estimators_.ravel())))
        return found

    def forward(self, x: Tensor) -> Tensor:
        """Chance of each row.  # (n, n_features) -> (n,)"""
        steps = self.trees(x).sum(dim=1) if len(self.trees.roots) else torch.zeros_like(x[:, 0])
        return torch.sigmoid(self.start + _RATE * steps)
