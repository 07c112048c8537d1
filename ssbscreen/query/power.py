"""How many cells tell two electrolytes of a run apart, property by property."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from ssbscreen.core.constants import Z90
from ssbscreen.core.errors import unknown
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property
from ssbscreen.query.columns import interval_text
from ssbscreen.ranking.power import MOST, n_needed, smallest_difference
from ssbscreen.ranking.repeatability import Parts, known_parts, parts_of

N_CELLS = 3
"""Cells of a laboratory where several laboratories compare (a custom of the field, assumption)."""


@dataclass(frozen=True)
class Comparison:
    """Two materials in one property.

    Attributes:
        key: of the property.
        values: of both, with interval, as text.
        difference: of the first less the second, decades or the unit of the property.
        p_greater: chance that the first is the greater, by what is known now.
        parts: of the scatter.
        n_cells: of each, in one laboratory; None where `MOST` do not suffice.
        n_laboratories: of each, with `N_CELLS` cells; None likewise.
        found_by_three: difference that three cells of each find in one laboratory.
    """

    key: str
    values: tuple[str, str]
    difference: float
    p_greater: float
    parts: Parts
    n_cells: int | None
    n_laboratories: int | None
    found_by_three: float


def compared(first: pd.Series, second: pd.Series, keys: Sequence[str] = ()) -> list[Comparison]:
    """Two rows of a ranking in all properties with a known scatter that both have a value of.

    Both materials are held to be measured by different laboratories where laboratories are counted: no study tells what
    a laboratory does alike to two materials. A comparison inside one laboratory speaks of its own samples.

    Args:
        first, second: rows.
        keys: properties; all when empty.

    Raises:
        UsageError: a property whose scatter is not known.
    """
    for key in keys:
        if key not in known_parts():
            raise unknown("property with a known scatter", key, known_parts())
    found = []
    for key in keys or known_parts():
        ends = [_scaled(row, key) for row in (first, second)]
        if ends[0] is None or ends[1] is None:
            continue
        (mean_a, std_a), (mean_b, std_b) = ends[0], ends[1]
        parts = parts_of(key, 0.5 * (mean_a + mean_b))
        difference, doubt = mean_a - mean_b, float(np.hypot(std_a, std_b))
        found.append(
            Comparison(
                key,
                (interval_text(first, key), interval_text(second, key)),
                difference,
                float(norm.cdf(difference / doubt)) if doubt > 0.0 else float(difference > 0.0),
                parts,
                n_needed(difference, parts.cells),
                n_needed(difference, parts.of_mean(N_CELLS)),
                smallest_difference(parts.cells, 3),
            )
        )
    return found


_CELLS = "cells of each in one laboratory"
_LABORATORIES = f"laboratories of each with {N_CELLS} cells"
ASKED_FOR = ("property", "difference", _CELLS, _LABORATORIES)  # what a narrow table must show


def power_table(found: Sequence[Comparison], names: tuple[str, str]) -> pd.DataFrame:
    """The same as text, one row a property."""
    return pd.DataFrame(
        [
            {
                "property": f"{c.key} ({_unit(c)})",
                names[0]: c.values[0],
                names[1]: c.values[1],
                "difference": _size(c, c.difference),
                "first is greater": f"{c.p_greater:.0%}",
                _CELLS: _count(c.n_cells),
                _LABORATORIES: _count(c.n_laboratories),
                "scatter of laboratories": _size(c, c.parts.laboratories),
                "scatter of cells": _size(c, c.parts.cells) + (" (assumed)" if c.parts.is_assumed else ""),
                "found by 3 cells of each": _size(c, c.found_by_three),
            }
            for c in found
        ]
    )


def _scaled(row: pd.Series, key: str) -> tuple[float, float] | None:
    """Median and standard deviation of a row on the scale on which laboratories scatter."""
    values = [row.get(f"{key}_{part}") for part in ("value", "low", "high")]
    if any(value is None or pd.isna(value) for value in values):
        return None
    numbers = np.array(values, dtype=float)
    if parts_of(key, 0.0).is_logarithmic:
        if numbers.min() <= 0.0:
            return None
        numbers = np.log10(numbers)
    return float(numbers[0]), float((numbers[2] - numbers[1]) / (2.0 * Z90))


def _unit(comparison: Comparison) -> str:
    return get_property(comparison.key).unit


def _size(comparison: Comparison, value: float) -> str:
    """A difference or scatter with its unit."""
    return f"{number(value)} {'decades' if comparison.parts.is_logarithmic else _unit(comparison)}"


def _count(n: int | None) -> str:
    return f"over {MOST}" if n is None else str(n)
