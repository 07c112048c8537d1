"""Calls under a limit: the answer comes back whole, and what takes too long or fails is an error."""

import os
import signal
import time

import pytest

from ssbscreen.core.errors import InputError
from ssbscreen.core.limited import limited


def test_the_answer_comes_back():
    assert limited(lambda: [1, 0.1 + 0.2, list(range(100_000))], 5, "counting") == [1, 0.1 + 0.2, list(range(100_000))]
    assert limited(lambda: os.getpid(), 5, "asking") != os.getpid()


@pytest.mark.parametrize(
    "call",
    [
        lambda: [None for _ in iter(int, 1)] and None,
        lambda: bytearray(3_000_000_000)[0],
        lambda: 1 / 0,
        lambda: os.kill(os.getpid(), signal.SIGKILL),
        lambda: object(),
    ],
)
def test_what_takes_too_much_or_fails_is_refused(call):
    start = time.process_time()
    with pytest.raises(InputError, match=r"counting takes more than 0.2 s or 1 GB, or fails"):
        limited(call, 0.2, "counting")
    assert time.process_time() - start < 3
