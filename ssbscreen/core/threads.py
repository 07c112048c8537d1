"""Threads that share work on arrays: numpy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

_MOST = 4  # a block of scores takes a quarter of a gigabyte while it is made


def n_threads() -> int:
    """Cores that this process may use, fewer where OMP_NUM_THREADS says so, as libraries of numbers do."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(cores, _MOST, int(asked) if asked.isdecimal() else _MOST))


def side_by_side(work: Callable[[T], U], items: Iterable[T]) -> list[U]:
    """What a function makes of each item, in the order of the items, several at once.

    The first error stops what has not begun and is raised here. Results are those of a loop as long as the function
    writes nothing that another item reads.
    """
    given = list(items)
    n = min(n_threads(), len(given))
    if n <= 1:
        return [work(item) for item in given]
    with ThreadPoolExecutor(n) as pool:
        running = [pool.submit(work, item) for item in given]
        try:
            return [one.result() for one in running]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def made_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items; the next one is made while one is used."""
    making, end = iter(items), object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, making, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, making, end)
            yield item  # type: ignore[misc]
