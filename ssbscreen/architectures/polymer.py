"""Message passing on periodic polymer graphs and salt graphs, temperature by the Vogel-Fulcher-Tammann law.

Temperature is no feature: the network gives the conductivity at a reference temperature, an apparent slope that is
never negative, and the temperature at which motion freezes; the law does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ssbscreen.architectures.base import Architecture, HeadOutput
from ssbscreen.architectures.heads import bounded_log_variance
from ssbscreen.featurize.polymer_descriptors import CHAIN_NAMES, CONDITION_NAMES, SALT_NAMES
from ssbscreen.featurize.polymer_graph import N_ATOM, N_BOND, FormulationBatch, GraphBatch, PolymerGraphs

REFERENCE_K = 333.15  # 60 degree C, the middle of the measured temperatures
LEAST_K = 200.0  # colder formulations are given the value at this temperature; the law has its pole below it
MOST_FREEZING_K = 190.0


@dataclass(frozen=True)
class PolymerOptions:
    """Sizes of the network.

    Attributes:
        dim: width of an atom's state.
        n_layers: rounds of message passing on the polymer; the salt has one less, at least one.
        hidden: width of the network on embeddings and conditions.
        dropout: in both.
        graphs: False leaves the message passing out; descriptors and conditions remain.
        head: "vft" or "arrhenius", where motion freezes at 0 K.
    """

    dim: int = 48
    n_layers: int = 3
    hidden: int = 64
    dropout: float = 0.2
    graphs: bool = True
    head: str = "vft"


class MessagePassing(nn.Module):
    """Sums over neighbours, each gated by its bond; residual and normalised.

    Sums over bonds see a unit and its double alike, since every atom has the same neighbours in both.
    """

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.message = nn.Linear(dim, dim)
        self.bond = nn.Linear(N_BOND, dim)
        self.update = nn.Sequential(nn.Linear(2 * dim, dim), nn.SiLU(), nn.Dropout(dropout), nn.Linear(dim, dim))
        self.norm = nn.LayerNorm(dim)

    def forward(self, state: Tensor, graphs: GraphBatch) -> Tensor:
        """# (n_atoms, dim) -> (n_atoms, dim)"""
        source, target = graphs.edges
        message = functional.silu(self.message(state)[source] + self.bond(graphs.bonds))
        received = torch.zeros_like(state).index_add(0, target, message)
        return self.norm(state + self.update(torch.cat([state, received], dim=-1)))


class GraphEncoder(nn.Module):
    """Embedding of each graph: mean over its atoms beside a weighted mean, which both ignore repetition."""

    def __init__(self, dim: int, n_layers: int, dropout: float) -> None:
        super().__init__()
        self.first = nn.Linear(N_ATOM, dim)
        self.layers = nn.ModuleList(MessagePassing(dim, dropout) for _ in range(n_layers))
        self.weight = nn.Linear(dim, 1)

    def forward(self, graphs: GraphBatch) -> Tensor:
        """# (n_graphs, 2 * dim)"""
        state = functional.silu(self.first(graphs.atoms))
        for layer in self.layers:
            state = layer(state, graphs)
        weight = torch.exp(3.0 * torch.tanh(self.weight(state)))  # bounded: no atom may rule alone
        n_graphs = len(graphs.whole)

        def mean(values: Tensor, weights: Tensor) -> Tensor:
            zeros = torch.zeros(n_graphs, values.shape[1], dtype=values.dtype, device=values.device)
            total = zeros[:, :1].index_add(0, graphs.graph, weights)
            return zeros.index_add(0, graphs.graph, weights * values) / total.clamp(min=1e-9)

        return torch.cat([mean(state, torch.ones_like(weight)), mean(state, weight)], dim=-1)


class Model(Architecture):
    """Polymer network; the embedding ends with the temperature, which only the law reads."""

    Options = PolymerOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "dim": (32, 48, 64), "n_layers": (2, 3, 4), "hidden": (32, 64, 128), "dropout": (0.1, 0.2, 0.3),
        "head": ("vft", "arrhenius"),
    }

    def __init__(self, options: PolymerOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        dim, dropout = options.dim, options.dropout
        self.polymer = GraphEncoder(dim, options.n_layers, dropout) if options.graphs else None
        self.salt = GraphEncoder(dim, max(options.n_layers - 1, 1), dropout) if options.graphs else None
        pooled = 2 * dim if options.graphs else 0
        self.join_polymer = nn.Linear(pooled + len(CHAIN_NAMES), options.hidden)
        self.join_salt = nn.Linear(pooled + len(SALT_NAMES), options.hidden // 2)
        self.no_salt = nn.Parameter(torch.zeros(options.hidden // 2))
        width = options.hidden + options.hidden // 2 + len(CONDITION_NAMES)
        self.mix = nn.Sequential(
            nn.Linear(width, options.hidden), nn.SiLU(), nn.Dropout(dropout),
            nn.Linear(options.hidden, options.hidden), nn.SiLU(), nn.Dropout(dropout),
        )
        self.head = nn.Linear(options.hidden, 4 * n_targets)

    @classmethod
    def representation(cls, options: PolymerOptions) -> PolymerGraphs:
        """Graphs of polymer and salt with the conditions."""
        return PolymerGraphs()

    def _whole(self, encoder: nn.Module | None, join: nn.Module, graphs: GraphBatch) -> Tensor:
        parts = [graphs.whole] if encoder is None else [encoder(graphs), graphs.whole]
        return functional.dropout(functional.silu(join(torch.cat(parts, dim=-1))), self.options.dropout, self.training)

    def embed(self, batch: FormulationBatch) -> Tensor:
        """What the law's numbers are read from, then the temperature.  # (batch, hidden + 1)"""
        polymer = self._whole(self.polymer, self.join_polymer, batch.polymers)[batch.polymers.row]
        salt = self.no_salt.expand(len(batch.kelvin), -1)
        has_salt = batch.salts.row >= 0
        if bool(has_salt.any()):
            known = self._whole(self.salt, self.join_salt, batch.salts)
            salt = torch.where(has_salt[:, None], known[batch.salts.row.clamp(min=0)], salt)
        mixed = self.mix(torch.cat([polymer, salt, batch.conditions], dim=-1))
        return torch.cat([mixed, batch.kelvin[:, None] / REFERENCE_K], dim=-1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Law of Vogel, Fulcher and Tammann around the reference temperature.

        mean(T) = a - b [f(T) - f(T_ref)], f(T) = 1 / (T - T0), b >= 0, 0 <= T0 < every T that is used; T0 = 0 is
        Arrhenius' law.
        """
        numbers = self.head(embedding[:, :-1]).view(-1, self.n_targets, 4)
        kelvin = (embedding[:, -1:] * REFERENCE_K).clamp(min=LEAST_K)
        frozen = MOST_FREEZING_K * torch.sigmoid(numbers[..., 2]) if self.options.head == "vft" else 0.0
        span = REFERENCE_K - frozen
        # b times the slope of f, so that `slope` is the change per 100 K at the reference, whatever T0
        slope = functional.softplus(numbers[..., 1] + 1.5)
        law = span * (span / (kelvin - frozen) - 1.0) / 100.0
        return HeadOutput(numbers[..., 0] - slope * law, bounded_log_variance(numbers[..., 3]))
