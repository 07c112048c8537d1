"""Columns that OPTIMADE filters ask, each answering comparisons for all rows at once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from optimade.exceptions import BadRequest

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$lt": operator.lt,
    "$lte": operator.le,
    "$gt": operator.gt,
    "$gte": operator.ge,
}


@dataclass(frozen=True)
class Field:
    """Values of one property.

    Attributes:
        name: in words of the filter.
        values: numbers with NaN, or objects with None, where unknown.  # (n,)
        is_list: whether each value is a list.
    """

    name: str
    values: np.ndarray
    is_list: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers."""
        return self.values.dtype.kind == "f"

    @property
    def known(self) -> np.ndarray:
        """Rows with a value.  # (n,) bool"""
        if self.is_number:
            return ~np.isnan(self.values)
        return np.fromiter((value is not None for value in self.values), bool, len(self.values))

    def compared(self, comparison: str, given: Any) -> np.ndarray:
        """Rows whose value compares so with a given one; False where unknown, but for unequal.  # (n,) bool

        Raises:
            BadRequest: values of two kinds.
        """
        if given is None:
            return ~self.known if comparison == "$eq" else self.known
        if self.is_list:
            raise BadRequest(detail=f"{self.name} is a list; ask with HAS or LENGTH.")
        wanted = self._fitting(given)
        compare = COMPARISONS[comparison]
        if self.is_number:
            return np.asarray(compare(self.values, wanted) & (self.known | (comparison == "$ne")))
        is_unequal = comparison == "$ne"
        return self._each(lambda value: compare(value, wanted), otherwise=is_unequal)

    def _fitting(self, given: Any) -> Any:
        example = next((value for value in self.values if value is not None), None)
        if self.is_number or isinstance(example, bool):
            if isinstance(given, str) or (isinstance(example, bool) and not isinstance(given, bool)):
                raise BadRequest(detail=f"{self.name} cannot be compared with {given!r}: they are of two kinds.")
            return given
        if isinstance(example, datetime):
            return _moment(given)
        if isinstance(example, str) and not isinstance(given, str):
            raise BadRequest(detail=f"{self.name} is a text; {given!r} is none. Put it into double quotes.")
        return given

    def containing(self, given: Any, place: str) -> np.ndarray:
        """Rows whose text contains, starts or ends with a given one.  # (n,) bool

        Raises:
            BadRequest: no text.
        """
        if self.is_number or self.is_list or not isinstance(given, str):
            raise BadRequest(detail=f"CONTAINS, STARTS and ENDS compare texts; {self.name} with {given!r} are none.")
        ask = {"#contains": str.__contains__, "#starts": str.startswith, "#ends": str.endswith}[place]
        return self._each(lambda value: isinstance(value, str) and bool(ask(value, given)), otherwise=False)

    def having(self, given: Sequence[Any], how: str) -> np.ndarray:
        """Rows whose list has any, all, none or only these.  # (n,) bool"""
        wanted = set(given)

        def fits(value: Any) -> bool:
            own = set(value) if self.is_list else {value}
            if how == "$all":
                return wanted <= own
            if how == "#only":
                return bool(own) and own <= wanted
            return bool(own & wanted) if how == "$in" else not own & wanted

        if not self.is_list and self.values.dtype.kind == "f":
            found = np.isin(self.values, [x for x in wanted if isinstance(x, int | float)])
            return found if how == "$in" else ~found
        return self._each(fits, otherwise=how == "$nin")

    def of_length(self, given: Any) -> np.ndarray:
        """Rows whose list has so many entries: a number, or comparisons with one.  # (n,) bool"""
        asked = given if isinstance(given, dict) else {"$eq": given}
        lengths = np.array([-1 if value is None else len(value) for value in self.values], dtype=int)
        found = lengths >= 0
        for comparison, number in asked.items():
            found &= COMPARISONS[comparison](lengths, number)
        return np.asarray(found)

    def _each(self, ask: Callable[[Any], Any], *, otherwise: bool) -> np.ndarray:
        answers = (otherwise if value is None else bool(ask(value)) for value in self.values)
        return np.fromiter(answers, bool, len(self.values))

    def sort_key(self) -> np.ndarray:
        """Numbers in the order of the values; what is unknown is NaN.  # (n,)"""
        if self.is_number:
            return self.values
        texts = [None if value is None else str(value) for value in self.values]
        places = {text: i for i, text in enumerate(sorted({text for text in texts if text is not None}))}
        return np.array([np.nan if text is None else places[text] for text in texts], dtype=float)


def _moment(given: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(given).replace("Z", "+00:00"))
    except ValueError:
        raise BadRequest(detail=f"{given!r} is no time; write it as 2026-01-31T12:00:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def numbers(name: str, values: Iterable[float]) -> Field:
    """A field of numbers."""
    return Field(name, np.asarray(values, dtype=float))


def objects(name: str, values: Iterable[Any], *, is_list: bool = False) -> Field:
    """A field of texts, flags, times or lists."""
    given = list(values)
    found = np.empty(len(given), dtype=object)
    found[:] = given
    return Field(name, found, is_list)
