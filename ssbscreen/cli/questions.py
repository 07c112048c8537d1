"""Verbs that answer one question in seconds: the window of a material, the contact of a pair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.cli.options import JsonOption, PlotOption, Reference, ReferenceOption, WideOption

app = typer.Typer()


@app.command()
def window(
    material: Annotated[str, typer.Argument(help="Formula, or a name such as LLZO, LGPS, LATP.")],
    plot: PlotOption = None,
    reference: ReferenceOption = Reference.auto,
    energy: Annotated[
        float | None,
        typer.Option(
            help="Formation energy of the material, eV/atom, on the scale of the reference, as `predict` gives it."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Electrochemical window and reactions of one material.

    Its equilibria at every voltage, on lithium and in air; no run is needed.
    """
    from ssbscreen.app import questions
    from ssbscreen.query.answer_text import window_text
    from ssbscreen.screening.hulls.references import load_reference

    answer = questions.window(material, load_reference(reference.value), energy)
    if as_json:
        from ssbscreen.interface.answers import Window

        printing.as_json(Window(answer).record)
    else:
        printing.parts(window_text(answer))
    if plot is not None:
        from ssbscreen.query.answer_figures import plot_window

        plot_window(answer, plot)
        typer.echo(f"wrote {plot}", err=as_json)


@app.command()
def pair(
    electrolyte: Annotated[str, typer.Argument(help="Formula or name, or a pair id such as 'Li6PS5Cl|NMC811'.")],
    cathode: Annotated[str | None, typer.Argument(help="Formula or name, such as NMC811, LFP, LiCoO2.")] = None,
    coating: Annotated[
        str | None, typer.Option(help="Formula of a film between them; without one the best is looked for.")
    ] = None,
    catholyte: Annotated[
        str | None, typer.Option(help="Formula of a second electrolyte on the side of the cathode, such as Li3YCl6.")
    ] = None,
    coatings_of: Annotated[
        Path | None,
        typer.Option("--coatings-of", help="Run folder whose ranked coatings are tried instead of the default list."),
    ] = None,
    plot: PlotOption = None,
    reference: ReferenceOption = Reference.auto,
    wide: WideOption = False,
    as_json: JsonOption = False,
) -> None:
    """Reactions of an electrolyte with a cathode.

    And the coating or second electrolyte that helps most; no run is needed.
    """
    from ssbscreen.app import questions
    from ssbscreen.query.answer_text import pair_text
    from ssbscreen.screening.hulls.references import load_reference

    answer = questions.pair(
        electrolyte, cathode, coating, load_reference(reference.value), questions.run_coatings(coatings_of), catholyte
    )
    if as_json:
        from ssbscreen.interface.answers import Pair

        printing.as_json(Pair(answer).record)
    else:
        printing.parts(pair_text(answer, is_wide=wide))
    if plot is not None:
        from ssbscreen.query.answer_figures import plot_pair

        plot_pair(answer, plot)
        typer.echo(f"wrote {plot}", err=as_json)
