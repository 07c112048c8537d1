"""The small language of `--where`: comparisons joined by and, or, not. Nothing is ever evaluated as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from ssbscreen.core.errors import UsageError
from ssbscreen.query.columns import column_of

MAX_LENGTH = 2000
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_HELP = (
    "Allowed are comparisons of columns with numbers or quoted texts (< <= > >= == != in), joined by "
    "and, or, not and parentheses: ionic_conductivity > 1e-4 and chemistry_class in ('oxide', 'halide')."
)


def matches(where: str, frame: pd.DataFrame) -> pd.Series:
    """Rows for which an expression is true; a row whose value is missing is neither true nor false.

    Args:
        where: the expression, at most 2,000 characters.
        frame: the table.

    Raises:
        UsageError: the expression cannot be read, names an unknown column, or compares text with numbers.
    """
    if len(where) > MAX_LENGTH:
        raise UsageError(f"The --where expression has {len(where)} characters; at most {MAX_LENGTH} are read.")
    try:
        tree = ast.parse(where.strip(), mode="eval")
        return _truth(tree.body, frame).fillna(False).astype(bool)
    except RecursionError:
        raise UsageError("The --where expression is nested too deeply; write it flatter.") from None
    except (SyntaxError, ValueError, MemoryError, OverflowError) as error:
        raise UsageError(f"Cannot read --where '{where}': {error}. {_HELP}") from None


def columns_in(where: str) -> tuple[str, ...]:
    """Names of the columns that an expression compares, each once; none where it cannot be read."""
    try:
        tree = ast.parse(where.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ()
    return tuple(dict.fromkeys(_named(tree)))


def _named(node: ast.AST) -> Iterator[str]:
    """Column names below a node; a name with hyphens, such as p_beats_Al-LLZO, is one name."""
    left = [node]
    while left:  # without recursion: expressions may be nested as deep as their length allows
        node = left.pop()
        if isinstance(node, ast.expr) and (name := _name_of(node)):
            yield name
        else:
            left.extend(reversed(list(ast.iter_child_nodes(node))))


def _name_of(node: ast.expr) -> str:
    """The name that a node is, hyphens included; empty where it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        left, right = _name_of(node.left), _name_of(node.right)
        return f"{left}-{right}" if left and right else ""
    return ""


def _truth(node: ast.expr, frame: pd.DataFrame) -> pd.Series:
    if isinstance(node, ast.BoolOp):
        parts = [_truth(value, frame) for value in node.values]
        result = parts[0]
        for part in parts[1:]:
            result = result & part if isinstance(node.op, ast.And) else result | part
        return result
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_truth(node.operand, frame)
    if isinstance(node, ast.Compare):
        result = pd.Series(True, index=frame.index, dtype="boolean")
        operands = [node.left, *node.comparators]
        for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
            result = result & _comparison(op, left, right, frame)
        return result
    if isinstance(node, ast.Name):
        column = frame[column_of(node.id, frame.columns)]
        if column.dtype != bool:
            raise UsageError(f"'{node.id}' is no yes-or-no column; compare it with a value. {_HELP}")
        return column.astype("boolean")
    raise UsageError(f"'{ast.unparse(node)}' is not understood in --where. {_HELP}")


def _comparison(op: ast.cmpop, left: ast.expr, right: ast.expr, frame: pd.DataFrame) -> pd.Series:
    if isinstance(op, (ast.In, ast.NotIn)):
        if not isinstance(right, (ast.Tuple, ast.List)):
            raise UsageError(f"'in' wants a list in parentheses. {_HELP}")
        column = _operand(left, frame)
        if not isinstance(column, pd.Series):
            raise UsageError(f"'in' wants a column on its left. {_HELP}")
        values = [_operand(item, frame) for item in right.elts]
        found = column.isin(values).astype("boolean").mask(column.isna())
        return found if isinstance(op, ast.In) else ~found
    compare = _COMPARE.get(type(op))
    if compare is None:
        raise UsageError(f"This comparison is not understood in --where. {_HELP}")
    a, b = _operand(left, frame), _operand(right, frame)
    if not isinstance(a, pd.Series) and not isinstance(b, pd.Series):
        raise UsageError(f"A comparison needs a column on one side. {_HELP}")
    try:
        result = compare(a, b)
    except TypeError:
        raise UsageError(
            f"'{ast.unparse(left)}' and '{ast.unparse(right)}' cannot be compared: text with a number. {_HELP}"
        ) from None
    is_missing = pd.Series(False, index=frame.index)
    for side in (a, b):
        if isinstance(side, pd.Series):
            is_missing |= side.isna()
    return result.astype("boolean").mask(is_missing)


def _operand(node: ast.expr, frame: pd.DataFrame) -> Any:
    if name := _name_of(node):
        return frame[column_of(name, frame.columns)]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str, bool)):
        return node.value
    if (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
        and isinstance(node.operand.value, (int, float))
    ):
        return -node.operand.value
    raise UsageError(f"'{ast.unparse(node)}' is neither a column, nor a number, nor a quoted text. {_HELP}")
