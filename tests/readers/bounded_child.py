"""What a call costs when it runs alone: a child process with a limit of memory, its time and its peak."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SECONDS, BYTES = 6.0, 1_000_000_000  # what hostile input may cost, on a slow machine with other work too
_PATIENCE = 30.0  # seconds after which a child is ended


@dataclass(frozen=True)
class Cost:
    """What came of a call.

    Attributes:
        result: what it returned; None where it was ended.
        seconds: processor time of the call.
        n_bytes: peak of the memory in use beyond what the process held before.
    """

    result: Any
    seconds: float
    n_bytes: int


def cost_of(call: Callable[[], Any]) -> Cost:
    """Cost of a call in a forked child; what it raises is the result.

    Args:
        call: returns something that can be pickled.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_run, args=(call, theirs))
    child.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(_PATIENCE) else Cost(None, _PATIENCE, 0)
    except EOFError:
        return Cost(None, 0.0, BYTES)
    finally:
        child.kill()
        child.join()


def _run(call: Callable[[], Any], pipe: Any) -> None:
    with open("/proc/self/statm", "rb") as stream:
        held = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + 2 * BYTES, held + 2 * BYTES))
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    try:
        result = call()
    except BaseException as error:  # what escapes is what the test asks for
        result = error
    seconds = time.process_time() - start
    pipe.send(Cost(result, seconds, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)))
