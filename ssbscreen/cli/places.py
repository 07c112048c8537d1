"""The verb that says where things are kept."""

from __future__ import annotations

from typing import Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.core.errors import unknown

app = typer.Typer()


@app.command()
def where(
    what: Annotated[
        str | None, typer.Argument(help="One of the names of the table; its place alone is printed.")
    ] = None,
) -> None:
    """Say where things are kept, and which environment variable moves each."""
    from ssbscreen.app.places import places

    found = {place.name: place for place in places()}
    if what is None:
        printing.records(found.values())
        return
    if what not in found:
        raise unknown("place", what, found)
    typer.echo(found[what].place)
