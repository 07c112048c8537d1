"""Insertion electrodes of which both ends are known, as two crystal graphs beside their descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.insertion import li_per_framework_atom
from ssbscreen.featurize import orbit_graph
from ssbscreen.featurize.base import ELECTRODE_PAIR, Encoded
from ssbscreen.featurize.electrode import Electrode, ElectrodeBatch, Electrodes


@dataclass(frozen=True)
class ElectrodeGraphs:
    """One encoded electrode.

    Attributes:
        descriptors: as processes take them.
        ends: graphs of the discharged and the charged end; None where a cell makes no graph.
        lithium: of both ends, per framework atom.
    """

    descriptors: Electrode
    ends: tuple[orbit_graph.OrbitGraph, orbit_graph.OrbitGraph] | None
    lithium: tuple[float, float]


@dataclass(frozen=True)
class ElectrodeGraphsBatch:
    """Electrodes side by side.

    Attributes:
        descriptors: of all electrodes.  # n
        graphs: discharged ends, then charged ends in the same order; None where no electrode has any.  # 2 n_graphs
        rows: electrodes that have graphs.  # (n_graphs,)
        lithium: of both ends, per framework atom.  # (n_graphs, 2)
    """

    descriptors: ElectrodeBatch
    graphs: Data | None
    rows: Tensor
    lithium: Tensor

    def to(self, device: torch.device | str) -> ElectrodeGraphsBatch:
        """The same on a device."""
        graphs = None if self.graphs is None else self.graphs.to(device)
        return ElectrodeGraphsBatch(self.descriptors.to(device), graphs, self.rows.to(device), self.lithium.to(device))


@dataclass(frozen=True)
class Representation:
    """Electrodes as descriptors and graphs.

    Attributes:
        k: neighbours a site.
        cutoff: farthest neighbour, angstrom.
    """

    k: int = 16
    cutoff: float = 12.0
    name = "electrode_graphs"
    kind = ELECTRODE_PAIR

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Every electrode that has descriptors; one whose cells make no graph goes without."""
        described = self._descriptors.encode(candidates)
        ends = [
            crystal
            for row in described.rows
            for crystal in (candidates[int(row)].crystal, candidates[int(row)].charged)
        ]
        found = self._graphs.encode([Candidate("", crystal=crystal) for crystal in ends])
        graphs = dict(zip(found.rows.tolist(), found.items, strict=True))
        items = []
        for i, descriptors in enumerate(described.items):
            full, empty = ends[2 * i], ends[2 * i + 1]
            assert full is not None  # the descriptors let only pairs through
            assert empty is not None
            discharged, charged = graphs.get(2 * i), graphs.get(2 * i + 1)
            items.append(
                ElectrodeGraphs(
                    descriptors,
                    None if discharged is None or charged is None else (discharged, charged),
                    (li_per_framework_atom(full), li_per_framework_atom(empty)),
                )
            )
        return Encoded(tuple(items), described.rows, described.rejected)

    def size(self, item: ElectrodeGraphs) -> int:
        """Of both graphs."""
        return 1 if item.ends is None else sum(self._graphs.size(graph) for graph in item.ends)

    def collate(self, items: Sequence[ElectrodeGraphs]) -> ElectrodeGraphsBatch:
        """Descriptors as rows, graphs of both ends as one graph."""
        rows = [i for i, item in enumerate(items) if item.ends is not None]
        ends = [items[i].ends for i in rows]
        graphs = [pair[end] for end in (0, 1) for pair in ends if pair is not None]
        return ElectrodeGraphsBatch(
            self._descriptors.collate([item.descriptors for item in items]),
            self._graphs.collate(graphs) if graphs else None,
            torch.tensor(rows, dtype=torch.long),
            torch.tensor([items[i].lithium for i in rows], dtype=torch.float32).reshape(len(rows), 2),
        )

    @property
    def _descriptors(self) -> Electrodes:
        return Electrodes(is_pair=True)

    @property
    def _graphs(self) -> orbit_graph.Representation:
        return orbit_graph.Representation(self.k, self.cutoff)
