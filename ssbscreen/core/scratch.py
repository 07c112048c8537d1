"""Arrays too large for memory, in files without a name that are gone with the arrays."""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike

from ssbscreen.core.errors import SsbscreenError
from ssbscreen.core.threads import side_by_side

IN_MEMORY = 8 * 2**20
"""Bytes up to which an array stays in memory."""
ROWS = 4096
"""Rows that a pass over large arrays holds at once."""
_SCATTERED = 1024  # rows here and there, each of which brings 64 kB of its file with it


class Scratch:
    """Zeroed arrays: small ones in memory, large ones as pages of files that the system may put aside.

    Both kinds are used alike and hold the same numbers. A file has no name, so nothing is left behind however the
    process ends, and its room is taken when the array is made: a full disk is an error there and not a crash later.
    """

    def __init__(self, folder: Path | None = None, in_memory: int = IN_MEMORY) -> None:
        """Make no array yet.

        Args:
            folder: of the files, on a disk with room enough; that of the system for temporary files when None.
            in_memory: bytes up to which an array stays in memory.
        """
        self._folder, self._in_memory = folder, in_memory
        self._pages: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        """An array of zeros.

        Raises:
            SsbscreenError: there is no room for the file.
        """
        n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
        if n_bytes <= self._in_memory:
            return np.zeros(shape, dtype)
        pages = _pages(n_bytes, self._folder)
        self._pages.add(pages)
        return np.frombuffer(pages, dtype=dtype).reshape(shape)

    def rest(self) -> None:
        """Take the pages of all files out of the memory of this process; what they hold stays."""
        if hasattr(mmap, "MADV_DONTNEED"):
            for pages in self._pages:
                pages.madvise(mmap.MADV_DONTNEED)

    def taken(self, array: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Rows of an array in any order, in memory; those of one page are read together.  # (m,) int"""
        if array.nbytes <= self._in_memory:
            return array[rows]
        found, in_file = np.empty((len(rows), *array.shape[1:]), array.dtype), np.argsort(rows, kind="stable")
        for part in self.blocks(len(rows), _SCATTERED):
            found[in_file[part]] = array[rows[in_file[part]]]
        return found

    def blocks(self, n: int, size: int = ROWS) -> Iterator[slice]:
        """Slices that cover n rows in turn; after each of them the pages are taken out of memory."""
        for start in range(0, n, size):
            yield slice(start, min(start + size, n))
            self.rest()

    def each(self, work: Callable[[slice], object], n: int, size: int = ROWS) -> None:
        """Do some work with slices that cover n rows, several at once; after each of them the pages rest.

        Args:
            work: of one slice; it writes rows of that slice alone.
            n: rows.
            size: of a slice.
        """

        def then_rest(rows: slice) -> None:
            work(rows)
            self.rest()

        side_by_side(then_rest, (slice(start, min(start + size, n)) for start in range(0, n, size)))


def _pages(n_bytes: int, folder: Path | None) -> mmap.mmap:
    """Pages of a new file that has its room already."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
            else:
                file.truncate(n_bytes)
            return mmap.mmap(file.fileno(), n_bytes)
    except OSError as error:
        place = folder or tempfile.gettempdir()
        raise SsbscreenError(
            f"{n_bytes / 1e9:.2g} GB of scratch space cannot be had in '{place}' ({error.strerror}). Make room there, "
            "screen fewer candidates at once, or ask for fewer draws (`n_draws`)."
        ) from error
