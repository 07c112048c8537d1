"""Tables and text in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Text that stands in one cell of a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a line under the header."""
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits, empty where missing."""
    return "" if value is None else f"{value:.{digits}g}"


def figure(value: float | None, digits: int = 3) -> str:
    """A measured figure with exactly so many significant digits, empty where missing."""
    return "" if value is None else f"{value:#.{digits}g}"


def linked(text: str) -> str:
    """Text whose DOIs and addresses can be followed."""
    text = re.sub(r"(?<![\w/.])(10\.\d{4,}/[\w.()/:;-]*\w)", r"[\1](https://doi.org/\1)", text)
    return re.sub(r"(?<![(\[\w/])(https?://[^\s,;)\]]+)(?<![.])", r"<\1>", text)
