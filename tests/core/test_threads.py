"""Work shared by threads gives what a loop gives, in its order, and ends where the loop would."""

import threading
import time

import pytest

from ssbscreen.core import threads
from ssbscreen.core.scratch import Scratch
from ssbscreen.core.threads import made_ahead, n_threads, side_by_side


def test_results_stand_in_the_order_of_the_items(monkeypatch):
    monkeypatch.setattr(threads, "n_threads", lambda: 2)
    both = threading.Barrier(2, timeout=30)  # passed by two threads alone

    def work(item: int) -> int:
        both.wait()
        return item * item

    assert side_by_side(work, range(6)) == [0, 1, 4, 9, 16, 25]


def test_an_error_is_raised_here_and_stops_the_rest(monkeypatch):
    monkeypatch.setattr(threads, "n_threads", lambda: 2)
    done = []

    def work(item: int) -> None:
        if item == 1:
            raise ValueError("item 1")
        time.sleep(0.001)
        done.append(item)

    with pytest.raises(ValueError, match="item 1"):
        side_by_side(work, range(1000))
    assert len(done) < 900


def test_threads_are_no_more_than_libraries_may_use(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert n_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")  # of nested regions: not ours
    assert 1 <= n_threads() <= 4
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert 1 <= n_threads() <= 4


def test_slices_cover_all_rows_once(tmp_path, monkeypatch):
    monkeypatch.setattr(threads, "n_threads", lambda: 3)
    scratch = Scratch(tmp_path, 0)
    counted = scratch.zeros((1000,), int)

    def work(rows: slice) -> None:
        counted[rows] += 1

    scratch.each(work, 1000, 7)
    assert (counted == 1).all()


def test_the_next_one_is_made_while_one_is_used():
    is_made, made = threading.Event(), []

    def items():
        for i in range(3):
            made.append(i)
            if i == 1:
                is_made.set()
            yield i

    found = []
    for item in made_ahead(items()):
        assert item > 0 or is_made.wait(30)
        found.append(item)
    assert found == [0, 1, 2]
    assert made == [0, 1, 2]


def test_an_error_while_making_ahead_is_raised_where_items_are_used():
    def items():
        yield 1
        raise OSError("disk")

    making = made_ahead(items())
    assert next(making) == 1
    with pytest.raises(OSError, match="disk"):
        next(making)
