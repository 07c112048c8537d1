"""Published values of cathodes, polymers, densities, gaps and more, against what a user is told.

The values stand in `data/validation/other_quantities.csv`. Each is asked as `ssbscreen.predict` is, with measured and
calculated values of the material beside the predictions where the package has some. Tolerances were fixed before the
first comparison.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from validation_thermodynamics import read

from ssbscreen.core.errors import InputError
from ssbscreen.core.properties import get_property
from ssbscreen.interface.predicting import predict

OUTCOMES = ("p_li_stable", "p_li_passivating", "p_li_mixed_conducting")
ORDER, OUTCOME = "moisture_order", "lithium_outcome"
TOLERANCES: dict[str, float] = {  # in the unit of the property; in log10 where the property is kept so
    "average_voltage": 0.3,
    "capacity_grav": float(np.log10(1.2)),
    "metal_capacity": float(np.log10(1.05)),
    "max_delta_volume": 0.03,
    "activation_energy": 0.10,
    "ionic_conductivity": 0.7,
    "electronic_resistivity": 1.0,
    "critical_current": float(np.log10(3.0)),
    "glass_transition": 25.0,
    "band_gap": 0.5,
    "band_gap_pbe": 0.5,
    "density": 0.05,  # of the value
    "pugh_ratio": 0.0,
    "oxidation_limit": 0.2,
    "reduction_limit": 0.2,
    "energy_above_hull": 0.03,
    "h2s_limit": 0.0,
    "moisture_reaction_energy": 0.0,
}
POLYMER_OXIDATION = 0.5  # V
_LOGS = ("capacity_grav", "metal_capacity", "critical_current")  # kept as they are, compared as logarithms


class Answer(NamedTuple):
    """What is said about one property of one material: natural units, 90 % interval, and where it comes from."""

    value: float
    lower: float
    upper: float
    model: str


NOTHING = Answer(float("nan"), float("nan"), float("nan"), "no answer")


def _asked(row: Mapping[str, str], name: str) -> dict[str, str]:
    kind = "smiles" if name.startswith("*") else "composition"
    given = {kind: name, "salt_smiles": row["salt_smiles"], "molality": row["molality"]}
    return {key: value for key, value in (given | {"temperature": row["temperature_c"]}).items() if value}


def _properties(quantity: str) -> Sequence[str]:
    return {OUTCOME: OUTCOMES, ORDER: ("moisture_reaction_energy",)}.get(quantity, (quantity,))


def _said(table: pd.DataFrame) -> dict[tuple[str, str], Answer]:
    said = {}
    for line in table.itertuples():
        numbers = [float(x) for x in (line.mean, line.lower, line.upper)]
        if get_property(line.property).is_log:
            numbers = [10.0**x for x in numbers]
        said[str(line.candidate_id), str(line.property)] = Answer(*numbers, str(line.model))
    return said


def answers(rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, str], Answer]:
    """What is said about every row, by its number (`n`, and `n other` for what it is held against) and property."""
    said: dict[tuple[str, str], Answer] = {}
    for quantity in dict.fromkeys(row["quantity"] for row in rows):
        asked = []
        for number, row in enumerate(rows):
            if row["quantity"] == quantity:
                names = ((str(number), row["material"]), (f"{number} other", row["other"]))
                asked += [{"candidate_id": key} | _asked(row, name) for key, name in names if name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is refused comes out as no answer
            try:
                said |= _said(predict(pd.DataFrame(asked).fillna(""), _properties(quantity), evidence="best"))
            except InputError:  # not one of them has an answer
                continue
    return said


def _difference(row: Mapping[str, str], published: float, computed: float) -> float:
    quantity = row["quantity"]
    if get_property(quantity).is_log or quantity in _LOGS:
        return float(np.log10(computed / published))
    return computed / published - 1.0 if quantity == "density" else computed - published


def _judged(row: Mapping[str, str], answer: Answer) -> tuple[bool, bool]:
    """Whether a number is within the tolerance, and within the 90 % interval."""
    published, quantity = float(row["value"]), row["quantity"]
    if not np.isfinite(answer.value):
        return False, False
    tolerance = TOLERANCES[quantity]
    if quantity == "oxidation_limit" and row["material"].startswith("*"):
        tolerance = POLYMER_OXIDATION
    off = _difference(row, published, answer.value)
    match row["bound"]:
        case "at_least":
            return off >= -tolerance, answer.upper >= published
        case "at_most":
            return off <= tolerance, answer.lower <= published
        case _:
            return abs(off) <= tolerance, answer.lower <= published <= answer.upper


def _line(number: int, row: Mapping[str, str], said: Mapping[tuple[str, str], Answer]) -> tuple[object, ...]:
    key, quantity = str(number), row["quantity"]
    if quantity == OUTCOME:
        found = {name.removeprefix("p_li_"): said.get((key, name), NOTHING).value for name in OUTCOMES}
        best = max(found, key=lambda name: np.nan_to_num(found[name]))
        told = ", ".join(f"{name} {p:.2f}" for name, p in found.items())
        return told, "", best == row["value"], "", said.get((key, OUTCOMES[0]), NOTHING).model
    if quantity == ORDER:
        first, second = (said.get((name, "moisture_reaction_energy"), NOTHING) for name in (key, f"{key} other"))
        told = f"{first.value:.3f} and {second.value:.3f} eV/atom"
        return told, "", first.value > second.value, "", first.model
    answer = said.get((key, quantity), NOTHING)
    right, covered = _judged(row, answer)
    interval = f"{answer.lower:.4g} to {answer.upper:.4g}" if np.isfinite(answer.value) else ""
    return f"{answer.value:.4g}", interval, right, covered, answer.model


def others() -> pd.DataFrame:
    """Every published value with what is said about it, whether it is right, and its source."""
    rows = read("other_quantities.csv")
    said = answers(rows)
    lines = []
    for number, row in enumerate(rows):
        told, interval, right, covered, model = _line(number, row, said)
        where = f" at {row['temperature_c']} degree C" if row["temperature_c"] else ""
        against = f" against {row['other']}" if row["other"] else ""
        published = {"at_least": ">= ", "at_most": "<= "}.get(row["bound"], "") + row["value"]
        lines.append(
            {
                "quantity": row["quantity"],
                "material": row["material"] + against + where,
                "unit": row["unit"],
                "published": published,
                "computed": told,
                "interval_90": interval,
                "right": right,
                "in_interval": covered,
                "from": model,
                "source": row["doi"] or row["read_at"],
                "note": row["note"],
            }
        )
    return pd.DataFrame(lines)


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """How many are right and in the interval, by quantity."""
    lines = []
    for quantity, group in table.groupby("quantity", sort=False):
        numbers = group[group["in_interval"] != ""]
        covered = f"{int(numbers['in_interval'].sum())} of {len(numbers)}" if len(numbers) else ""
        lines.append((quantity, len(group), int(group["right"].sum()), covered))
    return pd.DataFrame(lines, columns=("quantity", "values", "right", "in_interval"))
