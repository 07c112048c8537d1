"""The verb of the second stage: calculate the leaders of a run and rank again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli import checks, printing
from ssbscreen.cli.data import LabelDevice
from ssbscreen.cli.options import WideOption, keys_of
from ssbscreen.cli.ranking import opened
from ssbscreen.core.errors import UsageError

app = typer.Typer()
DEFAULT_STEPS = "order,relax,hull,phonons,elastic,diffusion"


@app.command()
def refine(
    run: Annotated[Path | None, typer.Argument(help="Run folder; the newest finished one by default.")] = None,
    top: Annotated[
        int, typer.Option(min=1, help="Best candidates that enter: a crystal structure is there or can be built.")
    ] = 50,
    steps: Annotated[
        str,
        typer.Option(
            metavar="LIST",
            help=f"Some of {DEFAULT_STEPS.replace(',', ', ')}, joined by commas, and what these need. Default: all.",
            show_default=False,
        ),
    ] = DEFAULT_STEPS,
    config: Annotated[
        Path | None,
        typer.Option(
            help="YAML with keys of configs/refine.yaml; refine_quick.yaml is to try it, refine_gpu.yaml for a GPU."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder of the new ranking; RUN-refined by default.")] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="K/N", help="Compute the K-th of N parts only; then once more without it, to rank."),
    ] = None,
    device: Annotated[
        LabelDevice, typer.Option(help="Where the potential runs.", callback=checks.device)
    ] = LabelDevice.cpu,
    wide: WideOption = False,
) -> None:
    """Calculate the best candidates of a run and rank again.

    Steps, with a pretrained interatomic potential: orderings, relaxation, distance to the hull, soft modes, moduli and
    diffusion, each on those that the steps before let through. Results are kept in RUN.calculated, and a stopped call
    resumes. Diffusion takes one to two hours of a core a candidate by the default settings, the other steps minutes.
    Needs the extra `foundation`.
    """
    checks.file(config, "--config")
    part = parsed_shard(shard)
    from ssbscreen.calculation.refine_settings import load_refine_settings, steps_of

    settings, wanted = load_refine_settings(config), steps_of(keys_of([steps]))
    folder = opened(run)
    from ssbscreen.app.refine import refine_run

    with printing.progress_bar() as report:
        found = refine_run(folder, settings, wanted, top, report, out=out, device=device.value, shard=part)
    counts = found.funnel.drop(columns="why").round({"core_hours": 3})
    printing.table(counts, title="How many entered, left, or got nothing", is_wide=wide)
    for step, why in found.funnel.loc[found.funnel["why"] != "", ["step", "why"]].values:
        printing.note(f"{step}: {why}")
    printing.note(f"{found.n_new} results computed, {found.n_kept} found finished; all in {found.folder}")
    if found.run is not None:
        printing.note(f"{len(found.values)} values; ranked again in {found.run.path}")
        printing.note(f"what moved: ssbscreen diff {folder.path} {found.run.path}")
    elif part[1] > 1:
        printing.note(f"part {part[0]} of {part[1]} is finished; run it once more without --shard to rank")
    else:
        printing.note("not one value came out, so the ranking stands as it is")


def parsed_shard(given: str | None) -> tuple[int, int]:
    """Number and count of a shard.

    Raises:
        UsageError: it is none.
    """
    if given is None:
        return 1, 1
    found = re.fullmatch(r"(\d+)/(\d+)", given)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard '{given}' is no part; give K/N with K from 1 to N, as 2/4.")
    return int(found[1]), int(found[2])
