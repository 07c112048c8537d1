"""The loop of every worker: claim a unit that nobody works on, do it, keep what it gave, look for the next.

A claim is a lock of the system on a file, which goes when its process ends, however it ends. So a lost worker's unit is
free for another at once, nothing is ever done by two that both live, and no supervisor is needed. Units depend on
their input alone and are computed in one thread: who does one, and in which order they are done, changes no byte.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout
from threadpoolctl import threadpool_limits

from ssbscreen.engine.jobs import Job

log = logging.getLogger(__name__)
Do = Callable[[Job, int], bytes]
"""Does one unit of a job; what it gives depends on the input of the unit alone."""
_PAUSE = 0.1  # s between looks for what other workers finished


@contextmanager
def claim(job: Job, number: int) -> Iterator[bool]:
    """Whether this process is the one that works on a unit; never where the folder is gone."""
    path = job.place(number, "claim")
    if not path.parent.is_dir():
        yield False
        return
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def done_by_all(job: Job, do: Do, taken: Callable[[int, bytes], None]) -> None:
    """Do what nobody else does until every unit of a job is done.

    Args:
        job: posted here, so that other workers see it.
        do: does one unit.
        taken: called once a unit with its number and what it gave, in any order.

    Raises:
        Exception: of `do`, where this process did the unit.
    """
    job.post()
    waiting = job.order()
    while waiting:
        left = [number for number in waiting if not _take(job, number, do, taken)]
        if len(left) == len(waiting):
            time.sleep(_PAUSE)
        waiting = left


def _take(job: Job, number: int, do: Do, taken: Callable[[int, bytes], None]) -> bool:
    """Take over a unit that is done, or do it; False where another worker is on it."""
    content = _found(job, number)
    if content is None:
        with claim(job, number) as is_mine:
            if not is_mine:
                return False
            content = _found(job, number)  # another worker may have finished it just before the claim
            if content is None:
                with threadpool_limits(1):
                    content = do(job, number)
                job.keep(number, content)
    taken(number, content)
    return True


def _found(job: Job, number: int) -> bytes | None:
    """What a unit gave; a file that does not fit goes, so that others see that the unit is to be done."""
    path = job.place(number)
    if not path.is_file():
        return None
    content = job.result(number)
    if content is None:
        path.unlink(missing_ok=True)
    return content


def help_once(job: Job, do: Do, is_wanted: Callable[[], bool]) -> bool:
    """Do one unit of a job that nobody works on; False where there is none.

    Args:
        job: posted by another process.
        do: does one unit.
        is_wanted: asked before the result is written: whether there still is a run that needs it.
    """
    for number in job.order():
        if job.place(number).is_file():
            continue
        with claim(job, number) as is_mine:
            if is_mine and not job.place(number).is_file() and is_wanted():
                with threadpool_limits(1):
                    content = do(job, number)
                if is_wanted():
                    job.keep(number, content)
                return True
    return False
