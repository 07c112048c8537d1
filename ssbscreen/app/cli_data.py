"""Verbs on data sets: what there is, fetch it, verify it, bring in your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from ssbscreen.app import printing
from ssbscreen.core.errors import DataUnavailable

app = typer.Typer(no_args_is_help=True, help="Data sets: list, fetch, verify, import.")
Names = Annotated[list[str] | None, typer.Argument(help="Names of data sets; all when none is given.")]


@app.command("list")
def list_data() -> None:
    """Data sets with their licence and where they lie now."""
    from ssbscreen.app import datasets

    printing.table(datasets.overview())


@app.command("fetch")
def fetch(names: Names = None) -> None:
    """Fetch data sets: from the cache, then the mirror SSBSCREEN_DATA_MIRROR, then the origin."""
    from ssbscreen.app import datasets

    with printing.progress_bar() as report:
        outcomes = datasets.fetch_all(names or [], report)
    printing.table(pd.DataFrame(outcomes))
    if all(not outcome.is_there for outcome in outcomes):
        raise DataUnavailable("None of the data sets could be reached; the table above says why and what to do.")


@app.command("verify")
def verify(names: Names = None) -> None:
    """Compare the hashes of fetched and starter files with what is recorded; exit 1 where one differs."""
    from ssbscreen.app import datasets

    outcomes = datasets.verify_all(names or [])
    printing.table(pd.DataFrame(outcomes))
    if any(not outcome.is_fine for outcome in outcomes):
        raise typer.Exit(1)


@app.command("import")
def import_data(
    path: Annotated[Path, typer.Argument(help="CSV, structure file, folder or .jsonl.gz to bring in.")],
    name: Annotated[str | None, typer.Option(help="Name to screen it by; the file's name by default.")] = None,
) -> None:
    """Check candidates of your own and keep them under a name that `screen --candidates NAME` accepts."""
    from ssbscreen.app import datasets

    outcome = datasets.import_candidates(path, name)
    printing.note(f"{outcome.n_kept} candidates kept as '{outcome.name}', {outcome.n_rejected} set aside "
                  f"({outcome.rejected_path})")
