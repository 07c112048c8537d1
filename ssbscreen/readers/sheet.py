"""Tables as people save them: CSV with any separator and encoding, Excel; every line numbered, every cell text."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssbscreen.core.errors import InputError
from ssbscreen.readers.text import plain_name, read_start

MAX_UNPACKED_BYTES = 200_000_000  # an Excel file is a zip archive; a small one can hide a large one
MAX_ROWS = 1_000_000
SURPLUS = ""  # column of the fields beyond the header
_SEPARATORS = ",;\t|"
_NOTHING = frozenset(("nan", "none", "null", "n/a", "#n/a", "-", "--"))  # as programs write an empty cell
_COMMA_NUMBER = re.compile(r"^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        header: names of the columns, as written, without those that have none.
        rows: number of the line and text by column, of rows that are not blank.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_sheet(path: Path, n_bytes: int = 20_000_000) -> Sheet:
    """Header and rows of a table.

    Args:
        path: `.xlsx`, else text with a separator, plain or compressed.
        n_bytes: limit of the size, unpacked.

    Raises:
        InputError: it cannot be opened or read, or is too large.
    """
    header, lines = _excel(path, n_bytes) if plain_name(path.name).endswith(".xlsx") else _text_table(path, n_bytes)
    kept = [i for i, name in enumerate(header) if name]  # a column without a name is an index, or a separator too many
    rows = []
    for number, cells in lines:
        row = {header[i]: cells[i].strip() for i in kept if i < len(cells)}
        surplus = " ".join(filter(None, (cell.strip() for cell in cells[len(header) :])))
        if surplus:
            row[SURPLUS] = surplus
        if any(row.values()):
            rows.append((number, row))
        if len(rows) > MAX_ROWS:
            raise InputError(f"the table has more than {MAX_ROWS} rows; split it")
    return Sheet(tuple(header[i] for i in kept), tuple(rows))


def filled(text: str) -> str:
    """Text of a cell; empty where a program wrote NaN, None or n/a for nothing."""
    return "" if text.lower() in _NOTHING else text


def _text_table(path: Path, n_bytes: int) -> tuple[list[str], list[tuple[int, list[str]]]]:
    content = read_start(path, n_bytes + 1)
    if len(content) > n_bytes:
        raise InputError(f"it holds more than the limit of {n_bytes / 1e6:.0f} MB")
    text = _decoded(content)
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        for cells in reader:
            if separator != ",":  # then a comma may stand for the decimal point
                cells = [cell.replace(",", ".") if _COMMA_NUMBER.match(cell.strip()) else cell for cell in cells]
            lines.append((reader.line_num, cells))
    except csv.Error as error:
        raise InputError(f"not a readable table ({error}, line {reader.line_num})") from error
    return header, lines


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content:
        raise InputError("the file is binary, not a CSV")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _separator(text: str) -> str:
    """The separator that cuts the header into most fields; a comma where none does."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    counts = {s: len(next(csv.reader([first], delimiter=s), [])) for s in _SEPARATORS}
    return max(counts, key=lambda s: counts[s])


def _excel(path: Path, n_bytes: int) -> tuple[list[str], list[tuple[int, list[str]]]]:
    content = read_start(path, n_bytes + 1)
    if len(content) > n_bytes:
        raise InputError(f"it holds more than the limit of {n_bytes / 1e6:.0f} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise InputError(f"it is no readable .xlsx file ({error})") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise InputError(f"it unpacks to {unpacked / 1e6:.0f} MB; {MAX_UNPACKED_BYTES / 1e6:.0f} are allowed")
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        cells = [[as_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    except Exception as error:  # openpyxl raises whatever the broken XML inside leads to
        raise InputError(f"it is no readable .xlsx file ({type(error).__name__}: {error})") from error
    header = [name.strip() for name in cells[0]] if cells else []
    return header, list(enumerate(cells[1:], 2))


def as_text(value: Any) -> str:
    """A cell as text; dates without their midnight, whole numbers without a trailing .0."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip().removesuffix(" 00:00:00")
