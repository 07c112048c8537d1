"""Equilibrium of a fixed framework with a lithium reservoir, from reference phases alone.

For a framework (a composition without its Li) the lowest energy h(N) at Li content N is convex and piecewise
linear. Its corners hold everything a candidate is compared with: the hull energy at its own Li content, the
voltages at which the equilibrium takes up or loses Li (minus the slopes), and the products at 0 V (the last
corner). One parametric linear programme per composition finds all corners; energy draws of the candidate
never change them, so they cost nothing more (see `phase_stability`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import reduced_formula

LITHIUM: Final[str] = "Li"
_TOLERANCE = 1e-11
_PERTURBATION = 1e-9  # against degenerate corners; energies change by less than 1e-8 eV/atom
_MAX_PIVOTS = 2000


@dataclass(frozen=True)
class LithiationPath:
    """Corners of h(N) for one framework, per atom of the candidate it was built for.

    Attributes:
        li: Li content N of each corner, ascending; the first has the least Li.  # (n_corners,)
        energy: h(N), eV.  # (n_corners,)
        li_candidate: Li content of the candidate itself.
        phases: formulas in equilibrium at each corner.
        amounts: their shares, atoms of the phase per atom of candidate, same order.
        n_competing: compounds of the reference in this chemical system.
        missing_binaries: anion formers of the candidate without any compound with Li in the reference; a
        window
            computed without Li3P, say, is worth nothing for a phosphate.
        lonely_elements: elements of the candidate that no reference compound joins with another of its framework
            elements; without any Er-Br compound even the hull of a Li-Er-Br compound means nothing.
    """

    li: np.ndarray
    energy: np.ndarray
    li_candidate: float
    phases: tuple[tuple[str, ...], ...]
    amounts: tuple[tuple[float, ...], ...]
    n_competing: int
    missing_binaries: tuple[str, ...]
    lonely_elements: tuple[str, ...]

    @property
    def slopes(self) -> np.ndarray:
        """dh/dN between neighbouring corners, ascending, negative: minus the voltages of the steps, V."""
        return np.diff(self.energy) / np.diff(self.li)

    def hull_energy(self) -> float:
        """Energy of the hull at the candidate's own composition, eV/atom; surplus Li is lithium metal."""
        return float(np.interp(self.li_candidate, self.li, self.energy))

    def slope_right(self, li: float) -> float:
        """Slope just right of a Li content, 0 beyond the last corner (lithium metal)."""
        i = int(np.searchsorted(self.li, li, side="right"))
        return 0.0 if i >= self.li.size else float(self.slopes[i - 1]) if i > 0 else -np.inf

    def slope_left(self, li: float) -> float:
        """Slope just left of a Li content, minus infinity where no Li is left to lose."""
        i = int(np.searchsorted(self.li, li, side="left"))
        if i <= 0:
            return -np.inf
        return 0.0 if i >= self.li.size else float(self.slopes[i - 1])


class PhaseSystem:
    """Reference phases of one chemical system as columns of the linear programme.

    Build it through `PhaseLibrary.system`, which caches it.
    """

    def __init__(
        self,
        framework: tuple[str, ...],
        columns: np.ndarray,
        li: np.ndarray,
        energy: np.ndarray,
        formulas: tuple[str, ...],
        missing_binaries: tuple[str, ...],
        lonely_elements: tuple[str, ...],
    ) -> None:
        """Take over the columns.

        Args:
            framework: elements other than Li, in the order of the rows.
            columns: amount of each framework element per atom of phase.  # (n_framework, n_phases)
            li: Li per atom of phase.  # (n_phases,)
            energy: eV/atom.  # (n_phases,)
            formulas: of the phases; the first n_framework are the elements themselves.
            missing_binaries, lonely_elements: see `LithiationPath`.
        """
        self.framework = framework
        self._columns = columns
        self._li = li
        self._energy = energy
        self._formulas = formulas
        self._missing = missing_binaries
        self._lonely = lonely_elements
        self._is_li_free = li < _TOLERANCE

    def path(self, amounts: Mapping[str, float]) -> LithiationPath:
        """All corners of h(N) for the framework of a composition.

        Args:
            amounts: element amounts of the candidate; every element must belong to this system.
        """
        total = sum(amounts.values())
        target = np.array([amounts.get(element, 0.0) / total for element in self.framework])
        m = target.size
        shaken = target + _PERTURBATION * np.sqrt(np.arange(2.0, m + 2.0))
        basis = np.arange(m)
        basis = self._without_lithium(basis, shaken)
        li, energy, bases = [], [], []
        potential = -np.inf
        for _ in range(_MAX_PIVOTS):
            inverse = np.linalg.inv(self._columns[:, basis])
            amount = inverse @ target
            li.append(float(self._li[basis] @ amount))
            energy.append(float(self._energy[basis] @ amount))
            bases.append((basis.copy(), amount))
            cost = self._energy - (self._energy[basis] @ inverse) @ self._columns
            gain = self._li - (self._li[basis] @ inverse) @ self._columns
            cost[basis], gain[basis] = 0.0, 0.0
            with np.errstate(divide="ignore", invalid="ignore"):
                crossing = np.where(gain > _TOLERANCE, cost / gain, np.inf)
            entering = int(np.argmin(crossing))
            if crossing[entering] >= 0.0:  # nothing more to gain before lithium metal itself appears
                break
            potential = max(potential, float(crossing[entering]))
            basis = self._pivot(basis, inverse, shaken, entering)
        else:
            raise InputError(f"No equilibrium found for {dict(amounts)} after {_MAX_PIVOTS} pivots.")
        return self._corners(np.array(li), np.array(energy), bases, amounts.get(LITHIUM, 0.0) / total)

    def _without_lithium(self, basis: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Optimal basis of the Li-free phases, from the elements, by the simplex method."""
        for _ in range(_MAX_PIVOTS):
            inverse = np.linalg.inv(self._columns[:, basis])
            cost = self._energy - (self._energy[basis] @ inverse) @ self._columns
            cost[basis] = 0.0
            cost[~self._is_li_free] = np.inf
            entering = int(np.argmin(cost))
            if cost[entering] >= -1e-10:
                return basis
            basis = self._pivot(basis, inverse, target, entering)
        raise InputError(f"No Li-free equilibrium found in {'-'.join(self.framework)}.")

    def _pivot(self, basis: np.ndarray, inverse: np.ndarray, target: np.ndarray, entering: int) -> np.ndarray:
        direction = inverse @ self._columns[:, entering]
        amount = np.maximum(inverse @ target, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(direction > _TOLERANCE, amount / direction, np.inf)
        basis = basis.copy()
        basis[int(np.argmin(ratio))] = entering
        return basis

    def _corners(
        self, li: np.ndarray, energy: np.ndarray, bases: list[tuple[np.ndarray, np.ndarray]], li_candidate: float
    ) -> LithiationPath:
        """Merge corners that only the perturbation keeps apart; of each group the last (most lithiated)
        stays."""
        is_last = np.append(np.diff(li) > 1e-6, True)
        kept = np.flatnonzero(is_last)
        phases, amounts = [], []
        for k in kept:
            basis, amount = bases[k]
            present = amount > 1e-6
            phases.append(tuple(reduced_formula(self._formulas[i]) for i in basis[present]))
            amounts.append(tuple(float(x) for x in amount[present]))
        return LithiationPath(
            li[kept],
            energy[kept],
            li_candidate,
            tuple(phases),
            tuple(amounts),
            len(self._formulas) - len(self.framework),
            self._missing,
            self._lonely,
        )
