"""Freed memory goes back to the system."""

import sys
from pathlib import Path

import numpy as np
import pytest

from ssbscreen.core.memory import give_back


def _resident() -> float:
    """Memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the C library of Linux is asked")
def test_what_was_freed_between_kept_pieces_goes_back():
    """Small blocks kept between larger freed ones pin the heap; 400 MB of holes are given back."""
    kept, freed = [], []
    for _ in range(8000):
        freed.append(np.ones(6_250))  # 50 kB, from the heap
        kept.append(np.ones(10))
    before = _resident()
    del freed
    give_back()
    assert len(kept) == 8000
    assert before - _resident() > 200.0
