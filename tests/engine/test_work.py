"""Units of work: done once, by whoever claims them; bad files are made again; lost workers lose nothing."""

import multiprocessing
import os
import signal
import time

import pytest

from ssbscreen.core.errors import IntegrityError
from ssbscreen.engine.jobs import Job, give_input, posted_job
from ssbscreen.engine.results import read_result, write_result
from ssbscreen.engine.work import claim, done_by_all, help_once

N = 6


def job_in(folder, about=None):
    given = tuple(give_input(folder, "double", i, str(i).encode()) for i in range(N))
    return Job(folder, "double", about or {"code": "1"}, {"double": given})


def double(job, number):
    return str(2 * int(job.input(number))).encode()


def collected(job, do=double):
    found = {}
    done_by_all(job, do, lambda number, content: found.update({number: content}))
    return found


WANTED = {i: str(2 * i).encode() for i in range(N)}


def test_every_unit_is_done_once(tmp_path):
    asked = []

    def counted(job, number):
        asked.append(number)
        return double(job, number)

    assert collected(job_in(tmp_path), counted) == WANTED
    assert collected(job_in(tmp_path), counted) == WANTED
    assert asked == list(range(N))


def test_the_posted_job_is_the_one_that_a_helper_sees(tmp_path):
    job = job_in(tmp_path)
    assert posted_job(tmp_path) is None
    job.post()
    assert posted_job(tmp_path) == job
    while help_once(posted_job(tmp_path), double, lambda: True):
        pass
    assert collected(job, lambda *_: pytest.fail("done by the helper")) == WANTED


def test_a_unit_whose_input_is_gone_or_changed_is_refused_by_name(tmp_path):
    job = job_in(tmp_path)
    job.place(2, "input").unlink()
    write_result(job.place(3, "input"), "of something else", b"7")
    for number in (2, 3):
        with pytest.raises(IntegrityError, match=rf"unit {number} of 'double'.*run the screen again"):
            job.input(number)


def test_a_result_nobody_wants_any_more_is_not_written(tmp_path):
    job, answers = job_in(tmp_path), iter([True, False])
    assert help_once(job, double, lambda: next(answers))
    assert not job.place(0).exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c[:-1],
        lambda c: b"",
        lambda c: c[:-5] + bytes([c[-5] ^ 1]) + c[-4:],
        lambda c: c + b"x",
        lambda c: b"{",
    ],
    ids=["truncated", "empty", "one bit", "longer", "no header"],
)
def test_a_file_that_is_not_as_written_is_not_read(tmp_path, spoil, caplog):
    path = tmp_path / "a"
    write_result(path, "abc", b"content" * 100)
    assert read_result(path, "abc") == b"content" * 100
    path.write_bytes(spoil(path.read_bytes()))
    assert read_result(path, "abc") is None
    assert "made again" in caplog.text


def test_results_of_other_input_code_or_place_are_made_again(tmp_path):
    job = job_in(tmp_path)
    assert collected(job) == WANTED
    first, second = job.place(0).read_bytes(), job.place(1).read_bytes()
    job.place(0).write_bytes(second)
    job.place(1).write_bytes(first)
    asked = []
    assert collected(job, lambda j, i: (asked.append(i), double(j, i))[1]) == WANTED
    assert asked == [0, 1]
    assert collected(job_in(tmp_path, {"code": "2"}), lambda j, i: (asked.append(i), double(j, i))[1]) == WANTED
    assert len(asked) == 2 + N


def test_one_bad_unit_stops_the_run_and_keeps_the_others(tmp_path):
    def fails(job, number):
        if number == 3:
            raise ValueError("three")
        return double(job, number)

    with pytest.raises(ValueError, match="three"):
        collected(job_in(tmp_path), fails)
    asked = []
    assert collected(job_in(tmp_path), lambda j, i: (asked.append(i), double(j, i))[1]) == WANTED
    assert asked == [3, 4, 5]


def hold(folder):
    """A worker that claims the first unit and never ends."""
    with claim(job_in(folder), 0) as is_mine:
        (folder / ("mine" if is_mine else "not mine")).touch()
        time.sleep(60)


def test_the_unit_of_a_lost_worker_is_done_by_another(tmp_path):
    process = multiprocessing.get_context("fork").Process(target=hold, args=(tmp_path,))
    process.start()
    until = time.monotonic() + 60
    while not (tmp_path / "mine").exists() and time.monotonic() < until:
        time.sleep(0.01)
    job = job_in(tmp_path)
    with claim(job, 0) as is_mine:
        assert not is_mine
    assert help_once(job, double, lambda: True)
    assert job.place(1).is_file()  # the first one is taken
    assert not job.place(0).exists()
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert collected(job) == WANTED


def test_the_largest_input_is_done_first(tmp_path):
    inputs = [os.urandom(size) for size in (10, 3000, 200, 3000)]  # random bytes, as others would be packed
    given = tuple(give_input(tmp_path, "count", i, content) for i, content in enumerate(inputs))
    job, asked = Job(tmp_path, "count", {}, {"count": given}), []

    def count(job, number):
        asked.append(number)
        return str(len(job.input(number))).encode()

    assert collected(job, count) == {0: b"10", 1: b"3000", 2: b"200", 3: b"3000"}
    assert asked == [1, 3, 2, 0]
