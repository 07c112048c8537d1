"""Further processes that work on a run: on this machine, or those of a Ray cluster."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_SECONDS_TO_END = 10.0


@dataclass(frozen=True)
class Workers:
    """Who works on a run.

    Attributes:
        n: processes on this machine, this one included, at least 1; each uses one core.
        ray_address: of a cluster whose processes work, too, such as "auto"; none when empty.
    """

    n: int = 1
    ray_address: str = ""


ALONE = Workers()


@contextmanager
def started(workers: Workers, run: Path) -> Iterator[None]:
    """Processes that work on a run while the caller does; they end with it, however it ends.

    Args:
        workers: how many and where.
        run: folder, on a disk that all of them reach.

    Raises:
        UsageError: a cluster was named, and Ray is not installed or finds none there.
    """
    with ExitStack() as stack:
        if workers.ray_address:
            from ssbscreen.engine.ray_workers import on_cluster

            stack.enter_context(on_cluster(workers.ray_address, run))
        stack.enter_context(_on_this_machine(workers.n - 1, run))
        yield


def command(run: Path) -> Sequence[str]:
    """What a process on this machine executes."""
    return (sys.executable, "-m", "ssbscreen.cli.main", "work", str(run), "--parent", str(os.getpid()))


@contextmanager
def _on_this_machine(n: int, run: Path) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(n):
            said = stack.enter_context(tempfile.TemporaryFile("w+"))
            process = subprocess.Popen(
                command(run),
                env=os.environ | _ONE_THREAD,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                text=True,
            )
            stack.callback(_end, process, said)
        yield


def _end(process: subprocess.Popen[str], said: IO[str]) -> None:
    """End a worker; one that ended before by itself says why."""
    if process.poll() is not None:
        said.seek(0)
        last = (said.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1]
        log.warning("worker %d was lost (%s); its part was done by others", process.pid, last)
        return
    process.terminate()
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
