"""Ground state of any mixture of two materials: the lower hull along the line between their compositions.

The lowest energy h(x) of a mixture with atomic fraction x of one material is convex and piecewise linear. Its
corners are the kinks of the pseudo-binary diagram, and they come out of one linear programme whose right-hand side
moves from one composition to the other (dual simplex). A material that is more stable than its
competing phases joins them as one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.errors import InputError

_TOLERANCE = 1e-10
_PERTURBATION = 1e-9  # against degenerate corners; energies change by less than 1e-8 eV/atom
_SAME = 1e-6  # corners closer than this differ by the perturbation only
_PRESENT = 1e-5  # smallest amount, in atoms per atom of mixture, that counts as a phase
_MAX_PIVOTS = 2000


@dataclass(frozen=True)
class Segment:
    """Corners of h(x) between two compositions, from x = 0 (all `b`) to x = 1 (all `a`).

    Attributes:
        fraction: x of each corner, ascending; the first is 0, the last 1.  # (n_corners,)
        energy: h(x), eV per atom of mixture.  # (n_corners,)
        phases: indices of the phases in equilibrium at each corner.
        amounts: atoms of each phase per atom of mixture, same order.
    """

    fraction: np.ndarray
    energy: np.ndarray
    phases: tuple[tuple[int, ...], ...]
    amounts: tuple[tuple[float, ...], ...]


class ClosedSystem:
    """Phases of one chemical system as columns of the linear programme; every element is conserved."""

    def __init__(
        self, elements: tuple[str, ...], columns: np.ndarray, energy: np.ndarray, formulas: tuple[str, ...]
    ) -> None:
        """Take over the columns.

        Args:
            elements: in the order of the rows.
            columns: amount of each element per atom of phase.  # (n_elements, n_phases)
            energy: eV/atom.  # (n_phases,)
            formulas: of the phases; the first n_elements are the elements themselves.
        """
        self.elements = elements
        self.formulas = formulas
        self._columns = columns
        self._energy = energy

    @property
    def columns(self) -> np.ndarray:
        """Amount of each element per atom of phase; not to be changed.  # (n_elements, n_phases)"""
        return self._columns

    @property
    def energy(self) -> np.ndarray:
        """Energy of each phase, eV/atom; not to be changed.  # (n_phases,)"""
        return self._energy

    def vector(self, amounts: Mapping[str, float]) -> np.ndarray:
        """Atomic fractions in the order of the rows.  # (n_elements,)"""
        total = sum(amounts.get(element, 0.0) for element in self.elements)
        return np.array([amounts.get(element, 0.0) / total for element in self.elements])

    def with_phase(self, formula: str, column: np.ndarray, energy: float) -> ClosedSystem:
        """The same system with one phase more.

        Args:
            formula: of the phase.
            column: its closed elements per atom, in the order of the rows.  # (n_elements,)
            energy: eV/atom, less that of open elements.
        """
        return ClosedSystem(
            self.elements,
            np.column_stack([self._columns, column]),
            np.append(self._energy, energy),
            (*self.formulas, formula),
        )

    def segment(self, a: Mapping[str, float], b: Mapping[str, float]) -> Segment:
        """Corners between two compositions, both of which must hold elements of this system only."""
        return self.segment_between(self.vector(a), self.vector(b))

    def segment_between(self, a: np.ndarray, b: np.ndarray, basis: np.ndarray | None = None) -> Segment:
        """The same for vectors of element amounts, whose sums need not be 1.

        Args:
            a, b: element amounts per atom, in the order of the rows.  # (n_elements,)
            basis: phases to start from at `b`; the elements when None.
        """
        shake = _PERTURBATION * np.sqrt(np.arange(2.0, a.size + 2.0))
        start, step = b + shake, a - b
        basis = self._optimum(np.arange(a.size) if basis is None else basis, start)
        fraction, bases = [0.0], []
        x = 0.0
        for _ in range(_MAX_PIVOTS):
            inverse = np.linalg.inv(self._columns[:, basis])
            bases.append((basis.copy(), inverse))
            amount, change = inverse @ start, inverse @ step
            with np.errstate(divide="ignore", invalid="ignore"):
                zero = np.where(change < -_TOLERANCE, amount / -change, np.inf)
            leaving = int(np.argmin(zero))
            if zero[leaving] >= 1.0:
                break
            x = max(x, float(zero[leaving]))
            fraction.append(x)
            row = inverse[leaving] @ self._columns
            cost = self._energy - (self._energy[basis] @ inverse) @ self._columns
            row[basis] = 0.0
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(row < -_TOLERANCE, np.maximum(cost, 0.0) / -row, np.inf)
            entering = int(np.argmin(ratio))
            if not np.isfinite(ratio[entering]):
                raise InputError(f"No equilibrium found in {'-'.join(self.elements)}.")
            basis = basis.copy()
            basis[leaving] = entering
        else:
            raise InputError(f"No equilibrium found in {'-'.join(self.elements)} after {_MAX_PIVOTS} pivots.")
        fraction.append(1.0)
        bases.append(bases[-1])
        return self._corners(np.array(fraction), bases, b, step)

    def _optimum(self, basis: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Optimal basis at one composition by the simplex method, from a basis that is feasible there."""
        for _ in range(_MAX_PIVOTS):
            inverse = np.linalg.inv(self._columns[:, basis])
            cost = self._energy - (self._energy[basis] @ inverse) @ self._columns
            cost[basis] = 0.0
            entering = int(np.argmin(cost))
            if cost[entering] >= -_TOLERANCE:
                return basis
            direction = inverse @ self._columns[:, entering]
            amount = np.maximum(inverse @ target, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(direction > _TOLERANCE, amount / direction, np.inf)
            basis = basis.copy()
            basis[int(np.argmin(ratio))] = entering
        raise InputError(f"No equilibrium found in {'-'.join(self.elements)}.")

    def _corners(
        self, fraction: np.ndarray, bases: list[tuple[np.ndarray, np.ndarray]], start: np.ndarray, step: np.ndarray
    ) -> Segment:
        """Merge corners that only the perturbation keeps apart, drop those that bend nothing, name the phases."""
        kept: list[int] = []
        for k, x in enumerate(fraction):
            if kept and x - fraction[kept[-1]] < _SAME and not (kept[-1] == 0 and k == len(fraction) - 1):
                kept[-1] = k
            else:
                kept.append(k)
        x = fraction[kept]
        x[0], x[-1] = 0.0, 1.0
        points = [(bases[k][0], bases[k][1] @ (start + at * step)) for k, at in zip(kept, x, strict=True)]
        energy = np.array([float(self._energy[basis] @ amount) for basis, amount in points])
        bends = np.ones(x.size, dtype=bool)
        if x.size > 2:
            slope = np.diff(energy) / np.diff(x)
            bends[1:-1] = np.diff(slope) > 1e-7
        phases, amounts = [], []
        for basis, amount in (point for point, bend in zip(points, bends, strict=True) if bend):
            present = np.flatnonzero(amount > _PRESENT)
            phases.append(tuple(int(i) for i in basis[present]))
            amounts.append(tuple(float(v) for v in amount[present]))
        return Segment(x[bends], energy[bends], tuple(phases), tuple(amounts))
