"""Ordered crystals as the graphs that a pretrained SevenNet reads: atomic numbers and vectors to all near atoms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch_geometric.data import Data

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError
from ssbscreen.featurize.base import CRYSTAL, EachAlone

UNKNOWN = frozenset({84, 85, 86, 87, 88})  # radioactive elements that no potential of the package has learned
HEAVIEST = 94
_ATOM_EDGES = 50  # neighbours of an atom within 5 angstrom in an ordinary crystal; edges are what costs


@dataclass(frozen=True)
class PotentialGraph:
    """A periodic crystal.

    Attributes:
        z: atomic numbers.  # (n,)
        edges: source and target of each.  # (2, n_edges)
        vectors: from source to target, angstrom.  # (n_edges, 3)
        volume: per atom, cubic angstrom.
    """

    z: np.ndarray
    edges: np.ndarray
    vectors: np.ndarray
    volume: float


@dataclass(frozen=True)
class Representation(EachAlone):
    """All neighbours within the cutoff of the potential.

    Attributes:
        cutoff: angstrom.
        max_sites: larger cells are rejected.
    """

    cutoff: float = 5.0
    max_sites: int = 200
    name = "potential_graph"
    kind = CRYSTAL

    def encode_one(self, candidate: Candidate) -> PotentialGraph:
        """Graph of an ordered crystal."""
        from ase import Atoms
        from ase.neighborlist import primitive_neighbor_list

        crystal = candidate.crystal
        assert crystal is not None  # nothing else has this kind
        if not crystal.is_ordered:
            raise InputError("is disordered; give an ordered approximant, a potential knows no partial occupancy")
        foreign = [int(z) for z in set(crystal.occupant_z.tolist()) if z in UNKNOWN or not 0 < z <= HEAVIEST]
        if foreign:
            raise InputError(f"has elements of atomic number {foreign}, of which the potential learned nothing")
        if crystal.n_sites > self.max_sites:
            raise InputError(
                f"has {crystal.n_sites} sites; at most {self.max_sites} are allowed, give the primitive cell"
            )
        atoms = Atoms(numbers=crystal.occupant_z, scaled_positions=crystal.frac, cell=crystal.lattice, pbc=True)
        source, target, vectors = primitive_neighbor_list(
            "ijD", atoms.pbc, np.asarray(atoms.cell), atoms.positions, self.cutoff, self_interaction=False
        )
        return PotentialGraph(
            np.asarray(crystal.occupant_z, dtype=np.int64),
            np.stack([source, target]),
            vectors.astype(np.float32),
            crystal.volume / crystal.n_sites,
        )

    def size(self, item: PotentialGraph) -> int:
        """Ordinary atoms with as many edges."""
        return max(1, round(item.edges.shape[1] / _ATOM_EDGES))

    def collate(self, items: Sequence[PotentialGraph]) -> Data:
        """One PyG graph: `z`, `edge_index`, `vectors`, `log_volume` and `batch`."""
        sizes = np.array([len(item.z) for item in items])
        offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        edges = np.concatenate([item.edges + offset for item, offset in zip(items, offsets, strict=True)], axis=1)
        return Data(
            z=torch.from_numpy(np.concatenate([item.z for item in items])),
            edge_index=torch.from_numpy(edges.astype(np.int64)),
            vectors=torch.from_numpy(np.concatenate([item.vectors for item in items])),
            log_volume=torch.tensor([np.log(item.volume) for item in items], dtype=torch.float32),
            batch=torch.from_numpy(np.repeat(np.arange(len(items)), sizes)),
            num_nodes=int(sizes.sum()),
            n_graphs=len(items),
        )
