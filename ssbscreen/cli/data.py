"""Verbs on data: what there is, fetch it, verify it, import your own, calculate labels."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import checks, printing
from ssbscreen.cli.options import ColumnsOption, JsonOption, WideOption, keys_of
from ssbscreen.core.errors import DataUnavailable, UsageError

data_app = typer.Typer(no_args_is_help=True, help="Data sets: list, fetch, verify, import.")
app = typer.Typer()
FINDINGS_ORDER = ("line", "material", "property", "finding", "new", "known", "unit")
Names = Annotated[list[str] | None, typer.Argument(help="Names of data sets; all when none is given.")]


class ImportKind(StrEnum):
    """What an imported file holds."""

    candidates = "candidates"
    measurements = "measurements"


class LabelDevice(StrEnum):
    """Where the potential runs."""

    cpu = "cpu"
    cuda = "cuda"


@data_app.command("list")
def list_data(columns: ColumnsOption = None, wide: WideOption = False, as_json: JsonOption = False) -> None:
    """Data sets with their licence and where they lie now."""
    from ssbscreen.app import data as datasets

    order = ("name", "title", "place", "licence", "MB")
    if not (as_json and printing.as_json(datasets.overview())):
        printing.table(datasets.overview(), columns=columns, order=order, is_wide=wide, flows=True)


@data_app.command("fetch")
def fetch(names: Names = None) -> None:
    """Fetch data sets: from the cache, then the mirror SSBSCREEN_DATA_MIRROR, then the origin."""
    from ssbscreen.app import data as datasets

    with printing.progress_bar() as report:
        outcomes = datasets.fetch_all(names or [], report)
    printing.records(outcomes, flows=True)
    if all(not outcome.is_there for outcome in outcomes):
        raise DataUnavailable("None of the data sets could be reached; the table above says why and what to do.")


@data_app.command("verify")
def verify(names: Names = None) -> None:
    """Compare the hashes of fetched and starter files with what is recorded; exit 1 where one differs."""
    from ssbscreen.app import data as datasets

    outcomes = datasets.verify_all(names or [])
    printing.records(outcomes, flows=True)
    if any(not outcome.is_fine for outcome in outcomes):
        raise typer.Exit(1)


@data_app.command("import")
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
    accept_suspected: Annotated[
        bool, typer.Option("--accept-suspected", help="Measurements: keep values whose unit is suspected.")
    ] = False,
) -> None:
    """Import candidates to screen or measurements to learn from; every rejected row is listed with its reason."""
    checks.inputs([str(path)])
    if kind is ImportKind.measurements:
        if name is not None:
            raise UsageError("--name belongs to candidates; measurements are kept in versions.")
        _import_measurements(path, accept_suspected)
        return
    from ssbscreen.app import data as datasets

    outcome = datasets.import_candidates(path, name)
    printing.note(
        f"{outcome.n_kept} candidates kept as '{outcome.name}', {outcome.n_rejected} rejected ({outcome.rejected_path})"
    )


def _import_measurements(path: Path, accept_suspected: bool) -> None:
    from ssbscreen.app import measurements

    imported = measurements.ingest(path, accept_suspected=accept_suspected)
    checked, version = imported.checked, imported.version
    if len(checked.findings):
        printing.table(checked.findings, title="new values beside what is known", order=FINDINGS_ORDER, flows=True)
    printing.note(
        f"{len(checked.kept)} of {checked.n_read} values kept, now {version.name} with "
        f"{version.n_values} values; {len(checked.rejected)} rejected "
        f"({checked.rejected_path}); `ssbscreen data undo` takes them back"
    )
    if imported.uncounted:
        listed = ", ".join(f"{n} of {key}" for key, n in sorted(imported.uncounted.items()))
        printing.note(f"kept, but no ranking counts measured values of these properties: {listed}")


@data_app.command("template")
def template(
    out: Annotated[Path, typer.Option(help="Table to write: .csv or .xlsx.")] = Path("measurements.csv"),
) -> None:
    """Write an empty table of measurements with one example row, and say what each column means."""
    from ssbscreen.measurements.files import COLUMNS, write_template

    if out.exists():
        raise UsageError(f"'{out}' exists; name another file with --out.")
    write_template(out)
    rows = [(c.name, "yes" if c.needed else "", c.example, c.meaning) for c in COLUMNS]
    printing.records(rows, ("column", "needed", "example", "meaning"), flows=True)
    printing.note(f"wrote {out}; fill it and import it with: ssbscreen data import {out} --as measurements")


@data_app.command("history")
def history(as_json: JsonOption = False) -> None:
    """Versions of the imported measurements; the active one is marked."""
    from dataclasses import asdict

    from ssbscreen.measurements.store import MeasurementStore

    store = MeasurementStore()
    active, versions = store.current(), store.history()
    if as_json:
        printing.as_json([asdict(v) | {"is_active": v == active} for v in versions])
        return
    if not versions:
        printing.note("no measurements were imported yet; `ssbscreen data template` writes an empty table")
        return
    printing.records(
        [
            (
                v.name,
                "yes" if v == active else "",
                v.parent,
                v.created,
                v.file,
                v.n_added,
                v.n_values,
                v.fingerprint[:16],
            )
            for v in versions
        ],
        ("version", "active", "from", "created", "file", "added", "values", "fingerprint"),
    )


@data_app.command("undo")
def undo() -> None:
    """Take back the measurements that were imported last; nothing is deleted."""
    from ssbscreen.measurements.store import MeasurementStore

    left, now = MeasurementStore().undo()
    printing.note(
        f"{left.name} ({left.n_added} values from {left.file}) is taken back; active: "
        f"{'nothing' if now is None else now.name}"
    )


@app.command()
def label(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Structure files, folders, tables or named sets; ordered crystals are calculated, others rejected."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Table of measurements to write: .csv or .json.")],
    property: Annotated[
        str,
        typer.Option(
            help="Some of bulk_modulus, shear_modulus, density (or volume), formation_energy, joined by commas. "
            "Default: all.",
            show_default=False,
        ),
    ] = "bulk_modulus,shear_modulus,density,formation_energy",
    potential: Annotated[
        str, typer.Option(help="Pretrained potential; `ssbscreen models potentials` lists them.")
    ] = "sevenn-l3i5",
    max_atoms: Annotated[int, typer.Option(min=1, help="Atoms of a primitive cell at most.")] = 40,
    max_seconds: Annotated[
        float, typer.Option(min=1.0, help="Of processor time, for the relaxation and the tensor of a candidate, each.")
    ] = 300.0,
    device: Annotated[
        LabelDevice, typer.Option(help="Where the potential runs.", callback=checks.device)
    ] = LabelDevice.cpu,
) -> None:
    """Calculate moduli, density and formation energy.

    With a pretrained interatomic potential; a stopped call resumes. Needs the extra `foundation`.
    """
    checks.inputs(inputs)
    checks.output(out, (".csv", ".json"))
    from ssbscreen.calculation.labelling import Request, label
    from ssbscreen.calculation.straining import Effort
    from ssbscreen.screening.candidates.pool import load_candidates

    effort = Effort(max_atoms=max_atoms, max_seconds=max_seconds)
    request = Request(out, keys_of([property]), potential, effort, device.value)
    records = load_candidates(inputs)
    with printing.progress_bar() as report:
        found = label(records.candidates, request, rejected=records.rejected, progress=report)
    earlier = f", {found.n_resumed} of them by an earlier call" if found.n_resumed else ""
    printing.note(
        f"{found.n_values} values of {found.n_candidates} candidates{earlier} in {found.out}; "
        f"{len(found.rejected)} rejected ({found.rejected_path})"
    )
    used = request.how
    printing.note(f"{used.title} ({used.licence}, doi {used.cite}), trained on {used.trained_on}")
    printing.note(f"import them with: ssbscreen data import {found.out} --as measurements")
