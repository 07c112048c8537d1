"""The table of a ranking on disk: rows in groups, so that a question reads the groups and columns that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ssbscreen.files.writing import write_atomic
from ssbscreen.query.series import SERIES_ROWS, series_rows

N_LEADERS = 2_000
"""Rows of the first group of every role, which answers what most people ask."""
N_OTHERS = 50_000
"""Rows of the other groups: larger ones are read in vain, smaller ones make the list of columns of a file long."""


def write_ranking(frame: pd.DataFrame, path: Path) -> None:
    """Write a ranking, with a column that says which rows stand for a family series.

    Args:
        frame: rows sorted by role, then rank.
        path: a .parquet file.
    """
    table = pa.Table.from_pandas(frame.assign(**{SERIES_ROWS: series_rows(frame)}), preserve_index=False)
    write_groups((table.slice(a, b - a) for a, b in _groups(frame["role"].to_numpy())), table.schema, path)


def write_groups(tables: Iterable[pa.Table], schema: pa.Schema, path: Path) -> None:
    """Write tables of one schema as the groups of one file."""

    def write(temporary: Path) -> None:
        with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table, row_group_size=max(len(table), 1))

    write_atomic(path, write)


def _groups(roles: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last row of every group; a group holds rows of one role."""
    changes = [0, *(np.flatnonzero(roles[1:] != roles[:-1]) + 1), len(roles)]
    for start, stop in pairwise(changes):
        first = min(start + N_LEADERS, stop)
        for a in (start, *range(first, stop, N_OTHERS)):
            yield a, first if a == start else min(a + N_OTHERS, stop)


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
            return tuple(self.read(["role"])["role"].unique())
        return tuple(dict.fromkeys(role for role in self.group_roles if role is not None))

    def groups_of(self, role: str | None) -> tuple[int, ...]:
        """Groups that may hold rows of a role, all where it is None."""
        return tuple(i for i, own in enumerate(self.group_roles) if role is None or own is None or own == role)

    def first(self, groups: Sequence[int], n: int) -> np.ndarray:
        """Numbers of the first rows of some groups, at most n.  # (n,)"""
        numbers = [np.arange(self._starts[i], min(self._starts[i + 1], self._starts[i] + n)) for i in groups]
        return np.concatenate([*numbers, np.arange(0)])[:n]

    def read(self, columns: Sequence[str], groups: Sequence[int] | None = None) -> pd.DataFrame:
        """Columns of some groups, all by default; the index is the number of the row in the file."""
        chosen = list(range(self._file.num_row_groups)) if groups is None else list(groups)
        names = [name for name in dict.fromkeys(columns) if name in self.columns]
        index = [np.arange(self._starts[i], self._starts[i + 1]) for i in chosen]
        frame = self._file.read_row_groups(chosen, columns=names, use_threads=False).to_pandas()[names]
        return frame.set_axis(np.concatenate(index) if index else np.arange(0))

    def rows(self, numbers: np.ndarray, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Rows by their numbers, in the order given; only the groups that hold them are read.

        Args:
            numbers: row numbers, each once.  # (n,)
            columns: these columns, all by default.
        """
        names = [name for name in (self.columns if columns is None else columns) if name in self.columns]
        group_of = np.searchsorted(self._starts, numbers, side="right") - 1
        parts, places = [self._file.schema_arrow.empty_table().select(names)], []
        for group in np.unique(group_of):
            is_here = group_of == group
            read = self._file.read_row_groups([int(group)], columns=names, use_threads=False).select(names)
            parts.append(read.take(numbers[is_here] - self._starts[group]))  # before they become objects of Python
            places.append(numbers[is_here])
        found = pa.concat_tables(parts).to_pandas()
        return found.set_axis(np.concatenate(places) if places else np.arange(0)).loc[numbers]
