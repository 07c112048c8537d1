"""Verbs on models: train, evaluate, predict, and the list of what is shipped.

Over 300 lines since every verb carries its options, each with its help; the work is done in `app/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import checks, printing
from ssbscreen.cli.data import FINDINGS_ORDER
from ssbscreen.cli.options import ColumnsOption, Device, DeviceOption, EvidenceOption, SeedOption, WideOption, keys_of
from ssbscreen.core.errors import SsbscreenError, UsageError

RANKING = "ranking"  # evaluated beside models by its own name
SHOWN = 20  # rows of predictions that are printed
app = typer.Typer()


Names = Annotated[list[str] | None, typer.Argument(help="Names of models; all when none is given.")]


@app.command()
def train(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of models; all that are shipped when none is given.")
    ] = None,
    device: DeviceOption = Device.auto,
    seed: SeedOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder of models; models/ by default.")] = None,
    devices: Annotated[int, typer.Option(min=1, help="GPUs, or processes on a CPU, that share each training.")] = 1,
) -> None:
    """Train models.

    Data sets that cannot be reached are left out, and named. Each training is tracked as an MLflow run.
    """
    checks.configs("model", names or [])
    from ssbscreen.app import train as pipeline
    from ssbscreen.app.model_tables import score_table

    with printing.progress_bar() as report:
        results = pipeline.train(names or [], device=device.value, seed=seed, out=out, progress=report, devices=devices)
    trained = [r for r in results if r.card is not None]
    for result in results:
        if result.card is not None:
            printing.table(score_table(result.card), title=f"{result.card.title}: {result.card.protocol}")
        if result.problem:
            printing.note(f"{result.name}: {result.problem}")
    if not trained:
        raise SsbscreenError("No model was trained; see the reasons above.")


@app.command()
def tune(
    name: Annotated[str, typer.Argument(help="Name of a model.")],
    device: DeviceOption = Device.auto,
    trials: Annotated[int, typer.Option(min=1, help="Trials to add to the study.")] = 20,
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs of a trial; the config's by default.")] = None,
    test: Annotated[bool, typer.Option(help="Score the given and the found config on the test rows.")] = False,
) -> None:
    """Search better options for a model, with Optuna.

    Several processes may search at once, and a later call goes on. They share one study: a SQLite file among your own
    files, or what OPTUNA_STORAGE names (a database, or journal:///FILE). The best config is written beside it, as
    tuned/NAME_tuned.yaml.
    """
    checks.configs("model", [name])
    from ssbscreen.app import train as pipeline

    with printing.progress_bar() as report:
        tuned, path = pipeline.tune_model(
            name, n_trials=trials, epochs=epochs, device=device.value, progress=report, has_test=test
        )
    printing.note(
        f"{tuned.n_trials} trials, best validation loss {tuned.validation_loss:.4g}; wrote {path}; train it "
        f"with: ssbscreen train {path.stem}"
    )
    if tuned.test_loss_given is not None:
        printing.note(
            f"on test rows that the search never saw: {tuned.test_loss_given:.4g} as given, "
            f"{tuned.test_loss_best:.4g} as found"
        )


@app.command()
def evaluate(
    names: Names = None,
    device: DeviceOption = Device.auto,
    out: Annotated[Path, typer.Option(help="Folder for scores and reliability plots.")] = Path("runs/evaluate"),
    years: Annotated[
        str | None,
        typer.Option(
            help="With `ranking`: rank with the data published up to these years, such as 2012,2016 (a training and a "
            "screen each)."
        ),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            help="With `ranking`: a folder of earlier models, one folder each, by which the list is made once more. "
            "By default those that were active before a promotion."
        ),
    ] = None,
    refined: Annotated[
        Path | None,
        typer.Option(help="With `ranking`: a run that `refine` made, checked without and with what was calculated."),
    ] = None,
) -> None:
    """Score models on held-out data, or check the ranking.

    Models are scored beside the median, a plain baseline and published scores. `ssbscreen evaluate ranking` makes the
    default screen and compares it with known weaknesses and with outcomes measured in cells.
    """
    checks.configs("model", [name for name in names or [] if name != RANKING])
    from ssbscreen.app.evaluate import evaluate as score_again

    if refined is not None:
        if names != [RANKING]:
            raise UsageError("--refined belongs to `ssbscreen evaluate ranking` alone.")
        _evaluate_refined(refined, out / RANKING)
        return
    if names and RANKING in names:
        _evaluate_ranking(out / RANKING, earlier)
        if years:
            _rank_in_past(years, out / RANKING)
        names = [name for name in names if name != RANKING]
        if not names:
            return
    with printing.progress_bar() as report:
        evaluations = score_again(names or [], device.value, out, report)
    for evaluation in evaluations:
        printing.table(evaluation.table, title=evaluation.title)
        if len(evaluation.coverage):
            printing.table(evaluation.coverage)
        printing.note(f"wrote {evaluation.folder}")


def _evaluate_ranking(out: Path, earlier: Path | None) -> None:
    from ssbscreen.app.earlier_models import earlier_models
    from ssbscreen.app.evaluate_ranking import evaluate_ranking
    from ssbscreen.screening.settings import load_settings

    replaced = earlier_models(earlier)
    with printing.progress_bar() as report:
        found = evaluate_ranking(load_settings(), out, report, replaced)
    for check, rows in found.outcomes.groupby("check", sort=False):
        shown = (
            rows[["order", "value", "low", "high", "p_better"]]
            .round(2)
            .rename(columns={"p_better": "score is better in"})
        )
        printing.table(shown, title=f"{check}: {rows['statistic'].iat[0]}, {rows['n_materials'].iat[0]} materials")
    known = found.weaknesses
    missed = known[~known["is_limiting"]][["material", "limiting criterion", "lowest two", "is_among_lowest"]]
    printing.table(missed, title="known weaknesses that are not the limiting criterion")
    printing.note(
        f"known weakness is the limiting criterion of {known['is_limiting'].mean():.0%}, among the two lowest of "
        f"{known['is_among_lowest'].mean():.0%} of {len(known)} materials"
    )
    printing.table(found.stability.round(2), title="how much of the list stays")
    if not replaced:
        printing.note("no model has an earlier version here; --earlier takes a folder of them, as an older clone holds")
    printing.note(f"wrote {', '.join(found.tables)} into {found.folder}")


def _evaluate_refined(run: Path, out: Path) -> None:
    from ssbscreen.app.evaluate_ranking import MOVED, REFINED, evaluate_refined
    from ssbscreen.cli.ranking import opened

    with printing.progress_bar() as report:
        found = evaluate_refined(opened(run), out, report)
    for check, rows in found.outcomes.groupby("check", sort=False):
        own = rows[rows["order"] == "score"] if (rows["order"] == "score").any() else rows
        shown = own[["ranking", "order", "value", "low", "high"]].round(2)
        printing.table(shown, title=f"{check}: {rows['statistic'].iat[0]}, {rows['n_materials'].iat[0]} materials")
    for name in REFINED:
        own = found.weaknesses[found.weaknesses["ranking"] == name]
        printing.note(
            f"{name}: the known weakness is the limiting criterion of {own['is_limiting'].mean():.0%}, among the two "
            f"lowest of {own['is_among_lowest'].mean():.0%} of {len(own)} materials"
        )
    printing.note(
        f"the score of {found.n_moved} of {found.n_rows} rows moved by more than {MOVED:g}, at most by "
        f"{found.largest_move:.2g}; outcomes.csv and weaknesses.csv in {found.folder}"
    )


def _rank_in_past(years: str, out: Path) -> None:
    from ssbscreen.app.retrospective import rank_in_past
    from ssbscreen.screening.settings import load_settings

    try:
        numbers = [int(year) for year in years.split(",")]
    except ValueError:
        raise UsageError(f"--years takes years separated by commas, given '{years}'.") from None
    with printing.progress_bar() as report:
        found = rank_in_past(load_settings(), numbers, out / "retrospective", report)
    printing.table(found.round(3), title="where good conductors of later papers stand in a list made without them")


@app.command()
def predict(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Formula or name in use (LLZO), CIF, POSCAR, extxyz, pymatgen JSON, a folder of them, .jsonl(.gz) of "
            "structures, or a CSV.",
        ),
    ],
    properties: Annotated[
        list[str], typer.Option("--property", "-p", help="Property keys, separated by commas or given several times.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Table to write: .csv, .parquet or .json. Without it all rows are printed.")
    ] = None,
    structures: Annotated[
        Path | None,
        typer.Option(
            help="JSON lines with the structures that a CSV of electrode pairs names in id_charge and id_discharge."
        ),
    ] = None,
    evidence: Annotated[
        EvidenceOption,
        typer.Option(
            help="predicted gives what the models say; best puts measured and calculated values beside them and marks "
            "these in the columns model and note."
        ),
    ] = EvidenceOption.predicted,
    device: DeviceOption = Device.auto,
    seed: Annotated[int | None, typer.Option(help="Accepted for scripts; predictions draw nothing at random.")] = None,
    columns: ColumnsOption = None,
    wide: WideOption = False,
) -> None:
    """Predict properties of materials, with 90 % intervals.

    Every property that a model or a formula gives is served: mechanical, electrochemical and cell quantities too,
    under the conditions of the default profile. What cannot be read goes to `.rejected.csv` with its reason.
    """
    checks.properties(keys_of(properties))
    if out is not None:
        checks.output(out, (".csv", ".parquet", ".json"))
    checks.file(structures, "--structures")
    checks.inputs(inputs)
    from ssbscreen.app import predict as predicting

    with printing.progress_bar() as report:
        outcome = predicting.predict_files(
            inputs,
            keys_of(properties),
            out,
            device=device.value,
            structures=structures,
            evidence=evidence.value,
            progress=report,
        )
    rows = outcome.readable()
    printing.table(rows if out is None else rows.head(SHOWN), columns=columns, is_wide=wide)
    if out is None:
        for one in outcome.rejected:
            printing.note(f"rejected: {one.input}: {one.reason}")
    elif len(rows) > SHOWN:
        printing.note(f"the first {SHOWN} of {len(rows)} rows; {out} holds all")
    printing.note(
        f"{outcome.n_predicted} of {outcome.n_candidates} candidates predicted, {outcome.n_rejected} rejected"
        + (f"; wrote {out} and {outcome.rejected_path}" if out is not None else "")
    )


@app.command()
def retrain(
    data: Annotated[Path, typer.Option(help="Table of measurements (see `ssbscreen data template`).")],
    model: Annotated[list[str] | None, typer.Option(help="Model to challenge; all concerned by default.")] = None,
    margin: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="By which share of the champion's error a challenger may be worse and still count as not worse.",
        ),
    ] = 0.02,
    accept_suspected: Annotated[
        bool, typer.Option("--accept-suspected", help="Take a table that contradicts what is known.")
    ] = False,
    device: DeviceOption = Device.auto,
    seed: SeedOption = None,
) -> None:
    """Import measurements and retrain models on them.

    A retrained model becomes active only if it is not worse on test rows that neither model has seen.
    """
    checks.file(data, "--data")
    checks.configs("model", model or [])
    from ssbscreen.app import retrain as retraining

    with printing.progress_bar() as report:
        ingested, results = retraining.retrain(
            data,
            names=model or [],
            margin=margin,
            accept_suspected=accept_suspected,
            device=device.value,
            seed=seed,
            progress=report,
        )
    checked = ingested.checked
    if len(checked.findings) and not ingested.was_known:
        printing.table(checked.findings, title="new values beside what is known", order=FINDINGS_ORDER, flows=True)
    printing.note(
        f"the table was imported before, as {ingested.version.name}"
        if ingested.was_known
        else f"{len(checked.kept)} of {checked.n_read} values kept as {ingested.version.name}, "
        f"{len(checked.rejected)} rejected ({checked.rejected_path})"
    )
    for result in results:
        for line in result.drift:
            printing.note(line.text)
        if result.decision is not None:
            for reason in result.decision.reasons:
                printing.note(reason)
            outcome = (
                f"promoted as {result.version}"
                if result.decision.is_promoted
                else "the champion stays; the measurements are kept (`ssbscreen data undo` takes them back)"
            )
            printing.note(f"{result.name}: {outcome} ({result.seconds:.0f} s)")
