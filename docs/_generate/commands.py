"""The page of the command line, from the tree of commands."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import typer

from _generate.markdown import table
from ssbscreen.cli.main import app


def commands() -> Iterator[tuple[str, Any]]:
    """`ssbscreen VERB` and its command, verbs of verbs included, sorted."""

    def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
        below = getattr(command, "commands", {})
        if not below:
            yield name, command
        for key in sorted(below):
            yield from walk(below[key], f"{name} {key}")

    yield from walk(typer.main.get_command(app), "ssbscreen")


def options_of(command: Any) -> tuple[str, ...]:
    """Every spelling of every option."""
    spelled = [(*p.opts, *p.secondary_opts) for p in command.params if p.opts[0].startswith("-")]
    return (*(name for names in spelled for name in names), "--help")


def commands_page() -> str:
    """Every verb with its arguments and options."""
    lines = [
        "# Command line\n",
        "Made from the command line itself; `ssbscreen VERB --help` prints the same. Exit code 0 means fine, 2 bad use "
        "or nothing usable in the input, 1 anything else.\n",
    ]
    for name, command in commands():
        lines += [f"## {name}\n", f"{(command.help or '').strip()}\n"]
        arguments = " ".join(_usage(p) for p in command.params if not p.opts[0].startswith("-"))
        lines += [f"```\n{name} [OPTIONS] {arguments}".rstrip() + "\n```\n"]
        rows = [
            (_spelling(p), _kind(p), "required" if p.required else _default(p), getattr(p, "help", "") or "")
            for p in command.params
        ]
        if rows:
            lines.append(table(("argument or option", "value", "default", "meaning"), rows))
    return "\n".join(lines)


def _usage(parameter: Any) -> str:
    name = parameter.name.upper() + ("..." if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _spelling(parameter: Any) -> str:
    names = (*parameter.opts, *parameter.secondary_opts)
    return ", ".join(f"`{name if name.startswith('-') else name.upper()}`" for name in names)


def _kind(parameter: Any) -> str:
    annotation = parameter.type_descriptor.annotation
    kinds = [k for k in (annotation, *get_args(annotation)) if isinstance(k, type) and k is not type(None)]
    kind = next((k for k in kinds if not get_args(k)), str)
    if issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return {"str": "text", "int": "whole number", "float": "number", "bool": "switch", "Path": "path"}.get(
        kind.__name__, kind.__name__
    )


def _default(parameter: Any) -> str:
    value = parameter.default
    if value is None or value is False or callable(value):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"
