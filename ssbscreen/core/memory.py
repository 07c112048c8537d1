"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> None:
    """Let the C library return what it keeps of freed arrays; does nothing where it has no such function.

    The library of Linux keeps freed blocks of up to 32 MB for later. The covariances of one model are freed before
    those of the next are made, but in pieces that nothing else fits into, so that the peak would be their sum.
    """
    if sys.platform.startswith("linux") and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
