"""Edge-updating graph network over the orbits of a crystal, ordered or disordered.

Nodes are classes of equivalent sites, described by the occupancy-weighted mean of learned species vectors, vacancies
included. Edges carry their own state, made of distance and angles and updated from both ends before every message
(after Choudhary and DeCost's and Ruff et al.'s edge networks). Edges are sorted by their centre, so aggregation is a
sum over segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.data import Data

from ssbscreen.featurize import orbit_graph
from ssbscreen.model_parts.base import Architecture, HeadOutput
from ssbscreen.model_parts.edges import N_SPECIES, EdgeLayer, species_features
from ssbscreen.model_parts.heads import GaussianHeads

_WIDE = 48  # width of each of the three further descriptions of a crystal


@dataclass(frozen=True)
class OrbitOptions:
    """Sizes of the network and of its graphs.

    Attributes:
        neighbours: nearest neighbours a site.
        cutoff: farthest neighbour, angstrom.
        dim, edge_dim: width of site and edge states.
        n_layers: rounds of messages.
        n_basis: Gaussians that describe a distance.
        is_pooled_widely: crystals are described by the largest of the site states and by mean and largest of the
            edge states too, not by the mean of the site states alone; the softest bond of a crystal matters to it.
        head: hidden width of each head.
        site_dropout, edge_dropout: in the site updates, and of whole neighbours.
        strain: standard deviation of a random isotropic strain of each crystal; in training only, like dropout.
    """

    neighbours: int = 16
    cutoff: float = 12.0
    dim: int = 96
    edge_dim: int = 64
    n_layers: int = 4
    n_basis: int = 32
    is_pooled_widely: bool = False
    head: int = 64
    site_dropout: float = 0.0
    edge_dropout: float = 0.0
    strain: float = 0.0


class Model(Architecture):
    """Orbit graph network with one Gaussian head a target."""

    Options = OrbitOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "neighbours": (12, 16, 24),
        "dim": (64, 96, 128),
        "edge_dim": (48, 64, 96),
        "n_layers": (3, 4, 5),
        "site_dropout": (0.0, 0.1, 0.2),
        "is_pooled_widely": (False, True),
    }
    FREE_OPTIONS: ClassVar[frozenset[str]] = frozenset(
        {"is_pooled_widely", "head", "site_dropout", "edge_dropout", "strain"}
    )

    features: Tensor
    centres: Tensor

    def __init__(self, options: OrbitOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        features = species_features()
        self.register_buffer("features", features)
        self.register_buffer("centres", torch.linspace(0.5, 8.0, options.n_basis))
        self.known = nn.Linear(features.shape[1], options.dim, bias=False)
        self.learned = nn.Embedding(N_SPECIES, options.dim)
        nn.init.normal_(self.learned.weight, std=0.1)
        with torch.no_grad():
            self.learned.weight[0] = 0.0  # a vacancy is nothing until disordered data teach otherwise
        self.basis = nn.Linear(options.n_basis + orbit_graph.N_ANGULAR, options.edge_dim)
        self.layers = nn.ModuleList(
            EdgeLayer(options.dim, options.edge_dim, options.site_dropout) for _ in range(options.n_layers)
        )
        self.pool = nn.Linear(options.dim, options.dim)
        if options.is_pooled_widely:
            self.pool_site = nn.Linear(options.dim, _WIDE)
            self.pool_edge = nn.Linear(options.edge_dim, 2 * _WIDE)
        self.width = options.dim + 1 + (3 * _WIDE if options.is_pooled_widely else 0)
        self.heads = GaussianHeads(self.width, n_targets, options.head)

    @classmethod
    def representation(cls, options: OrbitOptions) -> orbit_graph.Representation:
        """Graphs with the options' number of neighbours."""
        return orbit_graph.Representation(options.neighbours, options.cutoff)

    def embed(self, batch: Data) -> Tensor:
        """Mean over the atoms of a crystal, log of its volume per atom, and the wider pools.  # (n_graphs, width)"""
        n = int(batch.num_nodes)
        species = self.learned.weight + self.known(self.features)  # (104, dim)
        occupant = functional.embedding(batch.z, species) * batch.occupancy[:, None]
        site = occupant.new_zeros(n, occupant.shape[1]).index_add(0, batch.occupant_site, occupant)
        filled = batch.occupancy * (batch.z > 0)
        amount = filled.new_zeros(n).index_add(0, batch.occupant_site, filled) * batch.multiplicity
        distance, log_volume = batch.distance, batch.log_volume
        weight = batch.weight
        if self.training and self.options.strain:
            stretch = self.options.strain * torch.randn_like(log_volume)
            distance = distance * stretch.exp()[batch.batch][batch.centre]
            log_volume = log_volume + 3.0 * stretch
        if self.training and self.options.edge_dropout:
            weight = functional.dropout(weight, self.options.edge_dropout)
        edge: Tensor = self.basis(self._described(distance, batch))
        share = weight[:, None] / self.options.neighbours**0.5
        centre = (batch.centre, batch.centre_order, batch.centre_starts)
        neighbour = (batch.neighbour, batch.neighbour_order, batch.neighbour_starts)
        for layer in self.layers:
            site, edge = layer(site, edge, share, centre, neighbour)
        pooled = _mean(functional.silu(self.pool(site)), amount, batch.batch, batch.n_graphs)
        described = [pooled, log_volume[:, None] - 2.8]
        if self.options.is_pooled_widely:
            owner = batch.batch[batch.centre]
            mean, largest = functional.silu(self.pool_edge(edge)).chunk(2, dim=1)
            described += [
                _largest(functional.silu(self.pool_site(site)), batch.batch, batch.n_graphs),
                _mean(mean, batch.weight * amount[batch.centre], owner, batch.n_graphs),
                _largest(largest, owner, batch.n_graphs),
            ]
        return torch.cat(described, dim=-1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Heads on the pooled embedding."""
        heads: HeadOutput = self.heads(embedding)
        return heads

    def _described(self, distance: Tensor, batch: Data) -> Tensor:
        """Gaussians of the distance, and the angles; members that predict for one batch share them.

        Shared in inference mode alone: elsewhere gradients are asked for, or distances are strained anew.

        Returns:
            # (m, n_basis + N_ANGULAR)
        """
        shares = torch.is_inference_mode_enabled() and not self.training
        if shares and "described" in batch and batch.described.shape[1] == self.basis.in_features:
            kept: Tensor = batch.described
            return kept
        width = self.centres[1] - self.centres[0]
        gaussians = torch.exp(-(((distance[:, None] - self.centres) / width) ** 2))
        described = torch.cat([gaussians, batch.angular], dim=-1)
        if shares:
            batch.described = described
        return described


def _mean(x: Tensor, amount: Tensor, owner: Tensor, n: int) -> Tensor:
    """Weighted mean over the rows of each owner, 0 where there are none.  # (n, width)"""
    summed = x.new_zeros(n, x.shape[1]).index_add(0, owner, x * amount[:, None])
    weights = amount.new_zeros(n).index_add(0, owner, amount)
    return summed / weights.clamp(min=1e-9)[:, None]


def _largest(x: Tensor, owner: Tensor, n: int) -> Tensor:
    """Largest value over the rows of each owner, 0 where there are none.  # (n, width)"""
    index, rows = owner[:, None].expand_as(x), x.contiguous()  # others are an order of magnitude slower
    return x.new_zeros(n, x.shape[1]).scatter_reduce(0, index, rows, "amax", include_self=False)
