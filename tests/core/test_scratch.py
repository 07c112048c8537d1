"""Large arrays outside memory: they hold what they were given, take no memory, and leave nothing behind."""

import sys
from pathlib import Path

import numpy as np
import pytest

from ssbscreen.core import scratch as scratch_module
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.core.scratch import Scratch


def test_both_kinds_hold_the_same_numbers(tmp_path):
    rng = np.random.default_rng(0)
    given = rng.normal(size=(700, 3)).astype(np.float32)
    found = []
    for in_memory in (0, 2**30):
        scratch = Scratch(tmp_path, in_memory)
        array = scratch.zeros((700, 3), np.float32)
        assert not array.any()
        for rows in scratch.blocks(700, 128):
            array[rows] = given[rows]
        array[[5, 2]] += 1.0
        rows = np.random.default_rng(1).integers(0, 700, 2500)
        np.testing.assert_array_equal(scratch.taken(array, rows), array[rows])
        found.append(array.copy())
        assert scratch.zeros((0, 4), bool).shape == (0, 4)
    np.testing.assert_array_equal(*found)
    assert (found[0] != given).sum() == 6


def test_nothing_is_left_in_the_folder(tmp_path):
    array = Scratch(tmp_path, 0).zeros((1000,), float)
    array[3] = 7.0
    assert list(tmp_path.iterdir()) == []
    assert array.sum() == 7.0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads what Linux says of the process")
def test_an_array_that_rests_takes_no_memory(tmp_path):
    def resident() -> float:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * 4096 / 1e6

    scratch = Scratch(tmp_path)
    array = scratch.zeros((60, 10**6), np.uint8)
    before = resident()
    array[:] = 9
    assert resident() - before > 50.0
    scratch.rest()
    assert resident() - before < 10.0
    assert array[59, -1] == 9


def test_a_full_disk_is_said_before_the_work(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratch_module.os, "posix_fallocate", full, raising=False)
    with pytest.raises(SsbscreenError, match=r"0\.08 GB of scratch space .*No space left.* fewer draws"):
        Scratch(tmp_path).zeros((10**7,), float)
