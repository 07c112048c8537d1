"""Options that several verbs share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import checks


class Device(StrEnum):
    """Where networks run."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class EvidenceOption(StrEnum):
    """What values may rest on."""

    best = "best"
    predicted = "predicted"


class Format(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


class Reference(StrEnum):
    """Competing phases."""

    auto = "auto"
    embedded = "embedded"
    measured = "measured"
    mp = "mp"
    mp_api = "mp_api"


DeviceOption = Annotated[Device, typer.Option(help="Where the networks run.", callback=checks.device)]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Overrides the seed of the configuration.")]
RunOption = Annotated[Path | None, typer.Option("--run", help="Run folder; the newest finished one by default.")]
ReferenceOption = Annotated[
    Reference,
    typer.Option(
        help="Competing phases: mp (fetched Materials Project set), mp_api "
        "(with your own key), embedded (the part of mp that hulls are made of, shipped), measured "
        "(enthalpies); auto takes mp when it can be reached, else embedded."
    ),
]
PlotOption = Annotated[
    Path | None, typer.Option("--plot", help="Picture to write, such as window.png.", callback=checks.picture)
]
ColumnsOption = Annotated[
    str | None, typer.Option("--columns", help="Columns to print, separated by commas, in this order.")
]
WideOption = Annotated[bool, typer.Option("--wide", help="All columns, however long the lines.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
FormatOption = Annotated[
    Format, typer.Option("--format", metavar="[table|csv]", help="How rows are printed; JSON by --json.")
]  # json is taken, too: scripts rely on it
RUNS = Path("runs")


def format_of(given: Format, as_json: bool) -> Format:
    """How rows are printed, after `--format` and `--json`."""
    return Format.json if as_json else given


def keys_of(given: list[str]) -> list[str]:
    """Names that were separated by commas or given several times."""
    return [key.strip() for part in given for key in part.split(",") if key.strip()]
