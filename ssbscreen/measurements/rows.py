"""From rows of text to candidates and measurements: a schema first, then units and materials, reasons beside."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from ssbscreen.core.candidate import OWN_MEASUREMENTS, Candidate, Measurement, Rejected
from ssbscreen.core.errors import InputError, UsageError, unknown
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.properties import PROPERTIES, get_property
from ssbscreen.core.units import known_units
from ssbscreen.measurements.files import COLUMNS, LINE, NAMES, read_table
from ssbscreen.measurements.row_text import celsius_of, is_date, is_number, is_temperature, is_unit, value_of
from ssbscreen.readers.formats.candidate_table import candidate_of, structure_fault
from ssbscreen.readers.polymer_text import chain_label
from ssbscreen.readers.reading import Limits

SOURCE_NAME = OWN_MEASUREMENTS
_DOI = r"^10\.\d{4,9}/\S+$"
EXAMPLE = {column.name: column.example for column in COLUMNS}
_NEEDS_TEMPERATURE = ("ionic_conductivity",)
MEASURABLE = tuple(key for key, row in PROPERTIES.items() if not key.startswith("p_") and row.unit != "kJ/(mol nm)")


@dataclass(frozen=True)
class Provenance:
    """Where a value came from, as it was given.

    Attributes:
        file: name of the table.
        line: in it.
        sample_id: name of the sample in the laboratory.
        value, unit: as written, before conversion.
        doi, laboratory, method, date, note: as given.
        flags: what was noticed about the value when it came in.
    """

    file: str
    line: int
    sample_id: str
    value: str
    unit: str
    doi: str = ""
    laboratory: str = ""
    method: str = ""
    date: str = ""
    note: str = ""
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewValue:
    """One usable row: candidate, measurement and where they come from."""

    candidate: Candidate
    measurement: Measurement
    provenance: Provenance


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


SCHEMA = pa.DataFrameSchema(
    {
        "property": pa.Column(str, _check(lambda t: t in MEASURABLE, "is no property that can be measured")),
        "value": pa.Column(
            str, _check(lambda t: is_number(t), "is no number; write 1.2e-4 or 1.2×10⁻⁴, or <1e-10 for a bound")
        ),
        "unit": pa.Column(
            str, _check(lambda t: is_unit(t), "is no known unit; known: " + ", ".join(u for u in known_units() if u))
        ),
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


def read_measurements(path: Path, limits: Limits | None = None) -> tuple[tuple[NewValue, ...], tuple[Rejected, ...]]:
    """Usable rows of a table of measurements, and the others with line and reason.

    Raises:
        InputError: the file as a whole cannot be read.
    """
    frame = read_table(path)
    problems = _problems(frame)
    values: list[NewValue] = []
    rejected: list[Rejected] = []
    rows_seen: dict[tuple[object, ...], int] = {}
    values_seen: dict[tuple[object, ...], int] = {}
    for position, line in enumerate(frame[LINE]):
        row = {name: str(frame[name].iat[position]) for name in NAMES}
        label = f"{path.name}: line {line}" + (f" ({row['sample_id']})" if row["sample_id"] else "")
        if position in problems:
            rejected.append(Rejected(label, "; ".join(problems[position])))
            continue
        try:
            _check_new(rows_seen, tuple(row.values()), int(line))
            if row == EXAMPLE:
                raise InputError("is the example of the template; replace it by a measurement")
            value, fault = _value(row, int(line), path, limits or Limits())
            _check_new(values_seen, _content(value), int(line))
            values.append(value)
            if fault:
                rejected.append(Rejected(*structure_fault(label, row, fault)))
        except (InputError, UsageError) as error:
            rejected.append(Rejected(label, str(error)))
    return tuple(values), tuple(rejected)


def _check_new(seen: dict[tuple[object, ...], int], content: tuple[object, ...], line: int) -> None:
    """Refuse what an earlier line says already."""
    if (first := seen.setdefault(content, line)) != line:
        raise InputError(f"says the same as line {first}; a value counts once")


def _content(value: NewValue) -> tuple[object, ...]:
    """What a row says, however its numbers and units are written; another sample is another measurement."""
    m, c, p = value.measurement, value.candidate, value.provenance
    cell = None if c.crystal is None else round(c.crystal.volume, 3)
    origin = (m.reference, m.method, p.sample_id, p.date)
    return (c.formula, c.space_group, cell, m.property, f"{m.value:.9g}", m.bound, m.temperature_c, *origin)


def _problems(frame: pd.DataFrame) -> dict[int, list[str]]:
    """Row position -> what the schema says against it."""
    found: dict[int, list[str]] = defaultdict(list)
    try:
        SCHEMA.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["index", "check"])
        for case in cases.itertuples():
            is_row = str(case.schema_context) == "DataFrameSchema"
            text = f"the row {case.check}" if is_row else f"{case.column} '{case.failure_case}' {case.check}"
            if str(case.column) == "property" and not is_row:
                text += f". {unknown('property', str(case.failure_case), MEASURABLE)}"
            found[int(case.index)].append(text)
    return found


def _value(row: dict[str, str], line: int, path: Path, limits: Limits) -> tuple[NewValue, str]:
    """Value of a row, and what is wrong with its structure file where only its composition is used."""
    candidate, fault = candidate_of(row | {"candidate_id": f"{path.stem}:{line}"}, path.parent, limits)
    candidate = replace(
        candidate,
        source=SOURCE_NAME,
        is_known=True,
        label=row["sample_id"],
        space_group=candidate.space_group or (int(row["space_group"]) if row["space_group"] else None),
    )
    polymer = candidate.polymer
    number, bound = value_of(row)
    measurement = in_stored_unit(
        Measurement(
            candidate.candidate_id,
            row["property"],
            number,
            bound=bound,
            temperature_c=celsius_of(row["temperature"]),
            reference=row["doi"] or f"laboratory: {row['laboratory']}",
            method=row["method"] or "experiment",
            source=SOURCE_NAME,
            groups={"polymer": chain_label(polymer.smiles)} if polymer is not None else {},
            noise=float(row["noise"]) if row["noise"] else None,
        ),
        row["unit"],
    )
    _check_plausible(row, measurement)
    doi, laboratory, method, date, note = (row[name] for name in ("doi", "laboratory", "method", "date", "note"))
    provenance = Provenance(
        path.name, line, row["sample_id"], row["value"], row["unit"], doi, laboratory, method, date, note
    )
    return NewValue(candidate, measurement, provenance), fault


def _check_plausible(row: dict[str, str], measurement: Measurement) -> None:
    known = get_property(row["property"])
    try:
        natural = known.to_natural(measurement.value)
    except OverflowError:
        natural = math.inf
    if not known.is_plausible(natural):
        raise InputError(
            f"{row['property']} {row['value']} {row['unit']} = {natural:.3g} {known.unit} is outside the plausible "
            f"range {known.low:g} to {known.high:g} {known.unit}; check value and unit"
        )
