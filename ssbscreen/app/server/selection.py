"""Which rows answer a question, in which order; kept, so that the next page of an answer costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ssbscreen.app.server.cache import Cache
from ssbscreen.app.server.table import RankingTable
from ssbscreen.app.server.texts import NAMED_BY, folded, holds
from ssbscreen.core.errors import UsageError
from ssbscreen.query.expression import columns_in, matches
from ssbscreen.query.series import SeriesOrder, class_leaders

_OF_SERIES = ("candidate_id", "role", "rank", "family_series", "is_made")
SELECTION_BYTES = 150_000_000  # of one run that are held at once


class View(StrEnum):
    """Which rows of a role there are before they are filtered."""

    materials = "materials"  # rows that stand for themselves
    series = "series"  # one row a family series, the best that fits
    all = "all"  # repeats and unmade variants too


@dataclass(frozen=True)
class Question:
    """What is asked of a ranking.

    Attributes:
        role: rows of this role.
        view: before filtering.
        where: expression of `query.expression`; empty for none.
        sort: column; empty for the order of the ranking.
        is_down: whether the largest comes first.
        search: part of a name, formula, family or id; empty for none.
        has, lacks: symbols of elements that a formula holds, or does not.
    """

    role: str
    view: View = View.materials
    where: str = ""
    sort: str = ""
    is_down: bool = False
    search: str = ""
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class Selections:
    """Answers to questions about one run.

    Attributes:
        table: of the run.
    """

    def __init__(self, table: RankingTable) -> None:
        self.table = table
        self._kept: Cache[np.ndarray] = Cache(SELECTION_BYTES, lambda rows: rows.nbytes)
        self._orders: dict[str, SeriesOrder] = {}

    def kept(self, question: Question) -> np.ndarray | None:
        """Rows that answer a question asked before; None where it is new."""
        return self._kept.get(question)

    def rows(self, question: Question) -> np.ndarray:
        """Rows that answer a question, in order.  # (m,) int32

        Raises:
            UsageError: an unknown role or column, or an unreadable expression.
        """
        return self._kept.get_or_make(question, lambda: self._find(question))

    def _find(self, question: Question) -> np.ndarray:
        rows = self.table.rows_of(question.role)
        ordered, is_kept = self._ordered(question), np.ones(rows.stop - rows.start, dtype=bool)
        if question.where:
            is_kept &= self._matching(question.role, question.where)
        for symbol in (*question.has, *question.lacks):
            is_kept &= self._holding(question.role, symbol) == (symbol in question.has)
        if question.search:
            is_kept &= self._named(question.role, question.search)
        is_kept = self._viewed(is_kept, question)
        return ordered[is_kept[ordered - rows.start]]

    def class_leaders(self, role: str) -> np.ndarray:
        """Rows that the cards of the classes name, the best first.  # (classes,) int32

        Raises:
            UsageError: an unknown role.
        """
        return self._kept.get_or_make(("leaders", role), lambda: self._class_leaders(role))

    def _class_leaders(self, role: str) -> np.ndarray:
        rows, names = self.table.rows_of(role), (*_OF_SERIES, "chemistry_class")
        frame = self.table.frame(tuple(name for name in names if name in self.table), role)
        return (class_leaders(frame).index.to_numpy() + rows.start).astype(np.int32)

    def _ordered(self, question: Question) -> np.ndarray:
        """All rows of a role by one column; what is missing comes last either way."""
        rows = self.table.rows_of(question.role)
        if not question.sort:
            return np.arange(rows.start, rows.stop, dtype=np.int32)
        name = self.table.column_of(question.sort)
        key = ("sorted", question.role, name, question.is_down)
        return self._kept.get_or_make(key, lambda: self._sorted(name, rows, question.is_down))

    def _sorted(self, name: str, rows: slice, is_down: bool) -> np.ndarray:
        column = self.table.column(name)
        if column.kind == "text":
            way = "descending" if is_down else "ascending"
            places = pc.sort_indices(column.values[rows.start : rows.stop], sort_keys=[("", way)]).to_numpy()
        else:
            values = column.values[rows].astype(float)
            if column.missing is not None:
                values[column.missing[rows]] = np.nan
            places = np.argsort(-values if is_down else values, kind="stable")
        return np.asarray(places, dtype=np.int32) + np.int32(rows.start)

    def _matching(self, role: str, where: str) -> np.ndarray:
        """Rows of a role for which an expression is true.  # (n_role,) bool"""
        return self._mask(("where", role, where), role, lambda: self._evaluated(role, where))

    def _mask(self, key: Hashable, role: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        """Flags of the rows of a role, kept as one bit each.  # (n_role,) bool"""
        rows = self.table.rows_of(role)
        bits = self._kept.get_or_make(key, lambda: np.packbits(make()))
        return np.unpackbits(bits, count=rows.stop - rows.start).view(bool)

    def _evaluated(self, role: str, where: str) -> np.ndarray:
        names = tuple(dict.fromkeys(self.table.column_of(name) for name in columns_in(where)))
        frame = self.table.frame(names or ("rank",), role)
        try:
            return np.asarray(matches(where, frame).to_numpy(), dtype=bool)
        except (TypeError, NotImplementedError, ValueError, ArithmeticError) as error:
            raise UsageError(
                f"Cannot compare in '{where}': {type(error).__name__}. Compare texts with quoted texts and numbers "
                "with numbers, as in family == 'garnet' and ionic_conductivity > 1e-4."
            ) from None

    def _holding(self, role: str, symbol: str) -> np.ndarray:
        """Rows of a role whose formula holds an element; kept as an index by element.  # (n_role,) bool"""
        rows = self.table.rows_of(role)
        formulas = self.table.column("formula").values[rows.start : rows.stop]
        return self._mask(("element", role, symbol), role, lambda: _flags(holds(formulas, symbol)))

    def _named(self, role: str, search: str) -> np.ndarray:
        """Rows of a role with a text in name, formula, family or id.  # (n_role,) bool"""
        rows, wanted = self.table.rows_of(role), str(folded(pa.scalar(search)).as_py())
        texts = self.table.folded(NAMED_BY)[rows.start : rows.stop]
        key = ("search", role, wanted)
        return self._mask(key, role, lambda: _flags(pc.match_substring(texts, wanted)))

    def _viewed(self, is_kept: np.ndarray, question: Question) -> np.ndarray:
        """Of these rows those of a view; a series by its best member among them.  # (n_role,) bool"""
        if "variant_of" not in self.table or question.view is View.all:
            return is_kept
        if question.view is View.materials:
            key = ("view", question.role)
            return is_kept & self._mask(key, question.role, lambda: self._standing(question.role))
        places, _ = self._series(question.role).leaders(is_kept)
        found = np.zeros(len(is_kept), dtype=bool)
        found[places] = True
        return found

    def _standing(self, role: str) -> np.ndarray:
        """Rows of a role that stand for themselves.  # (n_role,) bool"""
        variants = self.table.frame(("variant_of",), role)["variant_of"]
        return np.asarray(variants.fillna("").eq("").to_numpy(), dtype=bool)

    def _series(self, role: str) -> SeriesOrder:
        """Rows of a role by series."""
        if role not in self._orders:
            self._orders[role] = SeriesOrder.of(self.table.frame(_OF_SERIES, role))
        return self._orders[role]


def _flags(found: pa.ChunkedArray | pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(found, False).to_numpy(zero_copy_only=False), dtype=bool)
