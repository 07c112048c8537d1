"""Random forests and extremely randomised trees on descriptors of compositions or polymers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.featurize.base import Representation
from ssbscreen.featurize.composition import CompositionVectors
from ssbscreen.featurize.polymer_descriptors import PolymerVectors
from ssbscreen.model_parts.base import Architecture, HeadOutput, Targets
from ssbscreen.model_parts.trees import FIELDS, KINDS, Forest

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
    SEARCH_SPACE = {"kind": KINDS, "min_samples_leaf": (1, 2, 4), "max_features": (0.3, 0.5, 1.0)}  # noqa: RUF012
    is_fitted_directly = True

    def __init__(self, options: ForestOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.forests: list[Forest] = []

    @classmethod
    def representation(cls, options: ForestOptions) -> Representation:
        """Descriptors of compositions or of polymers."""
        if options.features.startswith(_POLYMER):
            return PolymerVectors(options.features.replace(_POLYMER, ""))
        return CompositionVectors(options.features)

    def fit(self, items: Sequence[Any], targets: Targets, seed: int) -> None:
        """Grow one forest a target on its finite rows."""
        x = np.stack(list(items)) if len(items) else np.zeros((0, 1))
        self._keep(
            [
                Forest.grow(
                    x[present],
                    column[present],
                    kind=self.options.kind,
                    n_trees=self.options.n_trees,
                    min_samples_leaf=self.options.min_samples_leaf,
                    max_features=self.options.max_features,
                    seed=seed + target,
                )
                for target, column in enumerate(targets.values.T)
                for present in [np.isfinite(column)]
            ]
        )

    def _keep(self, forests: list[Forest]) -> None:
        self.forests = forests
        for target, forest in enumerate(forests):
            for name in FIELDS:
                self.register_buffer(f"target_{target}_{name}", torch.from_numpy(getattr(forest, name)))

    @classmethod
    def from_state(cls, options: ForestOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild from saved arrays."""
        model = cls(options, n_targets)
        model._keep(
            [
                Forest(**{name: state[f"target_{target}_{name}"].cpu().numpy() for name in FIELDS})
                for target in range(n_targets)
            ]
        )
        return model

    def embed(self, batch: Tensor) -> Tensor:
        """The descriptors themselves.  # (batch, n_features)"""
        return batch

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Means and log variances of all forests.  # (batch, n_features) -> (batch, n_targets) twice"""
        x = embedding.detach().cpu().numpy()
        pairs = [forest.predict(x) for forest in self.forests]
        mean = np.stack([p[0] for p in pairs], axis=1)
        log_variance = np.log(np.maximum(np.stack([p[1] for p in pairs], axis=1), 1e-6))
        return HeadOutput(torch.from_numpy(mean).to(embedding), torch.from_numpy(log_variance).to(embedding))
