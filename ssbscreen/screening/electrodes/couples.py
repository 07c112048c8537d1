"""Calculated couples of cathodes: which one is a candidate's, and by how much measured voltages lie from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.identity import COMPOSITION_TOLERANCE
from ssbscreen.core.known_electrode import CalculatedCouple
from ssbscreen.core.recognition import element_amounts
from ssbscreen.core.redox import removable_lithium
from ssbscreen.physics.voltage_shift import Shift, VoltageShift, oxidised_element, soft_anion, soft_anion_shift
from ssbscreen.sources.reference_cathodes import SOURCE

VOLTAGE = "average_voltage"
_STABLE = 0.025  # eV/atom, thermal energy: a host so near its lowest structure is the one that is made
_Key = tuple[str, ...]


@lru_cache(maxsize=1)
def voltage_shift() -> VoltageShift:
    """Shift fitted to the couples of `data/reference_cathodes` that are both measured and calculated."""
    differences, elements = [], []
    for couple, measured in measured_couples():
        differences.append(measured - couple.average_voltage)
        elements.append(oxidised_in(couple))
    return VoltageShift(differences, elements)


def measured_couples() -> list[tuple[CalculatedCouple, float]]:
    """Calculated couples with the measured voltage, mean over the studies of each, V."""
    values: dict[tuple[Composition, Composition], list[float]] = defaultdict(list)
    for row in SOURCE.load_measured():
        if row.property == VOLTAGE and row.is_for_shift and row.charged is not None:
            values[row.discharged, row.charged].append(row.value)
    found = [(couple_between(*ends), float(np.mean(v))) for ends, v in values.items()]
    return [(couple, value) for couple, value in found if couple is not None]


def couple_between(discharged: Composition, charged: Composition) -> CalculatedCouple | None:
    """The calculated couple of these two ends; of several structures the likeliest one."""
    return _likeliest(c for c in _couples_of(discharged) if is_same(c.charged, charged))


def oxidised_in(couple: CalculatedCouple) -> str:
    """The metal that gives most of the electrons of a couple."""
    full, empty = element_amounts(couple.discharged), element_amounts(couple.charged)
    sizes = [sum(a for name, a in ends.items() if name != "Li") for ends in (full, empty)]
    return oxidised_element(full, empty.get("Li", 0.0) * sizes[0] / sizes[1])


def couple_of(candidate: Candidate, *, is_made: bool) -> CalculatedCouple | None:
    """The calculated couple of a candidate that gives up as much lithium as its metals allow, None without one.

    Args:
        candidate: an own structure counts by its Materials Project id; a bare composition, or a material that was made,
            by its composition.
        is_made: whether the material is on record as made.
    """
    if candidate.composition is None or candidate.charged is not None:
        return None
    known = _couples_of(candidate.composition)
    own = [c for c in known if c.is_host and c.structure == candidate.candidate_id]
    if not own and candidate.crystal is not None and not is_made:
        return None
    amounts = element_amounts(candidate.composition)
    target = removable_lithium(amounts) / amounts["Li"] if known else 0.0
    missed = [(round(abs(emptied(couple) - target), 3), couple) for couple in own or known]
    least = min((distance for distance, _ in missed), default=0.0)
    return _likeliest(couple for distance, couple in missed if distance == least)


def was_cycled(composition: Composition) -> bool:
    """Whether a capacity of this composition was measured."""
    return any(is_same(composition, known) for known in _cycled().get(_key(composition), ()))


@lru_cache(maxsize=1)
def _by_elements() -> dict[_Key, tuple[tuple[CalculatedCouple, ...], np.ndarray]]:
    """Couples by the elements of the discharged end, with its atomic fractions.  # (n_couples, n_elements)"""
    members: dict[_Key, list[CalculatedCouple]] = defaultdict(list)
    for couple in SOURCE.load_couples():
        members[_key(couple.discharged)].append(couple)
    return {key: (tuple(own), np.stack([_fractions(c.discharged, key) for c in own])) for key, own in members.items()}


@lru_cache(maxsize=1)
def _cycled() -> dict[_Key, list[Composition]]:
    """Cathodes with a measured capacity, by their elements."""
    found: dict[_Key, list[Composition]] = defaultdict(list)
    for row in SOURCE.load_measured():
        if row.property == "capacity_grav":
            found[_key(row.discharged)].append(row.discharged)
    return found


def _couples_of(composition: Composition) -> list[CalculatedCouple]:
    key = _key(composition)
    if key not in _by_elements():
        return []
    couples, fractions = _by_elements()[key]
    near = np.abs(fractions - _fractions(composition, key)).max(axis=1) <= COMPOSITION_TOLERANCE
    return [couples[int(j)] for j in np.flatnonzero(near)]


def _likeliest(couples: Iterable[CalculatedCouple]) -> CalculatedCouple | None:
    """A host that lies low, else the lowest structures of both compositions, else the lowest host."""

    def order(couple: CalculatedCouple) -> tuple[int, float]:
        if not couple.is_host:
            return 1, 0.0
        distance = couple.stability_discharge
        return (0 if distance <= _STABLE else 2), distance

    return min(couples, key=order, default=None)


def shift_of(candidate: Candidate) -> Shift:
    assert candidate.composition is not None
    amounts = element_amounts(candidate.composition)
    lithium = amounts.get("Li", 0.0)
    removed = removable_lithium(amounts) if lithium > 0.0 else 0.0
    kind = soft_anion(amounts)
    shift = voltage_shift() if kind is None else soft_anion_shift(kind)
    return shift.of(oxidised_element(amounts, lithium - removed) if removed > 0.0 else "anion")


def emptied(couple: CalculatedCouple) -> float:
    """Share of the lithium that leaves."""
    full, empty = element_amounts(couple.discharged), element_amounts(couple.charged)
    sizes = [sum(a for name, a in ends.items() if name != "Li") for ends in (full, empty)]
    return 1.0 - empty.get("Li", 0.0) / full["Li"] * sizes[0] / sizes[1]


def is_same(one: Composition, other: Composition) -> bool:
    key = tuple(sorted({*_key(one), *_key(other)}))
    return bool(np.abs(_fractions(one, key) - _fractions(other, key)).max() <= COMPOSITION_TOLERANCE)


def _key(composition: Composition) -> _Key:
    return tuple(sorted(element_amounts(composition)))


def _fractions(composition: Composition, elements: _Key) -> np.ndarray:
    amounts = element_amounts(composition)
    return np.array([amounts.get(name, 0.0) for name in elements]) / sum(amounts.values())
