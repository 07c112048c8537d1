"""What rows of a table of measurements must look like as text; a file of its own, since its library loads slowly."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

import pandas as pd
import pandera.pandas as pa

from ssbscreen.core.errors import unknown
from ssbscreen.core.properties import PROPERTIES, PROPERTIES_LISTED_BY
from ssbscreen.core.units import units_like
from ssbscreen.measurements.row_text import is_date, is_number, is_temperature, is_unit

_DOI = r"^10\.\d{4,9}/\S+$"
_NEEDS_TEMPERATURE = ("ionic_conductivity",)
_MEASURABLE = tuple(key for key, row in PROPERTIES.items() if not key.startswith("p_") and row.unit != "kJ/(mol nm)")


def _check(test: Callable[[str], bool], message: str) -> pa.Check:
    return pa.Check(test, element_wise=True, error=message)


def _number_between(low: float, high: float, message: str) -> pa.Check:
    def holds(text: str) -> bool:
        if text == "":
            return True
        try:
            return low <= float(text) <= high
        except ValueError:
            return False

    return _check(holds, message)


_SCHEMA = pa.DataFrameSchema(
    {
        "property": pa.Column(str, _check(lambda t: t in _MEASURABLE, "is no property that can be measured")),
        "value": pa.Column(
            str,
            _check(
                lambda t: is_number(t),
                "is no number; write 1.2e-4 or 1.2×10⁻⁴, or <1e-10 for a bound, in the unit of the column unit",
            ),
        ),
        "unit": pa.Column(str, _check(lambda t: is_unit(t), "is no known unit")),
        "bound": pa.Column(
            str, _check(lambda t: t in ("", "exact", "below", "above"), "is no bound; allowed: exact, below, above")
        ),
        "temperature": pa.Column(
            str, _check(lambda t: is_temperature(t), "is no temperature between -273.15 and 2000 degree C")
        ),
        "noise": pa.Column(
            str,
            _number_between(
                0.0,
                10.0,
                "is no standard deviation from 0 to 10, in the unit that is "
                "learned (log10 for moduli and conductivities)",
            ),
        ),
        "space_group": pa.Column(
            str,
            _check(lambda t: t == "" or (t.isdigit() and 1 <= int(t) <= 230), "is no space group number from 1 to 230"),
        ),
        "doi": pa.Column(
            str, _check(lambda t: t == "" or bool(re.match(_DOI, t)), "is no DOI such as 10.1038/nmat3066")
        ),
        "date": pa.Column(str, _check(lambda t: t == "" or is_date(t), "is no date YYYY-MM-DD")),
    },
    checks=[
        pa.Check(
            lambda f: (f["doi"] != "") | (f["laboratory"] != ""),
            name="origin",
            error="names neither doi nor laboratory; one of them is needed",
        ),
        pa.Check(
            lambda f: (f["temperature"] != "") | ~f["property"].isin(_NEEDS_TEMPERATURE),
            name="temperature",
            error="is a conductivity without a temperature; fill the column temperature (degree C)",
        ),
        pa.Check(
            lambda f: (f["composition"] != "") | (f["structure_file"] != "") | (f["smiles"] != ""),
            name="material",
            error="names no material; fill composition, structure_file or smiles",
        ),
    ],
)


def problems(frame: pd.DataFrame) -> dict[int, list[str]]:
    """Row position -> what the schema says against it."""
    found: dict[int, list[str]] = defaultdict(list)
    try:
        _SCHEMA.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["index", "check"])
        for case in cases.itertuples():
            is_row = str(case.schema_context) == "DataFrameSchema"
            text = f"the row {case.check}" if is_row else f"{case.column} '{case.failure_case}' {case.check}"
            if str(case.column) == "unit" and not is_row:
                text += f"; {_units_that_fit(str(frame.loc[case.index, 'property']))}"
            if str(case.column) == "property" and not is_row:
                text += f". {unknown('property', str(case.failure_case), _MEASURABLE, PROPERTIES_LISTED_BY)}"
            found[int(case.index)].append(text)
    return found


def _units_that_fit(key: str) -> str:
    """Units in which a property may be given, in words."""
    if key not in PROPERTIES:
        return "the property says which unit it takes"
    return f"{key} takes {', '.join(units_like(PROPERTIES[key].unit))}, or log10 of one"
