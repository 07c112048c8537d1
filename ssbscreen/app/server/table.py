"""The ranking of a run in memory, column by column: read when first asked for, so that a question costs no file."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ssbscreen.app.server.cache import Cache
from ssbscreen.app.server.texts import joined
from ssbscreen.core.errors import IntegrityError, UsageError, unknown
from ssbscreen.query.finished_run import remedy

COLUMN_BYTES = 1_500_000_000  # of one run that are held at once
AT_ONCE_BYTES = 400_000_000  # of columns that one question brings into memory; more is read row by row
_CELL_BYTES = 10  # of a value, about


@dataclass(frozen=True)
class Column:
    """One column of all roles.

    Attributes:
        kind: number, integer, flag or text.
        values: numpy array of numbers (NaN where missing), whole numbers or flags; Arrow array of texts.  # (n,)
        missing: which whole numbers and flags are missing; None where none is.  # (n,) bool
    """

    kind: str
    values: Any
    missing: np.ndarray | None = None

    @property
    def nbytes(self) -> int:
        """Memory that it takes."""
        return int(self.values.nbytes) + (0 if self.missing is None else int(self.missing.nbytes))

    def plain(self, rows: np.ndarray) -> list[Any]:
        """Values of some rows as plain ones; None or NaN where missing."""
        if self.kind == "text":
            return list(self.values.take(pa.array(rows)).to_pylist())
        found = self.values[rows].tolist()
        if self.missing is None:
            return list(found)
        return [None if is_gone else value for value, is_gone in zip(found, self.missing[rows].tolist(), strict=True)]

    def series(self, rows: slice) -> pd.Series:
        """The rows of a slice as pandas reads them."""
        if self.kind == "text":
            return pd.Series(pd.arrays.ArrowStringArray(self.values[rows.start : rows.stop]))
        values = self.values[rows]
        gone = None if self.missing is None else self.missing[rows]
        if self.kind == "integer" and gone is not None and gone.any():
            return pd.Series(pd.arrays.IntegerArray(values, gone))
        if self.kind == "flag" and gone is not None and gone.any():
            return pd.Series(pd.arrays.BooleanArray(values, gone))
        return pd.Series(values)


class RankingTable:
    """`ranking.parquet` of a finished run.

    Attributes:
        path: the file.
        names: its columns in order.
        roles: rows of each role, which lie together.
    """

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            IntegrityError: it cannot be read.
        """
        self.path = path
        try:
            self._metadata = pq.read_metadata(path)
        except (OSError, ValueError) as error:  # Arrow's own errors are of these kinds
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise IntegrityError(f"'{path}' cannot be read ({reason}). {remedy(path.parent)}") from error
        self._schema = self._metadata.schema.to_arrow_schema()
        self.names = tuple(self._schema.names)
        self._known = frozenset(self.names)
        self._columns: Cache[Column] = Cache(COLUMN_BYTES, lambda column: column.nbytes)
        self.roles = self._roles()
        self._filled: dict[str, frozenset[str]] | None = None
        self._counting = threading.Lock()
        self.n_rows = sum(rows.stop - rows.start for rows in self.roles.values())

    def _roles(self) -> dict[str, slice]:
        runs = pc.run_end_encode(pq.read_table(self.path, columns=["role"])["role"].combine_chunks())
        ends, names = runs.run_ends.to_pylist(), runs.values.to_pylist()
        if len(set(names)) != len(names):
            raise UsageError(f"'{self.path}' is not sorted by role. Make the run again with `ssbscreen screen`.")
        starts = [0, *ends[:-1]]
        return {str(name): slice(start, end) for name, start, end in zip(names, starts, ends, strict=True)}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def column_of(self, name: str) -> str:
        """Column that a name means: itself, else `<name>_value`.

        Raises:
            UsageError: neither exists; the nearest known name is given.
        """
        for column in (name, f"{name}_value"):
            if column in self._known:
                return column
        names = [c.removesuffix("_value") for c in self.names]
        raise unknown("column", name, names, "/api/v1/runs/RUN/columns explains all of them")

    def rows_of(self, role: str) -> slice:
        """Rows of a role.

        Raises:
            UsageError: the run has no such role.
        """
        if role not in self.roles:
            raise unknown("role", role, self.roles)
        return self.roles[role]

    def kind_of(self, name: str) -> str:
        """number, integer, flag or text."""
        return _kind(self._schema.field(name).type)

    def column(self, name: str) -> Column:
        """A column, read when it is not in memory."""
        return self._columns.get_or_make(name, lambda: self._read([name])[0])

    def folded(self, names: Sequence[str]) -> pa.Array:
        """Some columns of text as one that a search is compared with, made when it is not in memory."""
        own = [name for name in names if name in self]
        key = ("folded", *own)
        return self._columns.get_or_make(
            key, lambda: Column("text", joined([self.column(name).values for name in own]))
        ).values

    def load(self, names: Iterable[str]) -> None:
        """Read those of some columns that are not in memory, all at once."""
        missing = self._missing(names)
        for name, column in zip(missing, self._read(missing) if missing else [], strict=True):
            self._columns.get_or_make(name, partial(_same, column))

    def has(self, *names: str) -> bool:
        """Whether these columns are in memory."""
        return all(self._columns.get(name) is not None for name in names)

    def _read(self, names: list[str]) -> list[Column]:
        file = pq.ParquetFile(self.path, metadata=self._metadata, memory_map=True)
        found = file.read(columns=names)
        return [_column(found[name].combine_chunks()) for name in names]

    def plain(self, rows: np.ndarray, names: Iterable[str]) -> list[list[Any]]:
        """Values of some rows, column by column; None or NaN where missing.

        Columns come into memory, unless there are so many of a large run that they would fill it: then those that are
        not there are read for these rows alone.
        """
        asked = list(names)
        if self.fits(asked):
            self.load(asked)
            return [self.column(name).plain(rows) for name in asked]
        missing = self._missing(asked)
        read = dict(zip(missing, self._read_rows(rows, missing), strict=True))
        return [read[name] if name in read else self.column(name).plain(rows) for name in asked]

    def fits(self, names: Iterable[str]) -> bool:
        """Whether what is missing of some columns is brought into memory as a whole."""
        return len(self._missing(names)) * self._metadata.num_rows * _CELL_BYTES <= AT_ONCE_BYTES

    def _missing(self, names: Iterable[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if self._columns.get(name) is None]

    def _read_rows(self, rows: np.ndarray, names: list[str]) -> list[list[Any]]:
        """Values of some rows from the row groups that hold them."""
        file = pq.ParquetFile(self.path, metadata=self._metadata, memory_map=True)
        sizes = [self._metadata.row_group(g).num_rows for g in range(self._metadata.num_row_groups)]
        starts = np.concatenate([[0], np.cumsum(sizes)])
        group_of = np.searchsorted(starts, rows, side="right") - 1
        order, parts = [], []
        for group in np.unique(group_of):
            places = np.flatnonzero(group_of == group)
            inside = pa.array(np.asarray(rows)[places] - starts[group])
            parts.append(file.read_row_group(int(group), columns=names).take(inside))
            order.append(places)
        everything = np.arange(len(rows))
        if not parts:
            return [[] for _ in names]
        whole = pa.concat_tables(parts).take(pa.array(np.argsort(np.concatenate(order))))
        return [_column(whole[name].combine_chunks()).plain(everything) for name in names]

    def filled_roles(self) -> dict[str, frozenset[str]]:
        """Columns that hold anything, by role."""
        with self._counting:
            if self._filled is None:
                self._filled = {role: frozenset(self._filled_in(rows)) for role, rows in self.roles.items()}
            return self._filled

    def _filled_in(self, rows: slice) -> list[str]:
        """Columns that hold anything in some of the rows of a slice; the file's statistics say so, else the rows."""
        file = pq.ParquetFile(self.path, metadata=self._metadata, memory_map=True)
        seen, start = set[str](), 0
        for group in range(file.metadata.num_row_groups):
            n = file.metadata.row_group(group).num_rows
            low, high = max(start, rows.start), min(start + n, rows.stop)
            is_whole = low == start and high == start + n
            for i, name in enumerate(self.names):
                if low >= high or name in seen:
                    continue
                said = file.metadata.row_group(group).column(i).statistics if is_whole else None
                if said is not None and said.has_null_count:
                    is_filled = said.null_count < n
                else:
                    part = file.read_row_group(group, columns=[name]).slice(low - start, high - low)
                    is_filled = part[name].null_count < len(part)
                seen |= {name} if is_filled else set()
            start += n
        return [name for name in self.names if name in seen]

    def frame(self, names: tuple[str, ...], role: str) -> pd.DataFrame:
        """These columns of a role as pandas reads them."""
        rows = self.rows_of(role)
        self.load(names)
        return pd.DataFrame({name: self.column(name).series(rows) for name in names}, copy=False)

    def row(self, index: int, names: tuple[str, ...] | None = None) -> dict[str, Any]:
        """One row as plain values, without what is missing."""
        asked = names or self.names
        values = (column[0] for column in self.plain(np.array([index]), asked))
        return {n: value for n, value in zip(asked, values, strict=True) if value is not None and value == value}

    def place_of(self, candidate_id: str, role: str | None) -> int | None:
        """Row of an id, in a role or in the first that has it; None where none has."""
        ids = self.column("candidate_id").values
        for name in [role] if role is not None else self.roles:
            rows = self.rows_of(str(name))
            found = pc.index(ids[rows.start : rows.stop], candidate_id).as_py()
            if found >= 0:
                return rows.start + int(found)
        return None


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_boolean(kind):
        return "flag"
    if pa.types.is_integer(kind):
        return "integer"
    return "number" if pa.types.is_floating(kind) else "text"


def _column(array: pa.Array) -> Column:
    if isinstance(array, pa.ChunkedArray):  # an empty column stays in chunks
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = _kind(array.type)
    if kind == "text":
        return Column(kind, array.cast(pa.large_string()))
    if kind == "number":
        return Column(kind, array.cast(pa.float64()).to_numpy(zero_copy_only=False))
    missing = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    values = array.fill_null(False if kind == "flag" else 0).to_numpy(zero_copy_only=False)
    return Column(kind, values if kind == "flag" else values.astype(np.int64), missing)


def _same(column: Column) -> Column:
    return column
