"""Temperatures across which no law of a material's conductivity is followed: phase transitions, melting of crystals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.physics.lithium_contact import same_composition
from ssbscreen.physics.shipped_table import shipped_rows

LITHIUM_MELTS_C = 180.5
"""Melting point of lithium, degree C. Source: CRC Handbook of Chemistry and Physics."""
MELTING = "melting"
_OF_SALT = " + "  # between the repeat unit of a polymer and its salt


@dataclass(frozen=True, slots=True)
class Transition:
    """One material changes.

    Attributes:
        material: as printed.
        key: formula, or repeat unit of a polymer.
        kind: what happens.
        low, high: where it begins and ends, degree C.
        source: what was seen and where it was read.
    """

    material: str
    key: str
    kind: str
    low: float
    high: float
    source: str

    def is_of(self, formula: str) -> bool:
        """Whether a formula, or a polymer with its salt, is this material."""
        if "*" in self.key or "*" in formula:
            return formula.split(_OF_SALT)[0] == self.key
        try:
            return same_composition(formula, self.key)
        except InputError:
            return False

    def lies_between(self, one: float, other: float) -> bool:
        """Whether a way from one temperature to another, degree C, passes or ends inside the change."""
        return min(one, other) < self.high and max(one, other) > self.low


@lru_cache(maxsize=1)
def transitions() -> tuple[Transition, ...]:
    """The table `transitions.csv`."""
    return tuple(
        Transition(row["material"], row["key"], row["kind"], float(row["low_c"]), float(row["high_c"]), row["source"])
        for row in shipped_rows("transitions.csv")
    )


def transition_between(formula: str, one: float, other: float) -> Transition | None:
    """First change of a material on the way from one temperature to another, degree C; None where none is known."""
    return next((t for t in transitions() if t.lies_between(one, other) and t.is_of(formula)), None)


def has_melted(formulas: Sequence[str], celsius: np.ndarray) -> np.ndarray:
    """Whether the crystals of each material are known to have melted at its temperature, degree C.  # (n,) bool"""
    melting = [row for row in transitions() if row.kind == MELTING]
    ways = zip(formulas, celsius, strict=True)
    return np.array([any(t >= row.high and row.is_of(str(f)) for row in melting) for f, t in ways], dtype=bool)


def is_crossed(formulas: Sequence[str], given: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Whether a change is known between the temperature where each value is known and the wanted one.  # (n,) bool

    Args:
        formulas: n.
        given, wanted: degree C.  # (n,)
    """
    ways = zip(formulas, given, wanted, strict=True)
    return np.array([transition_between(str(f), float(t), float(u)) is not None for f, t, u in ways], dtype=bool)
