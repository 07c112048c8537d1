"""Ground state of any mixture of two materials: the lower hull along the line between their compositions.

The lowest energy h(x) of a mixture with atomic fraction x of one material is convex and piecewise linear. Its
corners are the kinks of the pseudo-binary diagram. A material that is more stable than its competing phases joins
them as one more column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ssbscreen.physics.simplex import LinearProgram, Piece, shaken

_SAME = 1e-6  # corners closer than this differ by the perturbation only
_PRESENT = 1e-5  # smallest amount, in atoms per atom of mixture, that counts as a phase


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


@dataclass(frozen=True)
class ClosedSystem(LinearProgram):
    """Phases of one chemical system; every element of `rows` is conserved.

    Attributes:
        formulas: of the phases; the first n_rows are the elements themselves.
    """

    formulas: tuple[str, ...]

    @property
    def elements(self) -> tuple[str, ...]:
        """In the order of the rows."""
        return self.rows

    def vector(self, amounts: Mapping[str, float]) -> np.ndarray:
        """Atomic fractions in the order of the rows.  # (n_elements,)"""
        total = sum(amounts.get(element, 0.0) for element in self.rows)
        return np.array([amounts.get(element, 0.0) / total for element in self.rows])

    def with_phase(self, formula: str, column: np.ndarray, energy: float) -> ClosedSystem:
        """The same system with one phase more.

        Args:
            formula: of the phase.
            column: its closed elements per atom, in the order of the rows.  # (n_elements,)
            energy: eV/atom, less that of open elements.
        """
        return replace(
            self,
            columns=np.column_stack([self.columns, column]),
            energy=np.append(self.energy, energy),
            formulas=(*self.formulas, formula),
        )

    def equilibrium(self, target: np.ndarray, basis: np.ndarray | None = None) -> np.ndarray:
        """Phases in equilibrium at one composition, as column indices (arguments as in `solve`)."""
        return self.solve(shaken(target), basis)

    def hull_energy(self, target: np.ndarray) -> float:
        """Energy of the hull at one composition, eV/atom."""
        found = self.equilibrium(target)
        return float(self.energy[found] @ np.linalg.solve(self.columns[:, found], target))

    def segment(self, a: Mapping[str, float], b: Mapping[str, float]) -> Segment:
        """Corners between two compositions, both of which must hold elements of this system only."""
        return self.segment_between(self.vector(a), self.vector(b))

    def segment_between(self, a: np.ndarray, b: np.ndarray) -> Segment:
        """The same for vectors of element amounts per atom, whose sums need not be 1.  # each (n_elements,)"""
        pieces = list(self.walk(shaken(b), a - b, self.equilibrium(b)))
        pieces.append(replace(pieces[-1], start=1.0))
        return self._corners(pieces, b, a - b)

    def _corners(self, pieces: list[Piece], start: np.ndarray, step: np.ndarray) -> Segment:
        """Merge corners that only the perturbation keeps apart, drop those that bend nothing, name the phases."""
        kept = _apart([piece.start for piece in pieces])
        x = np.array([pieces[k].start for k in kept])
        x[0], x[-1] = 0.0, 1.0
        points = [(pieces[k].basis, pieces[k].inverse @ (start + at * step)) for k, at in zip(kept, x, strict=True)]
        energy = np.array([float(self.energy[basis] @ amount) for basis, amount in points])
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


def _apart(fraction: list[float]) -> list[int]:
    """Corners that differ by more than the perturbation; of those that do not the last, but the two ends stay."""
    kept: list[int] = []
    for k, x in enumerate(fraction):
        if kept and x - fraction[kept[-1]] < _SAME and not (kept[-1] == 0 and k == len(fraction) - 1):
            kept[-1] = k
        else:
            kept.append(k)
    return kept
