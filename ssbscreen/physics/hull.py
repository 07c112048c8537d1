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
from itertools import combinations
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.equilibrium import ClosedSystem
from ssbscreen.physics.formula import composition_key, parse_formula, reduced_formula

LITHIUM: Final[str] = "Li"
ANIONS: Final[frozenset[str]] = frozenset(["H", "C", "N", "P", "As", "Sb", "O", "S", "Se", "Te", "F", "Cl", "Br", "I"])
SIMPLE_ANIONS: Final[frozenset[str]] = frozenset(["N", "O", "S", "Se", "Te", "F", "Cl", "Br", "I"])
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
        self,
        li: np.ndarray,
        energy: np.ndarray,
        bases: list[tuple[np.ndarray, np.ndarray]],
        li_candidate: float,
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


class PhaseLibrary:
    """All reference phases of one source, looked up by chemical system.

    Only the lowest energy of each composition counts, and compounds above their elements never reach a hull.
    The elements themselves stand at zero, as formation energies are counted from them.
    """

    def __init__(self, reference: ReferencePhases, *, n_cached: int = 2000) -> None:
        """Sort the phases by their set of elements.

        Args:
            reference: phases on one energy scale; two sources must never be mixed in one library.
            n_cached: chemical systems kept in memory.
        """
        self.reference = reference
        self._n_cached = n_cached
        self._systems: dict[tuple[str, ...], PhaseSystem] = {}
        self._closed: dict[tuple[object, ...], ClosedSystem] = {}
        self._lowest: dict[tuple[tuple[str, float], ...], float] = {}
        best: dict[tuple[tuple[str, float], ...], int] = {}
        energies = np.asarray(reference.formation_energy, float)
        parsed: dict[int, dict[str, float]] = {}
        for i, (formula, energy) in enumerate(zip(reference.formulas, energies, strict=True)):
            amounts = parse_formula(formula)
            if len(amounts) < 2 or not np.isfinite(energy):
                continue
            key = composition_key(amounts)
            self._lowest[key] = min(float(energy), self._lowest.get(key, np.inf))
            if not energy < 0.0:
                continue
            if key not in best or energy < energies[best[key]]:
                best[key] = i
                parsed[i] = amounts
        self._by_elements: dict[frozenset[str], list[tuple[str, dict[str, float], float]]] = {}
        for i in best.values():
            amounts = parsed[i]
            total = sum(amounts.values())
            fractions = {symbol: x / total for symbol, x in amounts.items()}
            row = (reference.formulas[i], fractions, float(energies[i]))
            self._by_elements.setdefault(frozenset(amounts), []).append(row)
        self.elements = frozenset().union(*self._by_elements) if self._by_elements else frozenset()

    def system(self, elements: frozenset[str]) -> PhaseSystem:
        """The cached system of a set of elements (Li is always part of it)."""
        framework = tuple(sorted(elements - {LITHIUM}))
        found = self._systems.pop(framework, None)
        if found is None:
            found = self._build(framework)
            if len(self._systems) >= self._n_cached:
                self._systems.pop(next(iter(self._systems)))  # the one unused for longest
        self._systems[framework] = found
        return found

    def closed_system(self, elements: frozenset[str]) -> ClosedSystem:
        """The cached system of a set of elements in which Li is conserved like every other element.

        Raises:
            InputError: an element that no reference compound contains.
        """
        return self.open_system(elements, {})

    def open_system(self, elements: frozenset[str], reservoir: Mapping[str, float]) -> ClosedSystem:
        """A cached system in which some elements come from a reservoir and the others are conserved.

        Args:
            elements: all of the system.
            reservoir: chemical potential of each open element, eV/atom against the element itself.

        Raises:
            InputError: an element that no reference compound contains, or none that is conserved.
        """
        self.check_elements(elements | frozenset(reservoir))
        closed = tuple(sorted(elements - frozenset(reservoir)))
        if not closed:
            raise InputError("Every element is supplied by the surroundings; keep at least one of them closed.")
        key = (closed, tuple(sorted(reservoir.items())))
        found = self._closed.pop(key, None)
        if found is None:
            rows = [row for row in self._rows((*closed, *sorted(reservoir))) if row[1].keys() & set(closed)]
            columns = np.array([[row[1].get(element, 0.0) for row in rows] for element in closed])
            energy = np.array([row[2] - sum(mu * row[1].get(element, 0.0) for element, mu in reservoir.items())
                               for row in rows])
            found = ClosedSystem(closed, columns, energy, tuple(row[0] for row in rows))
            if len(self._closed) >= self._n_cached:
                self._closed.pop(next(iter(self._closed)))  # the one unused for longest
        self._closed[key] = found
        return found

    def energy_of(self, amounts: Mapping[str, float]) -> float:
        """Lowest energy of a composition in the reference, eV/atom; 0 for an element, NaN where it has none."""
        if len(amounts) == 1:
            return 0.0
        return self._lowest.get(composition_key(amounts), float("nan"))

    def check_elements(self, elements: frozenset[str]) -> None:
        """Refuse elements that the reference does not know.

        Raises:
            InputError: names them and what to do.
        """
        unknown = elements - self.elements - {LITHIUM}
        if unknown:
            raise InputError(
                f"No compound of {', '.join(sorted(unknown))} in {self.reference.title}; fetch a larger "
                "reference (ssbscreen data fetch mp_formation_energies) or leave the candidate out."
            )

    def path(self, amounts: Mapping[str, float]) -> LithiationPath:
        """Corners for a composition.

        Raises:
            InputError: the composition has no element besides Li, or one that no reference compound contains.
        """
        elements = frozenset(symbol for symbol, x in amounts.items() if x > 0.0)
        if not elements - {LITHIUM}:
            raise InputError(f"{dict(amounts)} has no element besides Li, so it has no framework.")
        self.check_elements(elements)
        return self.system(elements).path(amounts)

    def _rows(self, members: tuple[str, ...]) -> list[tuple[str, dict[str, float], float]]:
        """The elements, then all compounds of any of them: formula, atomic fractions, eV/atom."""
        rows: list[tuple[str, dict[str, float], float]] = [(el, {el: 1.0}, 0.0) for el in members]
        for size in range(2, len(members) + 1):
            for subset in combinations(members, size):
                rows.extend(self._by_elements.get(frozenset(subset), ()))
        return rows

    def _build(self, framework: tuple[str, ...]) -> PhaseSystem:
        row_of = {element: i for i, element in enumerate(framework)}
        rows = [row for row in self._rows((*framework, LITHIUM)) if row[0] != LITHIUM]
        columns = np.zeros((len(framework), len(rows)))
        li = np.zeros(len(rows))
        for j, (_, fractions, _) in enumerate(rows):
            for symbol, x in fractions.items():
                if symbol == LITHIUM:
                    li[j] = x
                else:
                    columns[row_of[symbol], j] = x
        missing = tuple(
            f"Li-{element}"
            for element in framework
            if element in ANIONS and frozenset((LITHIUM, element)) not in self._by_elements
        )
        joined = {symbol for _, fractions, _ in rows if len(fractions.keys() - {LITHIUM}) > 1 for symbol in fractions}
        needs_partner = set(framework) - SIMPLE_ANIONS if len(framework) > 1 else set()
        lonely = tuple(sorted(needs_partner - joined))
        return PhaseSystem(
            framework,
            columns,
            li,
            np.array([row[2] for row in rows]),
            tuple(row[0] for row in rows),
            missing,
            lonely,
        )
