"""Exact Gaussian process on descriptors of polymer, salt and conditions, with temperature as a law.

Intercept and slope of log conductivity against the temperature coordinate of Vogel, Fulcher and Tammann are two
processes with one covariance, so that a new polymer gets both from the polymers that resemble it, and falls back on
what salt and conditions say, and at last on the average, where none does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

_JITTER = 1e-6
_SOFT = 0.05  # added to the spread of a descriptor, so that one that hardly varies does not rule distances
_LARGE = 1000  # rows from which a polymer may give more of them
_MORE = 4


@dataclass(frozen=True)
class Settings:
    """Hyperparameters, chosen by cross-validation over polymers.

    Attributes:
        polymer, salt, conditions: lengths at which the covariance has fallen to 1/e (polymer, salt) or to
            exp(-1/2) (conditions), in mean distances of standardised descriptors.
        alone_polymer, alone_salt, alone_conditions: variance that one of the three explains by itself.
        polymer_conditions, salt_conditions, formulation: variance that two of them, or all, explain together.
        offset: variance of the average. All in units of the target's variance.
        slope: variance of the slope relative to the intercept's.
        noise: variance of a measurement.
    """

    polymer: float = 0.5
    salt: float = 1.0
    conditions: float = 0.7
    alone_polymer: float = 0.08
    alone_salt: float = 0.055
    alone_conditions: float = 0.08
    polymer_conditions: float = 0.11
    salt_conditions: float = 0.08
    formulation: float = 0.08
    offset: float = 0.17
    slope: float = 1.0
    noise: float = 0.18

    @property
    def variance(self) -> float:
        """Prior variance of an intercept."""
        return (self.alone_polymer + self.alone_salt + self.alone_conditions + self.polymer_conditions
                + self.salt_conditions + self.formulation + self.offset)


class PolymerProcess:
    """Posterior given training rows.

    Args:
        views: polymer, salt and condition descriptors side by side, standardised.  # (n, n_polymer + n_salt + n_c)
        coordinate: temperature coordinate, 0 at the reference.  # (n,)
        target: learned scale.  # (n,)
        settings: hyperparameters.
        mean: of the target.
        centre, scale: that standardise descriptors.  # (n_views,)
        widths: columns of polymer, salt and conditions.
    """

    def __init__(self, views: Tensor, coordinate: Tensor, target: Tensor, settings: Settings, mean: float,
                 centre: Tensor, scale: Tensor, widths: tuple[int, int, int]) -> None:
        self.views, self.coordinate, self.target, self.settings = views, coordinate, target, settings
        self.mean, self.centre, self.scale, self.widths = mean, centre, scale, widths
        covariance = self._covariance(views) * self._temperature(coordinate)
        n = len(target)
        self._factor = torch.linalg.cholesky(covariance + (settings.noise + _JITTER) * torch.eye(n, dtype=views.dtype))
        self._weights = torch.cholesky_solve((target - mean)[:, None], self._factor)[:, 0]

    @classmethod
    def fit(cls, parts: tuple[np.ndarray, np.ndarray, np.ndarray], coordinate: np.ndarray, target: np.ndarray,
            settings: Settings, n_rows: int, seed: int) -> Self:
        """Process on some rows of every polymer, so that none outweighs the others.

        Args:
            parts: raw descriptors of polymer, salt (zeros where there is none) and conditions.  # each (n, m)
            coordinate, target: # (n,)
            settings: hyperparameters.
            n_rows: at most so many random rows of a polymer; four times as many where it has over 1000.
            seed: of the choice.
        """
        rng = np.random.default_rng(seed)
        _, label, counts = np.unique(parts[0].round(5), axis=0, return_inverse=True, return_counts=True)
        label = label.reshape(-1)
        kept = np.sort(np.concatenate([
            rng.permutation(np.flatnonzero(label == p))[: n_rows * (_MORE if count >= _LARGE else 1)]
            for p, count in enumerate(counts)
        ]))
        centre, scale = [], []
        for which, part in enumerate(parts):
            distinct = part if which == 2 else np.unique(part, axis=0)  # polymers and salts count once each
            centre.append(distinct.mean(axis=0))
            scale.append(distinct.std(axis=0) + _SOFT)
        middle, spread = np.concatenate(centre), np.concatenate(scale)
        views = (np.concatenate(parts, axis=1)[kept] - middle) / spread
        by_polymer = [target[kept][label[kept] == p].mean() for p in range(len(counts))]
        as_tensor = torch.from_numpy
        return cls(
            as_tensor(views.astype(np.float32)).double(), as_tensor(coordinate[kept].astype(np.float32)).double(),
            as_tensor(target[kept].astype(np.float32)).double(), settings, float(np.float32(np.mean(by_polymer))),
            as_tensor(middle.astype(np.float32)).double(), as_tensor(spread.astype(np.float32)).double(),
            (parts[0].shape[1], parts[1].shape[1], parts[2].shape[1]),
        )

    @torch.no_grad()
    def predict(self, parts: tuple[Tensor, Tensor, Tensor], coordinate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Intercept, slope, and variance at the coordinate, measurement noise included.  # each (m,)

        Args:
            parts: raw descriptors as in `fit`.
            coordinate: # (m,)
        """
        rows = (torch.cat([p.double() for p in parts], dim=1) - self.centre) / self.scale
        coordinate = coordinate.double()
        covariance = self._covariance(rows)
        intercept = self.mean + covariance @ self._weights
        slope = self.settings.slope * covariance @ (self._weights * self.coordinate)
        cross = covariance * (1.0 + self.settings.slope * coordinate[:, None] * self.coordinate[None, :])
        explained = torch.linalg.solve_triangular(self._factor, cross.T, upper=False).square().sum(dim=0)
        prior = self.settings.variance * (1.0 + self.settings.slope * coordinate.square())
        return intercept, slope, (prior - explained).clamp(min=0.0) + self.settings.noise

    def to(self, device: torch.device | str) -> Self:
        """The same on a device."""
        for name in ("views", "coordinate", "target", "centre", "scale", "_factor", "_weights"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def _covariance(self, rows: Tensor) -> Tensor:
        """Of an intercept at rows with the training rows.  # (m, n)"""
        s = self.settings
        polymer, salt, conditions = (
            torch.cdist(a, b, p=order) for a, b, order in zip(
                rows.split(self.widths, dim=1), self.views.split(self.widths, dim=1), (1.0, 1.0, 2.0), strict=True)
        )
        p = torch.exp(-polymer / self.widths[0] / s.polymer)
        q = torch.exp(-salt / self.widths[1] / s.salt)
        c = torch.exp(-0.5 * conditions.square() / self.widths[2] / s.conditions**2)
        with_conditions = s.alone_conditions + s.polymer_conditions * p + q * (s.salt_conditions + s.formulation * p)
        return s.alone_polymer * p + s.alone_salt * q + c * with_conditions + s.offset

    def _temperature(self, coordinate: Tensor) -> Tensor:
        return 1.0 + self.settings.slope * coordinate[:, None] * self.coordinate[None, :]

    def tensors(self) -> dict[str, Tensor]:
        """For the weights file, single precision."""
        return {"views": self.views.float(), "coordinate": self.coordinate.float(), "target": self.target.float(),
                "mean": torch.tensor(self.mean), "centre": self.centre.float(), "scale": self.scale.float(),
                "widths": torch.tensor(self.widths)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor], settings: Settings) -> Self:
        """From the weights file."""
        t = {name: value.double() for name, value in tensors.items()}
        polymer, salt, conditions = (int(w) for w in tensors["widths"])
        return cls(t["views"], t["coordinate"], t["target"], settings, float(t["mean"]), t["centre"], t["scale"],
                   (polymer, salt, conditions))
