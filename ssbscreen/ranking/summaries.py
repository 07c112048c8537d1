"""Median and 90 % interval of quantities that a table shows without ranking by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ssbscreen.core.properties import get_property
from ssbscreen.physics import interphase_growth, kinetic_window
from ssbscreen.physics.polymer_stability import describe
from ssbscreen.physics.processing import process_of
from ssbscreen.physics.safety import flammability
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.quantiles import quantiles
from ssbscreen.ranking.quantities import Quantities

_CELLS = 100_000  # candidates times draws held at once: some hundred arrays of this size


def summarise(quantities: Quantities, keys: Sequence[str], *, prefix: str = "") -> pd.DataFrame:
    """`<key>_value`, `_low` and `_high` of each property: median, 5th and 95th percentile, NaN where missing.

    They come from the draws that criteria are scored by, so that what follows from a criterion by arithmetic fits it.

    Args:
        quantities: n candidates.
        keys: properties.
        prefix: put before every column name.

    Returns:
        One row a candidate in the order of the quantities, natural units.
    """
    n, n_draws = len(quantities), quantities.n_draws
    columns = {f"{prefix}{key}{part}": np.full(n, np.nan) for key in keys for part in ("_value", "_low", "_high")}
    size = max(1, _CELLS // n_draws)
    for start in range(0, n, size):
        rows = slice(start, min(start + size, n))
        drawn = block(quantities, rows)
        for key in keys:
            stored = drawn.laboratory(key)
            known = np.isnan(stored).mean(axis=1) <= 0.5
            if not known.any():
                continue
            low, median, high = (v.astype(np.float64) for v in quantiles(stored[known], (0.05, 0.5, 0.95)))
            is_log = get_property(key).is_log
            for part, values in (("_value", median), ("_low", low), ("_high", high)):
                columns[f"{prefix}{key}{part}"][np.arange(rows.start, rows.stop)[known]] = (
                    np.power(10.0, values) if is_log else values
                )
    return pd.DataFrame(columns, index=pd.RangeIndex(n))


def words_of(facts: Facts) -> pd.DataFrame:
    """What is flagged in words: making a separator, behaviour in a fire, groups of a polymer, elements of short supply.

    Returns:
        `process_route`, `flammability`, `polymer_rule`, `scarce_elements`, `glass_formers`, `kinetic_window` and
        `interphase_growth`, empty where nothing is known or nothing is to be said.
    """
    formulas = ["" if c == "polymer" else str(f) for f, c in zip(facts.formula, facts.chemistry_class, strict=True)]
    routes = [process_of(str(c), str(f)) for c, f in zip(facts.chemistry_class, facts.family, strict=True)]
    burning = [flammability(str(c)) for c in facts.chemistry_class]
    rules = {str(keys): describe(str(keys).split()) if keys else "" for keys in set(facts.polymer_groups)}
    return pd.DataFrame(
        {
            "process_route": ["" if row is None else row.route.replace("_", " ") for row in routes],
            "flammability": ["" if row is None else f"{row.grade}: {row.text}" for row in burning],
            "polymer_rule": [rules[str(keys)] for keys in facts.polymer_groups],
            "scarce_elements": facts.scarce_elements,
            "glass_formers": [
                f"{share:.0%} of the cations beside lithium" if share > 0 else "" for share in facts.glass_former_share
            ],
            "kinetic_window": [kinetic_window.in_words(formula) for formula in formulas],
            "interphase_growth": [interphase_growth.in_words(formula) for formula in formulas],
        }
    )
