"""Which rows answer a question, in which order; kept, so that the next page of an answer costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow.compute as pc

from ssbscreen.app.server.cache import Cache
from ssbscreen.app.server.table import RankingTable
from ssbscreen.core.errors import UsageError
from ssbscreen.query.expression import columns_in, matches
from ssbscreen.query.series import collapsed

SELECTION_BYTES = 150_000_000  # of one run that are held at once


class View(StrEnum):
    """Which rows of a role there are before they are filtered."""

    materials = "materials"  # rows that stand for themselves
    series = "series"  # one row a family series
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
    """

    role: str
    view: View = View.materials
    where: str = ""
    sort: str = ""
    is_down: bool = False


class Selections:
    """Answers to questions about one run.

    Attributes:
        table: of the run.
    """

    def __init__(self, table: RankingTable) -> None:
        self.table = table
        self._kept: Cache[np.ndarray] = Cache(SELECTION_BYTES, lambda rows: rows.nbytes)

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
        start = self.table.rows_of(question.role).start
        ordered = self._ordered(question)
        if question.where:
            ordered = ordered[self._matching(question.role, question.where)[ordered - start]]
        return self._viewed(ordered, question) if question.view is not View.all else ordered

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

    def _viewed(self, ordered: np.ndarray, question: Question) -> np.ndarray:
        """Of these rows those of a view, in the same order."""
        if "variant_of" not in self.table:
            return ordered
        kept = self._mask(("view", question.role, question.view), question.role, lambda: self._view(question))
        return ordered[kept[ordered - self.table.rows_of(question.role).start]]

    def _view(self, question: Question) -> np.ndarray:
        """Which rows of a role belong to a view.  # (n_role,) bool"""
        if question.view is View.materials:
            variants = self.table.frame(("variant_of",), question.role)["variant_of"]
            return np.asarray(variants.fillna("").eq("").to_numpy(), dtype=bool)
        frame = self.table.frame(("candidate_id", "role", "rank", "family_series", "is_made"), question.role)
        kept = np.zeros(len(frame), dtype=bool)
        kept[collapsed(frame).index] = True
        return kept
