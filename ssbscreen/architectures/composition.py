"""Attention over the elements of a composition with one Gaussian head a target, for materials without a structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from ssbscreen.model_parts.base import Architecture, HeadOutput
from ssbscreen.model_parts.composition import CompositionEncoder, CompositionOptions, ElementTokens
from ssbscreen.model_parts.heads import GaussianHeads


@dataclass(frozen=True)
class NetworkOptions(CompositionOptions):
    """Sizes of the network.

    Attributes:
        head: hidden width of each head.
    """

    head: int = 64


class Model(Architecture):
    """Composition network; polymorphs of one formula have one prediction."""

    Options = NetworkOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "dim": (32, 64, 96),
        "n_layers": (2, 3, 4),
        "statistics": (32, 64, 128),
        "dropout": (0.0, 0.05, 0.1, 0.2),
        "has_balance": (False, True),
        "head": (32, 64),
    }

    def __init__(self, options: NetworkOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.encoder = CompositionEncoder(options)
        self.heads = GaussianHeads(self.encoder.dim, n_targets, options.head)

    @classmethod
    def representation(cls, options: NetworkOptions) -> ElementTokens:
        """Tokens and statistics."""
        return ElementTokens(options.has_balance)

    def embed(self, batch: Tensor) -> Tensor:
        """Pooled elements beside the statistics.  # (batch, 32 + n_statistics) -> (batch, dim + statistics)"""
        embedding: Tensor = self.encoder(batch)
        return embedding

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Heads on the embedding."""
        heads: HeadOutput = self.heads(embedding)
        return heads
