"""Verb that says what to test next."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.cli.models import SeedOption
from ssbscreen.cli.screen import Format, RunOption

app = typer.Typer()


class BudgetOption(StrEnum):
    """What can be paid for."""

    measurements = "measurements"
    calculations = "calculations"


@app.command()
def suggest(
    n: Annotated[int, typer.Option("--n", min=1, help="Tests in the batch.")] = 10,
    run: RunOption = None,
    budget: Annotated[BudgetOption, typer.Option(help="What can be paid for.")] = BudgetOption.measurements,
    shortlist: Annotated[int, typer.Option(min=1, help="Best candidates whose summed score is to grow.")] = 10,
    format: Annotated[Format, typer.Option("--format", help="How the batch is printed.")] = Format.table,
    seed: SeedOption = None,
) -> None:
    """What to measure or calculate next, on which candidate, and why. Costs: configs/tests_cost.yaml."""
    from ssbscreen.core.number_text import number
    from ssbscreen.query.store import open_run
    from ssbscreen.screening.suggest import suggest as choose_tests

    found = choose_tests(open_run(run, Path("runs")), n, budget.value, shortlist=shortlist, seed=seed or 0)
    if format is Format.csv:
        typer.echo(found.table.to_csv(index=False), nl=False)
        return
    if format is Format.json:
        typer.echo(found.table.to_json(orient="records", double_precision=12))
        return
    view = found.table.copy()
    view["cost"], view["gain"] = view["cost"].map("{:,g}".format), view["gain"].map(number)
    shown = view[["candidate_id", "test", "cost", "gain", "reason", "then"]] if len(view) else view
    printing.table(
        shown.rename(columns={"cost": f"cost / {found.unit}"}),
        title=f"{len(view)} tests for the best {found.shortlist}; `then`: what follows if it goes well, "
        "cheap and decisive first",
    )
    printing.note(
        f"out of {found.n_candidates} candidates with the highest upper scores; gain is the expected growth "
        f"of the summed score of the best {found.shortlist}; {found.n_known} tests left out because their "
        "result is on record"
    )
