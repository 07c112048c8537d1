"""Whether a candidate resembles the training data: distance to neighbours in the embedding of a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

QUANTILE = 0.98  # share of held-out rows that count as inside
N_NEIGHBOURS = 5
MAX_REFERENCE = 2000

_SHARED = "shared_domain"  # what all properties of a model have in common


@dataclass(frozen=True)
class Domain:
    """Training rows of one property in standardised embedding space.

    Attributes:
        points: on the grid of 256 steps a column in which they are stored.  # (n_points, dim) float32
        centre, scale: of the embedding.  # (dim,)
        elements: atomic numbers met in training; none where candidates have no composition.  # (n_elements,)
        threshold: mean distance to the nearest neighbours up to which a candidate is inside.
    """

    points: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    elements: np.ndarray
    threshold: float

    @classmethod
    def fit(
        cls,
        train: np.ndarray,
        held_out: np.ndarray,
        fractions: np.ndarray,
        seed: int,
        is_kept: np.ndarray | None = None,
    ) -> Domain:
        """Domain of the training rows, its threshold from rows held out from training.

        Args:
            train, held_out: embeddings.  # (n, dim), (m, dim)
            fractions: share of each element in the training rows.  # (n, 104)
            seed: of the sample that is kept.
            is_kept: rows that the sample holds before others, up to half of it: a few hundred new measurements would
                else be lost among many thousands and their chemistry stay outside.  # (n,) bool
        """
        centre, scale = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-6)
        rng = np.random.default_rng(seed)
        kept = _sample(rng.permutation(len(train)), is_kept)
        domain = cls(
            _Grid.of((train[kept] - centre) / scale).points(),
            centre,
            scale,
            np.flatnonzero(fractions.sum(axis=0) > 0),
            np.inf,
        )
        threshold = float(np.quantile(domain.distance(held_out), QUANTILE)) if len(held_out) else np.inf
        return cls(domain.points, centre, scale, domain.elements, threshold)

    @classmethod
    def fit_folds(
        cls,
        embedding: np.ndarray,
        fractions: np.ndarray,
        fold: np.ndarray,
        seed: int,
        is_kept: np.ndarray | None = None,
    ) -> Domain:
        """Domain of all rows, its threshold from the distances of each fold to the other folds.

        Args:
            embedding: of one model for all rows.  # (n, dim)
            fractions: # (n, 104)
            fold: number of each row's fold, -1 where it was not run.  # (n,)
            seed, is_kept: as in `fit`.
        """
        domain = cls.fit(embedding, embedding[:0], fractions, seed, is_kept)
        apart = [
            cls.fit(
                embedding[fold != k],
                embedding[:0],
                fractions[fold != k],
                seed,
                None if is_kept is None else is_kept[fold != k],
            ).distance(embedding[fold == k])
            for k in np.unique(fold[fold >= 0])
        ]
        threshold = float(np.quantile(np.concatenate(apart), QUANTILE))
        return cls(domain.points, domain.centre, domain.scale, domain.elements, threshold)

    def distance(self, embedding: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Mean distance to the nearest training rows, computed on a device.  # (n,)"""
        scaled = torch.from_numpy(((embedding - self.centre) / self.scale).astype(np.float32)).to(device)
        points = torch.from_numpy(self.points).to(device)
        k = min(N_NEIGHBOURS, len(points))
        found = [torch.cdist(part, points).topk(k, largest=False).values.mean(dim=1) for part in scaled.split(4096)]
        return torch.cat(found).double().cpu().numpy() if found else np.zeros(0)

    def contains(self, embedding: np.ndarray, fractions: np.ndarray, device: torch.device | None = None) -> np.ndarray:
        """Whether rows are near enough and hold no element that training never met.  # (n,) bool"""
        near = self.distance(embedding, device) <= self.threshold
        if len(self.elements) == 0:
            return near
        known = np.zeros(fractions.shape[1], dtype=bool)
        known[self.elements] = True
        return np.asarray(near & (fractions[:, ~known].sum(axis=1) <= 1e-9))

    def tensors(self, key: str) -> dict[str, Tensor]:
        """For the weights file, a byte for each number of a point."""
        grid = _Grid.of(self.points)
        return {
            f"domain.{key}.points": torch.from_numpy(grid.codes),
            f"domain.{key}.low": torch.from_numpy(grid.low),
            f"domain.{key}.step": torch.from_numpy(grid.step),
            f"domain.{key}.centre": torch.from_numpy(self.centre.astype(np.float32)),
            f"domain.{key}.scale": torch.from_numpy(self.scale.astype(np.float32)),
            f"domain.{key}.elements": torch.from_numpy(self.elements.astype(np.int64)),
        }

    @classmethod
    def from_tensors(cls, key: str, tensors: dict[str, Tensor], threshold: float) -> Domain:
        """From the weights file that `domain_tensors` filled."""

        def stored(name: str) -> Tensor:
            own = f"domain.{key}.{name}"
            return tensors[own if own in tensors else f"{_SHARED}.{name}"]

        points, centre, scale, elements = (stored(name) for name in ("points", "centre", "scale", "elements"))
        if points.dtype == torch.uint8:
            points = torch.from_numpy(_Grid(points.numpy(), stored("low").numpy(), stored("step").numpy()).points())
        return cls(points.float().numpy(), centre.numpy(), scale.numpy(), elements.numpy(), threshold)


@dataclass(frozen=True)
class _Grid:
    """Points in a byte a number: each column in 255 steps from its least to its largest value.

    Attributes:
        codes: # (n_points, dim) uint8
        low, step: of each column.  # (dim,) float32
    """

    codes: np.ndarray
    low: np.ndarray
    step: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray) -> _Grid:
        """Nearest grid; points that already lie on their grid stay where they are, up to rounding."""
        low = points.min(axis=0) if len(points) else np.zeros(points.shape[1])
        step = np.ptp(points, axis=0) / 255 if len(points) else np.zeros(points.shape[1])
        codes = np.rint((points - low) / np.where(step > 0, step, 1.0)).astype(np.uint8)
        return cls(codes, low.astype(np.float32), step.astype(np.float32))

    def points(self) -> np.ndarray:
        """# (n_points, dim) float32"""
        return np.asarray(self.low + self.codes * self.step, dtype=np.float32)


def _sample(order: np.ndarray, is_kept: np.ndarray | None) -> np.ndarray:
    """The first rows of an order, of the kept ones up to half a sample in any case."""
    if is_kept is None or not is_kept.any():
        return order[:MAX_REFERENCE]
    first = order[is_kept[order]][: MAX_REFERENCE // 2]
    return np.concatenate([first, order[~np.isin(order, first)]])[:MAX_REFERENCE]


def domain_tensors(domains: dict[str, Domain]) -> dict[str, Tensor]:
    """Tensors of all properties; what is the same for all of them is kept once."""
    own = {key: domain.tensors(key) for key, domain in domains.items()}
    tensors: dict[str, Tensor] = {}
    for name in ("points", "low", "step", "centre", "scale", "elements"):
        values = [own[key][f"domain.{key}.{name}"] for key in own]
        if all(torch.equal(value, values[0]) for value in values[1:]):
            tensors[f"{_SHARED}.{name}"] = values[0]
        else:
            tensors |= {f"domain.{key}.{name}": value for key, value in zip(own, values, strict=True)}
    return tensors
