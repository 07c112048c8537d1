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
_MAX_CARRIED = 20  # exchanges after which an inverse is made anew, so that rounding does not add up
_SMALL_PIVOT = 1e-3  # dividing by less loses more than three digits; the inverse is made anew


@dataclass(frozen=True)
class Piece:
    """A stretch of a line of targets on which the same phases are in equilibrium.

    Attributes:
        start: share of the line at which it begins, 0 to 1.
        basis: its phases.  # (n_rows,) int
        inverse: of their columns.  # (n_rows, n_rows)
        potentials: energy of each row in the equilibrium, eV per unit.  # (n_rows,)
    """

    start: float
    basis: np.ndarray
    inverse: np.ndarray
    potentials: np.ndarray


@dataclass(frozen=True)
class Corner:
    """Phases in equilibrium and the inverse of their columns, carried from one corner to the next.

    Attributes:
        basis: # (n_rows,) int
        inverse: # (n_rows, n_rows)
        n_carried: exchanges since the inverse was made anew.
    """

    basis: np.ndarray
    inverse: np.ndarray
    n_carried: int = 0


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
        corner = self.corner(np.arange(target.size) if basis is None else basis)
        for _ in range(_MAX_PIVOTS):
            cost = self.reduced(self.energy, corner)
            if is_allowed is not None:
                cost[~is_allowed] = np.inf
            entering = int(cost.argmin())
            if cost[entering] >= -TOLERANCE:
                return corner.basis
            corner = self.pivot(corner, target, entering)
        raise self._lost()

    def corner(self, basis: np.ndarray) -> Corner:
        """Phases with the inverse of their columns, made anew."""
        return Corner(basis, np.linalg.inv(self.columns[:, basis]))

    def reduced(self, values: np.ndarray, corner: Corner) -> np.ndarray:
        """What each phase costs more than the phases of a corner of the same composition.  # (n_phases,)"""
        found = values - (values[corner.basis] @ corner.inverse) @ self.columns
        found[corner.basis] = 0.0
        return found

    def pivot(self, corner: Corner, target: np.ndarray, entering: int) -> Corner:
        """Corner with one phase exchanged for the one that is used up first."""
        direction = corner.inverse @ self.columns[:, entering]
        leaving = _first(np.maximum(corner.inverse @ target, 0.0), direction)
        return self._exchanged(corner, direction, leaving, entering)

    def _exchanged(self, corner: Corner, direction: np.ndarray, leaving: int, entering: int) -> Corner:
        """Corner after an exchange; `direction` is the inverse times the column of the phase that enters."""
        basis = corner.basis.copy()
        basis[leaving] = entering
        if corner.n_carried >= _MAX_CARRIED or abs(direction[leaving]) < _SMALL_PIVOT:
            return self.corner(basis)
        row = corner.inverse[leaving] / direction[leaving]
        inverse = corner.inverse - direction[:, None] * row
        inverse[leaving] = row
        return Corner(basis, inverse, corner.n_carried + 1)

    def walk(self, start: np.ndarray, step: np.ndarray, basis: np.ndarray) -> Iterator[Piece]:
        """Equilibria along the line start + x step for x from 0 to 1 (dual simplex), one after the other.

        Args:
            start: shaken amounts of the rows.  # (n_rows,)
            step: # (n_rows,)
            basis: optimal at the start.  # (n_rows,)

        Raises:
            InputError: no optimum, or none after many pivots.
        """
        x, ends, corner = 0.0, np.column_stack([start, step]), self.corner(basis)
        for _ in range(_MAX_PIVOTS):
            basis, inverse = corner.basis, corner.inverse
            potentials = self.energy[basis] @ inverse
            yield Piece(x, basis, inverse, potentials)
            held, change = (inverse @ ends).T
            leaving = _first(held, -change)
            if change[leaving] >= -TOLERANCE or held[leaving] / -change[leaving] >= 1.0:
                return
            x = max(x, float(held[leaving] / -change[leaving]))
            row = inverse[leaving] @ self.columns
            row[basis] = 0.0
            used = (row < -TOLERANCE).nonzero()[0]
            if not used.size:
                raise self._lost()
            cost = np.maximum(self.energy[used] - (potentials @ self.columns)[used], 0.0)
            entering = int(used[(cost / -row[used]).argmin()])
            corner = self._exchanged(corner, inverse @ self.columns[:, entering], leaving, entering)
        raise self._lost()

    def _lost(self) -> InputError:
        return InputError(f"No equilibrium found in {'-'.join(self.rows)}.")


def _first(held: np.ndarray, used: np.ndarray) -> int:
    """Index of the smallest held / used among what is used at all."""
    at = (used > TOLERANCE).nonzero()[0]
    return int(at[(held[at] / used[at]).argmin()]) if at.size else 0
