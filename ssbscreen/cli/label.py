"""Verb that calculates labels with a pretrained potential."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import printing
from ssbscreen.core.errors import UsageError

app = typer.Typer()


class PotentialOption(StrEnum):
    """Pretrained potentials of the extra `foundation`."""

    sevenn_l3i5 = "sevenn-l3i5"
    sevenn = "sevenn"
    chgnet = "chgnet"


class LabelDevice(StrEnum):
    """Where the potential runs."""

    cpu = "cpu"
    cuda = "cuda"


@app.command()
def label(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Structure files, folders, tables or named sets; ordered crystals are calculated, others set aside."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Table of measurements to write: .csv or .json.")],
    property: Annotated[
        str, typer.Option(help="Comma-separated: bulk_modulus, shear_modulus, density (or volume), formation_energy.")
    ] = "bulk_modulus,shear_modulus,density,formation_energy",
    potential: Annotated[PotentialOption, typer.Option(help="Pretrained potential.")] = PotentialOption.sevenn_l3i5,
    max_atoms: Annotated[int, typer.Option(min=1, help="Atoms of a primitive cell at most.")] = 40,
    max_seconds: Annotated[
        float, typer.Option(min=1.0, help="For the relaxation and for the tensor of a candidate, each.")
    ] = 300.0,
    device: Annotated[LabelDevice, typer.Option(help="Where the potential runs.")] = LabelDevice.cpu,
) -> None:
    """Calculate moduli, density and formation energy of candidates; goes on where an earlier call stopped."""
    from ssbscreen.calculation import labelling
    from ssbscreen.calculation.potentials import get_potential
    from ssbscreen.calculation.straining import Effort
    from ssbscreen.screening.pool import load_candidates

    keys = [key.strip() for key in property.split(",") if key.strip()]
    if not keys:
        raise UsageError(f"--property names nothing; give some of {', '.join(labelling.PROPERTIES)}.")
    labelling.check_request(keys, potential.value, out)  # before a large input is read
    records = load_candidates(inputs)
    with printing.progress_bar() as report:
        found = labelling.label(
            records.candidates,
            out=out,
            properties=keys,
            potential=potential.value,
            device=device.value,
            effort=Effort(max_atoms=max_atoms, max_seconds=max_seconds),
            progress=report,
            rejected=records.rejected,
        )
    earlier = f", {found.n_resumed} of them by an earlier call" if found.n_resumed else ""
    printing.note(
        f"{found.n_values} values of {found.n_candidates} candidates{earlier} in {found.out}; "
        f"{len(found.rejected)} set aside ({found.rejected_path})"
    )
    used = get_potential(potential.value)
    printing.note(f"{used.title} ({used.licence}, doi {used.cite}), taught by {used.trained_on}")
    printing.note(f"bring them in with: ssbscreen data import {found.out} --as measurements")
