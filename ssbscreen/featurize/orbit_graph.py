"""Crystals as graphs of their orbits: sites that a distance-based network cannot tell apart are one node.

Symmetry-equivalent sites see the same neighbours at the same distances, so message passing gives them the same
state in every layer. Only one of each class is kept, with its multiplicity, and of its neighbours those of one class
at one distance become one edge. The predictions are those of the full graph of any cell of the crystal, primitive
or not, for two to five times less work.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch_geometric.data import Data

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.featurize import graph_cache
from ssbscreen.featurize.base import CRYSTAL, Encoded
from ssbscreen.featurize.neighbours import nearest_neighbours
from ssbscreen.files.paths import cache_dir

_log = logging.getLogger(__name__)
_FORMAT = 2  # part of the cache key; raise it when the meaning of the arrays changes
_MIN_CACHED = 10_000  # training sets; smaller pools are built in seconds and would only fill the disk
_N_ROUNDS = 4  # of colouring; sites that look alike up to four bonds away are alike for the network
_SAME = 0.02  # in a site's colour; corresponds to some hundredths of an angstrom in a distance
_SAME_DISTANCE = 0.03  # angstrom
_LEGENDRE = (1, 2, 3, 4, 6)  # orders of the angular moments
N_ANGULAR = 2 * len(_LEGENDRE)
_RNG = np.random.default_rng(20)
_COLOUR = _RNG.normal(size=(104, 4))  # random marks of the species, 0 is a vacancy
_MIX = _RNG.normal(size=(12, 4)) / 4.0


@dataclass(frozen=True)
class OrbitGraph:
    """A crystal as classes of equivalent sites.

    Attributes:
        occupant_site, occupant_z, occupancy: of one site of each class; vacancies have atomic number 0.
        multiplicity: sites of each class in the cell.  # (n_orbits,)
        centre, neighbour: class at either end of an edge, `centre` ascending.  # (n_edges,)
        distance: angstrom.  # (n_edges,)
        weight: neighbours that the edge stands for, each fading to 0 at the site's reach.  # (n_edges,)
        angular: weighted means of Legendre polynomials of the angles that the edge makes with the other
            neighbours, first weighed towards the nearest, then over all.  # (n_edges, N_ANGULAR)
        volume: per atom, cubic angstrom.
    """

    occupant_site: np.ndarray
    occupant_z: np.ndarray
    occupancy: np.ndarray
    multiplicity: np.ndarray
    centre: np.ndarray
    neighbour: np.ndarray
    distance: np.ndarray
    weight: np.ndarray
    angular: np.ndarray
    volume: float

    @property
    def n_orbits(self) -> int:
        """Classes of sites."""
        return len(self.multiplicity)

    @property
    def n_edges(self) -> int:
        """Classes of neighbours."""
        return len(self.distance)


def build(crystal: Crystal, k: int, cutoff: float) -> OrbitGraph:
    """Graph of a crystal from the k nearest neighbours of every site within a cutoff in angstrom."""
    index, distance, reach, vector = nearest_neighbours(crystal, k, cutoff)
    n = crystal.n_sites
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=n)
    near = (1.0 - np.minimum(distance / reach[:, None], 1.0) ** 8) * filled[index]
    vacant = np.flatnonzero(filled < 0.999)
    site = np.concatenate([crystal.occupant_site, vacant])
    species = np.concatenate([crystal.occupant_z, np.zeros(len(vacant), dtype=np.int64)])
    share = np.concatenate([crystal.occupancy, 1.0 - filled[vacant]])
    mark = np.zeros((n, 4))
    np.add.at(mark, site, _COLOUR[species] * share[:, None])
    orbit, first, counts = _classes(_colours(mark, index, distance, near))
    place = np.full(n, -1)
    place[first] = np.arange(len(first))
    used = place[site] >= 0
    order = np.argsort(place[site[used]], kind="stable")
    distance, near = distance[first], near[first]
    edges = _merge(orbit[index[first]], distance, near, angular_moments(vector[first], distance, near))
    small = np.int16 if len(first) < 32768 else np.int32
    return OrbitGraph(
        place[site[used]][order].astype(small),
        species[used][order].astype(np.int8),
        share[used][order].astype(np.float32),
        counts.astype(np.int32),
        edges[0].astype(small),
        edges[1].astype(small),
        edges[2].astype(np.float32),
        edges[3].astype(np.float32),
        edges[4].astype(np.float16),
        crystal.volume / crystal.n_atoms,
    )


def angular_moments(vector: np.ndarray, distance: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Weighted means over a site's neighbours of P_l(cos angle) with each of its edges.  # (n, k, N_ANGULAR)

    Args:
        vector: to the neighbours, angstrom.  # (n, k, 3)
        distance: their lengths.  # (n, k)
        near: weight of each neighbour.  # (n, k)
    """
    unit = vector / np.maximum(distance, 1e-9)[..., None]
    cosine = np.clip(unit @ unit.transpose(0, 2, 1), -1.0, 1.0)  # (n, k, k)
    nearest = np.maximum(distance.min(axis=1, keepdims=True), 1e-9)
    weights = np.stack([near * (nearest / np.maximum(distance, 1e-9)) ** 6, near], axis=2)  # (n, k, 2)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    before, here = np.ones_like(cosine), cosine
    moments = []
    for order in range(1, max(_LEGENDRE) + 1):
        if order in _LEGENDRE:
            moments.append(here @ weights)  # (n, k, 2)
        before, here = here, ((2 * order + 1) * cosine * here - order * before) / (order + 1)
    return np.concatenate(moments, axis=2)


def _colours(mark: np.ndarray, index: np.ndarray, distance: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Numbers that differ where sites differ in species or surroundings.  # (n, 8)"""
    waves = np.stack([near, near * np.cos(distance), near * np.sin(distance)], axis=1)  # (n, 3, k)
    colour = mark
    for _ in range(_N_ROUNDS):
        gathered = (waves @ colour[index]).reshape(len(mark), -1)  # (n, 12)
        colour = mark + np.sin(gathered @ _MIX)
    return np.hstack([mark, colour])


def _classes(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class of each site, one site of each class, and sites in each class.

    Sites of one class may differ a little; the one that stands for it is chosen by its surroundings, since the order
    of the sites is that of the file.
    """
    rounded = np.round(colours / _SAME).astype(np.int64)
    # several times faster than np.unique over an axis
    order = np.lexsort((colours[:, -1], *rounded.T[::-1]))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(rounded[order], axis=0) != 0).any(axis=1)
    orbit = np.empty(len(order), dtype=np.int64)
    orbit[order] = np.cumsum(is_new) - 1
    return orbit, order[is_new], np.bincount(orbit)


def _merge(
    orbit: np.ndarray, distance: np.ndarray, near: np.ndarray, angular: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Edges of the representatives, those to one class at one distance joined: centre, class, distance, weight, angles.

    Args:
        orbit: class of each neighbour.  # (n_orbits, k)
        distance, near: # (n_orbits, k)
        angular: # (n_orbits, k, N_ANGULAR)
    """
    centre = np.broadcast_to(np.arange(len(orbit))[:, None], orbit.shape)[near > 1e-4]
    other, length, weight = orbit[near > 1e-4], distance[near > 1e-4], near[near > 1e-4]
    order = np.lexsort((length, other, centre))
    centre, other, length, weight = centre[order], other[order], length[order], weight[order]
    starts = np.ones(len(centre), dtype=bool)
    starts[1:] = (np.diff(centre) != 0) | (np.diff(other) != 0) | (np.diff(length) > _SAME_DISTANCE)
    begin = np.flatnonzero(starts)
    if len(begin) == 0:
        return centre, other, length, weight, angular[near > 1e-4]
    total = np.add.reduceat(weight, begin)
    return (
        centre[begin],
        other[begin],
        np.add.reduceat(weight * length, begin) / total,
        total,
        np.add.reduceat(weight[:, None] * angular[near > 1e-4][order], begin) / total[:, None],
    )


@dataclass(frozen=True)
class Representation:
    """Crystals as orbit graphs; equal ones give equal graphs, which models then share.

    Attributes:
        k: neighbours a site.
        cutoff: farthest neighbour, angstrom.
        max_sites: larger cells are rejected.
    """

    k: int = 16
    cutoff: float = 12.0
    max_sites: int = 2000
    name = "orbit_graph"
    kind = CRYSTAL

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Graphs of the candidates with a crystal; large pools are kept in the cache folder."""
        rows = np.array([i for i, c in enumerate(candidates) if c.crystal is not None], dtype=np.int64)
        rejected = {i: "has no crystal structure" for i, c in enumerate(candidates) if c.crystal is None}
        crystals = [crystal for i in rows if (crystal := candidates[int(i)].crystal) is not None]
        path = self._cache_file(crystals) if len(crystals) >= _MIN_CACHED else None
        graphs = graph_cache.read(path, OrbitGraph) if path is not None and path.is_file() else None
        if graphs is None:
            graphs = [self._build(crystal) for crystal in crystals]
            if path is not None:
                graph_cache.write(path, graphs)
        rejected |= {int(rows[n]): graph for n, graph in enumerate(graphs) if isinstance(graph, str)}
        kept = [n for n, graph in enumerate(graphs) if not isinstance(graph, str)]
        return Encoded(tuple(graph for graph in graphs if not isinstance(graph, str)), rows[kept], rejected)

    def size(self, item: OrbitGraph) -> int:
        """Edges over the neighbours of a site: the orbits that would cost as much with no edge joined."""
        return max(1, round(item.n_edges / self.k))

    def collate(self, items: Sequence[OrbitGraph]) -> Data:
        """One PyG graph: occupants (`z`, `occupant_site`, `occupancy`), flat edges, and `batch`.

        Edges are sorted by `centre`; `_order` and `_starts` of either end serve sums over segments.
        """
        sizes = np.array([g.n_orbits for g in items])
        offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        occupants = np.repeat(offsets, [len(g.occupancy) for g in items])
        edges = np.repeat(offsets, [g.n_edges for g in items])

        def joined(name: str, dtype: type) -> np.ndarray:
            return np.concatenate([getattr(g, name) for g in items]).astype(dtype)

        n, n_edges = int(sizes.sum()), sum(g.n_edges for g in items)
        centre, neighbour = joined("centre", np.int64) + edges, joined("neighbour", np.int64) + edges
        return Data(
            z=torch.from_numpy(joined("occupant_z", np.int64)),
            occupant_site=torch.from_numpy(joined("occupant_site", np.int64) + occupants),
            occupancy=torch.from_numpy(joined("occupancy", np.float32)),
            multiplicity=torch.from_numpy(joined("multiplicity", np.float32)),
            centre=torch.from_numpy(centre),
            centre_order=torch.arange(n_edges),
            centre_starts=_starts(centre, n),
            neighbour=torch.from_numpy(neighbour),
            neighbour_order=torch.from_numpy(np.argsort(neighbour, kind="stable")),
            neighbour_starts=_starts(neighbour, n),
            distance=torch.from_numpy(joined("distance", np.float32)),
            weight=torch.from_numpy(joined("weight", np.float32)),
            angular=torch.from_numpy(joined("angular", np.float32)),
            log_volume=torch.tensor([np.log(g.volume) for g in items], dtype=torch.float32),
            batch=torch.from_numpy(np.repeat(np.arange(len(items)), sizes)),
            num_nodes=n,
            n_graphs=len(items),
        )

    def _build(self, crystal: Crystal) -> OrbitGraph | str:
        if crystal.n_sites > self.max_sites:
            return f"has {crystal.n_sites} sites; at most {self.max_sites} are allowed, give the primitive cell"
        if not np.isfinite(crystal.lattice).all() or crystal.volume < 1e-3:
            return "has a cell without volume; check the lattice"
        return build(crystal, self.k, self.cutoff)

    def _cache_file(self, crystals: Sequence[Crystal]) -> Path:
        digest = hashlib.sha256(f"orbit {_FORMAT} {self.k} {self.cutoff} {self.max_sites}".encode())
        for c in crystals:
            for array in (c.lattice, c.frac, c.occupant_site, c.occupant_z, c.occupancy):
                digest.update(np.ascontiguousarray(array).tobytes())
        return cache_dir() / "graphs" / f"orbit_{digest.hexdigest()[:24]}.npz"


def _starts(index: np.ndarray, n: int) -> torch.Tensor:
    """First place of each of n rows among sorted indices, and their number at the end.  # (n + 1,)"""
    return torch.from_numpy(np.concatenate([[0], np.cumsum(np.bincount(index, minlength=n))]))
