"""The verb on what to measure next: which tests, or how many cells tell two electrolytes apart."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.cli.options import (
    ColumnsOption,
    Format,
    FormatOption,
    JsonOption,
    RunOption,
    SeedOption,
    WideOption,
    format_of,
    keys_of,
)
from ssbscreen.cli.ranking import opened
from ssbscreen.core.errors import UsageError

if TYPE_CHECKING:
    from ssbscreen.query.store import RunFolder

app = typer.Typer()


class BudgetOption(StrEnum):
    """What can be paid for."""

    measurements = "measurements"
    calculations = "calculations"


@app.command()
def suggest(
    n: Annotated[int, typer.Option("--n", min=1, help="Tests in the batch.")] = 10,
    run: RunOption = None,
    budget: Annotated[
        BudgetOption, typer.Option(help="Kind of tests: measurements cost person-days, calculations core-hours.")
    ] = BudgetOption.measurements,
    shortlist: Annotated[int, typer.Option(min=1, help="Best candidates whose summed worth is to grow.")] = 10,
    pending: Annotated[
        str | None,
        typer.Option(
            metavar="FILE_OR_KEYS",
            help="Tests under way: CANDIDATE=TEST (CANDIDATE alone: its next test), joined by commas, or a CSV file "
            "with columns candidate_id and test.",
        ),
    ] = None,
    power: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="A B", help="Instead of a batch: how many cells and laboratories it takes to tell these two apart."
        ),
    ] = None,
    property: Annotated[
        str | None, typer.Option("--property", metavar="KEYS", help="With --power: of these properties alone.")
    ] = None,
    format: FormatOption = Format.table,
    seed: SeedOption = None,
    columns: ColumnsOption = None,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """What to measure or calculate next, and why.

    Costs stand in configs/tests_cost.yaml; put those of your laboratory there.
    """
    format = format_of(format, as_json)
    if power is not None:
        _compare_cells(opened(run), power, keys_of([property or ""]), format, is_wide=wide)
        return
    if property is not None:
        raise UsageError("--property belongs to --power A B; tests are chosen by what they are worth.")
    from ssbscreen.screening.suggestions.pending import pending_tests
    from ssbscreen.screening.suggestions.suggest import suggest

    under_way = pending_tests(pending)
    found = suggest(opened(run), n, budget.value, shortlist=shortlist, seed=seed or 0, pending=under_way)
    if printing.machine_readable(found.table, format):
        return
    printing.table(
        found.readable(),
        columns=columns,
        is_wide=wide,
        title=f"{len(found.table)} tests for the best {found.shortlist}, cheap and decisive first",
    )
    if not len(found.table):
        printing.note(
            f"no result of these {budget.value} would change which are the best {found.shortlist} of "
            f"{found.n_candidates}; with a smaller --shortlist they have to be told apart more finely"
        )
    if len(found.families):
        typer.echo()
        printing.table(found.readable_families(), title="What would help a family as a whole")
    printing.note(
        f"out of {found.n_candidates} candidates with the highest upper scores; gain is the expected growth "
        f"of the summed worth of the best {found.shortlist}, worth the mean over the draws (the score, their geometric "
        f"mean, is lower the more is in doubt); `then` says what follows if a test goes well; {found.n_known} tests "
        "left out because their result is on record; of a family without a measured conductivity one member at a time"
    )


def _compare_cells(
    folder: RunFolder, names: tuple[str, str], keys: list[str], format: Format, *, is_wide: bool
) -> None:
    """Print how many cells tell two candidates apart."""
    from ssbscreen.query.lookup import find
    from ssbscreen.query.power import ASKED_FOR, compared, power_table

    frame = folder.ranking()
    first, second = (find(frame, name).iloc[0] for name in names)
    table = power_table(compared(first, second, keys), names)
    if printing.machine_readable(table, format):
        return
    printing.table(
        table, title=f"{first['candidate_id']} and {second['candidate_id']}", order=ASKED_FOR, is_wide=is_wide
    )
    printing.note(
        "two-sided test, 5 % false alarms, 80 % power, if the medians are the truth; one laboratory speaks of its own "
        "samples, several of the material"
    )
