"""From rows of text to candidates and measurements: a schema first, then units and materials, reasons beside."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ssbscreen.core.candidate import OWN_MEASUREMENTS, Candidate, Measurement, Rejected
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.properties import get_property
from ssbscreen.measurements.files import COLUMNS, LINE, NAMES, read_table
from ssbscreen.measurements.row_text import celsius_of, value_of, with_unit
from ssbscreen.readers.column_names import plain_column
from ssbscreen.readers.formats.candidate_table import candidate_of, structure_fault
from ssbscreen.readers.polymer_text import chain_label
from ssbscreen.readers.reading import Limits

SOURCE_NAME = OWN_MEASUREMENTS
EXAMPLE = {column.name: column.example for column in COLUMNS}


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


def read_measurements(path: Path, limits: Limits | None = None) -> tuple[tuple[NewValue, ...], tuple[Rejected, ...]]:
    """Usable rows of a table of measurements, and the others with line and reason.

    Raises:
        InputError: the file as a whole cannot be read.
    """
    from ssbscreen.measurements import schema  # loads slowly, and stored measurements are read without it

    frame = _usual(read_table(path))
    problems = schema.problems(frame)
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


def _usual(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with units in their own column, properties by key and DOIs without the address of their site."""
    cells = [with_unit(value, unit) for value, unit in zip(frame["value"], frame["unit"], strict=True)]
    return frame.assign(
        value=[value for value, _ in cells],
        unit=[unit for _, unit in cells],
        property=[plain_column(text) for text in frame["property"]],
        doi=[re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", text, flags=re.I) for text in frame["doi"]],
    )


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
