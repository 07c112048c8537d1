"""All phases of one reference, looked up by chemical system; systems are built once and kept.

`path` gives the equilibrium of a framework with lithium (`lithiation`), `closed_system` and `open_system` the columns
for mixtures of two materials (`equilibrium`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeVar

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import Key, composition_key, parse_formula
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.equilibrium import ClosedSystem
from ssbscreen.physics.lithiation import LITHIUM, LithiationPath, PhaseSystem

ANIONS: Final[frozenset[str]] = frozenset(["H", "C", "N", "P", "As", "Sb", "O", "S", "Se", "Te", "F", "Cl", "Br", "I"])
SIMPLE_ANIONS: Final[frozenset[str]] = frozenset(["N", "O", "S", "Se", "Te", "F", "Cl", "Br", "I"])
Adjustment = Callable[[Mapping[str, float], float], float]
K = TypeVar("K")
V = TypeVar("V")
_SYMBOL = re.compile(r"[A-Z][a-z]?")


@dataclass(frozen=True)
class _Group:
    """Compounds of one set of elements.

    Attributes:
        lowest: composition -> eV/atom.
        below: formula, atomic fractions and eV/atom of those below their elements.
        formulas: of those in `below`.
        columns: their atomic fractions, elements in alphabetical order.  # (n_elements, n_below)
        energy: eV/atom.  # (n_below,)
    """

    lowest: dict[Key, float]
    below: list[tuple[str, dict[str, float], float]]
    formulas: list[str]
    columns: np.ndarray
    energy: np.ndarray


_NO_COMPOUNDS: Final = _Group({}, [], [], np.array([]), np.array([]))


def recent(cache: dict[K, V], key: K, make: Callable[[], V], size: int) -> V:
    """What a cache holds for a key, made when it holds none; the one unused for longest makes room."""
    found = cache.pop(key, None)
    if found is None:
        found = make()
        if len(cache) >= size:
            cache.pop(next(iter(cache)))
    cache[key] = found
    return found


class PhaseLibrary:
    """All reference phases of one source, looked up by chemical system.

    Only the lowest energy of each composition counts, and compounds above their elements never reach a hull.
    The elements themselves stand at zero, as formation energies are counted from them.
    """

    def __init__(
        self,
        reference: ReferencePhases,
        *,
        n_cached: int = 2000,
        adjust: Adjustment | None = None,
        sorted_rows: dict[frozenset[str], list[int]] | None = None,
    ) -> None:
        """Sort the phases by their set of elements; formulas are read when a system first asks for them.

        Args:
            reference: phases on one energy scale; two sources must never be mixed in one library.
            n_cached: chemical systems kept in memory.
            adjust: turns amounts and energy of a phase (eV/atom) into the energy that counts, such as a Gibbs energy
                at a temperature; None leaves energies as they are.
            sorted_rows: rows of the reference by their elements, where another library has sorted them already.
        """
        self.reference = reference
        self._n_cached = n_cached
        self._adjust = adjust
        self._systems: dict[tuple[str, ...], PhaseSystem] = {}
        self._closed: dict[tuple[object, ...], ClosedSystem] = {}
        self._rows_of: dict[frozenset[str], list[int]] = {} if sorted_rows is None else sorted_rows
        if sorted_rows is None:
            for i, formula in enumerate(reference.formulas):
                self._rows_of.setdefault(frozenset(_SYMBOL.findall(formula)), []).append(i)
        self._groups: dict[frozenset[str], _Group] = {}
        self.elements = frozenset().union(*(group for group in self._rows_of if len(group) > 1))

    def adjusted(self, adjust: Adjustment) -> PhaseLibrary:
        """The same phases with other energies."""
        return PhaseLibrary(self.reference, n_cached=self._n_cached, adjust=adjust, sorted_rows=self._rows_of)

    def adjustment(self, amounts: Mapping[str, float], energy: float) -> float:
        """Energy that counts for a phase of the given energy on the scale of the reference, eV/atom."""
        return self._adjust(amounts, energy) if self._adjust is not None else energy

    def _group(self, elements: frozenset[str]) -> _Group:
        """Compounds of exactly these elements: the lowest of each composition, and those below their elements."""
        rows = self._rows_of.get(elements)
        if rows is None:  # most sets of elements, so that nothing is kept of them
            return _NO_COMPOUNDS
        found = self._groups.get(elements)
        if found is None:
            lowest: dict[Key, tuple[str, dict[str, float], float]] = {}
            for i in rows:
                formula = self.reference.formulas[i]
                amounts = parse_formula(formula)
                energy = self.adjustment(amounts, float(self.reference.formation_energy[i]))
                key = composition_key(amounts)
                if np.isfinite(energy) and (key not in lowest or energy < lowest[key][2]):
                    total = sum(amounts.values())
                    lowest[key] = (formula, {symbol: x / total for symbol, x in amounts.items()}, energy)
            below = [row for row in lowest.values() if row[2] < 0.0]
            found = self._groups[elements] = _Group(
                {key: row[2] for key, row in lowest.items()},
                below,
                [row[0] for row in below],
                np.array([[row[1][element] for row in below] for element in sorted(elements)] if below else []),
                np.array([row[2] for row in below]),
            )
        return found

    def system(self, elements: frozenset[str]) -> PhaseSystem:
        """The cached system of a set of elements (Li is always part of it)."""
        framework = tuple(sorted(elements - {LITHIUM}))
        return recent(self._systems, framework, lambda: self._build(framework), self._n_cached)

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
        return recent(self._closed, key, lambda: self._build_open(closed, reservoir), self._n_cached)

    def _build_open(self, closed: tuple[str, ...], reservoir: Mapping[str, float]) -> ClosedSystem:
        shares, energy, formulas = self._stack((*closed, *sorted(reservoir)), len(closed))
        potentials = np.array([reservoir[element] for element in sorted(reservoir)])
        n = len(closed)
        return ClosedSystem(closed, shares[:n], energy - potentials @ shares[n:] if reservoir else energy, formulas)

    def _stack(self, members: tuple[str, ...], n: int) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Atomic fractions (members, phases), eV/atom and formulas of n elements and of all compounds with any of them.

        The n elements are the first of the members, the others come in compounds only.
        Put together from what each group of compounds keeps, in the order of `phases`.
        """
        row_of = {element: i for i, element in enumerate(members)}
        first = set(members[:n])
        subsets = (frozenset(subset) for size in range(2, len(members) + 1) for subset in combinations(members, size))
        found = [(subset, group) for subset in subsets if (group := self._group(subset)).formulas]
        found = [(subset, group) for subset, group in found if not first.isdisjoint(subset)]
        shares = np.zeros((len(members), n + sum(len(group.formulas) for _, group in found)))
        np.fill_diagonal(shares[:n, :n], 1.0)
        formulas = list(members[:n])
        for subset, group in found:
            rows, start = [row_of[element] for element in sorted(subset)], len(formulas)
            formulas.extend(group.formulas)
            shares[rows, start : len(formulas)] = group.columns
        return shares, np.concatenate([np.zeros(n), *(group.energy for _, group in found)]), tuple(formulas)

    def energy_of(self, amounts: Mapping[str, float]) -> float:
        """Lowest energy of a composition in the reference, eV/atom; 0 for an element, NaN where it has none."""
        if len(amounts) == 1:
            return 0.0
        elements = frozenset(symbol for symbol, x in amounts.items() if x > 0.0)
        return self._group(elements).lowest.get(composition_key(amounts), float("nan"))

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

    def phases(self, elements: frozenset[str]) -> list[tuple[str, dict[str, float], float]]:
        """The elements of a set, then all compounds of any of them: formula, atomic fractions, eV/atom."""
        return self._rows(tuple(sorted(elements)))

    def _rows(self, members: tuple[str, ...]) -> list[tuple[str, dict[str, float], float]]:
        """The elements, then all compounds of any of them: formula, atomic fractions, eV/atom."""
        rows: list[tuple[str, dict[str, float], float]] = [(el, {el: 1.0}, 0.0) for el in members]
        for size in range(2, len(members) + 1):
            for subset in combinations(members, size):
                rows.extend(self._group(frozenset(subset)).below)
        return rows

    def _build(self, framework: tuple[str, ...]) -> PhaseSystem:
        shares, energy, formulas = self._stack((*framework, LITHIUM), len(framework))
        columns, li = shares[:-1], shares[-1]
        missing = tuple(
            f"Li-{element}"
            for element in framework
            if element in ANIONS and not self._group(frozenset((LITHIUM, element))).below
        )
        is_joining = np.count_nonzero(columns, axis=0) > 1
        joined = {element for element, row in zip(framework, columns, strict=True) if row[is_joining].any()}
        needs_partner = set(framework) - SIMPLE_ANIONS if len(framework) > 1 else set()
        return PhaseSystem(framework, columns, energy, li, formulas, missing, tuple(sorted(needs_partner - joined)))
