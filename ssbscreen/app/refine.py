"""The second stage of a screen: its leaders calculated with a pretrained potential, and the ranking made again."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ssbscreen.calculation.batched import ENGINE
from ssbscreen.calculation.refine_settings import RefineSettings, StepName
from ssbscreen.calculation.refined_values import FUNNEL as STEP_COLUMNS
from ssbscreen.calculation.refined_values import account_table, funnel_table, values_table
from ssbscreen.calculation.refinement import Leader, refine
from ssbscreen.calculation.steps import check_size
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.files.lock import only_writer
from ssbscreen.files.writing import write_table, write_text
from ssbscreen.generation.structure_type import crystal_in_type
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.processing import processing_temperatures
from ssbscreen.query.store import ACCOUNT, FUNNEL, RunFolder
from ssbscreen.screening.candidates.pool import read_pool
from ssbscreen.screening.evidence.calculated_values import VALUES, soft_frameworks
from ssbscreen.screening.hulls.references import load_reference
from ssbscreen.screening.screen import run_screen
from ssbscreen.screening.settings import Progress, Settings, load_settings, make_plan

log = logging.getLogger(__name__)
_N_NAMED = 5
_SHORTLIST = "shortlist"


@dataclass(frozen=True)
class Refinement:
    """Outcome of `refine`.

    Attributes:
        folder: of the tables and the finished steps.
        funnel: one row a step.
        account: one row a candidate and step.
        values: with their noise.
        n_new, n_kept: results computed by this call, and found finished.
        run: ranked again; None for a shard, or where nothing came out that counts.
    """

    folder: Path
    funnel: pd.DataFrame
    account: pd.DataFrame
    values: pd.DataFrame
    n_new: int
    n_kept: int
    run: RunFolder | None


def refine_run(
    run: RunFolder,
    given: RefineSettings,
    steps: Sequence[StepName],
    top: int,
    progress: Progress,
    *,
    out: Path | None = None,
    device: str = "cpu",
    shard: tuple[int, int] = (1, 1),
    calculators: dict[str, Any] | None = None,
) -> Refinement:
    """Calculate the best of a run and rank its pool again with what came out.

    Every finished step of a candidate lies in a file of its own in `<run>.calculated/`, so that the same call goes on
    where it was stopped; the ranking goes to `<run>-refined`.

    Args:
        run: finished.
        given: settings of the steps.
        steps: in their order.
        top: best candidates that enter: those with a crystal, or with one that can be built, of a size allowed.
        progress: called with stage, done and total.
        out: run folder of the new ranking; `<run>-refined` when None.
        device: "cpu" or "cuda".
        shard: number and count of several processes; a shard computes and does not rank.
        calculators: ASE calculators by name of a potential, in place of its own.

    Raises:
        InputError: no ranked candidate has a crystal that can be calculated.
        UsageError: the run is a refined one, or its settings are of another version.
        DataUnavailable: a potential is not installed.
    """
    path = run.path.resolve()
    folder, out = path.with_name(f"{path.name}.calculated"), out or path.with_name(f"{path.name}-refined")
    settings, inputs = settings_of(run)
    bench = Workbench(folder, device, dict(calculators or {}), is_batched=given.engine == ENGINE)
    leaders, lacking = leaders_of(run, settings, inputs, top, given, progress)
    if not leaders:
        raise InputError(
            f"No ranked candidate of '{run.path}' has a crystal structure of whole atoms in a cell of the size allowed "
            f"(max_atoms of the steps order and relax), so nothing can be calculated; the first: {_named(lacking)}."
        )
    library = PhaseLibrary(load_reference(settings.reference))
    found = refine(leaders, steps, given, bench, library, progress, shard)
    account, values = account_table(found, given), values_table(found, given)
    funnel = pd.concat([_shortlist(lacking, len(leaders)), funnel_table(account, steps)], ignore_index=True)
    done = Refinement(folder, funnel, account, values, bench.n_new, bench.n_kept, None)
    if shard[1] > 1:
        return done
    with only_writer(folder):
        for table, name in ((values, VALUES), (account, ACCOUNT), (funnel, FUNNEL)):
            write_table(table, folder / name)
        text = yaml.safe_dump(given.model_dump(mode="json") | {"steps": list(steps), "best": top}, sort_keys=False)
        write_text(text, folder / "settings.yaml")
    log.info("refine: %d leaders, %d values, %d results new", len(leaders), len(values), bench.n_new)
    if not len(values) and not soft_frameworks(folder / ACCOUNT):
        return done
    refined = settings.model_copy(update={"calculated": folder})
    return replace(done, run=run_screen(refined, inputs, out, progress, is_forced=True).run)


def settings_of(run: RunFolder) -> tuple[Settings, list[str]]:
    """Settings and inputs with which a run was made.

    Raises:
        UsageError: it is a refined run, or one of a version with other settings.
    """
    config = run.config()
    settings = load_settings(**config["settings"])
    if settings.calculated is not None:
        raise UsageError(f"'{run.path}' is refined already; name the run before it, whose finished steps are kept.")
    inputs = list(config["run"]["inputs"])
    return settings, [] if inputs == list(settings.pool.sources) else inputs


def leaders_of(
    run: RunFolder, settings: Settings, inputs: Sequence[str], top: int, given: RefineSettings, progress: Progress
) -> tuple[list[Leader], dict[str, str]]:
    """The best of a run whose crystal can be calculated, and why those that stand before the last of them cannot.

    A bare composition is built in the structure type of its family where that holds it, and its row says so
    (`generation/structure_type.py`). What no cell of the size allowed holds takes no place, the next of the list does.
    Nothing is calculated to know it, so that every shard has the same leaders.
    """
    frame = run.ranking(["role", "rank", "candidate_id", "chemistry_class", "family"])
    best = frame[(frame["role"] == run.role) & frame["rank"].notna()].sort_values("rank")
    pool: dict[str, Candidate] = {
        c.candidate_id: c for c in read_pool(make_plan(settings, inputs, run.path, progress)).candidates
    }
    anneal = processing_temperatures(list(best["chemistry_class"]), list(best["family"]))
    leaders, lacking = list[Leader](), dict[str, str]()
    for name, family, rank, celsius in zip(best["candidate_id"], best["family"], best["rank"], anneal, strict=True):
        if len(leaders) == top:
            break
        candidate = pool.get(str(name))
        if candidate is None:
            raise UsageError(f"'{name}' of '{run.path}' is no longer in its pool; run `ssbscreen screen` again.")
        try:
            with_crystal, origin = _with_crystal(candidate, str(family))
            assert with_crystal.crystal is not None
            check_size(with_crystal.crystal, given)
        except InputError as error:
            lacking[str(name)] = str(error)
        else:
            leaders.append(Leader(with_crystal, int(rank), float(celsius), origin))
    return leaders, lacking


def _with_crystal(candidate: Candidate, family: str) -> tuple[Candidate, str]:
    """A candidate with a crystal, and how it came about where it was built here.

    Raises:
        InputError: a polymer, or a composition that no structure type of its family holds.
    """
    if candidate.crystal is not None:
        return candidate, ""
    if candidate.composition is None or candidate.polymer is not None:
        raise InputError("a polymer has no crystal to calculate")
    built = crystal_in_type(candidate.composition, family)
    words = built.words()
    return replace(candidate, crystal=built.crystal, prototype=built.prototype, provenance=words), words


def _shortlist(lacking: Mapping[str, str], n_leaders: int) -> pd.DataFrame:
    why = f"nothing to calculate, the next of the list took their places: {_named(lacking)}" if lacking else ""
    row = (_SHORTLIST, n_leaders + len(lacking), n_leaders, len(lacking), 0, 0.0, why)
    return pd.DataFrame([row], columns=list(STEP_COLUMNS))


def _named(lacking: Mapping[str, str]) -> str:
    """The first few of every reason, and how many more there are."""
    by_reason: dict[str, list[str]] = {}
    for name, why in lacking.items():
        by_reason.setdefault(why, []).append(name)
    few = [f"{_some(names)}: {why}" for why, names in list(by_reason.items())[:_N_NAMED]]
    n_more = sum(map(len, list(by_reason.values())[_N_NAMED:]))
    return "; ".join(few) + (f"; and {n_more} more" if n_more else "")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _N_NAMED} more" if len(names) > _N_NAMED else ""
    return ", ".join(names[:_N_NAMED]) + more
