"""Message passing on periodic polymer graphs and salt graphs beside a Gaussian process, temperature by a law.

Temperature is no feature: network and process each give the conductivity at a reference temperature and a slope that
is never negative; the law of Vogel, Fulcher and Tammann does the rest. The process is fitted after the network on the
descriptors of the same rows; the prediction is their weighted mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ssbscreen.architectures.base import Architecture, HeadOutput, Targets
from ssbscreen.architectures.heads import bounded_log_variance
from ssbscreen.architectures.polymer_process import PolymerProcess, Settings
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_descriptors import CHAIN_NAMES, CONDITION_NAMES, SALT_NAMES
from ssbscreen.featurize.polymer_graph import (
    N_ATOM,
    N_BOND,
    Formulation,
    FormulationBatch,
    GraphBatch,
    PolymerGraphs,
)

REFERENCE_K = 333.15  # 60 degree C, the middle of the measured temperatures
LEAST_K = 200.0  # colder formulations are given the value at this temperature; the law has its pole below it
MOST_FREEZING_K = 190.0
_PREFIX = "process_"
_N_PROCESS = 3  # leading columns of the embedding: intercept, slope and variance of the process


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
        process_weight: share of the Gaussian process in the mean, 0 to 1; 0 leaves it out.
        process_rows: rows that a polymer gives to the process.
        process_freezing: temperature at which motion freezes in the process, K.
        length_polymer, length_salt, length_conditions: of the process, see `polymer_process.Settings`.
    """

    dim: int = 48
    n_layers: int = 3
    hidden: int = 64
    dropout: float = 0.2
    graphs: bool = True
    head: str = "vft"
    process_weight: float = 0.6
    process_rows: int = 20
    process_freezing: float = 130.0
    length_polymer: float = 0.5
    length_salt: float = 1.0
    length_conditions: float = 0.7


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


def coordinate(kelvin: Tensor, freezing: float | Tensor) -> Tensor:
    """Temperature coordinate of the law, 0 at the reference and -1 per 100 K around it.

    f(T) = (R / (T - T0) - 1) R / 100 K with R = T_ref - T0 and T0 the freezing temperature; a mean that is linear in f
    follows log sigma = A - B / (T - T0), Arrhenius' law for T0 = 0. Below `LEAST_K` f stays what it is there.
    """
    span = REFERENCE_K - freezing
    return span * (span / (kelvin.clamp(min=LEAST_K) - freezing) - 1.0) / 100.0


class Model(Architecture):
    """Network and process for one target; the embedding ends with the temperature, which only the law reads."""

    Options = PolymerOptions
    is_fitted_afterwards = True
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
        self.process: PolymerProcess | None = None

    @classmethod
    def representation(cls, options: PolymerOptions) -> PolymerGraphs:
        """Graphs of polymer and salt with the conditions."""
        return PolymerGraphs()

    def _whole(self, encoder: nn.Module | None, join: nn.Module, graphs: GraphBatch) -> Tensor:
        parts = [graphs.whole] if encoder is None else [encoder(graphs), graphs.whole]
        return functional.dropout(functional.silu(join(torch.cat(parts, dim=-1))), self.options.dropout, self.training)

    def embed(self, batch: FormulationBatch) -> Tensor:
        """Intercept, slope and variance of the process, the network's state, temperature.  # (batch, hidden + 4)"""
        polymer = self._whole(self.polymer, self.join_polymer, batch.polymers)[batch.polymers.row]
        salt = self.no_salt.expand(len(batch.kelvin), -1)
        has_salt = batch.salts.row >= 0
        if bool(has_salt.any()):
            known = self._whole(self.salt, self.join_salt, batch.salts)
            salt = torch.where(has_salt[:, None], known[batch.salts.row.clamp(min=0)], salt)
        mixed = self.mix(torch.cat([polymer, salt, batch.conditions], dim=-1))
        return torch.cat([self._ask_process(batch), mixed, batch.kelvin[:, None] / REFERENCE_K], dim=-1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Law of Vogel, Fulcher and Tammann around the reference temperature, for network and process.

        mean(T) = a - b f(T) with b >= 0, see `coordinate`; the mixture keeps its first two moments. The network alone
        before `fit`.
        """
        numbers = self.head(embedding[:, _N_PROCESS:-1]).view(-1, self.n_targets, 4)
        kelvin = embedding[:, -1:] * REFERENCE_K
        zero = torch.zeros_like(numbers[..., 2])
        freezing = MOST_FREEZING_K * torch.sigmoid(numbers[..., 2]) if self.options.head == "vft" else zero
        slope = functional.softplus(numbers[..., 1] + 1.5)
        mean = numbers[..., 0] - slope * coordinate(kelvin, freezing)
        log_variance = bounded_log_variance(numbers[..., 3])
        if self.process is None:
            return HeadOutput(mean, log_variance)
        intercept, fall, variance = (column[:, None] for column in embedding[:, :_N_PROCESS].unbind(dim=1))
        other = intercept + fall.clamp(max=0.0) * coordinate(kelvin, self.options.process_freezing)
        w = self.options.process_weight
        total = w * variance + (1.0 - w) * log_variance.exp() + w * (1.0 - w) * (mean - other).square()
        return HeadOutput(w * other + (1.0 - w) * mean, torch.log(total))

    def fit(self, items: Sequence[Formulation], targets: Targets, seed: int) -> None:
        """Fit the process, after the network.

        Raises:
            UsageError: more than one property.
        """
        if self.options.process_weight == 0:
            return
        if self.n_targets != 1:
            raise UsageError(f"The process of architecture 'polymer' predicts one property; {self.n_targets} were "
                             "given. Set process_weight to 0.")
        batch = self.representation(self.options).collate(items)
        known = np.isfinite(targets.values[:, 0])
        polymer, salt, conditions = (part.numpy()[known].astype(float) for part in _parts(batch))
        self._keep(PolymerProcess.fit(
            (polymer, salt, conditions), coordinate(batch.kelvin, self.options.process_freezing).numpy()[known],
            targets.values[known, 0], self._settings(), self.options.process_rows, seed,
        ))

    def _settings(self) -> Settings:
        o = self.options
        return Settings(polymer=o.length_polymer, salt=o.length_salt, conditions=o.length_conditions)

    def _keep(self, process: PolymerProcess) -> None:
        self.process = process
        for key, tensor in process.tensors().items():
            self.register_buffer(_PREFIX + key, tensor)

    @classmethod
    def from_state(cls, options: PolymerOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild network and process."""
        model = cls(options, n_targets)
        model.load_state_dict({k: v for k, v in state.items() if not k.startswith(_PREFIX)})
        kept = {k.removeprefix(_PREFIX): v for k, v in state.items() if k.startswith(_PREFIX)}
        if kept:
            model._keep(PolymerProcess.from_tensors(kept, model._settings()))
        return model

    def _ask_process(self, batch: FormulationBatch) -> Tensor:
        """# (batch, 3)"""
        if self.process is None:
            return batch.conditions.new_zeros(len(batch.kelvin), _N_PROCESS)
        at = coordinate(batch.kelvin, self.options.process_freezing)
        found = self.process.to(batch.kelvin.device).predict(_parts(batch), at)
        return torch.stack([column.to(batch.conditions) for column in found], dim=1)


def _parts(batch: FormulationBatch) -> tuple[Tensor, Tensor, Tensor]:
    """Descriptors of polymer, salt (zeros where there is none) and conditions of every formulation."""
    n = len(batch.kelvin)
    salt = batch.conditions.new_zeros(n, len(SALT_NAMES))
    has_salt = batch.salts.row >= 0
    salt[has_salt] = batch.salts.whole[batch.salts.row[has_salt]]
    return batch.polymers.whole[batch.polymers.row], salt, batch.conditions
