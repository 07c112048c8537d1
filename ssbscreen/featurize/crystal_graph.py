"""Crystals as nearest-neighbour graphs of constant degree, disorder included, cached on disk as flat arrays."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pymatgen.optimization.neighbors import find_points_in_spheres
from torch_geometric.data import Data

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.paths import cache_dir
from ssbscreen.featurize.base import CRYSTAL, Encoded

_log = logging.getLogger(__name__)
_FORMAT = 1  # part of the cache key; raise it when the meaning of the arrays changes
_SELF = 1e-3  # angstrom; closer pairs are a site and itself, or duplicates
_EXCLUSIVE = 1.2  # angstrom; partially filled sites this close cannot be filled at once
_MIN_CACHED = 10_000  # training sets; smaller pools are built in seconds and would only fill the disk


@dataclass(frozen=True)
class CrystalGraph:
    """A crystal as sites with a fixed number of neighbours.

    Attributes:
        occupant_site, occupant_z, occupancy: as in `Crystal`; vacancies are occupants of atomic number 0.
        neighbour: site index of the neighbours, nearest first.  # (n_sites, k) int16
        distance: of the neighbours, angstrom; `reach` where there are fewer than k.  # (n_sites, k) float32
        reach: distance of the neighbour after the last, at which a neighbour's weight is 0.  # (n_sites,)
        volume: per atom, cubic angstrom.
    """

    occupant_site: np.ndarray
    occupant_z: np.ndarray
    occupancy: np.ndarray
    neighbour: np.ndarray
    distance: np.ndarray
    reach: np.ndarray
    volume: float

    @property
    def n_sites(self) -> int:
        """Sites in the cell."""
        return len(self.reach)


def neighbours(crystal: Crystal, k: int, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Site index, distance and reach of `neighbour_vectors`, as in `CrystalGraph`."""
    return neighbour_vectors(crystal, k, cutoff)[:3]


def neighbour_vectors(crystal: Crystal, k: int, cutoff: float
                      ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The k nearest neighbours of every site under periodic boundary conditions.

    Which of several equally distant sites come last depends on their order, but those lie at `reach`, where
    their weight in the network is 0, so that nothing predicted depends on it. Sites that exclude each other
    (partial occupancies that fit into one atom, closer than 1.2 angstrom) are no neighbours.

    Args:
        crystal: of any size.
        k: neighbours a site.
        cutoff: farthest neighbour, angstrom.

    Returns:
        Site index (n, k), distance (n, k) and reach (n,) as in `CrystalGraph`, and the vector from each site to its
        neighbours (n, k, 3), 0 where there are fewer than k.
    """
    n = crystal.n_sites
    cartesian = np.ascontiguousarray(crystal.frac @ crystal.lattice)
    lattice = np.ascontiguousarray(crystal.lattice)
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=n)
    # a sphere that holds 1.7 (k + 1) sites at the mean density is enough for nearly every site
    radius = min((3 * (k + 1) * 1.7 * crystal.volume / (4 * np.pi * n)) ** (1 / 3), cutoff)
    while True:
        centre, other, image, distance = find_points_in_spheres(
            cartesian, cartesian, r=float(radius), pbc=np.ones(3, dtype=np.int64), lattice=lattice, tol=1e-8
        )
        keep = distance > _SELF
        if n != len(crystal.occupancy) or crystal.occupancy.min() < 0.999:
            keep &= (distance > _EXCLUSIVE) | (filled[centre] + filled[other] > 1.01)
        counts = np.bincount(centre[keep], minlength=n)
        if counts.min() > k or radius >= cutoff:
            break
        radius = min(radius * 1.3, cutoff)
    centre, other, image, distance = centre[keep], other[keep], image[keep], distance[keep]
    order = np.lexsort((distance, centre))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.arange(len(centre)) - starts[centre[order]]
    order, place = order[place <= k], place[place <= k]
    centre, other, distance = centre[order], other[order], distance[order]
    index = np.repeat(np.arange(n)[:, None], k + 1, axis=1)
    dist = np.full((n, k + 1), cutoff)
    vector = np.zeros((n, k + 1, 3))
    index[centre, place] = other
    dist[centre, place] = distance
    vector[centre, place] = cartesian[other] + image[order] @ lattice - cartesian[centre]
    return index[:, :k], dist[:, :k], dist[:, k], vector[:, :k]


def build(crystal: Crystal, k: int, cutoff: float) -> CrystalGraph:
    """Graph of a crystal; what a site lacks to one atom becomes a vacancy occupant."""
    index, distance, reach = neighbours(crystal, k, cutoff)
    filled = np.bincount(crystal.occupant_site, weights=crystal.occupancy, minlength=crystal.n_sites)
    vacant = np.flatnonzero(filled < 0.999)
    return CrystalGraph(
        np.concatenate([crystal.occupant_site, vacant]).astype(np.int16 if crystal.n_sites < 32768 else np.int32),
        np.concatenate([crystal.occupant_z, np.zeros(len(vacant))]).astype(np.int8),
        np.concatenate([crystal.occupancy, 1.0 - filled[vacant]]).astype(np.float32),
        index.astype(np.int16 if crystal.n_sites < 32768 else np.int32),
        distance.astype(np.float32), reach.astype(np.float32), crystal.volume / crystal.n_atoms,
    )


class Representation:
    """Crystals as graphs with `k` neighbours a site within `cutoff` angstrom."""

    name = "crystal_graph"
    kind = CRYSTAL

    def __init__(self, k: int = 12, cutoff: float = 12.0, max_sites: int = 2000) -> None:
        self.k = k
        self.cutoff = cutoff
        self.max_sites = max_sites

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Graphs of the candidates with a crystal; large pools are kept in the cache folder."""
        rows = np.array([i for i, c in enumerate(candidates) if c.crystal is not None], dtype=np.int64)
        rejected = {i: "has no crystal structure" for i, c in enumerate(candidates) if c.crystal is None}
        crystals = [crystal for i in rows if (crystal := candidates[int(i)].crystal) is not None]
        path = self._cache_file(crystals) if len(crystals) >= _MIN_CACHED else None
        graphs = _read(path) if path is not None and path.is_file() else None
        if graphs is None:
            graphs = [self._build(crystal) for crystal in crystals]
            if path is not None:
                _write(path, graphs)
        kept = [n for n, graph in enumerate(graphs) if not isinstance(graph, str)]
        rejected |= {int(rows[n]): graph for n, graph in enumerate(graphs) if isinstance(graph, str)}
        items = tuple(graph for graph in graphs if not isinstance(graph, str))
        return Encoded(items, rows[kept], rejected)

    def size(self, item: CrystalGraph) -> int:
        """Sites."""
        return item.n_sites

    def collate(self, items: Sequence[CrystalGraph]) -> Data:
        """One PyG graph: occupants (`z`, `occupant_site`, `occupancy`), edges in rows of k, and `batch`."""
        sizes = np.array([g.n_sites for g in items])
        offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        occupants = np.array([len(g.occupancy) for g in items])
        site = np.concatenate([g.occupant_site for g in items]).astype(np.int64) + np.repeat(offsets, occupants)
        neighbour = np.concatenate([g.neighbour for g in items]).astype(np.int64)
        return Data(
            z=torch.from_numpy(np.concatenate([g.occupant_z for g in items]).astype(np.int64)),
            occupant_site=torch.from_numpy(site),
            occupancy=torch.from_numpy(np.concatenate([g.occupancy for g in items])),
            neighbour=torch.from_numpy(neighbour + np.repeat(offsets, sizes)[:, None]),
            distance=torch.from_numpy(np.concatenate([g.distance for g in items])),
            reach=torch.from_numpy(np.concatenate([g.reach for g in items])),
            log_volume=torch.tensor([np.log(g.volume) for g in items], dtype=torch.float32),
            batch=torch.from_numpy(np.repeat(np.arange(len(items)), sizes)),
            num_nodes=int(sizes.sum()),
            n_graphs=len(items),
        )

    def _build(self, crystal: Crystal) -> CrystalGraph | str:
        if crystal.n_sites > self.max_sites:
            return f"has {crystal.n_sites} sites; at most {self.max_sites} are allowed, give the primitive cell"
        if not np.isfinite(crystal.lattice).all() or crystal.volume < 1e-3:
            return "has a cell without volume; check the lattice"
        return build(crystal, self.k, self.cutoff)

    def _cache_file(self, crystals: Sequence[Crystal]) -> Path:
        digest = hashlib.sha256(f"{_FORMAT} {self.k} {self.cutoff} {self.max_sites}".encode())
        for c in crystals:
            for array in (c.lattice, c.frac, c.occupant_site, c.occupant_z, c.occupancy):
                digest.update(np.ascontiguousarray(array).tobytes())
        return cache_dir() / "graphs" / f"crystal_{digest.hexdigest()[:24]}.npz"


_FIELDS = ("occupant_site", "occupant_z", "occupancy", "neighbour", "distance", "reach")


def _write(path: Path, graphs: Sequence[CrystalGraph | str]) -> None:
    """Store graphs as flat arrays; a reason instead of a graph is stored as text."""
    good = [g for g in graphs if not isinstance(g, str)]
    if not good:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as stream:
            arrays: dict[str, Any] = {name: np.concatenate([getattr(g, name) for g in good]) for name in _FIELDS}
            np.savez(
                stream,
                reason=np.array([g if isinstance(g, str) else "" for g in graphs], dtype=np.str_),
                n_sites=np.array([g.n_sites for g in good]),
                n_occupants=np.array([len(g.occupancy) for g in good]),
                volume=np.array([g.volume for g in good]),
                **arrays,
            )
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        _log.warning("graphs are not cached in %s: %s", path, error)


def _read(path: Path) -> list[CrystalGraph | str] | None:
    """Graphs from the cache; None when the file cannot be used, which is then written again."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            data = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        _log.warning("%s cannot be used and is built again: %s", path, error)
        return None
    site_end, occupant_end = np.cumsum(data["n_sites"]), np.cumsum(data["n_occupants"])
    good: list[CrystalGraph] = []
    for i, (s1, o1) in enumerate(zip(site_end, occupant_end, strict=True)):
        s, o = slice(s1 - data["n_sites"][i], s1), slice(o1 - data["n_occupants"][i], o1)
        good.append(CrystalGraph(
            data["occupant_site"][o], data["occupant_z"][o], data["occupancy"][o], data["neighbour"][s],
            data["distance"][s], data["reach"][s], float(data["volume"][i]),
        ))
    rest = iter(good)
    return [str(reason) if reason else next(rest) for reason in data["reason"]]
