"""The main job: candidates, predictions, hulls, criteria, ranking, report; one stage after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssbscreen.files.lock import only_writer
from ssbscreen.query.store import RunFolder
from ssbscreen.screening.cells import cells_of
from ssbscreen.screening.evidence import weigh_pool
from ssbscreen.screening.gate import gate
from ssbscreen.screening.hulls import hulls_of
from ssbscreen.screening.materials import materials_of
from ssbscreen.screening.pool import read_pool
from ssbscreen.screening.predict import clear, predict_pool, predictable
from ssbscreen.screening.rank import rank_pool
from ssbscreen.screening.reactions import reactions_of
from ssbscreen.screening.references import load_reference, references_of
from ssbscreen.screening.report import Results, write_run
from ssbscreen.screening.settings import Plan, Progress, Settings, make_plan
from ssbscreen.screening.track import track
from ssbscreen.screening.yardsticks import yardsticks_of


@dataclass(frozen=True)
class Finished:
    """A finished screen.

    Attributes:
        run: its folder.
        n_ranked: candidates with a rank.
        summary: counts of every stage, for people.
    """

    run: RunFolder
    n_ranked: int
    summary: pd.DataFrame


def run_screen(settings: Settings, inputs: Sequence[str], out: Path, progress: Progress) -> Finished:
    """Screen candidates and write a run folder; a killed run resumes when called again.

    Args:
        settings: of the run.
        inputs: files, folders and named sets; the starter pool when empty.
        out: run folder.
        progress: called with stage, done and total.

    Raises:
        UsageError: a name or key that does not exist, or another screen is writing to the folder.
        InputError: there are no models, or nothing is left to rank.
    """
    with only_writer(out):
        finished, counts = _screened(make_plan(settings, inputs, out, progress))
    track(finished.run, settings, counts)
    return finished


def _screened(plan: Plan) -> tuple[Finished, dict[str, int]]:
    """All stages up to the finished run folder, and the counts of each."""
    predictable()  # says early that there are no models
    references = references_of(load_reference(plan.settings.reference))
    pool = read_pool(plan)
    gated = gate(pool.candidates, plan.screen)
    predictions = predict_pool(plan, gated.candidates)
    materials = materials_of(gated.candidates, predictions.by_property["formation_energy"].mean)
    weighed = weigh_pool(plan, gated, predictions, materials)
    hulls = hulls_of(plan, gated, predictions, references, materials)
    yardsticks = yardsticks_of(plan, gated, materials, references)
    ranked = rank_pool(plan, gated.facts, weighed, hulls, materials, yardsticks)
    cells = cells_of(plan, gated.candidates, hulls, ranked, references.library)
    reactions = reactions_of(plan, gated.candidates, hulls, ranked, cells, references)
    results = Results(pool, gated, predictions, weighed.sheet, hulls, ranked, cells, reactions, references.title)
    run, counts = write_run(plan, results), results.counts()
    clear(plan.out)
    table = pd.DataFrame(counts.items(), columns=["stage", "candidates"])
    return Finished(run, ranked.ranking.n_ranked, table), counts
