"""Tables as people save them: CSV with any separator and encoding, Excel; every line numbered, every cell text.

Over 300 lines since CSV and Excel share encodings, merged cells, limits and the words of each refusal.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ssbscreen.core.errors import InputError
from ssbscreen.readers.text import opened, plain_name, read_start

MAX_UNPACKED_BYTES = 100_000_000  # an Excel file is a zip archive; a small one can hide a large one
MAX_ROWS = 1_000_000
MAX_CELLS = 500_000  # of an Excel sheet, which is read at a twentieth of the speed of text
MAX_DEPTH = 50  # of the XML inside
MAX_COLUMNS = 1000
SURPLUS = ""  # column of the fields beyond the header
_Lines = Iterable[tuple[int, Sequence[str]]]  # numbered
_SEPARATORS = ",;\t|"
_LONGEST_HEADER = 100_000  # characters
_START = 1_000_000  # bytes that tell encoding and separator of a table that is read as it is needed
_TOO_MANY_CELLS = f"the sheet has more than {MAX_CELLS} rows and cells; save it as CSV"
_NOTHING = frozenset(("nan", "none", "null", "n/a", "#n/a", "-", "--"))  # as programs write an empty cell
_JAPANESE = re.compile("[\u3041-\u30fe\u4e00-\u9fff\uff01-\uff5e]{2}|[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
_DECLARED = re.compile(r"sep=([,;\t|])$")  # first line of a CSV that tells Excel its separator
_COMMA_NUMBER = re.compile(r"^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes:
        header: names of the columns, as written, without those that have none.
        rows: number of the line and text by column, of rows that are not blank; read once, as they are asked for.
        n_lines: of the file, blank ones and the header too.
        first: rows that stand before these, where they are a part of a table.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, dict[str, str]]]
    n_lines: int
    first: int = 0


def read_sheet(path: Path, n_bytes: int = 20_000_000) -> Sheet:
    """Header and rows of a table.

    Args:
        path: `.xlsx`, else text with a separator, plain or compressed.
        n_bytes: limit of the size, unpacked.

    Raises:
        InputError: it cannot be opened or read, or is too large.
    """
    read = _excel if is_excel(path) else _text_table
    return _sheet(*read(path, n_bytes))


@contextmanager
def streamed_sheet(path: Path, n_bytes: int = 20_000_000) -> Iterator[Sheet]:
    """A table of any length, its rows read from the disk as they are asked for; how many lines it has is not known.

    Args:
        path: as of `read_sheet`; a sheet of Excel is read at once.
        n_bytes: limit of a sheet of Excel, unpacked.

    Raises:
        InputError: it cannot be opened or read.
    """
    if is_excel(path):
        yield read_sheet(path, n_bytes)
        return
    encoding, start = _decoded_start(read_start(path, _START))
    separator = _separator(start)
    with opened(path) as stream, io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="") as text:
        reader = csv.reader(text, delimiter=separator, skipinitialspace=True)
        try:
            header = _header(reader, start)
        except csv.Error as error:
            raise _broken(error, 1) from error
        yield _sheet(header, _text_lines(reader, separator), 0)


def is_excel(path: Path) -> bool:
    """Whether the name is that of a sheet of Excel."""
    return plain_name(path.name).endswith(".xlsx")


def _sheet(header: list[str], lines: _Lines, n_lines: int) -> Sheet:
    if len(header) > MAX_COLUMNS:
        raise InputError(f"the table has {len(header)} columns; at most {MAX_COLUMNS} are read")
    return Sheet(tuple(name for name in header if name), _filled_rows(header, lines), n_lines)


def _filled_rows(header: list[str], lines: _Lines) -> Iterator[tuple[int, dict[str, str]]]:
    kept = [i for i, name in enumerate(header) if name]  # a column without a name is an index, or a separator too many
    for number, cells in lines:
        row = {header[i]: cells[i].strip() for i in kept if i < len(cells)}
        surplus = " ".join(filter(None, (cell.strip() for cell in cells[len(header) :])))
        if surplus:
            row[SURPLUS] = surplus
        if any(row.values()):
            yield number, row


def filled(text: str) -> str:
    """Text of a cell; empty where a program wrote NaN, None or n/a for nothing."""
    return "" if text.lower() in _NOTHING else text


def _text_table(path: Path, n_bytes: int) -> tuple[list[str], _Lines, int]:
    """Header, numbered lines, and their number."""
    content = read_start(path, n_bytes + 1)
    if len(content) > n_bytes:
        raise InputError(f"it holds more than the limit of {n_bytes / 1e6:.0f} MB")
    n_lines = max(content.count(b"\n"), content.count(b"\r")) + 1
    if n_lines > MAX_ROWS:
        raise InputError(f"the table has more than {MAX_ROWS} lines; split it")
    text = _decoded(content)
    try:
        separator = _separator(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        header = _header(reader, text)
    except csv.Error as error:
        raise _broken(error, 1) from error
    return header, _text_lines(reader, separator), n_lines


def _text_lines(reader: Any, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        for cells in reader:
            if separator != ",":  # then a comma may stand for the decimal point
                cells = [cell.replace(",", ".") if _COMMA_NUMBER.match(cell.strip()) else cell for cell in cells]
            yield reader.line_num, cells
    except csv.Error as error:
        raise _broken(error, reader.line_num) from error


def _broken(error: Exception, line: int) -> InputError:
    return InputError(f"not a readable table ({error}, line {line}); check for a quotation mark that is not closed")


def _decoded(content: bytes) -> str:
    return content.decode(_encoding(content), "replace")


def _decoded_start(content: bytes) -> tuple[str, str]:
    """Encoding of a file, as `_decoded` would find it, and its first text."""
    encoding = _encoding(content)
    return encoding, codecs.getincrementaldecoder(encoding)("replace").decode(content)  # may end inside a character


def _encoding(content: bytes) -> str:
    """UTF-8 or UTF-16 where the bytes are that, else what Excel writes in Japan or in western Europe.

    Raises:
        InputError: the file is no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\x00" in content:
        raise InputError("the file is binary, not a CSV; save the table as CSV (UTF-8) or .xlsx")
    for name in ("utf-8-sig", "cp932"):
        try:
            text = codecs.getincrementaldecoder(name)().decode(content)
        except UnicodeDecodeError:
            continue
        if name != "cp932" or _is_japanese(text):
            return name
    return "cp1252"


def _is_japanese(text: str) -> bool:
    """Whether text read as cp932 holds Japanese words or full-width digits; single signs are accents of Europe.

    Bytes below A0, with which kana and common kanji begin, are no letters there.
    """
    return any(max(m.group().encode("cp932")[::2]) < 0xA0 for m in _JAPANESE.finditer(text))


def _header(reader: Any, text: str) -> list[str]:
    """Names of the columns, behind the line that tells Excel the separator if there is one."""
    if _DECLARED.match(_first_line(text)):
        next(reader, [])
    return [name.strip() for name in next(reader, [])]


def _first_line(text: str) -> str:
    return next(iter(text.lstrip()[:_LONGEST_HEADER].splitlines()), "")


def _separator(text: str) -> str:
    """The separator that cuts the header into most fields; a comma where none does."""
    first = _first_line(text)
    if declared := _DECLARED.match(first):
        return declared[1]
    counts = {s: len(next(csv.reader([first], delimiter=s), [])) for s in _SEPARATORS}
    return max(counts, key=lambda s: counts[s])


def _excel(path: Path, n_bytes: int) -> tuple[list[str], _Lines, int]:
    content = read_start(path, n_bytes + 1)
    if len(content) > n_bytes:
        raise InputError(f"it holds more than the limit of {n_bytes / 1e6:.0f} MB")
    merged = _check_archive(content)
    from openpyxl import load_workbook

    cells: list[list[str]] = []
    n_cells = 0
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the sheet says of its own size may be anything
        for row in sheet.iter_rows(values_only=True):
            while row and row[-1] is None:
                row = row[:-1]
            n_cells += 1 + len(row)
            if n_cells > MAX_CELLS:
                raise InputError(_TOO_MANY_CELLS)
            cells.append([as_text(cell) for cell in row])
        _fill_merged(cells, merged.get(str(getattr(sheet, "_worksheet_path", "")).lstrip("/"), []))
        book.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever the broken XML inside leads to
        raise InputError(f"it is no readable .xlsx file ({type(error).__name__}: {error})") from error
    header = [name.strip() for name in cells[0]] if cells else []
    return header, enumerate(cells[1:], 2), len(cells)


def _fill_merged(cells: list[list[str]], merged: list[str]) -> None:
    """Give cells below the header that were merged over several rows the value that is shown for all of them."""
    from openpyxl.utils import range_boundaries

    n_filled = 0
    for area in merged:
        left, top, right, bottom = range_boundaries(area)
        if top < 2 or top > len(cells) or left > len(cells[top - 1]):
            continue
        value = cells[top - 1][left - 1]
        for row in cells[top:bottom]:
            width = min(right, MAX_COLUMNS)
            n_filled += width
            if n_filled > MAX_CELLS:
                raise InputError(_TOO_MANY_CELLS)
            row.extend([""] * (width - len(row)))
            row[left - 1 : width] = [value] * (width - left + 1)


def _check_archive(content: bytes) -> dict[str, list[str]]:
    """Refuse an archive that would unpack to too much, before the slow reader meets it.

    Returns:
        Areas of merged cells, such as A2:A4, by the name of the sheet's file.

    Raises:
        InputError: no zip archive, too large unpacked, or too many rows and cells.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise InputError(f"it unpacks to {unpacked / 1e6:.0f} MB; {MAX_UNPACKED_BYTES / 1e6:.0f} are allowed")
            names = [entry for entry in archive.infolist() if entry.filename.endswith(".xml")]
            return {entry.filename: _check_xml(archive, entry) for entry in names}
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise InputError(f"it is no readable .xlsx file ({error})") from error
    except expat.ExpatError as error:
        raise InputError(f"it is no readable .xlsx file ({error})") from error


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> list[str]:
    """Areas of merged cells; refuses too many rows and cells, and elements in elements without end."""
    n_cells = depth = 0
    merged: list[str] = []

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal n_cells, depth
        depth += 1
        n_cells += name in ("c", "row", "si", "mergeCell")
        if name == "mergeCell":
            merged.append(attributes.get("ref", ""))
        if n_cells > MAX_CELLS or depth > MAX_DEPTH:
            raise InputError(_TOO_MANY_CELLS if n_cells > MAX_CELLS else "its elements are nested too deeply")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with archive.open(entry) as stream:
        while piece := stream.read(1 << 20):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    return merged


def as_text(value: Any) -> str:
    """A cell as text; dates without their midnight, whole numbers without a trailing .0."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip().removesuffix(" 00:00:00")
