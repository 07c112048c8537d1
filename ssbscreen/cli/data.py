"""Verbs on data sets: what there is, fetch it, verify it, import your own."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ssbscreen.cli import printing
from ssbscreen.core.errors import DataUnavailable, UsageError

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(no_args_is_help=True, help="Data sets: list, fetch, verify, import.")
Names = Annotated[list[str] | None, typer.Argument(help="Names of data sets; all when none is given.")]


def _frame(records: Iterable[Any], columns: list[str] | None = None) -> pd.DataFrame:
    import pandas  # only when a table is printed: the command line starts without it

    return pandas.DataFrame(records, columns=columns)


@app.command("list")
def list_data() -> None:
    """Data sets with their licence and where they lie now."""
    from ssbscreen.app import data as datasets

    printing.table(datasets.overview())


@app.command("fetch")
def fetch(names: Names = None) -> None:
    """Fetch data sets: from the cache, then the mirror SSBSCREEN_DATA_MIRROR, then the origin."""
    from ssbscreen.app import data as datasets

    with printing.progress_bar() as report:
        outcomes = datasets.fetch_all(names or [], report)
    printing.table(_frame(outcomes))
    if all(not outcome.is_there for outcome in outcomes):
        raise DataUnavailable("None of the data sets could be reached; the table above says why and what to do.")


@app.command("verify")
def verify(names: Names = None) -> None:
    """Compare the hashes of fetched and starter files with what is recorded; exit 1 where one differs."""
    from ssbscreen.app import data as datasets

    outcomes = datasets.verify_all(names or [])
    printing.table(_frame(outcomes))
    if any(not outcome.is_fine for outcome in outcomes):
        raise typer.Exit(1)


class ImportKind(StrEnum):
    """What an imported file holds."""

    candidates = "candidates"
    measurements = "measurements"


@app.command("import")
def import_data(
    path: Annotated[
        Path,
        typer.Argument(
            help="Candidates: CSV, structure file, folder or .jsonl.gz. Measurements: "
            "CSV, .xlsx or .json (see `data template`)."
        ),
    ],
    kind: Annotated[ImportKind, typer.Option("--as", help="What the file holds.")] = ImportKind.candidates,
    name: Annotated[str | None, typer.Option(help="Candidates: name to screen them by; the file's by default.")] = None,
    accept_suspected: Annotated[bool, typer.Option(help="Measurements: keep values whose unit is suspected.")] = False,
) -> None:
    """Import candidates to screen or measurements to learn from; every rejected row is listed with its reason."""
    if kind is ImportKind.measurements:
        from ssbscreen.app import measurements as ingest

        if name is not None:
            raise UsageError("--name belongs to candidates; measurements are kept in versions.")
        imported = ingest.ingest(path, accept_suspected=accept_suspected)
        checked = imported.checked
        if len(checked.findings):
            printing.table(checked.findings, title="new values beside what is known")
        printing.note(
            f"{len(checked.kept)} of {checked.n_read} values kept, now {imported.version.name} with "
            f"{imported.version.n_values} values; {len(checked.rejected)} rejected "
            f"({checked.rejected_path}); `ssbscreen data undo` takes them back"
        )
        return
    from ssbscreen.app import data as datasets

    outcome = datasets.import_candidates(path, name)
    printing.note(
        f"{outcome.n_kept} candidates kept as '{outcome.name}', {outcome.n_rejected} rejected ({outcome.rejected_path})"
    )


@app.command("template")
def template(
    out: Annotated[Path, typer.Option(help="Table to write: .csv or .xlsx.")] = Path("measurements.csv"),
) -> None:
    """Write an empty table of measurements with one example row, and say what each column means."""
    from ssbscreen.measurements.files import COLUMNS, write_template

    if out.exists():
        raise UsageError(f"'{out}' exists; name another file with --out.")
    write_template(out)
    printing.table(
        _frame(
            [(c.name, "yes" if c.needed else "", c.meaning, c.example) for c in COLUMNS],
            columns=["column", "needed", "meaning", "example"],
        )
    )
    printing.note(f"wrote {out}; fill it and import it with: ssbscreen data import {out} --as measurements")


@app.command("history")
def history() -> None:
    """Versions of the imported measurements; the active one is marked."""
    from ssbscreen.measurements.store import MeasurementStore

    store = MeasurementStore()
    current = store.current()
    printing.table(
        _frame(
            [
                {
                    "version": v.name,
                    "active": "yes" if v == current else "",
                    "from": v.parent,
                    "created": v.created,
                    "file": v.file,
                    "added": v.n_added,
                    "values": v.n_values,
                    "fingerprint": v.fingerprint[:16],
                }
                for v in store.history()
            ]
        )
    )


@app.command("undo")
def undo() -> None:
    """Take back the measurements that were imported last; nothing is deleted."""
    from ssbscreen.measurements.store import MeasurementStore

    left, now = MeasurementStore().undo()
    printing.note(
        f"{left.name} ({left.n_added} values from {left.file}) is taken back; active: "
        f"{'nothing' if now is None else now.name}"
    )
