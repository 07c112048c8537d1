"""A call of foreign code whose cost nothing bounds beforehand, in a child process with a limit of processor time."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

from ssbscreen.core.errors import InputError

_BYTES = 1_000_000_000  # of memory beyond what the process holds


def limited(call: Callable[[], Any], seconds: float, what: str) -> Any:
    """What a call returns, computed in a fork of this process, which is ended when it takes too long.

    A signal would not do: code in C is not interrupted by a handler of Python.

    Args:
        call: returns what JSON can hold; what it raises ends it.
        seconds: of processor time.
        what: it does, for the error.

    Raises:
        InputError: it took too long, too much memory, or failed.
    """
    if not hasattr(os, "fork"):
        return call()
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        _answer(call, seconds, theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(child, 0)
    if status != 0 or not said:
        raise InputError(f"{what} takes more than {seconds:g} s or {_BYTES / 1e9:g} GB, or fails; give a smaller cell")
    return json.loads(said)


def _answer(call: Callable[[], Any], seconds: float, pipe: int) -> None:
    """Write the answer and end without what the parent would do at its end."""
    try:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        _limit_memory()
        content = json.dumps(call()).encode()
        with os.fdopen(pipe, "wb") as stream:
            stream.write(content)
        os._exit(0)
    finally:
        os._exit(1)


def _limit_memory() -> None:
    """Bound what this process may hold, where the platform tells what it holds."""
    import resource  # POSIX alone, as is fork

    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm", "rb") as stream:
            held = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + _BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
