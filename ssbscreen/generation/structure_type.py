"""The crystal of a bare composition in the structure type of its family, as far as charges and places allow.

Cations and anions of the framework must fill the places of the type. What the type does not hold, or holds less of,
stands where an ion of like size stood: first on sites that hold it or an element of its group already, so that
chlorine in an argyrodite goes to the free anions and not into the PS4 tetrahedra. Lithium fills or empties its own
sites, and the cell is scaled by radii. The result is partly occupied wherever the amounts are not whole.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pymatgen.core import Composition, Element

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.orbits import build_crystal
from ssbscreen.generation.host import Draft, Host
from ssbscreen.generation.ions import CHALCOGENS, HALOGENS, Ion, cation_states, radius
from ssbscreen.sources.prototypes import load_prototypes

_ANIONS = {**dict.fromkeys(CHALCOGENS, -2), **dict.fromkeys(HALOGENS, -1), "N": -3}
_EXCESS = 0.03  # by which the framework may hold more or fewer ions than the type has places
_RADIUS_RATIO = 1.6  # of ions that may stand for one another; Sn4+ and Sb5+ do for a part of P5+ in argyrodites
_UNBALANCED = 0.05  # of the lithium that the charges ask for
_DIFFERS = 0.01  # of an atomic fraction, by which the crystal may differ from the composition


@dataclass(frozen=True)
class InType:
    """A composition as a crystal of a structure type.

    Attributes:
        crystal: primitive cell, partly occupied where amounts are not whole.
        prototype: name of the structure type.
        replaced: share of the framework's ions that stand where another element stood, 0 to 1.
    """

    crystal: Crystal
    prototype: str
    replaced: float

    def words(self) -> str:
        """How the structure came about."""
        changed = f", {self.replaced:.0%} of its framework replaced" if self.replaced > 0.0005 else ""
        return f"structure by prototype {self.prototype}{changed}"


def crystal_in_type(composition: Composition, family: str) -> InType:
    """Crystal of a composition in that structure type of its family which needs the fewest replacements.

    Args:
        composition: with lithium.
        family: key of a row of `core/chemistry.py`.

    Raises:
        InputError: no structure type of an electrolyte has that family, or none holds the composition.
    """
    amounts = {str(el): float(x) for el, x in composition.get_el_amt_dict().items()}
    found, reasons = list[InType](), dict[str, list[str]]()
    for host in _hosts(family):
        try:
            found.append(_built(host, amounts))
        except InputError as error:
            reasons.setdefault(str(error), []).append(host.prototype.name)
    if found:
        return min(found, key=lambda one: (round(one.replaced, 4), one.prototype))
    words = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())
    raise InputError(words or f"no structure type of an electrolyte is of the family {family}")


@functools.cache
def _hosts(family: str) -> tuple[Host, ...]:
    rows = [row for row in load_prototypes() if row.record.family == family and "electrolyte" in row.record.roles]
    return tuple(Host(row) for row in rows)


def _built(host: Host, amounts: Mapping[str, float]) -> InType:
    cell = host.prototype.primitive
    if "Li" not in amounts:
        raise InputError("the composition holds no lithium")
    scale = _formula_units(host, amounts)
    lithium = amounts["Li"] / scale
    if not host.has_room_for(lithium):
        raise InputError(f"its lithium sites do not take {lithium:.3g} for {host.lithium:.3g} of the type")
    sites = _Sites(host, lithium)
    moved = list[tuple[Ion, str, float]]()
    anions = _anions(host)
    for is_anion in (False, True):
        wanted = {el: x / scale for el, x in amounts.items() if el != "Li" and (el in anions) == is_anion}
        places = {ion: x for ion, x in host.amounts.items() if ion.is_anion == is_anion}
        moved += sites.fill(places, wanted)
    replacement = _charged(host, moved, lithium)
    lattice = cell.lattice * host.length_scale(replacement)
    crystal = build_crystal(lattice, cell.orbits, sites.species())
    whole = sum(amounts.values())
    fractions = crystal.composition.fractional_composition
    if (off := max(abs(fractions[el] - x / whole) for el, x in amounts.items())) > _DIFFERS:
        raise InputError(f"its sites give another composition (by {off:.3f} of an atomic fraction)")
    n_framework = sum(host.amounts.values())
    replaced = sum(x for ion, element, x in moved if element != ion.element) / n_framework
    return InType(crystal, host.prototype.name, replaced)


def _anions(host: Host) -> set[str]:
    """Elements that are anions in a type: the usual ones and its own."""
    return {*_ANIONS, *(ion.element for ion in host.ions if ion.is_anion)}


def _formula_units(host: Host, amounts: Mapping[str, float]) -> float:
    """Formula units of the type in the composition, from its anions; the cations must agree."""
    counts, anions = [], _anions(host)
    for is_anion in (True, False):
        places = sum(x for ion, x in host.amounts.items() if ion.is_anion == is_anion)
        ions = sum(x for el, x in amounts.items() if el != "Li" and (el in anions) == is_anion)
        if (places > 0.0) != (ions > 0.0):
            raise InputError(f"only one of them has {'anions' if is_anion else 'framework cations'}")
        counts.append(ions / places if places else math.nan)
    if abs(counts[1] / counts[0] - 1.0) > _EXCESS:
        raise InputError(
            f"it has {counts[1] / counts[0]:.3g} framework cations for each place that its anions leave them; what "
            "stands on sites of lithium is not built"
        )
    return counts[0]


class _Sites:
    """Occupants of the orbits of a type per formula unit, lithium already as wanted."""

    def __init__(self, host: Host, lithium: float) -> None:
        self._orbits = host.prototype.orbits
        self._size = [len(orbit.frac) / host.prototype.record.z for orbit in self._orbits]
        held = host.species(Draft({}, 0.0, lithium))
        self._held = [{el: x * n for el, x in row.items()} for row, n in zip(held, self._size, strict=True)]

    def species(self) -> tuple[dict[str, float], ...]:
        """Occupancy of each orbit by element."""
        return tuple(
            {el: min(x / n, 1.0) for el, x in row.items() if x / n > 1e-6}
            for row, n in zip(self._held, self._size, strict=True)
        )

    def fill(self, places: Mapping[Ion, float], wanted: Mapping[str, float]) -> list[tuple[Ion, str, float]]:
        """Bring what is wanted onto the places, like ions first; who left, what came, and how much of it.

        Raises:
            InputError: an ion is too large or too small for every place that is left.
        """
        total = sum(wanted.values())
        left = {el: x * sum(places.values()) / total for el, x in wanted.items()} if total else {}
        free, moved = dict(places), list[tuple[Ion, str, float]]()
        for ion in places:  # what the type holds stays
            stays = min(free[ion], left.get(ion.element, 0.0))
            free[ion] -= stays
            if stays:
                left[ion.element] -= stays
                moved.append((ion, ion.element, stays))
        pairs = [(ion, el) for ion in places for el in left if ion.element != el]
        for ion, element in sorted(pairs, key=lambda pair: (_unlikeness(*pair), str(pair[0]), pair[1])):
            amount = min(free[ion], left[element])
            if amount > 1e-9 and _unlikeness(ion, element) < math.inf:
                free[ion] -= amount
                left[element] -= amount
                moved.append((ion, element, amount))
                self._exchange(ion.element, element, amount)
        if rest := {el: x for el, x in left.items() if x > 1e-6}:
            raise InputError(f"no place fits {', '.join(sorted(rest))}")
        return moved

    def _exchange(self, old: str, new: str, amount: float) -> None:
        """Put an element where another stands: on sites that know it or its group first, then on all alike."""
        known = [row for row in self._held if row.get(old, 0.0) > 0.0 and any(_is_kin(new, el) for el in row)]
        rows = [row for row in self._held if row.get(old, 0.0) > 0.0]
        for group in (known, rows):
            here = sum(row[old] for row in group)
            share = min(1.0, amount / here) if here > 0.0 else 0.0
            for row in group:
                part = row[old] * share
                row[old] -= part
                row[new] = row.get(new, 0.0) + part
            amount -= here * share
            if amount < 1e-9:
                return


def _is_kin(one: str, other: str) -> bool:
    """Whether two elements are of one group, lithium aside."""
    return other != "Li" and Element(one).group == Element(other).group


def _unlikeness(ion: Ion, element: str) -> float:
    """How unlike in size an element's ion of the nearest size is, without unit; infinite where it is too unlike."""
    options = [abs(math.log(radius(state) / radius(ion))) for state in _states(element)]
    least = min(options, default=math.inf)
    return least if least <= math.log(_RADIUS_RATIO) else math.inf


def _states(element: str) -> tuple[Ion, ...]:
    return (Ion(element, _ANIONS[element]),) if element in _ANIONS else cation_states(element)


def _charged(
    host: Host, moved: list[tuple[Ion, str, float]], lithium: float
) -> dict[Ion, tuple[tuple[Ion, float], ...]]:
    """What stands where each ion stood, with charges that ask for the lithium that is there.

    Raises:
        InputError: no states of the elements balance the charges.
    """
    elements = sorted({element for ion, element, _ in moved if element != ion.element})
    best, least = dict[Ion, tuple[tuple[Ion, float], ...]](), math.inf
    for states in itertools.product(*(_states(element) for element in elements)):
        named = dict(zip(elements, states, strict=True))
        replacement = dict(_shares(moved, named))
        off = abs(host.lithium_for(replacement) - lithium)
        if off < least - 1e-9:
            best, least = replacement, off
    if least > _UNBALANCED * lithium:
        raise InputError(f"its charges do not balance in the type (by {least:.2g} for each formula unit)")
    return best


def _shares(
    moved: list[tuple[Ion, str, float]], named: Mapping[str, Ion]
) -> Iterator[tuple[Ion, tuple[tuple[Ion, float], ...]]]:
    for ion in dict.fromkeys(one[0] for one in moved):
        parts = [(ion if element == ion.element else named[element], x) for host, element, x in moved if host == ion]
        whole = sum(x for _, x in parts)
        yield ion, tuple((target, x / whole) for target, x in parts)
