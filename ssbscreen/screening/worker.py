"""A process that works on a screen which another one runs: on this machine, on another node, in an array job."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from ssbscreen.core.memory import give_back
from ssbscreen.engine.jobs import Job, posted_job
from ssbscreen.engine.work import Do, help_once
from ssbscreen.prediction.loaded_model import release_models
from ssbscreen.query.finished_run import MARK, UNFINISHED
from ssbscreen.screening.contacts.contact_shards import CONTACTS, contacts_of_unit
from ssbscreen.screening.hulls.pool_hulls import HULLS, hulls_of_shard
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.large_pools.first_pass import ESTIMATE, estimate_part
from ssbscreen.screening.large_pools.sifting import SIFT, sift_part
from ssbscreen.screening.predict import predict_shard
from ssbscreen.screening.shards import PREDICT

log = logging.getLogger(__name__)
_PAUSE = 0.2  # s


def help_with(run: Path, parent: int | None = None, wait: float = 600.0) -> int:
    """Do shards of a run until it is finished, its process is gone, or nothing was asked for long.

    Args:
        run: folder; it need not be there yet.
        parent: process that runs the screen on this machine; this one ends with it. None where it runs elsewhere.
        wait: s without work after which this process ends, unless it has a parent.

    Returns:
        Shards done.

    Raises:
        IntegrityError: models, code or data of this process are not those of the run.
    """
    known: dict[str, References] = {}
    stages: dict[str, Do] = {
        SIFT: sift_part,
        ESTIMATE: estimate_part,
        PREDICT: predict_shard,
        HULLS: lambda job, i: hulls_of_shard(job, i, known),
        CONTACTS: lambda job, i: contacts_of_unit(job, i, known),
    }
    n_done, last = 0, time.monotonic()
    while parent is None or os.getppid() == parent:
        job = posted_job(run / UNFINISHED)
        if job is not None and help_once(job, stages[job.stage], _wanted(job, parent)):
            n_done, last = n_done + 1, time.monotonic()
            give_back()
            continue
        if job is not None and job.stage != PREDICT:
            release_models()
        if parent is None and ((job is None and (run / MARK).is_file()) or time.monotonic() - last > wait):
            break
        time.sleep(_PAUSE)
    log.info("%d shards done", n_done)
    return n_done


def _wanted(job: Job, parent: int | None) -> Callable[[], bool]:
    """Whether the run still asks for a job: it may have been stopped, or begun anew for something else."""

    def ask() -> bool:
        return (parent is None or os.getppid() == parent) and posted_job(job.folder) == job

    return ask
