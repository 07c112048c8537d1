"""Ionic conductivity: a graph and composition network beside Gaussian processes, structure optional.

The network reads elements, the disorder-aware crystal graph, structure descriptors and the space group; whatever of
the structure is not given is said to be missing, and in training it is hidden at random, so that a bare composition
goes through the same network. Gaussian processes, one with structure and one on composition alone, are fitted after
the network on the same rows; the prediction is the weighted mean of network and process. The order of space groups
counts as a distance, since neighbouring numbers share their crystal class. Values at other temperatures are carried
to and from 25 degree C by Arrhenius' law. The file is long because representation, network and the hiding of the
structure belong to one model and to no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.data import Data

from ssbscreen.architectures import crystal
from ssbscreen.architectures.base import Architecture, HeadOutput, Targets
from ssbscreen.architectures.composition import (
    CompositionEncoder,
    CompositionOptions,
    token_amounts,
    token_vectors,
)
from ssbscreen.architectures.gaussian_process import GaussianProcess
from ssbscreen.architectures.heads import GaussianHeads
from ssbscreen.core.candidate import ROOM_TEMPERATURE_C, Candidate
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize import crystal_graph
from ssbscreen.featurize.base import COMPOSITION, Encoded, encode_each
from ssbscreen.featurize.composition import extras, fractions, scaled_extras
from ssbscreen.featurize.descriptors import DESCRIPTOR_NAMES, describe, primitive, scaled, space_group_of

_BOLTZMANN_EV = 8.617333262e-5  # eV/K (CODATA 2018)
_LN10 = float(np.log(10.0))
PROCESSES = ("structure", "composition")  # the second serves candidates without a known structure
_PREDICTIONS = 4  # leading columns of the embedding: mean and variance of network and process


@dataclass(frozen=True)
class ConductivityOptions:
    """Options of network and process.

    Attributes:
        process_weight: share of the Gaussian process in the mean, 0 to 1; 0 leaves it out.
        noise_floor: scatter of repeated measurements of one composition, log10 units.
        activation_intercept, activation_slope: activation energy = intercept - slope * log10 conductivity at
            25 degree C, eV; carries values between temperatures. Fitted to the 84 materials of the project's
            literature table that have both values (correlation -0.85).
        activation_spread: standard deviation around it, eV; widens predictions off 25 degree C.
        hide_structure: chance that a training row's structure is hidden from the network.
        dim, n_layers: of the element attention; statistics: width of the network on composition statistics.
        graph_dim, edge_dim, graph_layers, neighbours: of the crystal graph network.
        head: hidden width of the head; dropout: everywhere but in the graph.
    """

    process_weight: float = 0.5
    noise_floor: float = 0.4
    activation_intercept: float = 0.13
    activation_slope: float = 0.064
    activation_spread: float = 0.08
    hide_structure: float = 0.3
    dim: int = 48
    n_layers: int = 2
    statistics: int = 64
    graph_dim: int = 48
    edge_dim: int = 32
    graph_layers: int = 3
    neighbours: int = 12
    head: int = 64
    dropout: float = 0.2


@dataclass(frozen=True)
class Material:
    """One encoded candidate.

    Attributes:
        tokens: of `architectures.composition`.
        fractions: # (103,)
        extras: scaled.  # (106,)
        structure: descriptors, NaN where there is no crystal.  # (18,)
        space_group: international number, 0 where unknown.
        graph: None where there is no crystal.
        temperature_c: at which the conductivity is asked for.
    """

    tokens: np.ndarray
    fractions: np.ndarray
    extras: np.ndarray
    structure: np.ndarray
    space_group: int
    graph: crystal_graph.CrystalGraph | None
    temperature_c: float


@dataclass(frozen=True)
class MaterialBatch:
    """Materials side by side; `graph_rows` says which of them the graphs belong to."""

    tokens: Tensor
    fractions: Tensor
    extras: Tensor
    structure: Tensor
    space_group: Tensor
    temperature_c: Tensor
    graphs: Data | None
    graph_rows: Tensor

    def to(self, device: torch.device | str) -> MaterialBatch:
        """The same on a device."""
        return replace(self, **{
            name: value.to(device) for name, value in vars(self).items() if value is not None
        })


class Materials:
    """Representation of a composition with whatever is known of its structure."""

    name = "conductivity"
    kind = COMPOSITION

    def __init__(self, neighbours: int) -> None:
        self.graphs = crystal_graph.Representation(neighbours)

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Every candidate with a composition; a crystal that makes no graph counts as not given."""
        found = encode_each(candidates, COMPOSITION, token_amounts)
        if not found.items:
            return found
        amounts = np.stack(found.items)
        tokens, share, more = token_vectors(amounts), fractions(amounts)[:, 1:], scaled_extras(extras(amounts))
        kept = [candidates[int(row)] for row in found.rows]
        encoded = self.graphs.encode([_smallest(c) for c in kept])
        graphs = dict(zip(encoded.rows.tolist(), encoded.items, strict=True))
        items = tuple(
            Material(tokens[i], share[i], more[i], _structure(c, i in graphs), _space_group(c), graphs.get(i),
                     c.temperature_c)
            for i, c in enumerate(kept)
        )
        return Encoded(items, found.rows, found.rejected)

    def size(self, item: Material) -> int:
        """Sites of the graph; a bare composition costs as much as ten."""
        return 10 if item.graph is None else max(item.graph.n_sites, 10)

    def collate(self, items: Sequence[Material]) -> MaterialBatch:
        """One batch; the graphs of those that have one are joined."""
        with_graph = [i for i, item in enumerate(items) if item.graph is not None]
        graphs = [items[i].graph for i in with_graph]
        tokens, share, more, structure = (
            torch.from_numpy(np.stack([getattr(item, name) for item in items]).astype(np.float32))
            for name in ("tokens", "fractions", "extras", "structure")
        )
        return MaterialBatch(
            tokens, share, more, structure,
            torch.tensor([item.space_group for item in items]),
            torch.tensor([item.temperature_c for item in items], dtype=torch.float32),
            self.graphs.collate([g for g in graphs if g is not None]) if graphs else None,
            torch.tensor(with_graph, dtype=torch.long),
        )


def _smallest(candidate: Candidate) -> Candidate:
    """With its primitive cell, which gives the same graph embedding for less work."""
    return candidate if candidate.crystal is None else replace(candidate, crystal=primitive(candidate.crystal))


def _structure(candidate: Candidate, has_graph: bool) -> np.ndarray:
    if candidate.crystal is None or not has_graph:
        return np.full(len(DESCRIPTOR_NAMES), np.nan)
    return describe(candidate.crystal)


def _space_group(candidate: Candidate) -> int:
    """As stated, else found in the crystal; 0 where neither tells."""
    if candidate.space_group is not None:
        return candidate.space_group
    return 0 if candidate.crystal is None else space_group_of(candidate.crystal)


def decades_per_ev(temperature_c: Tensor) -> Tensor:
    """How many decades of conductivity 1 eV of activation energy loses against 25 degree C (negative: gains).

    Arrhenius: log10 sigma(T) = log10 sigma(25 degree C) - E_a (1/kT - 1/kT_25) / ln 10.
    """
    kelvin = temperature_c + 273.15
    return (1.0 / kelvin - 1.0 / (ROOM_TEMPERATURE_C + 273.15)) / (_BOLTZMANN_EV * _LN10)


class Model(Architecture):
    """Network and Gaussian process for one target, log10 of the ionic conductivity."""

    Options = ConductivityOptions
    SEARCH_SPACE: ClassVar[dict[str, tuple[Any, ...]]] = {
        "process_weight": (0.3, 0.5, 0.7), "graph_dim": (32, 48, 64), "graph_layers": (2, 3),
        "dropout": (0.1, 0.2, 0.3), "hide_structure": (0.2, 0.3, 0.5),
    }
    is_fitted_afterwards = True
    target_offset: Tensor
    target_scale: Tensor

    def __init__(self, options: ConductivityOptions, n_targets: int) -> None:
        super().__init__(options, n_targets)
        self.encoder = CompositionEncoder(CompositionOptions(
            dim=options.dim, n_layers=options.n_layers, statistics=options.statistics, dropout=options.dropout,
        ))
        graph = crystal.CrystalOptions(neighbours=options.neighbours, dim=options.graph_dim, edge_dim=options.edge_dim,
                                n_layers=options.graph_layers)
        self.graph = crystal.Model(graph, 1)
        del self.graph.heads  # only its embedding is used
        self.from_graph = nn.Linear(options.graph_dim + 1, options.head)
        self.from_structure = nn.Linear(2 * len(DESCRIPTOR_NAMES), options.head)
        self.groups = nn.Embedding(231, options.head, padding_idx=0)  # 0 stands for an unknown space group
        nn.init.normal_(self.groups.weight, std=0.05)
        self.norm = nn.LayerNorm(options.head)
        self.heads = GaussianHeads(self.encoder.dim + options.head, n_targets, options.head, options.dropout)
        self.register_buffer("target_offset", torch.zeros(n_targets))
        self.register_buffer("target_scale", torch.ones(n_targets))
        self.processes: dict[str, GaussianProcess] = {}

    @classmethod
    def representation(cls, options: ConductivityOptions) -> Materials:
        """Compositions with their graphs, descriptors and space groups."""
        return Materials(options.neighbours)

    def prepare(self, offset: np.ndarray, scale: np.ndarray) -> None:
        """Remember the learned scale in log10 units, which Arrhenius' law needs."""
        self.target_offset.copy_(torch.from_numpy(np.asarray(offset, dtype=np.float32)))
        self.target_scale.copy_(torch.from_numpy(np.asarray(scale, dtype=np.float32)))

    def embed(self, batch: MaterialBatch) -> Tensor:
        """Mean and log variance of the network, mean and variance of the process, then the network's embedding
        of the composition.  # (n, 4 + dim)"""
        hidden = self.encoder(batch.tokens)
        raw: HeadOutput = self.heads(torch.cat([functional.silu(hidden), self._structure(batch)], dim=-1))
        decades = decades_per_ev(batch.temperature_c) / self.target_scale[0]  # (n,)
        widening = (self.options.activation_spread * decades).square()
        network = (self._at(raw.mean[:, 0], decades), torch.log(raw.log_variance[:, 0].exp() + widening))
        mean, variance = self._ask_processes(batch)
        process = (self._at(mean.to(decades), decades), variance.to(decades) + self._noise() ** 2 + widening)
        return torch.cat([torch.stack([*network, *process], dim=1), hidden], dim=1)

    def predict_from(self, embedding: Tensor) -> HeadOutput:
        """Mixture of network and process by its first two moments; the network alone before `fit`."""
        net, log_variance, mean, variance = embedding[:, :_PREDICTIONS].unbind(dim=1)
        if not self.processes:
            return HeadOutput(net[:, None], log_variance[:, None])
        w = self.options.process_weight
        mixed = w * mean + (1.0 - w) * net
        total = w * variance + (1.0 - w) * log_variance.exp() + w * (1.0 - w) * (mean - net).square()
        return HeadOutput(mixed[:, None], torch.log(total)[:, None])

    def fit(self, items: Sequence[Material], targets: Targets, seed: int) -> None:
        """Fit the two Gaussian processes, after the network."""
        if self.n_targets != 1:
            raise UsageError(f"Architecture 'conductivity' predicts one property; {self.n_targets} were given.")
        if self.options.process_weight == 0:
            return
        batch = self.representation(self.options).collate(items)
        decades = decades_per_ev(batch.temperature_c).double().numpy()
        offset, scale = float(self.target_offset[0]), float(self.target_scale[0])
        stored = offset + scale * targets.values[:, 0]
        # inverse of `_at`: log10 conductivity at 25 degree C that leads to the measured one
        at_room = (stored + self.options.activation_intercept * decades) / (
            1.0 + self.options.activation_slope * decades
        )
        values = (at_room - offset) / scale
        for name, views in self._views(batch).items():
            self.processes[name] = GaussianProcess.fit(
                views, values.astype(np.float64), targets.bound[:, 0], noise_floor=self._noise(),
            )
            for key, tensor in self.processes[name].tensors().items():
                self.register_buffer(f"process_{name}_{key}", tensor)

    @classmethod
    def from_state(cls, options: ConductivityOptions, n_targets: int, state: dict[str, Tensor]) -> Self:
        """Rebuild network and process."""
        model = cls(options, n_targets)
        model.load_state_dict({k: v for k, v in state.items() if not k.startswith("process_")})
        for name in PROCESSES:
            prefix = f"process_{name}_"
            kept = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            if kept:
                model.processes[name] = GaussianProcess.from_tensors(kept)
                for key, tensor in kept.items():
                    model.register_buffer(prefix + key, tensor)
        return model

    def _ask_processes(self, batch: MaterialBatch) -> tuple[Tensor, Tensor]:
        """Mean and variance at 25 degree C: of both processes where the space group is known, else of the one on
        compositions alone."""
        if not self.processes:
            nothing = torch.zeros(len(batch.tokens), device=batch.tokens.device)
            return nothing, nothing
        views = self._views(batch)
        mean, variance = self.processes["composition"].predict(views["composition"])
        full, spread = self.processes["structure"].predict(views["structure"])
        is_known = batch.space_group > 0
        both = 0.5 * (variance + spread) + 0.25 * (full - mean).square()
        return torch.where(is_known, 0.5 * (full + mean), mean), torch.where(is_known, both, variance)

    def _at(self, mean: Tensor, decades: Tensor) -> Tensor:
        """Learned value at 25 degree C carried to another temperature.  # (n,)"""
        room = self.target_offset[0] + self.target_scale[0] * mean
        energy = (self.options.activation_intercept - self.options.activation_slope * room).clamp(min=0.05, max=2.0)
        return mean - energy * decades

    def _noise(self) -> float:
        return self.options.noise_floor / float(self.target_scale[0])

    def _structure(self, batch: MaterialBatch) -> Tensor:
        """What is known of the structure; in training some of it is hidden.  # (n, head)"""
        n = len(batch.tokens)
        known = torch.ones(n, 1, device=batch.tokens.device)
        if self.training:
            known = (torch.rand_like(known) >= self.options.hide_structure).to(known)
        has = torch.isfinite(batch.structure)
        flags = torch.cat([torch.nan_to_num(scaled(batch.structure)), has.to(known)], dim=1)
        total = self.from_structure(flags * known) + self.groups(batch.space_group) * known
        if batch.graphs is not None:
            graph = self.from_graph(self.graph.embed(batch.graphs))
            total = total.index_add(0, batch.graph_rows, graph * known[batch.graph_rows])
        return functional.silu(self.norm(total))

    def _views(self, batch: MaterialBatch) -> dict[str, list[Tensor]]:
        """Views of both processes, float64; descriptors that single crystals lack count as typical."""
        group = batch.space_group.double()
        has_crystal = torch.isfinite(batch.structure).any(dim=1, keepdim=True)
        structure = torch.nan_to_num(scaled(batch.structure.double()))
        composition = [batch.fractions.double(), batch.extras.double()]
        return {
            "structure": [*composition, torch.where(has_crystal, structure, torch.nan),
                          torch.where(group > 0, group, torch.nan)[:, None]],
            "composition": composition,
        }
