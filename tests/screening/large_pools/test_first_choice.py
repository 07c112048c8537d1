"""Who goes on from a first pass."""

import numpy as np
import pytest

from ssbscreen.screening.large_pools.first_choice import (
    ROWS_OF_A_MEASURED,
    Outcome,
    Read,
    joined,
    numbers_of,
    outcomes,
    places,
    sample_of,
)

N = 400


def read_of(names, strata=None, measured=(), formulas=()):
    n = len(names)
    return Read(
        numbers_of(names, 0),
        np.ones(n, dtype=np.uint16),
        np.zeros(n, dtype=np.uint16) if strata is None else np.asarray(strata, dtype=np.uint16),
        np.array(measured, dtype=np.intp),
        numbers_of(formulas, 0),
        np.array([0, n]),
    )


NAMES = [f"m{i}" for i in range(N)]


def test_a_sample_does_not_depend_on_the_order():
    order = np.random.default_rng(0).permutation(N)
    first = sample_of(read_of(NAMES), np.ones(N, dtype=bool), 60, 1)
    second = sample_of(read_of([NAMES[i] for i in order]), np.ones(N, dtype=bool), 60, 1)
    assert {NAMES[i] for i in first} == {NAMES[order[i]] for i in second}
    assert len(first) == 60


def test_a_sample_has_some_of_every_kind_and_fills_its_shards():
    strata = np.array([1] * 30 + [0] * (N - 30))
    found = sample_of(read_of(NAMES, strata), np.ones(N, dtype=bool), 40, 50)
    assert (strata[found] == 1).sum() == 30
    assert len(found) % 50 == 0


def test_only_those_that_may_are_drawn():
    may = np.arange(N) % 2 == 0
    assert may[sample_of(read_of(NAMES), may, N, 1)].all()
    assert len(sample_of(read_of(NAMES), may, N, 7)) == may.sum()


def test_ids_that_come_again_are_found_in_whatever_part():
    read = joined([read_of(["a", "b"]), read_of(["c", "a"], measured=[1], formulas=["x"]), read_of(["b"])])
    assert read.is_repeated().tolist() == [False, False, False, True, True]
    assert read.starts.tolist() == [0, 2, 4, 5]
    assert read.measured.tolist() == [3]


def test_the_best_go_on_and_what_cannot_be_estimated_goes_first():
    bound = np.linspace(0.0, 1.0, N).astype(np.float32)
    bound[5] = np.inf
    may = np.arange(N) > 3
    found = outcomes(read_of(NAMES), may, np.zeros(N, dtype=bool), np.array([10, 11]), bound, 3)
    assert np.flatnonzero(found == Outcome.BEST).tolist() == [5, N - 2, N - 1]
    assert (found[:4] == Outcome.GATE).all()
    assert np.flatnonzero(found == Outcome.SAMPLE).tolist() == [10, 11]
    place = places(bound, may)
    assert place[5] == 1
    assert place[N - 1] == 2
    assert (place[:4] == 0).all()


@pytest.mark.parametrize("n_rows", [1, ROWS_OF_A_MEASURED, 3 * ROWS_OF_A_MEASURED])
def test_measured_materials_go_on_but_not_every_row_of_one(n_rows):
    """Copies of one measured material must not fill a run; those that may be best stand for it."""
    rows = np.arange(n_rows)
    bound = np.zeros(N, dtype=np.float32)
    bound[rows] = -5.0 - rows
    measured = [*rows, N - 1]
    read = read_of(NAMES, measured=measured, formulas=["one"] * n_rows + ["another"])
    found = outcomes(read, np.ones(N, dtype=bool), np.zeros(N, dtype=bool), np.array([], dtype=int), bound, 0)
    kept = np.flatnonzero(found == Outcome.MEASURED).tolist()
    assert kept == [*rows[:ROWS_OF_A_MEASURED].tolist(), N - 1]
