"""Currents that alloys and silver-carbon layers stood on an electrolyte; read values, never mixed with lithium foil.

On foil a current is critical where lithium shorts the cell. Into a host lithium diffuses, so that what is read is
mostly what a cell stood, a lower bound that says more of the host than of the electrolyte.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from ssbscreen.physics.shipped_table import number, shipped_rows


@dataclass(frozen=True, slots=True)
class AlloyCurrent:
    """One reading.

    Attributes:
        electrode, electrolyte: as printed.
        chemistry_class: key of the electrolyte's.
        current: mA/cm2.
        bound: above (the cell stood it) or below (it shorted there).
        temperature_c: degree C, NaN where it was not stated.
        what: in words.
        source: where it was read.
    """

    electrode: str
    chemistry_class: str
    electrolyte: str
    current: float
    bound: str
    temperature_c: float
    what: str
    source: str

    def text(self) -> str:
        """In words."""
        sign = {"above": "over", "below": "under"}[self.bound]
        parts = [f"{sign} {self.current:g} mA/cm2"]
        if not math.isnan(self.temperature_c):
            parts.append(f"{self.temperature_c:g} degree C")
        if self.what:
            parts.append(self.what)
        return f"{self.electrode} on {self.electrolyte} {', '.join(parts)} ({self.source})"


@lru_cache(maxsize=1)
def alloy_currents() -> tuple[AlloyCurrent, ...]:
    """All rows of `alloy_currents.csv`."""
    return tuple(
        AlloyCurrent(
            row["electrode"],
            row["chemistry_class"],
            row["electrolyte"],
            float(row["current_mA_cm2"]),
            row["bound"],
            number(row["temperature_c"]),
            row["what"],
            row["source"],
        )
        for row in shipped_rows("alloy_currents.csv")
    )


def alloy_currents_of(chemistry_class: str) -> tuple[AlloyCurrent, ...]:
    """Readings on electrolytes of a class."""
    return tuple(one for one in alloy_currents() if one.chemistry_class == chemistry_class)
