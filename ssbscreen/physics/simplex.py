"""The one linear programme behind every hull: least energy of phases whose amounts give a composition.

Minimise energy @ amounts with columns @ amounts = target and amounts >= 0. A basis is the set of phases in equilibrium
(as many as rows); it is carried from one solution to the next, since neighbours differ by one phase.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.errors import InputError

TOLERANCE = 1e-10
_PERTURBATION = 1e-9  # against degenerate corners; energies change by less than 1e-8 eV/atom
_MAX_PIVOTS = 2000


@dataclass(frozen=True)
class Piece:
    """A stretch of a line of targets on which the same phases are in equilibrium.

    Attributes:
        start: share of the line at which it begins, 0 to 1.
        basis: its phases.  # (n_rows,) int
        inverse: of their columns.  # (n_rows, n_rows)
    """

    start: float
    basis: np.ndarray
    inverse: np.ndarray


def shaken(target: np.ndarray) -> np.ndarray:
    """A target moved by small amounts that keep corners of the programme apart.  # (n_rows,)"""
    return target + _PERTURBATION * np.sqrt(np.arange(2.0, target.size + 2.0))


@dataclass(frozen=True)
class LinearProgram:
    """Phases as columns.

    Attributes:
        rows: what each row conserves, for messages.
        columns: amount of each row per atom of phase; the first n_rows phases are a feasible basis (the elements).
            # (n_rows, n_phases)
        energy: eV/atom.  # (n_phases,)
    """

    rows: tuple[str, ...]
    columns: np.ndarray
    energy: np.ndarray

    def solve(
        self, target: np.ndarray, basis: np.ndarray | None = None, is_allowed: np.ndarray | None = None
    ) -> np.ndarray:
        """Phases in equilibrium at one target, by the simplex method.

        Args:
            target: shaken amounts of the rows.  # (n_rows,)
            basis: feasible phases to start from; the elements when None.  # (n_rows,)
            is_allowed: phases that may enter; all when None.  # (n_phases,)

        Raises:
            InputError: no optimum after many pivots.
        """
        basis = np.arange(target.size) if basis is None else basis
        for _ in range(_MAX_PIVOTS):
            inverse = np.linalg.inv(self.columns[:, basis])
            cost = self.reduced(self.energy, basis, inverse)
            if is_allowed is not None:
                cost[~is_allowed] = np.inf
            entering = int(cost.argmin())
            if cost[entering] >= -TOLERANCE:
                return basis
            basis = self.pivot(basis, inverse, target, entering)
        raise self._lost()

    def reduced(self, values: np.ndarray, basis: np.ndarray, inverse: np.ndarray) -> np.ndarray:
        """What each phase costs more than the phases of a basis of the same composition.  # (n_phases,)"""
        found = values - (values[basis] @ inverse) @ self.columns
        found[basis] = 0.0
        return found

    def pivot(self, basis: np.ndarray, inverse: np.ndarray, target: np.ndarray, entering: int) -> np.ndarray:
        """Basis with one phase exchanged for the one that is used up first.  # (n_rows,)"""
        direction = inverse @ self.columns[:, entering]
        held = np.maximum(inverse @ target, 0.0)
        leaving = _first(held, direction)
        return np.where(np.arange(basis.size) == leaving, entering, basis)

    def walk(self, start: np.ndarray, step: np.ndarray, basis: np.ndarray) -> Iterator[Piece]:
        """Equilibria along the line start + x step for x from 0 to 1 (dual simplex), one after the other.

        Args:
            start: shaken amounts of the rows.  # (n_rows,)
            step: # (n_rows,)
            basis: optimal at the start.  # (n_rows,)

        Raises:
            InputError: no optimum, or none after many pivots.
        """
        x = 0.0
        for _ in range(_MAX_PIVOTS):
            inverse = np.linalg.inv(self.columns[:, basis])
            yield Piece(x, basis, inverse)
            held, change = inverse @ start, inverse @ step
            leaving = _first(held, -change)
            if change[leaving] >= -TOLERANCE or held[leaving] / -change[leaving] >= 1.0:
                return
            x = max(x, float(held[leaving] / -change[leaving]))
            row = inverse[leaving] @ self.columns
            row[basis] = 0.0
            entering = _first(np.maximum(self.reduced(self.energy, basis, inverse), 0.0), -row)
            if row[entering] >= -TOLERANCE:
                raise self._lost()
            basis = np.where(np.arange(basis.size) == leaving, entering, basis)
        raise self._lost()

    def _lost(self) -> InputError:
        return InputError(f"No equilibrium found in {'-'.join(self.rows)}.")


def _first(held: np.ndarray, used: np.ndarray) -> int:
    """Index of the smallest held / used among what is used at all."""
    is_used = used > TOLERANCE
    ratio = np.full(held.size, np.inf)
    ratio[is_used] = held[is_used] / used[is_used]
    return int(ratio.argmin())
