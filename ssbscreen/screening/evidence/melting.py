"""Measured conductivities stay on their side of a melting point: none leads from a polymer's crystals to its melt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.evidence import Reported
from ssbscreen.physics.transitions import MELTING, transition_between

SAME_C = 5.0
"""Degree C within which a value needs no law."""


def of_one_state(values: Sequence[Reported], formula: str, wanted: float) -> list[Reported]:
    """Values with those refused that were measured beyond the melting of the material's crystals.

    Phase transitions of crystals are left to the drop that values of a hot phase carry (`reported.conductivity_drop`).

    Args:
        values: of one material.
        formula: of it; of a polymer its repeat unit with the salt.
        wanted: temperature asked for, degree C.
    """
    return [value if value.refusal else _checked(value, formula, wanted) for value in values]


def _checked(value: Reported, formula: str, wanted: float) -> Reported:
    given = ROOM_TEMPERATURE_C if value.temperature_c is None else value.temperature_c
    if abs(given - wanted) <= SAME_C:
        return value
    crossed = transition_between(formula, given, wanted)
    if crossed is None or crossed.kind != MELTING:
        return value
    return replace(value, refusal=f"not counted: the {MELTING} of {crossed.material} lies between")
