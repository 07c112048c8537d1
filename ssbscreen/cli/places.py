"""Verbs on the installation: where things are kept, whether everything is there, and a folder to begin in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.cli.options import JsonOption
from ssbscreen.core.errors import unknown

app = typer.Typer()


@app.command()
def where(
    what: Annotated[
        str | None, typer.Argument(help="One of the names of the table; its place alone is printed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Where files are kept.

    And which environment variable moves each.
    """
    from ssbscreen.app.places import places

    found = {place.name: place for place in places()}
    if what is None:
        if not (as_json and printing.as_json([asdict(place) for place in found.values()])):
            printing.records(found.values(), order=("name", "place", "variable"))
        return
    if what not in found:
        raise unknown("place", what, found)
    typer.echo(found[what].place)


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Check the installation.

    Packages, device, models, data and folders, and how to get what is missing. Exit 1 if something needed is missing.
    """
    from ssbscreen.app.doctor import State, examine

    found = list(examine())
    if not (as_json and printing.as_json([asdict(one) for one in found])):
        for one in found:
            remedy = f" -> {one.remedy}" if one.remedy else ""
            printing.parts([f"{one.what:<26} {one.state.value:<7} {one.detail}{remedy}"])
        broken = sum(one.state is State.BROKEN for one in found)
        absent = sum(one.state is State.ABSENT for one in found)
        verdict = f"{broken} must be mended" if broken else "everything needed is there"
        printing.note(f"{len(found)} checks: {verdict}; {absent} optional parts are absent")
    if any(one.state is State.BROKEN for one in found):
        raise typer.Exit(1)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to write into; made where it does not exist.")] = Path(),
) -> None:
    """Write example tables and settings to start from."""
    from ssbscreen.app.start import CANDIDATES, SETTINGS, begin

    for file in begin(folder):
        typer.echo(f"wrote {file}")
    given = f"--candidates {folder / CANDIDATES} --config {folder / SETTINGS}"
    printing.note(f"change them, then: ssbscreen screen {given}")
