"""A folder that one process writes at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ssbscreen.core.errors import UsageError

LOCK = ".lock"


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold a folder while writing to it; the lock is gone with the process, however it ends.

    Args:
        folder: made when missing.

    Raises:
        UsageError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(
            f"Another process is writing to '{folder}'. Wait until it has finished, or name another folder with --out."
        ) from None
    try:
        yield
    finally:
        lock.release()
