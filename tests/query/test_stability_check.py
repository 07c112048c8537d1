"""Overlap of two ranked lists, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.query.stability_check import compare_lists


def _ranking(ids: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"candidate_id": [*ids, "unranked"], "rank": pd.array([*range(1, len(ids) + 1), None], "Int64")}
    )


def test_the_same_list_is_kept_whole():
    base = _ranking([f"c{i}" for i in range(200)])
    found = compare_lists(base, base, "nothing")
    assert (found.kept_20, found.kept_100, found.rank_correlation) == (1.0, 1.0, pytest.approx(1.0))
    assert found.n_both == 200


def test_a_turned_list_keeps_nothing():
    ids = [f"c{i}" for i in range(200)]
    found = compare_lists(_ranking(ids), _ranking(ids[::-1]), "turned")
    assert (found.kept_20, found.kept_100) == (0.0, 0.0)
    assert found.rank_correlation == pytest.approx(-1.0)


def test_five_of_twenty_leave():
    ids = [f"c{i}" for i in range(200)]
    other = ids[5:20] + ids[100:105] + ids[:5] + ids[20:100] + ids[105:]
    assert compare_lists(_ranking(ids), _ranking(other), "moved").kept_20 == pytest.approx(0.75)


def test_candidates_that_one_run_lacks_are_left_out():
    found = compare_lists(_ranking(["a", "b", "c", "d"]), _ranking(["b", "c", "d"]), "one gate more")
    assert found.n_both == 3
    assert np.isclose(found.kept_20, 0.75)
