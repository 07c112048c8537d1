"""What is read about making and using a layer of a candidate's class, as lines beside its numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ssbscreen.physics.alloy_currents import alloy_currents_of
from ssbscreen.physics.dew_points import handled_of
from ssbscreen.physics.porosity import densified_of, kept
from ssbscreen.physics.process_cost import PROCESS_COSTS
from ssbscreen.physics.use_temperature import use_temperature

_POROUS = 0.9  # relative density for which the cost of pores is told
_TITLES = {"ionic_conductivity": "conductivity", "youngs_modulus": "stiffness", "fracture_toughness": "toughness"}


def making_lines(row: pd.Series) -> Iterator[str]:
    """How dense layers of the class were made, what pores leave of an oxide's numbers, and where the class is used."""
    made = densified_of(str(row["chemistry_class"]))
    if made:
        yield "densities read for its class: " + "; ".join(one.text() for one in made)
    if seen := handled_of(str(row["chemistry_class"])):
        yield "handled at a dew point, read for its class: " + "; ".join(one.text() for one in seen)
    if alloys := alloy_currents_of(str(row["chemistry_class"])):
        yield "currents read on alloys and layers, no part of the critical current: " + "; ".join(
            one.text() for one in alloys
        )
    if row["chemistry_class"] == "oxide":
        parts = [f"{title} {low:.2g} to {high:.2g}" for title, (low, high) in _shares()]
        yield f"of a dense body's values one {_POROUS:.0%} dense keeps, by garnets: {', '.join(parts)}"
    if (cost := PROCESS_COSTS.get(str(row.get("process_route")))) is not None:
        span = f"{cost.value:g} ({cost.low:g} to {cost.high:g})"
        yield f"making a layer by its route, powder not counted: {span} {cost.source}"
    if (used := use_temperature(str(row["chemistry_class"]))) is not None:
        yield (
            f"its class is used at {used.low:g} to {used.high:g} degree C; `ssbscreen show --temperature` shows it "
            "there, `ssbscreen screen --temperature own` ranks each class at its own"
        )


def _shares() -> Iterator[tuple[str, tuple[float, float]]]:
    for key, title in _TITLES.items():
        if (found := kept(key, _POROUS)) is not None:
            yield title, found
