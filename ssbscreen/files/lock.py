"""A folder that one process writes at a time; the system lets go of a lock when its process ends, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ssbscreen.core.errors import UsageError

LOCK = ".lock"


@contextmanager
def only_writer(
    folder: Path,
    remedy: str = "Wait until it has finished, or name another folder with --out.",
    *,
    wait: float = 0.0,
    name: str = LOCK,
) -> Iterator[None]:
    """Hold a folder while writing to it.

    Args:
        folder: made when missing.
        remedy: what to do when another process holds it.
        wait: s to wait for that process.
        name: of the file that is locked; work of another kind in the same folder has another.

    Raises:
        UsageError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / name, timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError(f"Another process is writing to '{folder}'. {remedy}") from None
    try:
        yield
    finally:
        lock.release()
