"""A second electrolyte on the side of the lithium, for one that lithium goes on reducing, such as a halide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.interfaces import interface
from ssbscreen.physics.lithium_interphase import li_outcome
from ssbscreen.physics.phase_stability import evaluate

ANOLYTES: Final[tuple[str, ...]] = (
    "Li6PS5Cl",
    "Li6PS5Br",
    "Li5.5PS4.5Cl1.5",
    "Li3PS4",
    "Li7P3S11",
    "Li7P2S8I",
    "Li10GeP2S12",
    "Li7La3Zr2O12",
    "Li2PO2N",
    "LiBH4",
)
"""Electrolytes that were put against lithium; our choice."""
GOES_ON: Final[float] = 0.5  # chance of a reaction with lithium that goes on, from which one is looked for


@dataclass(frozen=True)
class AnolyteResult:
    """An electrolyte between lithium and another one.

    Attributes:
        formula: of the anolyte.
        with_electrolyte: strongest mutual reaction, eV per atom of mixture.
        p_goes_on: chance that its reaction with lithium does not stop.
        oxidation_limit: V against Li/Li+; at the contact it meets the potential at which the other one is reduced.
    """

    formula: str
    with_electrolyte: float
    p_goes_on: float
    oxidation_limit: float


def goes_on(formulas: Sequence[str], library: PhaseLibrary) -> np.ndarray:
    """Chance that lithium goes on reducing each material, what is known of it included; NaN where unknown.  # (n,)"""
    table = evaluate(list(formulas), np.full((len(formulas), 1), np.nan), library)
    return np.asarray(li_outcome(table).p_mixed_conducting, dtype=float)


def evaluate_anolytes(
    electrolyte: str, library: PhaseLibrary, anolytes: Sequence[str] = ANOLYTES
) -> tuple[AnolyteResult, ...]:
    """Anolytes that stop reacting with lithium, by their reaction with the electrolyte, the weakest first.

    Args:
        electrolyte: formula.
        library: competing phases.
        anolytes: formulas; those with elements that the reference does not know are left out.
    """
    table = evaluate(list(anolytes), np.full((len(anolytes), 1), np.nan), library)
    chances = li_outcome(table).p_mixed_conducting
    found = []
    for i, formula in enumerate(anolytes):
        if formula == electrolyte or not chances[i] < GOES_ON:
            continue
        try:
            inner = interface(electrolyte, formula, library).reaction_energy
        except InputError:
            continue
        found.append(AnolyteResult(formula, inner, float(chances[i]), float(table.oxidation_limit[i, 0])))
    return tuple(sorted(found, key=lambda result: (-round(result.with_electrolyte, 4), result.p_goes_on)))
