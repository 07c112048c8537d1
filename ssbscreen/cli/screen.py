"""Verbs that rank: screen, and the work on a screen of another process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ssbscreen.cli import checks, printing
from ssbscreen.cli.options import RUNS, Device, EvidenceOption, SeedOption

if TYPE_CHECKING:
    from ssbscreen.screening.finished import Finished
    from ssbscreen.screening.settings import Settings

app = typer.Typer()
CELLS_SHOWN = 10
CandidatesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--candidates",
        metavar="INPUT",
        help="Files, folders or data set names; may be given several times. Default: the starter pool.",
    ),
]
TemperatureOption = Annotated[
    str | None,
    typer.Option(
        metavar="T",
        help="Temperature of use, degree C; own takes that of each class. Default: that of the profile, mostly 25.",
        callback=checks.temperature_of_use,
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(help="Run folder to write. Default: runs/SCREEN-PROFILE, with the temperature where one is given."),
]
BestOption = Annotated[
    EvidenceOption | None,
    typer.Option(help="best puts measured and calculated values beside the models, predicted takes these alone."),
]
ExcludeOption = Annotated[
    str | None, typer.Option(metavar="ELEMENTS", help="Elements that no candidate may hold, such as Ge,In.")
]
FirstPassOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Estimate all candidates quickly; the N best and a random sample go through the whole pipeline. "
        "For pools that are too large for it.",
    ),
]
WorkersOption = Annotated[
    int, typer.Option(min=1, max=256, help="Processes of one core each; they change no byte of the result.")
]
RayOption = Annotated[
    str | None, typer.Option(help="Ray cluster whose processes work, too: auto, or HOST:PORT. Needs the extra `ray`.")
]

ScreenOption = Annotated[
    str | None,
    typer.Option(
        "--screen", help="separator, catholyte, coating or cathode, or a YAML file of your own. Default: separator."
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile", help="Use of the cell: ev, aviation, consumer or grid, or a YAML file of your own. Default: ev."
    ),
]


@app.command()
def screen(
    candidates: CandidatesOption = None,
    screen: ScreenOption = None,
    profile: ProfileOption = None,
    temperature: TemperatureOption = None,
    out: OutOption = None,
    config: Annotated[Path | None, typer.Option(help="YAML with some keys of configs/defaults.yaml.")] = None,
    device: Annotated[Device | None, typer.Option(help="Where the networks run.", callback=checks.device)] = None,
    seed: SeedOption = None,
    evidence: BestOption = None,
    exclude: ExcludeOption = None,
    first_pass: FirstPassOption = None,
    workers: WorkersOption = 1,
    ray_address: RayOption = None,
    top: Annotated[int, typer.Option(min=1, help="Rows printed at the end.")] = 20,
    force: Annotated[bool, typer.Option("--force", help="Make the run again although the folder holds one.")] = False,
) -> None:
    """Rank materials on all criteria, and write the report.

    A stopped run resumes when the same command is called again. A finished run of the same input is shown; one of other
    input is replaced with --force only.
    """
    checks.inputs(candidates or [])
    checks.pool_screen(screen)
    checks.configs("profile", [profile])
    checks.file(config, "--config")
    from ssbscreen.screening.finished import known_run
    from ssbscreen.screening.settings import load_settings, make_plan

    settings = load_settings(
        config,
        screen=screen,
        profile=profile,
        temperature_c=temperature if temperature in (None, "own") else float(temperature),
        seed=seed,
        device=device.value if device else None,
        evidence=evidence.value if evidence else None,
        first_pass=first_pass,
        exclude=[symbol.strip() for symbol in exclude.split(",") if symbol.strip()] if exclude else None,
    )
    out = out or _usual_folder(settings)
    with printing.progress_bar() as report:
        finished = known_run(make_plan(settings, candidates or [], out, report), is_forced=force)
        if finished is None:
            from ssbscreen.engine.workers import Workers
            from ssbscreen.screening.screen import run_screen  # loads the networks

            those = Workers(workers, ray_address or "")
            finished = run_screen(settings, candidates or [], out, report, is_forced=force, workers=those)
    if not finished.is_new:
        printing.note(f"'{out}' is finished: input, models and code are the same. --force makes it again.")
    _print_best(finished, top)


def _usual_folder(settings: Settings) -> Path:
    """Run folder of a screen that names none."""
    given = settings.temperature_c
    warm = "" if given is None else "-own" if given == "own" else f"-{given:g}C"
    return RUNS / f"{settings.screen}-{settings.profile}{warm}"


def _print_best(finished: Finished, top: int) -> None:
    """The leaders of the role and of its cells, and how many candidates went through each stage."""
    from ssbscreen.query.ranking_view import ranking_view
    from ssbscreen.query.records import Records
    from ssbscreen.query.series import collapsed

    frame, role = finished.run.ranking(), finished.run.role
    best = collapsed(frame)
    n_first = finished.run.n_first(role)
    leading = best[best["role"] == role].head(top)
    typer.echo(f"Best {len(leading)} of {finished.n_ranked:,} ranked, one of a family series")
    own = Records.of(leading)
    printing.ranking(ranking_view(own, is_of_pairs=role == "pair", n_first=n_first), n_first)
    pairs = best[best["role"] == "pair"]
    if len(pairs) and role != "pair":
        typer.echo("\nBest cells")
        n_cells = finished.run.n_first("pair")
        cells = Records.of(pairs.head(min(top, CELLS_SHOWN)))
        printing.ranking(ranking_view(cells, is_of_pairs=True, n_first=n_cells), 0)
    printing.table(finished.summary)
    typer.echo(f"report: {finished.run.path / 'report.html'}")


@app.command()
def work(
    run: Annotated[Path, typer.Argument(help="Run folder of a screen that another process runs, or is to run.")],
    wait: Annotated[float, typer.Option(min=0.0, help="Seconds without work after which this process ends.")] = 600.0,
    parent: Annotated[int | None, typer.Option(hidden=True, min=1)] = None,
) -> None:
    """Help with a screen that runs elsewhere, such as on another node.

    For clusters: start it on any machine that reaches the run folder, before or while the screen runs.
    """
    from ssbscreen.screening.worker import help_with

    n = help_with(run, parent, wait)
    printing.note(f"{n} shards of '{run}' done")
