"""What the command line prints: tables, progress bars and messages; quiet when the output is no terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from ssbscreen.cli.options import Format, keys_of
from ssbscreen.core.printable import printable

if TYPE_CHECKING:
    import pandas as pd

    from ssbscreen.query.answer_text import Part
    from ssbscreen.query.text_table import TextTable

_WIDTH = 200  # of what goes to no terminal, where COLUMNS says nothing else
_SILENT_SECONDS = 600.0  # of a stage whose bar nobody sees


def width() -> int:
    """Characters of a line: COLUMNS, else those of the terminal."""
    return max(40, shutil.get_terminal_size(fallback=(_WIDTH, 50)).columns)


def show(view: TextTable, columns: str | None = None, *, is_wide: bool = False) -> None:
    """Print the columns of a table that fit, or those that were asked for; what finds no room is named."""
    if columns is not None:
        view = view.chosen(keys_of([columns]))
    room = None if is_wide else width()
    for line in view.lines(room):
        typer.echo(printable(line))
    if room is not None and (left := view.left_out(room)):
        note(f"columns without room: {', '.join(left)} (--wide shows all, --columns NAME,NAME chooses)")


def table(
    frame: pd.DataFrame,
    title: str = "",
    columns: str | None = None,
    *,
    order: Sequence[str] = (),
    is_wide: bool = False,
    flows: bool = False,
) -> None:
    """Print a table of texts.

    Args:
        frame: its values.
        title: line above.
        columns: names to print, separated by commas; what fits where none are given.
        order: names of columns, the most important first.
        is_wide: all columns, however long the lines.
        flows: whether the last column holds sentences, which wrap.
    """
    from ssbscreen.query.text_table import of_frame  # only when a table is printed: the command line starts without it

    show(of_frame(frame, title, order=order, flows=flows), columns, is_wide=is_wide)


def ranking(view: TextTable, n_first: int, *, is_wide: bool = False) -> None:
    """Print rows of a ranking, with footnotes on the chance to be among the first, cautions without room and margins.

    Args:
        view: the table.
        n_first: length of the leading list whose chance it says.
        is_wide: all columns, however long the lines.
    """
    from ssbscreen.query.columns import first_note, first_title
    from ssbscreen.query.ranking_view import cautions_in, margin_note

    show(view, is_wide=is_wide)
    left_out = () if is_wide else view.left_out(width())
    for line in cautions_in(view, left_out):
        note(line)
    if words := margin_note(view, left_out):
        note(words)
    if n_first and first_title(n_first) not in left_out:
        note(first_note(n_first))


def records(
    found: Iterable[Any], columns: Sequence[str] | None = None, *, order: Sequence[str] = (), flows: bool = False
) -> None:
    """Print records, such as dataclasses or tuples, as a table."""
    import pandas as pd

    table(pd.DataFrame(found, columns=None if columns is None else list(columns)), order=order, flows=flows)


def parts(answer: Iterable[Part], *, is_wide: bool = False) -> None:
    """Print lines, broken at blanks, and tables as `show` does; a blank line stands before a table with a title."""
    from ssbscreen.query.text_table import wrapped

    for place, part in enumerate(answer):
        if place and not isinstance(part, str) and part.title:
            typer.echo()
        if isinstance(part, str):
            for line in part.split("\n"):
                for piece in wrapped(line, width()):
                    typer.echo(printable(piece))
        else:
            show(part, is_wide=is_wide)


def machine_readable(frame: pd.DataFrame, form: Format) -> bool:
    """Print a table as CSV or JSON where one of them was asked for; whether it was."""
    if form is Format.csv:
        typer.echo(frame.to_csv(index=False), nl=False)
    elif form is Format.json:
        typer.echo(frame.to_json(orient="records", double_precision=12))
    return form is not Format.table


def as_json(value: object) -> bool:
    """Print plain values, arrays and tables as JSON; what is not a number is null. Always true."""
    import json

    from ssbscreen.query.plain import plain

    typer.echo(json.dumps(plain(value), ensure_ascii=False, allow_nan=False))
    return True


def note(message: str) -> None:
    """One line for people, on standard error."""
    is_broken = sys.stderr.isatty() or "COLUMNS" in os.environ  # whoever reads it from a file wants whole lines
    lines = textwrap.wrap(message, width(), break_long_words=False, break_on_hyphens=False) if is_broken else [message]
    typer.echo("\n".join(map(printable, lines)), err=True)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a stage with the time it took and the time left; yields the function to report with: (stage, done, total).

    Without a terminal it is one line a stage, and one more every ten minutes that it takes.
    """
    from rich.console import Console  # questions need no bar, and start a tenth sooner without
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    # names come from the files of people: nothing in them is markup
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=console,
        disable=not console.is_terminal,
    ) as bars:
        tasks: dict[str, int] = {}
        said = time.monotonic()

        def report(stage: str, done: int, total: int) -> None:
            nonlocal said
            is_new = stage not in tasks
            if is_new:
                tasks[stage] = bars.add_task(stage, total=total)
            if not console.is_terminal and (is_new or time.monotonic() - said >= _SILENT_SECONDS):
                said = time.monotonic()
                note(f"{stage} ..." if is_new else f"{stage} {done} of {total} ...")
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield report
