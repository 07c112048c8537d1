"""The table of a ranking on disk: rows in groups, so that a question reads the groups and columns that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssbscreen.core.memory import give_back
from ssbscreen.core.threads import made_ahead
from ssbscreen.files.writing import write_atomic
from ssbscreen.query.records import Records
from ssbscreen.query.series import SERIES_ROWS, series_rows

if TYPE_CHECKING:  # a question that is answered as it stands in the file is read without pandas
    import pandas as pd

N_LEADERS = 2_000
"""Rows of the first group of every role, which answers what most people ask."""
N_OTHERS = 50_000
"""Rows of the other groups: larger ones are read in vain, smaller ones make the list of columns of a file long."""

_FEW_ROWS = 200  # that are cut out sooner than the functions of Arrow are loaded

ENDS = ("role", "rank", "candidate_id", "family_series", "is_made")
"""Columns that say which rows stand for a family series."""


@dataclass(frozen=True)
class RoleTable:
    """A ranking of one role whose rows are made when they are asked for.

    Attributes:
        part: makes rows of the table.
        ends: columns `ENDS` of all rows, as far as the table has them.
    """

    part: Callable[[slice], pd.DataFrame]
    ends: pd.DataFrame

    @classmethod
    def of(cls, frame: pd.DataFrame) -> RoleTable:
        """Of a table that is made already."""
        return cls(lambda rows: frame.iloc[rows], frame[[name for name in ENDS if name in frame]])


def write_roles(tables: Sequence[RoleTable], path: Path) -> None:
    """Write the rankings of several roles, group by group, so that no more than a group is in memory.

    A column that a role lacks is empty in its rows. What kind of values a column holds is seen in the first group of
    each role; one that is empty there holds text.

    Args:
        tables: the columns of the first one stand first; rows are written in the order of the roles' names.
        path: a .parquet file.
    """
    import pandas as pd

    ends = [table.ends.assign(**{SERIES_ROWS: series_rows(table.ends)})[SERIES_ROWS].to_numpy() for table in tables]

    def part(k: int, rows: slice) -> pd.DataFrame:
        frame = tables[k].part(rows)
        return pd.concat([frame, pd.Series(ends[k][rows], frame.index, name=SERIES_ROWS)], axis=1)

    first = [part(k, slice(0, N_LEADERS)) for k in range(len(tables))]
    names = dict.fromkeys(name for frame in first for name in frame.columns if name != SERIES_ROWS)
    roles = [str(frame["role"].iloc[0]) if len(frame) else "" for frame in first]
    order = sorted(range(len(tables)), key=lambda k: roles[k])
    seen = pd.concat([first[k] for k in order], ignore_index=True)[[*names, SERIES_ROWS]]
    schema = pa.Schema.from_pandas(seen, preserve_index=False)
    if any(len(table.ends) > N_LEADERS for table in tables):
        texts = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in schema]
        schema = pa.schema(texts, schema.metadata)

    def groups() -> Iterator[pa.Table]:
        for k in order:
            for rows in _groups(len(tables[k].ends)):
                frame = first[k] if rows.start == 0 else part(k, rows)
                columns = [
                    pa.array(frame[field.name], field.type, from_pandas=True)
                    if field.name in frame
                    else pa.nulls(len(frame), field.type)
                    for field in schema
                ]
                yield pa.Table.from_arrays(columns, schema=schema)

    write_groups(groups(), schema, path)


def write_groups(tables: Iterable[pa.Table], schema: pa.Schema, path: Path) -> None:
    """Write tables of one schema as the groups of one file; the next one is made while one is written.

    Numbers seldom repeat, so they stand as they are with like bytes together: less to write, and sooner written.
    """
    numbers = [field.name for field in schema if pa.types.is_floating(field.type)]
    others = [field.name for field in schema if field.name not in numbers]
    how: dict[str, Any] = {"use_dictionary": others, "use_byte_stream_split": numbers, "compression": "zstd"}

    def write(temporary: Path) -> None:
        with pq.ParquetWriter(temporary, schema, **how) as writer:
            for table in made_ahead(tables):
                writer.write_table(table, row_group_size=max(len(table), 1))
                give_back()  # a group is made of many pieces, whose room the next one would not reuse

    write_atomic(path, write)


def _groups(n: int) -> Iterator[slice]:
    """Rows of every group of one role; one empty group without rows."""
    yield slice(0, min(N_LEADERS, n))
    for start in range(N_LEADERS, n, N_OTHERS):
        yield slice(start, min(start + N_OTHERS, n))


@dataclass(frozen=True)
class FoundRows:
    """Some rows of a file, in the order that was asked for.

    Attributes:
        numbers: of the rows in the file.  # (n,)
        table: their values.
    """

    numbers: np.ndarray
    table: pa.Table

    def with_numbers(self, name: str, values: np.ndarray) -> FoundRows:
        """The same rows with one more column of whole numbers.  # (n,)"""
        return FoundRows(self.numbers, self.table.append_column(name, _whole_numbers(values)))

    def frame(self) -> pd.DataFrame:
        """As a table in memory, whose index are the numbers of the rows."""
        return self.table.to_pandas().set_axis(self.numbers)

    def records(self) -> Records:
        """As mappings."""
        return Records(tuple(self.table.column_names), tuple(self.table.to_pylist()))


class RankingFile:
    """Reader of the groups of one file; files of older versions, of one group, are read as well."""

    def __init__(self, path: Path) -> None:
        """Open a file.

        Raises:
            OSError, ValueError: it is no such file.
        """
        self._file = pq.ParquetFile(path, memory_map=True)
        self.columns: tuple[str, ...] = tuple(self._file.schema_arrow.names)

    @cached_property
    def _starts(self) -> np.ndarray:
        """Row at which every group begins, and the number of rows.  # (groups + 1,)"""
        sizes = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(int)

    @cached_property
    def group_roles(self) -> tuple[str | None, ...]:
        """Role of the rows of every group; None where a group holds several."""
        place = self.columns.index("role")
        roles: list[str | None] = []
        for i in range(self._file.num_row_groups):
            known = self._file.metadata.row_group(i).column(place).statistics
            has_one = known is not None and known.has_min_max and known.min == known.max and known.null_count == 0
            roles.append(str(known.min) if has_one else None)
        return tuple(roles)

    def roles(self) -> tuple[str, ...]:
        """Roles in the order of the rows."""
        if None in self.group_roles:
            roles = self._file.read(["role"], use_threads=False)["role"].unique().to_pylist()
            return tuple(role for role in roles if role is not None)
        return tuple(dict.fromkeys(role for role in self.group_roles if role is not None))

    def n_ranked(self, role: str) -> int:
        """Rows of a role that have a rank, which is the largest rank; read from the list of groups where it says so."""
        groups, place = self.groups_of(role), self.columns.index("rank")
        said = [self._file.metadata.row_group(i).column(place).statistics for i in groups]
        if all(self.group_roles[i] == role for i in groups) and all(s is not None and s.has_min_max for s in said):
            return int(max((s.max for s in said), default=0))
        part = self.read(("role", "rank"), groups)
        return int(part.loc[part["role"] == role, "rank"].notna().sum())

    def groups_of(self, role: str | None) -> tuple[int, ...]:
        """Groups that may hold rows of a role, all where it is None."""
        return tuple(i for i, own in enumerate(self.group_roles) if role is None or own is None or own == role)

    def first(self, groups: Sequence[int], n: int) -> np.ndarray:
        """Numbers of the first rows of some groups, at most n.  # (n,)"""
        return self.numbers(groups)[:n]

    def numbers(self, groups: Sequence[int]) -> np.ndarray:
        """Numbers of all rows of some groups."""
        return np.concatenate([np.arange(0), *(np.arange(self._starts[i], self._starts[i + 1]) for i in groups)])

    def values(self, column: str, group: int) -> list[Any]:
        """Values of one column in one group, missing ones None."""
        return self._file.read_row_groups([group], columns=[column], use_threads=False)[column].to_pylist()

    def read(self, columns: Sequence[str], groups: Sequence[int] | None = None) -> pd.DataFrame:
        """Columns of some groups, all by default; the index is the number of the row in the file."""
        chosen = list(range(self._file.num_row_groups)) if groups is None else list(groups)
        names = [name for name in dict.fromkeys(columns) if name in self.columns]
        frame = self._file.read_row_groups(chosen, columns=names, use_threads=False).to_pandas()[names]
        return frame.set_axis(self.numbers(chosen))

    def found(self, numbers: np.ndarray, columns: Sequence[str] | None = None) -> FoundRows:
        """Rows by their numbers, each once, in the order given; only the groups that hold them are read.

        Args:
            numbers: row numbers, each once.  # (n,)
            columns: these columns, all by default.
        """
        names = [name for name in (self.columns if columns is None else columns) if name in self.columns]
        group_of = np.searchsorted(self._starts, numbers, side="right") - 1
        parts, places = [self._file.read_row_groups([], columns=names).select(names)], []
        for group in sorted(set(group_of.tolist())):  # `np.unique` would load masked arrays
            is_here = group_of == group
            read = self._file.read_row_groups([group], columns=names, use_threads=False).select(names)
            parts.append(_picked(read, numbers[is_here] - self._starts[group]))
            places.append(np.flatnonzero(is_here))
        back = np.argsort(np.concatenate([np.arange(0), *places]))
        return FoundRows(numbers, _picked(pa.concat_tables(parts), back))


def _picked(table: pa.Table, rows: np.ndarray) -> pa.Table:
    """Some rows in the order given, few of them one by one: `take` loads all functions of Arrow first.  # (n,) int"""
    if len(rows) > _FEW_ROWS:
        return table.take(_whole_numbers(rows))
    return pa.concat_tables([table.slice(0, 0), *(table.slice(int(row), 1) for row in rows)]).combine_chunks()


def _whole_numbers(values: np.ndarray) -> pa.Array:
    """An array of Arrow over the same memory; `pa.array` would load pandas.  # (n,)"""
    held = np.ascontiguousarray(values, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), len(held), [None, pa.py_buffer(held)])
