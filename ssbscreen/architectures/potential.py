"""A pretrained potential that is trained further, end to end, on a property of crystals.

Its atom features, which carried energies and forces, are pooled into a description of the crystal. Needs the extra
`foundation` and, for whole data sets, a GPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.utils import scatter

from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.potential_graph import Representation
from ssbscreen.model_parts.base import Architecture, HeadOutput
from ssbscreen.model_parts.heads import GaussianHeads
from ssbscreen.model_parts.pretrained_potential import PACKAGE, WIDTH, PretrainedPotential

N_ROUNDS = 5  # of messages in both potentials


@dataclass(frozen=True)
class PotentialOptions:
    """What it starts from, and how much of that changes.

    Attributes:
        potential: name of a card in `data/potentials` whose weights ship in the package sevenn.
        is_pretrained: False starts from random weights of the same network, to see what the pretraining is worth.
        n_trained: rounds of messages that are trained, from the last; the others stay as they are. 0 to 5.
        head: hidden width of each head.
        feature_dropout: of the pooled features.
    """

    potential: str = "sevenn"
    is_pretrained: bool = True
    n_trained: int = N_ROUNDS
    head: int = 64
    feature_dropout: float = 0.0


class Model(Architecture):
    """Pretrained layers, pooling, and one Gaussian head a target."""

    Options = PotentialOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "potential": ("sevenn", "sevenn-l3i5"),
        "is_pretrained": (True, False),
        "n_trained": (1, 3, 5),
        "head": (64, 128),
        "feature_dropout": (0.0, 0.1),
    }
    needs_package = PACKAGE

    def __init__(self, options: PotentialOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        if not 0 <= options.n_trained <= N_ROUNDS:
            raise UsageError(f"n_trained is {options.n_trained}; give 0 (only the head is trained) to {N_ROUNDS}.")
        self.potential = PretrainedPotential(options.potential)
        if not options.is_pretrained:
            with torch.no_grad():
                for parameter in self.potential.parameters():
                    parameter.normal_()  # as the package starts them: the layers hold their own scales
        for group in self.potential.groups()[: N_ROUNDS - options.n_trained]:
            for parameter in group:
                parameter.requires_grad_(False)
        self.norm = nn.LayerNorm(2 * WIDTH + 1)
        self.dropout = nn.Dropout(options.feature_dropout)
        self.heads = GaussianHeads(2 * WIDTH + 1, n_targets, options.head)

    @classmethod
    def representation(cls, options: PotentialOptions) -> Representation:
        """All neighbours within 5 angstrom, the cutoff of both potentials."""
        return Representation()

    def embed(self, batch: Data) -> Tensor:
        """Mean and largest of the atom features, and log of the volume per atom.  # (n_graphs, 2 * WIDTH + 1)"""
        atoms = self.potential(batch.z, batch.edge_index, batch.vectors, batch.batch)
        pooled = [scatter(atoms, batch.batch, dim=0, dim_size=batch.n_graphs, reduce=how) for how in ("mean", "max")]
        described: Tensor = self.norm(torch.cat([*pooled, batch.log_volume[:, None] - 2.8], dim=1))
        return described

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Heads on the pooled embedding."""
        heads: HeadOutput = self.heads(self.dropout(embedding))
        return heads
