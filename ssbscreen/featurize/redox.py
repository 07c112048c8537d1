"""Redox chemistry of an insertion electrode between the lithium contents of its two ends, as descriptors."""

from __future__ import annotations

import numpy as np
from pymatgen.core import Element

from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.insertion import LI
from ssbscreen.core.redox import ANION_HOLES, EXCESS, RANGE, Charges, Couple, fixed_charge, ionization_energy, level

COUPLES: tuple[Couple, ...] = (
    *((s, z) for s, (low, high) in RANGE.items() for z in range(low, high)),
    ANION_HOLES,
    EXCESS,
)
_CENTRES = ("P", "S", "Si", "B", "C", "N", "H", "As", "Se", "Ge")
_ANIONS = ("O", "F", "S", "Cl", "Se")
REDOX_NAMES: tuple[str, ...] = (
    "mean level",
    "highest level",
    "lowest level",
    "highest level given",
    "next level",
    "active electronegativity",
    "active group",
    "active row",
    "ionization energy",
    "lower charge",
    "active charge discharged",
    "active charge charged",
    "d electrons discharged",
    "d electrons charged",
    "Li per anion",
    "Li share",
    "Li left",
    "electrons per metal",
    "electrons per atom",
    "metals per anion",
    "inert per anion",
    "inert charge per anion",
    "inert electronegativity",
    "anion electronegativity",
    "n metals",
    "metal charge discharged",
    "metal charge charged",
    "metal electronegativity",
    "oxygen per centre",
    "early metals",
    *(f"{s} per anion" for s in _CENTRES),
    *(f"{s} among anions" for s in _ANIONS),
)


def active_elements(electrons: dict[Couple, float], least: float = 0.15) -> frozenset[str]:
    """Elements that give at least so large a share of the electrons."""
    return frozenset(c[0] for c, share in electrons.items() if share > least and c not in (ANION_HOLES, EXCESS))


def redox_descriptors(
    discharged: np.ndarray, left: float, start: Charges, end: Charges, electrons: dict[Couple, float]
) -> np.ndarray:
    """Descriptors in the order of `REDOX_NAMES`.

    Args:
        discharged: amounts.  # (104,)
        left: lithium that stays, in the same amounts.
        start, end: charges of the discharged and the charged state.
        electrons: of each couple, for one Li.
    """
    real = {c: e for c, e in electrons.items() if c not in (ANION_HOLES, EXCESS)}
    total = sum(abs(e) for e in real.values())
    weights: dict[str, float] = {}
    for (symbol, _), e in real.items():
        weights[symbol] = weights.get(symbol, 0.0) + abs(e) / total if total > 0 else 0.0
    return np.array([*_of_couples(start, end, real, weights), *_of_framework(discharged, left, start, end, weights)])


def _of_couples(
    start: Charges, end: Charges, real: dict[Couple, float], weights: dict[str, float]
) -> tuple[float, ...]:
    """Means over the couples that give electrons, and over their elements."""
    total = sum(abs(e) for e in real.values())

    def couple_mean(value: dict[Couple, float]) -> float:
        return sum(abs(e) * value[c] for c, e in real.items()) / total if total > 0 else np.nan

    def active_mean(value: dict[str, float]) -> float:
        return sum(w * value[s] for s, w in weights.items()) if total > 0 else np.nan

    levels = {c: level(c) for c in real}
    given = [level(c) for c in start.given if c not in (ANION_HOLES, EXCESS)]
    waiting = [
        level((s, z)) for s in end.metals for z in range(*RANGE[s]) if end.given.get((s, z), 0.0) < end.metals[s] - 1e-6
    ]
    return (
        couple_mean(levels),
        max(levels.values(), default=np.nan),
        min(levels.values(), default=np.nan),
        max(given, default=np.nan),
        min(waiting, default=np.nan),
        active_mean({s: float(Element(s).data["X"]) for s in weights}),
        active_mean({s: float(Element(s).group) for s in weights}),
        active_mean({s: float(Element(s).row) for s in weights}),
        couple_mean({c: ionization_energy(c) for c in real}),
        couple_mean({c: float(c[1]) for c in real}),
        active_mean({s: start.states[s] for s in weights}),
        active_mean({s: end.states[s] for s in weights}),
        active_mean({s: Element(s).group - start.states[s] for s in weights}),
        active_mean({s: Element(s).group - end.states[s] for s in weights}),
    )


def _of_framework(
    discharged: np.ndarray, left: float, start: Charges, end: Charges, weights: dict[str, float]
) -> tuple[float, ...]:
    """Amounts of lithium, metals, anions and the rest."""
    amounts = named(discharged)
    n_anions = sum(start.anions.values()) or 1e-9
    n_metals = sum(start.metals.values())
    inert = {s: a for s, a in amounts.items() if s not in start.metals and s not in start.anions and s != "Li"}
    centres = sum(inert.get(s, 0.0) for s in ("P", "S", "C", "N", "Se", "Cl", "As"))
    removed = float(discharged[LI] - left)
    return (
        discharged[LI] / n_anions,
        discharged[LI] / discharged.sum(),
        left / discharged[LI],
        removed / n_metals if n_metals > 0 else np.nan,
        removed / discharged.sum(),
        n_metals / n_anions,
        sum(inert.values()) / n_anions,
        sum(a * (fixed_charge(s, amounts) or 0) for s, a in inert.items()) / n_anions,
        _mean_electronegativity(inert),
        _mean_electronegativity(start.anions),
        float(len(start.metals)),
        sum(start.states[s] * a for s, a in start.metals.items()) / n_metals if n_metals > 0 else np.nan,
        sum(end.states[s] * a for s, a in start.metals.items()) / n_metals if n_metals > 0 else np.nan,
        _mean_electronegativity(start.metals),
        start.anions.get("O", 0.0) / centres if centres > 0 else np.nan,
        sum(w for s, w in weights.items() if s in ("Ti", "V", "Cr", "Mn")),
        *(inert.get(s, 0.0) / n_anions for s in _CENTRES),
        *(start.anions.get(s, 0.0) / n_anions for s in _ANIONS),
    )


def named(amounts: np.ndarray) -> dict[str, float]:
    """Amounts by symbol of an amount row.  # (104,)"""
    return {SYMBOLS[z]: float(amounts[z]) for z in np.flatnonzero(amounts > 1e-8)}


def _mean_electronegativity(amounts: dict[str, float]) -> float:
    total = sum(amounts.values())
    return sum(a * float(Element(s).data["X"]) for s, a in amounts.items()) / total if total > 0 else np.nan
