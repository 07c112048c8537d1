"""Whether a run is there already: finished, waiting to be put in its place, or begun; with this input or another."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.files.lock import only_writer
from ssbscreen.files.writing import write_text
from ssbscreen.query.finished_run import UNFINISHED, damage, is_half_published, publish, read_mark
from ssbscreen.query.last_run import note
from ssbscreen.query.store import RANKING, RunFolder
from ssbscreen.screening.identity import Identity, differences, identity_of
from ssbscreen.screening.settings import Plan

log = logging.getLogger(__name__)
_TRIES = 3  # a worker of a run that was killed may just be writing its last file
_ASKED = "asked.json"  # beside the shards: what the run that was begun depends on


@dataclass(frozen=True)
class Finished:
    """A finished screen.

    Attributes:
        run: its folder.
        counts: candidates left after every stage.
        is_new: whether it was made by this call.
    """

    run: RunFolder
    counts: dict[str, int]
    is_new: bool

    @property
    def n_ranked(self) -> int:
        """Candidates with a rank."""
        return self.counts["ranked"]

    @property
    def summary(self) -> pd.DataFrame:
        """Counts of every stage, for people."""
        return pd.DataFrame(self.counts.items(), columns=["stage", "candidates"])


def known_run(plan: Plan, *, is_forced: bool = False) -> Finished | None:
    """`finished_before`, alone in the folder; needs no network and no candidate, so it answers in a moment."""
    with only_writer(plan.out):
        found = finished_before(plan, is_forced=is_forced)
    if found is not None:
        note(plan.out)
    return found


def finished_before(plan: Plan, *, is_forced: bool) -> Finished | None:
    """The finished run of this input; None where it is still to be made.

    Args:
        plan: what is asked for.
        is_forced: make it whatever is there.

    Raises:
        UsageError: the folder holds a finished run of other input.
    """
    if is_half_published(plan.out):
        publish(plan.out)
    if is_forced:
        return None
    remedy = "Name another folder with --out, or replace it with --force."
    try:
        mark = read_mark(plan.out)
    except IntegrityError as error:
        log.warning("%s", error)
        return None
    if mark is None:
        if (plan.out / RANKING).is_file():
            raise UsageError(
                f"'{plan.out}' holds a run of an earlier version, which does not say what it was made from. {remedy}"
            )
        return None
    if changes := differences(mark.identity, identity_of(plan)):
        raise UsageError(f"'{plan.out}' holds a finished run of other input: {'; '.join(changes)}. {remedy}")
    if broken := damage(plan.out, mark):
        log.warning("%s; the run is made again", broken)
        return None
    if _asked_before(plan) == dict(mark.identity):  # stopped before it tidied up
        end(plan)
    return Finished(RunFolder(plan.out), dict(mark.counts), is_new=False)


def begin(plan: Plan, identity: Identity) -> None:
    """Open the folder of unfinished work, emptied where it was begun for something else."""
    folder = plan.out / UNFINISHED
    before = _asked_before(plan)
    if folder.is_dir() and (before is None or (changes := differences(before, identity))):
        if before is not None:
            log.warning("The run begun in '%s' is made anew: %s.", plan.out, "; ".join(changes))
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_text(json.dumps(dict(identity), indent=1), folder / _ASKED)


def end(plan: Plan) -> None:
    """Remove what is left of unfinished work."""
    folder = plan.out / UNFINISHED
    for _ in range(_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break


def _asked_before(plan: Plan) -> Identity | None:
    try:
        content = json.loads((plan.out / UNFINISHED / _ASKED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
