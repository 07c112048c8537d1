"""The page of the table of properties."""

from __future__ import annotations

import math

from _generate.markdown import number, table
from ssbscreen.core.properties import PROPERTIES, Property


def properties_page() -> str:
    """One row a property."""
    rows = [
        (
            f"`{p.key}`",
            p.title,
            p.unit,
            "log10" if p.is_log else "linear",
            _range(p),
            f"`{p.formula}`" if p.formula else "",
        )
        for p in PROPERTIES.values()
    ]
    return (
        "# Properties\n\nMade from `ssbscreen/core/properties.py`. A property key is one string in tables, "
        "on the command line and in configs.\n\nValues on a log10 scale are stored, learned and averaged as log10 of "
        "the unit; rankings and reports show the natural unit. A value outside the range is rejected on reading.\n\n"
        + table(("key", "property", "unit", "scale", "plausible range", "closed formula"), rows)
    )


def _range(row: Property) -> str:
    high = "no limit" if math.isinf(row.high) else number(row.high)
    return f"{number(row.low)} to {high}"
