"""Edge-updating graph network for crystals, ordered or disordered.

Nodes are sites, described by the occupancy-weighted mean of learned species vectors, vacancies included. Edges
carry their own state, updated from both ends before every message (after Choudhary and DeCost's and Ruff et al.'s
edge networks, without angles). The number of neighbours is constant, so aggregation is a sum over an axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from pymatgen.core import Element
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.data import Data
from torch_geometric.utils import scatter

from ssbscreen.architectures.base import Architecture, HeadOutput
from ssbscreen.architectures.heads import GaussianHeads
from ssbscreen.featurize import crystal_graph

N_SPECIES = 104  # vacancy, then atomic numbers 1 to 103


@dataclass(frozen=True)
class CrystalOptions:
    """Sizes of the network and of its graphs.

    Attributes:
        neighbours: edges a site.
        cutoff: farthest neighbour, angstrom.
        dim, edge_dim: width of site and edge states.
        n_layers: rounds of messages.
        n_basis: Gaussians that describe a distance.
        head: hidden width of each head.
        dropout: in the heads.
    """

    neighbours: int = 12
    cutoff: float = 12.0
    dim: int = 64
    edge_dim: int = 48
    n_layers: int = 3
    n_basis: int = 24
    head: int = 64
    dropout: float = 0.0


def element_features() -> Tensor:
    """Standardised tabulated properties of species 0 (vacancy, all zero) to 103.  # (104, 32)

    One-hot period (7) and group (18), block s to f (4), electronegativity, atomic radius, log mass. A value that
    the table lacks takes the mean of the elements.
    """
    one_hot = np.zeros((N_SPECIES, 29))
    numbers = np.full((N_SPECIES, 3), np.nan)
    for z in range(1, N_SPECIES):
        element = Element.from_Z(z)
        one_hot[z, element.row - 1] = 1.0
        one_hot[z, 7 + element.group - 1] = 1.0
        one_hot[z, 25 + "spdf".index(element.block)] = 1.0
        radius = element.atomic_radius
        numbers[z] = (_electronegativity(element), float(radius) if radius is not None else np.nan,
                      np.log(float(element.atomic_mass)))
    known = numbers[1:]
    numbers[1:] = np.nan_to_num((known - np.nanmean(known, axis=0)) / np.nanstd(known, axis=0))
    numbers[0] = 0.0
    return torch.tensor(np.hstack([one_hot, numbers]), dtype=torch.float32)


def _electronegativity(element: Element) -> float:
    value = element.data.get("X")
    return float(value) if isinstance(value, (int, float)) else float("nan")


class EdgeLayer(nn.Module):
    """One round: edges look at both ends, sites gather gated messages of their neighbours."""

    def __init__(self, dim: int, edge_dim: int) -> None:
        super().__init__()
        self.centre = nn.Linear(dim, edge_dim)
        self.other = nn.Linear(dim, edge_dim + dim, bias=False)
        self.edge = nn.Linear(edge_dim, edge_dim, bias=False)
        self.update = nn.Linear(edge_dim, edge_dim + dim)
        self.norm = nn.LayerNorm(dim)
        self.site = nn.Sequential(nn.Linear(2 * dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.edge_dim = edge_dim

    def forward(self, site: Tensor, edge: Tensor, neighbour: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Updated sites (n, dim) and edges (n, k, edge_dim).

        Args:
            site: # (n, dim)
            edge: # (n, k, edge_dim)
            neighbour: flat site index.  # (n * k,)
            weight: of each message, its share in the sum.  # (n, k, 1)
        """
        n, k, _ = edge.shape
        sent = self.other(site).index_select(0, neighbour).view(n, k, -1)
        hidden = functional.silu(self.centre(site).unsqueeze(1) + sent[..., : self.edge_dim] + self.edge(edge))
        change = self.update(hidden)
        message = torch.sigmoid(change[..., self.edge_dim :]) * sent[..., self.edge_dim :] * weight
        gathered = self.norm(message.sum(dim=1))  # (n, dim)
        site = site + self.site(torch.cat([site, gathered], dim=-1))
        return site, edge + change[..., : self.edge_dim]


class Model(Architecture):
    """Crystal graph network with one Gaussian head a target."""

    Options = CrystalOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "neighbours": (8, 12, 16), "dim": (48, 64, 96), "edge_dim": (32, 48, 64), "n_layers": (2, 3, 4),
    }

    features: Tensor
    centres: Tensor

    def __init__(self, options: CrystalOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        features = element_features()
        self.register_buffer("features", features)
        self.register_buffer("centres", torch.linspace(0.5, 8.0, options.n_basis))
        self.known = nn.Linear(features.shape[1], options.dim, bias=False)
        self.learned = nn.Embedding(N_SPECIES, options.dim)
        nn.init.normal_(self.learned.weight, std=0.1)
        with torch.no_grad():
            self.learned.weight[0] = 0.0  # a vacancy is nothing until disordered data teach otherwise
        self.basis = nn.Linear(options.n_basis, options.edge_dim)
        self.layers = nn.ModuleList(EdgeLayer(options.dim, options.edge_dim) for _ in range(options.n_layers))
        self.pool = nn.Linear(options.dim, options.dim)
        self.heads = GaussianHeads(options.dim + 1, n_targets, options.head, options.dropout)

    @classmethod
    def representation(cls, options: CrystalOptions) -> crystal_graph.Representation:
        """Graphs with the options' number of neighbours."""
        return crystal_graph.Representation(options.neighbours, options.cutoff)

    def embed(self, batch: Data) -> Tensor:
        """Mean over the atoms of a crystal, and the log of its volume per atom.  # (n_graphs, dim + 1)"""
        n = int(batch.num_nodes)
        species = self.learned.weight + self.known(self.features)  # (104, dim)
        site = scatter(species[batch.z] * batch.occupancy[:, None], batch.occupant_site, dim_size=n, reduce="sum")
        filled = scatter(batch.occupancy * (batch.z > 0), batch.occupant_site, dim_size=n, reduce="sum")
        weight = self._weight(batch, filled)
        edge = self._edges(batch.distance)
        neighbour = batch.neighbour.reshape(-1)
        for layer in self.layers:
            site, edge = layer(site, edge, neighbour, weight)
        pooled = scatter(functional.silu(self.pool(site)) * filled[:, None], batch.batch, dim_size=batch.n_graphs,
                         reduce="sum")
        atoms = scatter(filled, batch.batch, dim_size=batch.n_graphs, reduce="sum")
        return torch.cat([pooled / atoms[:, None], batch.log_volume[:, None] - 2.8], dim=-1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Heads on the pooled embedding."""
        heads: HeadOutput = self.heads(embedding)
        return heads

    def _weight(self, batch: Data, filled: Tensor) -> Tensor:
        """Neighbour's occupancy times a factor that fades to 0 at the site's reach.  # (n, k, 1)"""
        near = 1.0 - (batch.distance / batch.reach[:, None]).clamp(max=1.0) ** 8
        return (near * filled[batch.neighbour]).unsqueeze(-1) / batch.distance.shape[1] ** 0.5

    def _edges(self, distance: Tensor) -> Tensor:
        """First edge states from Gaussians of the distance.  # (n, k, edge_dim)"""
        width = self.centres[1] - self.centres[0]
        gaussians = torch.exp(-(((distance.unsqueeze(-1) - self.centres) / width) ** 2))
        basis: Tensor = self.basis(gaussians)
        return basis
