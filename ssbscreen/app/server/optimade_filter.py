"""OPTIMADE filters over columns: parsed by optimade-python-tools, answered for all rows at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from lark import Token
from optimade.exceptions import BadRequest
from optimade.filtertransformers.mongo import MongoTransformer

from ssbscreen.app.server.optimade_fields import COMPARISONS, Field

MAX_DEPTH = 50  # brackets in brackets; the parser gives up beyond a hundred
_PLACES = {"CONTAINS": "#contains", "STARTS": "#starts", "ENDS": "#ends"}


class ColumnTransformer(MongoTransformer):
    """The nested query that the library makes, with texts taken literally and nothing rewritten for a database."""

    def postprocess(self, query: dict[str, Any]) -> dict[str, Any]:
        """The query as it is."""
        return query

    def fuzzy_string_op_rhs(self, arg: list[Any]) -> dict[str, Any]:
        """CONTAINS, STARTS and ENDS with a text."""
        is_long = len(arg) > 2 and isinstance(arg[1], Token) and arg[1].type == "WITH"
        return {_PLACES[str(arg[0])]: arg[2] if is_long else arg[1]}


def check_depth(text: str) -> None:
    """Refuse a filter of more brackets in brackets than are followed.

    Raises:
        BadRequest: more than `MAX_DEPTH`.
    """
    depth = deepest = 0
    for sign in re.sub(r'"(?:[^"\\]|\\.)*"', "", text):
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        raise BadRequest(detail=f"The filter has {deepest} brackets in brackets; at most {MAX_DEPTH} are followed.")


def matching(query: dict[str, Any], field_of: Callable[[str], Field | None], n: int) -> np.ndarray:
    """Rows that a query finds.

    Args:
        query: of a `ColumnTransformer`.
        field_of: field by name; None for one that no row has.
        n: rows.

    Returns:
        Which rows.  # (n,) bool
    """
    found = np.ones(n, dtype=bool)
    for name, asked in query.items():
        if name in ("$and", "$or"):
            parts = [matching(part, field_of, n) for part in asked]
            found &= np.logical_and.reduce(parts) if name == "$and" else np.logical_or.reduce(parts)
        else:
            found &= _leaf(_there(name, field_of, n), asked)
    return found


def _there(name: str, field_of: Callable[[str], Field | None], n: int) -> Field:
    """A field, unknown in every row where there is none; of parts of values only ids of papers are asked."""
    field = field_of(name)
    if field is None and "." in name:
        raise NotImplementedError(f"Filtering by a part of a property is not supported: {name}")
    return Field(name, np.full(n, None, dtype=object)) if field is None else field


def _leaf(field: Field, asked: Any) -> np.ndarray:
    if not isinstance(asked, dict):  # the length of a list, asked as that of its count
        return field.compared("$eq", asked)
    found = np.ones(len(field.values), dtype=bool)
    for how, given in asked.items():
        found &= _answer(field, how, given)
    return found


def _answer(field: Field, how: str, given: Any) -> np.ndarray:
    if how in COMPARISONS:
        return field.compared(how, given)
    if how == "#known":
        return field.known if given else ~field.known
    if how == "$not":
        return ~_leaf(field, given)
    if how == "$size":
        return field.of_length(given)
    if how in ("$in", "$nin", "$all", "#only"):
        return field.having(given, how)
    if how in _PLACES.values():
        return field.containing(given, how)
    raise NotImplementedError(f"Filter {how} is not supported.")
