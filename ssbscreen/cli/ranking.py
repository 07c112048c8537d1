"""Verbs on the ranking of a finished run: query, show, compare, diff, report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssbscreen.cli import checks, printing
from ssbscreen.cli.options import (
    RUNS,
    ColumnsOption,
    Format,
    FormatOption,
    JsonOption,
    RunOption,
    WideOption,
    format_of,
    keys_of,
)
from ssbscreen.core.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from ssbscreen.query.query import Query
    from ssbscreen.query.store import RunFolder

app = typer.Typer()
ALL_ROLES = "all"
ROWS_OF_A_TABLE = 20
_NAMED = 5  # rows that a note names
RoleOption = Annotated[
    str | None,
    typer.Option(
        help="separator, catholyte, coating, cathode or pair, the screen's own by default; all, for CSV and JSON."
    ),
]
AtOption = Annotated[
    float | None, typer.Option(metavar="T", help="Degree C, as -20 or 80: electrolytes at that temperature.")
]


@app.command()
def query(
    run: RunOption = None,
    role: RoleOption = None,
    chemistry_class: Annotated[str | None, typer.Option("--class", help="sulfide, oxide, halide, polymer, ...")] = None,
    where: Annotated[str | None, typer.Option(help="As: ionic_conductivity > 1e-4 and family == 'garnet'")] = None,
    sort: Annotated[str | None, typer.Option(help="Column; a leading - sorts downwards.")] = None,
    top: Annotated[int | None, typer.Option(help="Rows at most; 20 for tables.")] = None,
    format: FormatOption = Format.table,
    columns: ColumnsOption = None,
    temperature: AtOption = None,
    wide: WideOption = False,
    expand: Annotated[
        bool, typer.Option("--expand", help="Every row: all of a family series, repeats, and unmade variants.")
    ] = False,
    structures: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Also write the structures of the rows there, as CIF files.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Filter and sort the ranking of a run.

    Columns that --where and --sort name are shown.

    With --temperature, conductivity, area resistance, voltage drop and critical current are those at that temperature,
    and rows stand in the order that they have with these (rank_at_temperature).

    A family series is shown by its best-ranked member that was made, with --temperature the best there; --where and
    --sort show all ranked members.
    """
    from ssbscreen.query.columns import column_of
    from ssbscreen.query.query import Query

    format = format_of(format, as_json)
    folder, is_table = opened(run), format is Format.table
    if is_table and role == ALL_ROLES:
        raise UsageError(f"--role {ALL_ROLES} is for programs: add --json or --format csv, or name one role.")
    role = None if role == ALL_ROLES else role or folder.role
    asked = Query(role, chemistry_class, where, sort, ROWS_OF_A_TABLE if is_table and top is None else top, expand)
    chosen = keys_of([columns]) if columns is not None else []
    if temperature is None:
        for name in chosen:
            column_of(name, folder.columns())
    hit = None if temperature is None else _at_temperature(folder, temperature, asked)
    if structures is not None:
        found = folder.found(asked, ("candidate_id",)).frame() if hit is None else hit
        _write_structures(folder, found["candidate_id"], structures)
    if is_table:
        _print_rows(folder, asked, chosen, hit, is_wide=wide)
    else:
        _for_programs(folder.found(asked).frame() if hit is None else hit, chosen, format)


def _at_temperature(folder: RunFolder, celsius: float, asked: Query) -> pd.DataFrame:
    """Rows of a query at another temperature; what was assumed is said."""
    from ssbscreen.app.at_temperature import THERE, ranking_at
    from ssbscreen.query.query import run_query

    carried = ranking_at(folder, celsius, asked.role)
    for line in carried.notes:
        printing.note(line)
    return run_query(carried.frame, replace(asked, ranked_by=THERE[0]))


def _print_rows(folder: RunFolder, asked: Query, chosen: list[str], hit: pd.DataFrame | None, *, is_wide: bool) -> None:
    """Table of the rows of a query, or of those found at another temperature, with the chosen columns or the usual."""
    from ssbscreen.query.ranking_view import columns_of_view, columns_view, rank_note, ranking_view
    from ssbscreen.query.records import Records

    named, is_of_pairs = asked.named, asked.role == "pair"
    if hit is None:
        shown = None if is_wide else columns_of_view((*chosen, *named), is_of_pairs=is_of_pairs)
        rows = folder.found(asked, shown).records()
    else:
        from ssbscreen.app.at_temperature import CARRIED, THERE

        named, rows = tuple(dict.fromkeys((*named, *THERE, *CARRIED))), Records.of(hit)
    if chosen:
        printing.show(columns_view(rows, list(dict.fromkeys((*chosen, *named)))))
    else:
        n_first = folder.n_first(asked.role or folder.role)
        view = ranking_view(rows, named, is_of_pairs=is_of_pairs, n_first=n_first, is_wide=is_wide)
        printing.ranking(view, n_first, is_wide=is_wide)
    if words := rank_note((*chosen, *named)):
        printing.note(words)
    more = "" if asked.is_expanded else "; --expand lists all of a family series and every variant"
    printing.note(f"{len(rows.rows)} rows{more}")


def _write_structures(folder: RunFolder, ids: pd.Series, target: Path) -> None:
    """Write the structures of rows as CIF files; rows without one are counted and named."""
    from ssbscreen.app.structures import write_cifs

    without = write_cifs(folder, ids.tolist(), target)
    named = ", ".join(without[:_NAMED]) + (", ..." if len(without) > _NAMED else "")
    reason = f"; {len(without)} rows have none, being compositions, polymers or cells: {named}" if without else ""
    printing.note(f"wrote {len(ids) - len(without)} structures to {target}{reason}")


def _for_programs(hit: pd.DataFrame, chosen: list[str], format: Format) -> None:
    """Rows as CSV or JSON, of the chosen columns where some were chosen."""
    from ssbscreen.query.columns import column_of

    printing.machine_readable(hit[[column_of(name, hit.columns) for name in chosen]] if chosen else hit, format)


@app.command()
def show(
    candidate: Annotated[str, typer.Argument(help="Id, formula or name.")],
    run: RunOption = None,
    temperature: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="Conductivity, resistance, voltage drop and critical current at these degree C, as -20,0,25,60,80.",
            callback=checks.temperatures,
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what does not count, reactions, every source; over a hundred lines.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What is known of one candidate.

    Its place, criteria with intervals and desirability, what limits it and what to test next, on one screen; --all and
    --json hold the rest.
    """
    from ssbscreen.query.sheet import brief, sheet

    folder = opened(run)
    if as_json and temperature is not None:
        raise UsageError("--temperature prints text only; leave out --json.")
    if as_json:
        from ssbscreen.interface.run import Run

        printing.as_json(Run(folder).candidate(candidate).record)
        return
    if temperature is not None:
        from ssbscreen.app.temperatures import temperatures

        printing.parts(temperatures(folder, candidate, [float(part) for part in keys_of([temperature])]))
        return

    if not everything:
        printing.parts(brief(folder, candidate))
        return

    def compute(row: pd.Series) -> pd.DataFrame:
        from ssbscreen.app.reactions import reactions_of_row  # phase diagrams are read only where they are needed

        return reactions_of_row(row, folder)

    printing.parts(sheet(folder, candidate, compute))


@app.command()
def compare(
    candidates: Annotated[
        list[str],
        typer.Argument(help="Ids, formulas or names; a single one is held against the reference electrolytes."),
    ],
    run: RunOption = None,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Candidates side by side, criterion by criterion.

    The sign ~ marks an imputed value.
    """
    from ssbscreen.query.comparison import comparison

    if as_json:
        from ssbscreen.interface.run import Run

        told = Run(opened(run))
        printing.as_json([told.candidate(name).record for name in candidates])
        return
    room = None if wide else printing.width()
    for number, view in enumerate(comparison(opened(run).compared(candidates), room)):
        if number:
            typer.echo()
        printing.show(view, is_wide=wide)


@app.command()
def diff(
    run_a: Annotated[Path, typer.Argument(help="Run folder before.")],
    run_b: Annotated[Path | None, typer.Argument(help="Run folder after; the last run by default.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Largest changes of rank to print.")] = 20,
    format: FormatOption = Format.table,
    columns: ColumnsOption = None,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Which ranks changed between two runs, and why.

    Changes are compared with the rank intervals, and the criterion behind each is named.
    """
    from ssbscreen.query.diff import diff
    from ssbscreen.query.tables import rounded

    before, after = opened(run_a), opened(run_b)
    found = diff(before, after)
    if printing.machine_readable(found.moved, format_of(format, as_json)):
        return
    if len(found.models):
        printing.table(found.models, title="models that differ", is_wide=wide)
    title = "largest moves against the rank intervals; ranks among the candidates of both runs"
    order = "candidate_id role rank_before rank_after move through value_before value_after interval_before".split()
    printing.table(rounded(found.moved.head(top)), title, columns, order=order, is_wide=wide)
    printing.note(
        f"{len(found.moved)} candidates in both runs, {found.n_beyond_noise} moved beyond their rank "
        f"intervals; {len(found.entered)} only in {after.path}, {len(found.left)} only in {before.path}; "
        f"rank correlation {found.rank_correlation:.3f}"
    )


@app.command()
def report(
    run: Annotated[Path | None, typer.Argument(help="Run folder; the newest finished one by default.")] = None,
    named: Annotated[Path | None, typer.Option("--run", hidden=True)] = None,
) -> None:
    """Write the report of a run again.

    That is report.html, and report.md, report.csv and report.json beside it.
    """
    from ssbscreen.query.report.page import write_report

    if run is not None and named is not None:
        raise UsageError("The run folder is given twice, as an argument and by --run; leave out --run.")
    folder = opened(run or named)
    typer.echo(write_report(folder, int(folder.config().get("settings", {}).get("report_top", 25))))


def opened(run: Path | None) -> RunFolder:
    """The named run, or the last one, which is then said."""
    from ssbscreen.query.store import open_run

    folder = open_run(run, RUNS)
    if run is None:
        printing.note(f"run: {folder.path}")
    return folder
