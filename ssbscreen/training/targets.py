"""Targets on the scale a network learns: standardised, where asked relative to a sum over the elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.dataset import EXACT

_RIDGE = 1e-2  # keeps the share of an element that hardly occurs near 0
N_ELEMENTS = 104


def atom_fractions(candidates: Sequence[Candidate]) -> np.ndarray:
    """Share of each element among the atoms, 0 for a polymer.  # (n, 104), columns are atomic numbers"""
    fractions = np.zeros((len(candidates), N_ELEMENTS))
    for row, candidate in enumerate(candidates):
        if candidate.crystal is not None:
            fractions[row] = candidate.crystal.amounts / candidate.crystal.n_atoms
        elif candidate.composition is not None:
            total = candidate.composition.num_atoms
            for element, amount in candidate.composition.items():
                fractions[row, ATOMIC_NUMBER[element.symbol]] += amount / total
    return fractions


@dataclass(frozen=True)
class TargetTransform:
    """stored value = offset + scale * learned value + atom fractions @ reference.

    Attributes:
        offset, scale: # (n_targets,)
        reference: contribution of each element, 0 for targets learned directly.  # (n_targets, 104)
    """

    offset: np.ndarray
    scale: np.ndarray
    reference: np.ndarray

    @classmethod
    def fit(
        cls, values: np.ndarray, bound: np.ndarray, fractions: np.ndarray, is_relative: np.ndarray
    ) -> TargetTransform:
        """Fit on training rows; a censored value counts like an exact one for offset and scale only.

        Args:
            values: stored units, NaN where missing.  # (n, n_targets)
            bound: codes of `core.dataset`.  # (n, n_targets)
            fractions: as `atom_fractions` gives.  # (n, 104)
            is_relative: targets to be learned relative to a ridge fit over the elements.  # (n_targets,)
        """
        n_targets = values.shape[1]
        reference = np.zeros((n_targets, N_ELEMENTS))
        offset, scale = np.zeros(n_targets), np.ones(n_targets)
        for t in range(n_targets):
            rows = np.isfinite(values[:, t])
            y = values[rows, t]
            if is_relative[t]:
                exact = rows & (bound[:, t] == EXACT)
                x = fractions[exact]
                reference[t] = np.linalg.solve(x.T @ x + _RIDGE * np.eye(N_ELEMENTS), x.T @ values[exact, t])
                y = y - fractions[rows] @ reference[t]
            offset[t] = y.mean()
            scale[t] = max(float(y.std()), 1e-6)
        return cls(offset, scale, reference)

    def learned(self, values: np.ndarray, fractions: np.ndarray) -> np.ndarray:
        """Stored values on the learned scale; NaN stays NaN.  # (n, n_targets)"""
        return np.asarray((values - fractions @ self.reference.T - self.offset) / self.scale)

    def stored(self, learned: np.ndarray, fractions: np.ndarray) -> np.ndarray:
        """Learned values in stored units.  # (..., n, n_targets)"""
        return np.asarray(self.offset + self.scale * learned + fractions @ self.reference.T)

    def tensors(self) -> dict[str, Tensor]:
        """For the weights file."""
        return {
            "transform.offset": torch.from_numpy(self.offset),
            "transform.scale": torch.from_numpy(self.scale),
            "transform.reference": torch.from_numpy(self.reference),
        }

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> TargetTransform:
        """From the weights file."""
        return cls(
            tensors["transform.offset"].numpy(),
            tensors["transform.scale"].numpy(),
            tensors["transform.reference"].numpy(),
        )
