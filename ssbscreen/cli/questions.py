"""Verbs that answer one question in seconds: the window of a material, the contact of a pair."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ssbscreen.app.questions import Contact, PairAnswer, WindowAnswer

app = typer.Typer()


class Reference(StrEnum):
    """Competing phases."""

    auto = "auto"
    embedded = "embedded"
    mp = "mp"
    mp_api = "mp_api"


ReferenceOption = Annotated[
    Reference,
    typer.Option(
        help="Competing phases: mp (fetched Materials Project set), mp_api "
        "(with your own key), embedded (measured enthalpies); auto takes "
        "mp when it can be reached."
    ),
]
PlotOption = Annotated[Path | None, typer.Option("--plot", help="Picture to write, such as window.png.")]


@app.command()
def window(
    material: Annotated[str, typer.Argument(help="Formula, or a name such as LLZO, LGPS, LATP.")],
    plot: PlotOption = None,
    reference: ReferenceOption = Reference.auto,
    energy: Annotated[
        float | None,
        typer.Option(
            help="Its formation energy on the scale of the reference, eV/atom, such as the one that `predict` gives."
        ),
    ] = None,
) -> None:
    """Electrochemical window of a material, its equilibria at every voltage, on lithium and in air."""
    from ssbscreen.app import questions
    from ssbscreen.screening.references import load_reference

    answer = questions.window(material, load_reference(reference.value), energy)
    _print_window(answer)
    if plot is not None:
        from ssbscreen.app.question_figures import plot_window

        plot_window(answer, plot)
        typer.echo(f"wrote {plot}")


@app.command()
def pair(
    electrolyte: Annotated[str, typer.Argument(help="Formula or name, or a pair id such as 'Li6PS5Cl|NMC811'.")],
    cathode: Annotated[str | None, typer.Argument(help="Formula or name, such as NMC811, LFP, LiCoO2.")] = None,
    coating: Annotated[
        str | None, typer.Option(help="Formula of a film between them; without one the best is looked for.")
    ] = None,
    coatings_of: Annotated[
        Path | None,
        typer.Option("--coatings-of", help="Run folder whose ranked coatings are tried instead of the default list."),
    ] = None,
    plot: PlotOption = None,
    reference: ReferenceOption = Reference.auto,
) -> None:
    """Reactions of an electrolyte with a cathode, lithiated and half-lithiated, and the coating that helps most."""
    from ssbscreen.app import questions
    from ssbscreen.screening.references import load_reference

    answer = questions.pair(
        electrolyte, cathode, coating, load_reference(reference.value), questions.run_coatings(coatings_of)
    )
    _print_pair(answer)
    if plot is not None:
        from ssbscreen.app.question_figures import plot_pair

        plot_pair(answer, plot)
        typer.echo(f"wrote {plot}")


def _print_window(answer: WindowAnswer) -> None:
    import numpy as np

    from ssbscreen.cli.printing import rows
    from ssbscreen.physics.lithium_interphase import describe

    profile, limits = answer.profile, answer.profile.stability
    typer.echo(
        f"{answer.material.title}: window {limits.reduction_limit[0]:.2f} to "
        f"{limits.oxidation_limit[0]:.2f} V against Li/Li+"
    )
    if profile.energy_from != "hull":
        distance = float(limits.hull_distance[0])
        word = "above" if distance >= 0.0 else "below"
        typer.echo(
            f"{abs(distance) * 1000:.0f} meV/atom {word} the hull of its competing phases (energy: "
            f"{profile.energy_from})"
        )
    typer.echo(f"reference: {profile.reference}\n")
    table = [
        [
            f"{step.low:.2f} - " + ("" if step.high == float("inf") else f"{step.high:.2f}"),
            f"{step.li_exchange:+.2f}" if abs(step.li_exchange) > 5e-3 else "0",
            f"{profile.decomposition_energy(np.array([step.low]))[0]:.3f}",
            step.reaction.text(),
        ]
        for step in profile.steps
    ]
    rows(
        ["V against Li/Li+", "Li per formula", "eV/atom", "reaction"],
        table,
        title="Equilibrium at each voltage; energy at the lower end",
    )
    outcome = answer.outcome
    if outcome.p_stable[0] == outcome.p_stable[0]:
        typer.echo(
            f"on lithium metal: stable {outcome.p_stable[0]:.0%}, self-passivating "
            f"{outcome.p_passivating[0]:.0%}, mixed-conducting {outcome.p_mixed_conducting[0]:.0%}"
        )
        typer.echo(f"products and whether they conduct electrons: {describe(outcome.products[0])}")
        ratio = float(outcome.volume_per_atom[0]) / answer.volume
        typer.echo(
            f"per volume of electrolyte: products {ratio:.2f} (Pilling-Bedworth), lithium consumed "
            f"{float(outcome.li_consumed(np.array([answer.volume]))[0]):.2f} (volume estimated from elements)"
        )
    if answer.air is not None:
        gases = ", ".join(f"{mg:.0f} mg/g {gas}" for gas, mg in answer.air.mg_per_g.items())
        typer.echo(
            f"in humid air: {answer.air.reaction.text()} ({answer.air.energy:.2f} eV per formula"
            + (f"; sets free {gases})" if gases else ")")
            if not answer.air.reaction.is_nothing
            else "in humid air: no reaction"
        )
    for remark in answer.remarks:
        typer.echo(f"note: {remark}")


def _print_pair(answer: PairAnswer) -> None:
    from ssbscreen.cli.printing import rows

    between = f" with {answer.coating.title} between" if answer.coating else ""
    typer.echo(f"{answer.electrolyte.title} and {answer.cathode.title}{between}")
    typer.echo(f"reference: {answer.contacts[0].diagram.reference}")
    typer.echo("energies in meV per atom of mixture; a material's own decomposition is not counted\n")
    for contact in answer.contacts:
        _print_contact(contact)
    if answer.sintering:
        typer.echo(
            "strongest reaction while sintering in air, with the lithiated cathode: "
            + ", ".join(f"{_milli(energy)} meV/atom at {celsius:.0f} C" for celsius, energy in answer.sintering)
        )
    if answer.coatings:
        table = [
            [
                c.formula,
                _milli(c.with_electrolyte),
                _milli(c.with_cathode),
                f"{c.reduction_limit:.2f} - {c.oxidation_limit:.2f}",
            ]
            for c in answer.coatings[:6]
        ]
        rows(
            ["coating", "with the electrolyte", "with the cathode", "own window, V"],
            table,
            title=f"Best of {len(answer.coatings)} coatings by the stronger of the two reactions, meV/atom",
        )
    for remark in answer.remarks:
        typer.echo(f"note: {remark}")


def _print_contact(contact: Contact) -> None:
    from ssbscreen.cli.printing import rows

    diagram = contact.diagram
    table = [
        [f"{x:.2f}", _milli(energy) + (" *" if k == diagram.worst and energy < -5e-4 else ""), reaction.text()]
        for k, (x, energy, reaction) in enumerate(
            zip(diagram.mole_fraction, diagram.mutual_energy, diagram.reactions, strict=True)
        )
    ]
    rows(
        [f"mole fraction {diagram.a}", "meV/atom", "reaction"],
        table,
        title=f"{contact.title}: {_milli(diagram.reaction_energy)} meV/atom",
    )


def _milli(energy: float) -> str:
    """Thousandths, without a minus before a rounded zero."""
    return f"{round(energy * 1000.0) + 0:d}"
