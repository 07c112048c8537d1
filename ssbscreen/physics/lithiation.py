"""Equilibrium of a fixed framework with a lithium reservoir, from reference phases alone.

For a framework (a composition without its Li) the lowest energy h(N) at Li content N is convex and piecewise
linear. Its corners hold everything a candidate is compared with: the hull energy at its own Li content, the
voltages at which the equilibrium takes up or loses Li (minus the slopes), and the products at 0 V (the last
corner). One parametric linear programme per composition finds all corners; energy draws of the candidate
never change them, so they cost nothing more (see `phase_stability`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import reduced_formula
from ssbscreen.physics.simplex import LinearProgram, shaken

LITHIUM: Final[str] = "Li"
_TOLERANCE = 1e-11
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
        missing_binaries: anion formers of the candidate without any compound with Li in the reference; a window
            computed without Li3P, say, is worth nothing for a phosphate.
        unpaired_elements: elements of the candidate that no reference compound joins with another of its framework
            elements; without any Er-Br compound even the hull of a Li-Er-Br compound means nothing.
    """

    li: np.ndarray
    energy: np.ndarray
    li_candidate: float
    phases: tuple[tuple[str, ...], ...]
    amounts: tuple[tuple[float, ...], ...]
    missing_binaries: tuple[str, ...]
    unpaired_elements: tuple[str, ...]

    @property
    def slopes(self) -> np.ndarray:
        """dh/dN between neighbouring corners, ascending, negative: minus the voltages of the steps, V."""
        return np.diff(self.energy) / np.diff(self.li)

    def hull_energy(self) -> float:
        """Energy of the hull at the candidate's own composition, eV/atom; surplus Li is lithium metal."""
        return self.energy_at(self.li_candidate)

    def energy_at(self, li: float) -> float:
        """h(N) at a Li content of the first corner or more, eV; surplus Li is lithium metal."""
        return float(np.interp(li, self.li, self.energy))

    def slope_between(self, low: float, high: float) -> float:
        """Mean slope from one Li content to a higher one, from the first corner on."""
        return (self.energy_at(high) - self.energy_at(low)) / (high - low)

    def down_to(self, potential: float) -> LithiationPath:
        """The corners that are reached when the potential falls to a value, V against Li/Li+; all of them at 0 V."""
        reached = 1 + int(np.count_nonzero(-self.slopes >= potential))
        return replace(
            self,
            li=self.li[:reached],
            energy=self.energy[:reached],
            phases=self.phases[:reached],
            amounts=self.amounts[:reached],
        )

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


@dataclass(frozen=True)
class _Corner:
    li: float
    energy: float
    basis: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True)
class PhaseSystem(LinearProgram):
    """Reference phases of one chemical system; the rows are the elements other than Li.

    Build it through `PhaseLibrary.system`, which caches it.

    Attributes:
        li: Li per atom of phase.  # (n_phases,)
        formulas: of the phases; the first n_rows are the elements themselves.
        missing_binaries, unpaired_elements: see `LithiationPath`.
    """

    li: np.ndarray
    formulas: tuple[str, ...]
    missing_binaries: tuple[str, ...]
    unpaired_elements: tuple[str, ...]

    def path(self, amounts: Mapping[str, float]) -> LithiationPath:
        """All corners of h(N) for the framework of a composition.

        Args:
            amounts: element amounts of the candidate; every element must belong to this system.
        """
        total = sum(amounts.values())
        target = np.array([amounts.get(element, 0.0) / total for element in self.rows])
        at = self.corner(self.solve(shaken(target), is_allowed=self.li < _TOLERANCE))
        corners: list[_Corner] = []
        for _ in range(_MAX_PIVOTS):
            basis, amount = at.basis, at.inverse @ target
            corners.append(_Corner(float(self.li[basis] @ amount), float(self.energy[basis] @ amount), basis, amount))
            cost, gain = self.reduced(self.energy, at), self.reduced(self.li, at)
            with np.errstate(divide="ignore", invalid="ignore"):
                crossing = np.where(gain > _TOLERANCE, cost / gain, np.inf)
            entering = int(np.argmin(crossing))
            if crossing[entering] >= 0.0:  # nothing more to gain before lithium metal itself appears
                return self._path(corners, amounts.get(LITHIUM, 0.0) / total)
            at = self.pivot(at, shaken(target), entering)
        raise InputError(f"No equilibrium found for {dict(amounts)} after {_MAX_PIVOTS} pivots.")

    def _path(self, corners: list[_Corner], li_candidate: float) -> LithiationPath:
        """Merge corners that only the perturbation keeps apart; of each group the last (most lithiated) stays."""
        li = np.array([corner.li for corner in corners])
        kept = [corners[k] for k in np.flatnonzero(np.append(np.diff(li) > 1e-6, True))]
        present = [corner.amount > 1e-6 for corner in kept]
        names = [[reduced_formula(self.formulas[i]) for i in c.basis[p]] for c, p in zip(kept, present, strict=True)]
        return LithiationPath(
            np.array([corner.li for corner in kept]),
            np.array([corner.energy for corner in kept]),
            li_candidate,
            tuple(tuple(row) for row in names),
            tuple(tuple(float(x) for x in c.amount[p]) for c, p in zip(kept, present, strict=True)),
            self.missing_binaries,
            self.unpaired_elements,
        )
