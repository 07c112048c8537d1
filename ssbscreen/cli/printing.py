"""What the command line prints: tables, progress bars and messages; quiet when the output is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from ssbscreen.cli.options import Format

if TYPE_CHECKING:
    import pandas as pd

    from ssbscreen.query.answer_text import Part

OUT = Console(soft_wrap=False)
ERR = Console(stderr=True)
_WIDTH = 240  # of a table that goes to no terminal


def table(frame: pd.DataFrame, title: str = "") -> None:
    """Print a table of texts; on no terminal wide enough for all columns, nothing is cut."""
    header = [str(column).replace("_", " ") for column in frame.columns]
    _print(title, header, (_texts(record) for record in frame.itertuples(index=False, name=None)))


def records(found: Iterable[Any], columns: Sequence[str] | None = None) -> None:
    """Print records, such as dataclasses or tuples, as a table."""
    import pandas as pd  # only when a table is printed: the command line starts without it

    table(pd.DataFrame(found, columns=None if columns is None else list(columns)))


def parts(answer: Iterable[Part]) -> None:
    """Print lines as they are and tables as `table` does."""
    for part in answer:
        if isinstance(part, str):
            typer.echo(part)
        else:
            _print(part.title, part.header, part.rows)


def machine_readable(frame: pd.DataFrame, form: Format) -> bool:
    """Print a table as CSV or JSON where one of them was asked for; whether it was."""
    if form is Format.csv:
        typer.echo(frame.to_csv(index=False), nl=False)
    elif form is Format.json:
        typer.echo(frame.to_json(orient="records", double_precision=12))
    return form is not Format.table


def note(message: str) -> None:
    """One line for people, on standard error."""
    ERR.print(message, highlight=False, markup=False)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar a stage; yields the function to report with: (stage, done, total)."""
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=ERR,
        disable=not ERR.is_terminal,
    ) as bars:
        tasks: dict[str, int] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
                if not ERR.is_terminal:
                    note(f"{stage} ...")
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        yield report


def _texts(record: Iterable[object]) -> list[str]:
    return ["" if value is None else str(value) for value in record]


def _print(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    view = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False)
    for name in header:
        view.add_column(name, overflow="fold")
    for row in rows:
        view.add_row(*row)
    (OUT if OUT.is_terminal else Console(file=OUT.file, width=_WIDTH)).print(view)
