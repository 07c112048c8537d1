"""The main job: candidates, predictions, hulls, criteria, ranking, report; one stage after the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.memory import give_back
from ssbscreen.engine.jobs import withdraw
from ssbscreen.engine.workers import ALONE, Workers, started
from ssbscreen.files.lock import only_writer
from ssbscreen.prediction.loaded_model import release_models
from ssbscreen.query.finished_run import STAGED, UNFINISHED
from ssbscreen.query.last_run import note
from ssbscreen.screening.candidates.pool import read_pool
from ssbscreen.screening.cells import cells_of
from ssbscreen.screening.contacts.contact_shards import ask_for_contacts
from ssbscreen.screening.contacts.usual_contacts import ask_for_usual, contacts_wanted, with_usual_contacts
from ssbscreen.screening.evidence.calculated_values import keep_funnel
from ssbscreen.screening.finished import Finished, begin, end, finished_before
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.screening.identity import Identity, bring_evidence, identity_of
from ssbscreen.screening.large_pools.first_pass import first_pass
from ssbscreen.screening.predict import predictable
from ssbscreen.screening.rank import rank_pool
from ssbscreen.screening.reactions import reactions_of
from ssbscreen.screening.reference_materials import reference_materials_of
from ssbscreen.screening.report import Results, write_page, write_tables
from ssbscreen.screening.settings import Plan, Progress, Settings, make_plan
from ssbscreen.screening.stages import staged
from ssbscreen.screening.track import track


def run_screen(
    settings: Settings,
    inputs: Sequence[str],
    out: Path,
    progress: Progress,
    *,
    is_forced: bool = False,
    workers: Workers = ALONE,
) -> Finished:
    """Screen candidates and write a run folder; a killed run resumes when called again, a finished one is read.

    Args:
        settings: of the run.
        inputs: files, folders and named sets; the starter pool when empty.
        out: run folder.
        progress: called with stage, done and total.
        is_forced: whether a finished run in the folder is replaced.
        workers: processes that share the work; they change no byte of the result.

    Raises:
        UsageError: a name or key that does not exist, another screen is writing to the folder, or the folder holds a
            finished run of other input.
        InputError: there are no models, or nothing is left to rank.
    """
    plan = make_plan(settings, inputs, out, progress)
    with only_writer(out):
        finished = finished_before(plan, is_forced=is_forced) or _screened(plan, workers)
    note(finished.run.path)
    if finished.is_new:
        give_back()  # the stages are over, and what tracks a run is large
        track(finished.run, settings, finished.counts)
    return finished


def _screened(plan: Plan, workers: Workers) -> Finished:
    """All stages up to the finished run folder."""
    identity, counts = _tabled(plan, workers)
    give_back()  # the page is made of the tables alone, when nothing else is held any more
    run = write_page(plan, identity, counts)
    end(plan)
    return Finished(run, counts, is_new=True)


def _tabled(plan: Plan, workers: Workers) -> tuple[Identity, dict[str, int]]:
    """All stages up to the tables: what they depend on, and candidates left after every stage."""
    withdraw(plan.out / UNFINISHED)
    with started(workers, plan.out):
        return _staged(plan)


def _staged(plan: Plan) -> tuple[Identity, dict[str, int]]:
    predictable()  # says early that there are no models
    references = references_of(load_reference(plan.settings.reference))
    whole = read_pool(plan) if plan.settings.first_pass is None else None
    bring_evidence(plan)
    identity = identity_of(plan)  # after what had to be fetched was fetched
    begin(plan, identity)
    first = first_pass(plan, references) if whole is None else None
    pool = first.pool if first is not None else whole
    assert pool is not None
    give_back()
    found = staged(plan, pool, references)
    gated, hulls, materials = found.gated, found.hulls, found.materials
    asked = None
    if contacts_wanted(plan):
        asked = ask_for_usual(plan, gated.candidates, hulls.has_window, references)
        hulls = with_usual_contacts(plan, gated.candidates, hulls, references, asked)
    elif plan.screen.has_cells and len(gated.candidates) <= plan.settings.pairs.n_best:
        # all get cells: further processes begin with their contacts while this one ranks
        asked = ask_for_contacts(plan, gated.candidates, hulls.has_window, references)
    reference_materials = reference_materials_of(plan, gated, materials, references, found.weighed.values)
    release_models()
    give_back()
    ranked = rank_pool(plan, gated.facts, found.weighed, hulls, materials, reference_materials)
    give_back()
    cells = cells_of(plan, gated.candidates, hulls, ranked, references, asked)
    give_back()
    reactions = reactions_of(plan, gated.candidates, hulls, ranked, cells, references)
    results = Results(pool, found, ranked, cells, reactions, references.title, first)
    write_tables(plan, results)
    keep_funnel(plan.settings, plan.out / STAGED)
    return identity, results.counts()
