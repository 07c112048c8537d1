"""Random forests and extremely randomised trees on descriptors of compositions or polymers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ssbscreen.featurize.base import Representation
from ssbscreen.featurize.vectors import CompositionVectors, PolymerVectors
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.trees import KINDS, Trees

_POLYMER = "polymer_"


@dataclass(frozen=True)
class ForestOptions:
    """Options of a forest.

    Attributes:
        kind: "random" or "extra".
        n_trees, min_samples_leaf, max_features: as in scikit-learn.
        features: sets of composition descriptors joined by "+", see `CompositionVectors`; for polymers
            "polymer_fingerprints" or "polymer_descriptors", see `PolymerVectors`.
    """

    kind: str = "random"
    n_trees: int = 200
    min_samples_leaf: int = 1
    max_features: float = 1.0
    features: str = "magpie"


class Model(Architecture):
    """One forest a target on composition descriptors; bounds count as values."""

    Options = ForestOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "kind": KINDS,
        "min_samples_leaf": (1, 2, 4),
        "max_features": (0.3, 0.5, 1.0),
    }
    is_fitted_directly = True

    def __init__(self, options: ForestOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.forests = nn.ModuleList(Trees() for _ in range(n_targets))

    @classmethod
    def representation(cls, options: ForestOptions) -> Representation:
        """Descriptors of compositions or of polymers."""
        if options.features.startswith(_POLYMER):
            return PolymerVectors(options.features.replace(_POLYMER, ""))
        return CompositionVectors(options.features)

    def fit(self, items: Sequence[Any], targets: Targets, seed: int) -> None:
        """Grow one forest a target on its finite rows."""
        x = np.stack(list(items)) if len(items) else np.zeros((0, 1))
        for target, column in enumerate(targets.values.T):
            known = np.isfinite(column)
            self.forests[target] = Trees.grow(
                x[known],
                column[known],
                kind=self.options.kind,
                n_trees=self.options.n_trees,
                min_samples_leaf=self.options.min_samples_leaf,
                max_features=self.options.max_features,
                seed=seed + target,
            )

    def embed(self, batch: Tensor) -> Tensor:
        """The descriptors themselves.  # (batch, n_features)"""
        return batch

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Means and log variances of all forests.  # (batch, n_features) -> (batch, n_targets) twice"""
        pairs = [forest.predict(embedding) for forest in self.forests if isinstance(forest, Trees)]
        mean, variance = (torch.stack([pair[i] for pair in pairs], dim=1) for i in range(2))
        return HeadOutput(mean.to(embedding), variance.clamp(min=1e-6).log().to(embedding))
