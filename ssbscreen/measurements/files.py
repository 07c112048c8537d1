"""Tables of measurements as laboratories keep them: CSV, Excel and JSON, read with limits, every line numbered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssbscreen.core.errors import InputError, unknown
from ssbscreen.files.writing import write_atomic, write_table
from ssbscreen.readers.column_names import KELVIN, SYNONYMS, plain_column
from ssbscreen.readers.sheet import SURPLUS, as_text, filled, read_sheet

MAX_BYTES = 20_000_000
MAX_ROWS = 100_000
LINE = "line"  # column with the number of the line, row or item in the file


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of measurements.

    Attributes:
        name: as written in the header.
        meaning: for the template and for errors.
        example: a value that is accepted.
        needed: whether every row must fill it.
    """

    name: str
    meaning: str
    example: str
    needed: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("sample_id", "your own name of the sample, free text", "LLZTO-batch-7"),
    Column("composition", "formula or mixture; this, smiles or structure_file is needed", "Li6.4La3Zr1.4Ta0.6O12"),
    Column("structure_file", "CIF or other structure, relative to the table", ""),
    Column("space_group", "international number, where no structure is given", "230"),
    Column("smiles", "repeat unit of a polymer, its two ends written *", ""),
    Column("salt_smiles", "salt of a polymer electrolyte", ""),
    Column("molality", "mol salt per kg polymer", ""),
    Column("molar_mass", "g/mol of the polymer", ""),
    Column("property", "property key, such as ionic_conductivity", "ionic_conductivity", needed=True),
    Column("value", "number; <x and >x are bounds", "4.1e-4", needed=True),
    Column("unit", "unit of the value, such as S/cm, mS/cm or log10(S/cm)", "S/cm", needed=True),
    Column("bound", "exact, below or above; exact when empty", ""),
    Column("temperature", "degree C; a conductivity needs one", "25"),
    Column("doi", "of the publication; this or laboratory is needed", ""),
    Column("laboratory", "who measured it", "our group"),
    Column("method", 'how, such as EIS of a pellet; "calculation: ..." yields to other values', "EIS"),
    Column("noise", "standard deviation where it is not that of a measurement; of log10 if that is learned", ""),
    Column("date", "of the measurement, YYYY-MM-DD", "2026-01-31"),
    Column("note", "free text", ""),
)
NAMES = tuple(column.name for column in COLUMNS)
_IN_KELVIN = frozenset(SYNONYMS[KELVIN].split())
_OTHER_NAMES: dict[str, frozenset[str]] = {
    name: frozenset(SYNONYMS.get({"sample_id": "candidate_id"}.get(name, name), "").split()) for name in NAMES
}
_OTHER_NAMES["unit"] = frozenset(("units",))
_OTHER_NAMES["laboratory"] = frozenset(("lab",))
_OTHER_NAMES["temperature"] |= _IN_KELVIN


def read_table(path: Path) -> pd.DataFrame:
    """All rows as text, with the number of their line; empty rows are passed over.

    Args:
        path: `.csv`, `.xlsx` (first sheet) or `.json` (a list of objects).

    Returns:
        A frame with the columns `line` and all of `COLUMNS`, empty text where nothing was given.

    Raises:
        InputError: another ending, too large, not readable, an unknown or doubled column, or none that is needed.
    """
    if not path.is_file():
        raise InputError(f"'{path}' is no file; give a CSV, Excel (.xlsx) or JSON table of measurements.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError(
            f"'{path.name}' has {path.stat().st_size / 1e6:.0f} MB; {MAX_BYTES / 1e6:.0f} MB are allowed. Split it."
        )
    readers = {".csv": _sheet, ".xlsx": _sheet, ".json": _json}
    if path.suffix.lower() not in readers:
        raise InputError(
            f"'{path.name}' ends in '{path.suffix}'; measurements are read from {', '.join(readers)}. "
            "`ssbscreen data template` writes an empty table."
        )
    header, rows = _ours(*readers[path.suffix.lower()](path))
    _check_header(path, header)
    kept = [(line, row) for line, row in rows if any(text for text in row.values())]
    if len(kept) > MAX_ROWS:
        raise InputError(f"'{path.name}' has {len(kept)} rows; {MAX_ROWS} are allowed. Split it.")
    frame = pd.DataFrame(
        [{LINE: line} | {name: row.get(name, "") for name in NAMES} for line, row in kept], columns=[LINE, *NAMES]
    )
    return frame.astype(dict.fromkeys(NAMES, str))


def _ours(
    header: list[str], rows: list[tuple[int, dict[str, str]]]
) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Header and rows with our names of the columns where others mean the same; kelvin are said at each temperature."""
    names = {given: _our_name(given) for given in header}
    kelvin = [given for given in header if names[given] == "temperature" and plain_column(given) in _IN_KELVIN]

    def cell(given: str, text: str) -> str:
        return f"{text} K" if given in kelvin and text else text

    return [names[given] for given in header], [
        (line, {names.get(given, given): cell(given, text) for given, text in row.items()}) for line, row in rows
    ]


def _our_name(given: str) -> str:
    if given in NAMES:
        return given
    plain = plain_column(given)
    return next((ours for ours, others in _OTHER_NAMES.items() if plain == ours or plain in others), given)


def _check_header(path: Path, header: list[str]) -> None:
    for name in header:
        if name not in NAMES:
            raise InputError(
                f"'{path.name}': {unknown('column', name, NAMES)} A row holds one value: name what was measured in "
                "'property', its number in 'value' and its unit in 'unit'."
            )
    if twice := {name for name in header if header.count(name) > 1}:
        raise InputError(f"'{path.name}' names column {', '.join(sorted(twice))} twice.")
    if lacking := [column.name for column in COLUMNS if column.needed and column.name not in header]:
        raise InputError(
            f"'{path.name}' lacks the column {', '.join(lacking)}; its columns are "
            f"{', '.join(header) or 'none'}. `ssbscreen data template` writes an empty table."
        )


def _sheet(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        sheet = read_sheet(path, MAX_BYTES)
        rows = list(sheet.rows)
    except InputError as error:
        raise InputError(f"'{path.name}': {error}.") from error
    for line, row in rows:
        if SURPLUS in row:
            raise InputError(
                f"'{path.name}' line {line} has more fields than the header; quote fields that hold commas."
            )
    return list(sheet.header), [(line, {k: filled(v) for k, v in row.items()}) for line, row in rows]


def _json(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"'{path.name}' is no readable JSON ({error}).") from error
    if not isinstance(loaded, list) or not all(isinstance(item, dict) for item in loaded):
        raise InputError(f"'{path.name}' must be a list of objects, one a measurement.")
    header = list(dict.fromkeys(key for item in loaded for key in item))
    return header, [(number, {k: as_text(v) for k, v in item.items()}) for number, item in enumerate(loaded, 1)]


def write_template(path: Path) -> None:
    """An empty table with its header and one example row, which is to be replaced.

    Raises:
        InputError: the name ends neither in .csv nor in .xlsx.
    """
    frame = pd.DataFrame([[column.example for column in COLUMNS]], columns=list(NAMES))
    if path.suffix == ".csv":
        write_table(frame, path)
    elif path.suffix == ".xlsx":
        meaning = pd.DataFrame(
            [(c.name, c.meaning, "yes" if c.needed else "") for c in COLUMNS], columns=["column", "meaning", "needed"]
        )
        write_atomic(path, lambda p: _write_sheets(p, {"measurements": frame, "columns": meaning}))
    else:
        raise InputError(f"'{path.name}' ends in '{path.suffix}'; a template is written as .csv or .xlsx.")


def _write_sheets(path: Path, sheets: dict[str, pd.DataFrame]) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False)
