"""Rows of a training in batches: the parts that are learned from and watched, and which rows an epoch holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssbscreen.featurize.base import Representation
from ssbscreen.model_parts.base import Targets


@dataclass(frozen=True)
class Part:
    """Encoded rows of one part of the split.

    Attributes:
        items: # n
        targets: learned scale.  # (n, n_targets)
        sizes: of the items.  # (n,)
        weights: share with which each row counts, None for all 1.  # (n,)
    """

    items: Sequence[Any]
    targets: Targets
    sizes: np.ndarray
    weights: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Part:
        """Some of the rows."""
        return Part(
            [self.items[int(i)] for i in rows],
            self.targets.take(rows),
            self.sizes[rows],
            None if self.weights is None else self.weights[rows],
        )

    def collate(self, rows: np.ndarray, representation: Representation) -> tuple[Any, Tensor, Tensor]:
        """Inputs, targets and bounds of some rows."""
        return (
            representation.collate([self.items[int(i)] for i in rows]),
            torch.from_numpy(self.targets.values[rows].astype(np.float32)),
            torch.from_numpy(self.targets.bound[rows].astype(np.int64)),
        )


@dataclass(frozen=True)
class Parts:
    """What a training learns from, and what it watches."""

    train: Part
    validation: Part


def epoch_rows(repeats: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """Rows of one epoch in random order; a row with repeats 2.3 comes twice or, with chance 0.3, three times."""
    rng = np.random.default_rng([seed, epoch])
    whole = np.floor(repeats).astype(np.int64)
    extra = rng.random(len(repeats)) < repeats - whole
    rows: np.ndarray = rng.permutation(np.repeat(np.arange(len(repeats)), whole + extra))
    return rows
