"""What the command line prints: tables, progress bars and messages; quiet when the output is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

OUT = Console(soft_wrap=False)
ERR = Console(stderr=True)


def table(frame: pd.DataFrame, title: str = "") -> None:
    """Print a table of texts; on no terminal wide enough for all columns, nothing is cut."""
    view = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False)
    for column in frame.columns:
        view.add_column(str(column).replace("_", " "), overflow="fold")
    for record in frame.itertuples(index=False, name=None):
        view.add_row(*("" if value is None else str(value) for value in record))
    if OUT.is_terminal:
        OUT.print(view)
    else:
        Console(file=OUT.file, width=240).print(view)


def rows(header: Sequence[str], records: Sequence[Sequence[str]], title: str = "") -> None:
    """Print rows of texts under a header, as `table` does, without pandas."""
    view = Table(title=title or None, title_justify="left", header_style="bold", pad_edge=False)
    for name in header:
        view.add_column(name, overflow="fold")
    for record in records:
        view.add_row(*record)
    console = OUT if OUT.is_terminal else Console(file=OUT.file, width=240)
    console.print(view)


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
