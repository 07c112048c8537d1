"""A forest in few bytes: six a node, walked in torch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.model_parts.trees import Forest

_LEAF = -1


class CompactForest(nn.Module):
    """Trees on features of half precision; the left child of a node is the next node.

    Buffers:
        feature: column that a node splits on, -1 at a leaf.  # (n_nodes,) int16
        number: a row goes left where its feature is at or below it; the value of a leaf.  # (n_nodes,) float16
        jump: from a node to its right child.  # (n_nodes,) int16
        roots: first node of each tree.  # (n_trees,) int32
    """

    feature: Tensor
    number: Tensor
    jump: Tensor
    roots: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name, kind in (
            ("feature", torch.int16),
            ("number", torch.float16),
            ("jump", torch.int16),
            ("roots", torch.int32),
        ):
            self.register_buffer(name, torch.zeros(0, dtype=kind))

    @classmethod
    def grow(cls, x: Tensor, y: np.ndarray, *, n_trees: int, max_features: float, seed: int) -> CompactForest:
        """Extremely randomised trees.

        Args:
            x: # (n, n_features)
            y: finite.  # (n,)
            n_trees, max_features, seed: as in scikit-learn.
        """
        grown = Forest.grow(
            x.half().float().numpy(), y, kind="extra", n_trees=n_trees, max_features=max_features, seed=seed
        )
        return cls.of(grown)

    @classmethod
    def of(cls, grown: Forest) -> CompactForest:
        """From a forest that was grown on features of half precision, depth first.

        Raises:
            ValueError: a left child that is not the next node, or a tree too large for 16 bits.
        """
        node = np.arange(len(grown.feature))
        is_split = grown.feature >= 0
        jump = np.where(is_split, grown.right - node, 0)
        if (grown.left[is_split] != node[is_split] + 1).any() or jump.max(initial=0) > np.iinfo(np.int16).max:
            raise ValueError("The trees are not stored depth first, or are too large for 16 bits.")
        compact = cls()
        number = np.where(is_split, _floor16(grown.threshold), grown.value.astype(np.float16))
        compact.feature = torch.from_numpy(np.where(is_split, grown.feature, _LEAF).astype(np.int16))
        compact.number = torch.from_numpy(number.astype(np.float16))
        compact.jump = torch.from_numpy(jump.astype(np.int16))
        compact.roots = torch.from_numpy(grown.roots.astype(np.int32))
        return compact

    def forward(self, x: Tensor) -> Tensor:
        """Value of each tree.  # (n, n_features) -> (n, n_trees)"""
        x = x.half().float()
        feature, number, jump = self.feature.long(), self.number.float(), self.jump.long()
        node = self.roots.long().expand(len(x), -1)
        while True:
            split = feature[node]
            if bool((split < 0).all()):
                return number[node]
            goes_left = x.gather(1, split.clamp(min=0)) <= number[node]
            node = torch.where(split < 0, node, torch.where(goes_left, node + 1, node + jump[node]))

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: object) -> None:
        for name in ("feature", "number", "jump", "roots"):  # their lengths depend on the data
            if prefix + name in state_dict:
                setattr(self, name, torch.empty_like(state_dict[prefix + name], device=getattr(self, name).device))
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _floor16(threshold: np.ndarray) -> np.ndarray:
    """Largest float16 at or below each threshold: rows of half precision fall on the same side."""
    half = threshold.astype(np.float16)
    return np.where(half.astype(np.float64) > threshold, np.nextafter(half, np.float16(-np.inf)), half)
