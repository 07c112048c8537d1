"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Let the C library and Arrow return what they keep of freed arrays; the former only where it has such a function.

    The library of Linux keeps freed blocks of up to 32 MB for later. The covariances of one model are freed before
    those of the next are made, but in pieces that nothing else fits into, so that the peak would be their sum.
    """
    if sys.platform.startswith("linux") and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
    if (arrow := sys.modules.get("pyarrow")) is not None:  # has an allocator of its own
        arrow.default_memory_pool().release_unused()
