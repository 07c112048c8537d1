"""What docstrings in Google style say, read without running any of the project's code twice."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Yields|Usage):", re.MULTILINE)
_ENTRY = re.compile(r"^(?: {4})?([a-zA-Z_][\w, ]*?): +(.*)$")


@dataclass(frozen=True)
class Function:
    """A documented function or class of a module."""

    module: str
    name: str
    summary: str
    source: str


def summary_of(text: str | None) -> str:
    """First paragraph of a docstring as one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def source_of(text: str | None) -> str:
    """What stands after `Source:`, to the end of its paragraph; empty where there is none."""
    found = re.search(r"Source: (.*?)(?:\n\s*\n|\Z)", text or "", re.DOTALL)
    return " ".join(found.group(1).split()) if found else ""


def attributes_of(kind: type) -> dict[str, str]:
    """Name -> meaning of the attributes that a class documents; names joined by commas share one meaning."""
    text = inspect.getdoc(kind) or ""
    if "Attributes:" not in text:
        return {}
    block = text.split("Attributes:", 1)[1]
    block = _SECTION.split(block, maxsplit=1)[0]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in block.splitlines():
        entry = _ENTRY.match(line)
        if entry and line.startswith("    ") and not line.startswith("     "):
            names = [name.strip() for name in entry.group(1).split(",")]
            found |= dict.fromkeys(names, entry.group(2))
        elif names and line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def functions_of(path: Path, module: str) -> Iterator[Function]:
    """Public functions and classes at the top of a module, with their first line and source."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            text = ast.get_docstring(node)
            yield Function(module, node.name, summary_of(text), source_of(text))


def module_summary(path: Path) -> str:
    """First paragraph of a module's docstring."""
    return summary_of(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))))
