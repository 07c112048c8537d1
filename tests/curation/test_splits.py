"""Groups never straddle; parts are complete, disjoint, near their size, and reproducible."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssbscreen.core.errors import UsageError
from ssbscreen.curation.splits import grouped_kfold, grouped_split, linked_groups

GROUPS = st.lists(st.integers(0, 12), min_size=8, max_size=80).filter(lambda g: len(set(g)) >= 5)
FRACTIONS = st.sampled_from([(0.8, 0.2), (0.6, 0.2, 0.2), (0.7, 0.1, 0.1, 0.1)])


def is_disjoint(parts, groups):
    seen = [set(groups[p]) for p in parts]
    return all(not (a & b) for i, a in enumerate(seen) for b in seen[i + 1 :])


@settings(max_examples=150)
@given(GROUPS, FRACTIONS, st.integers(0, 5))
def test_split_parts_share_no_group_and_cover_every_row_once(groups, fractions, seed):
    groups = np.array(groups)
    parts = grouped_split(groups, fractions, seed)
    assert len(parts) == len(fractions)
    assert all(len(p) for p in parts)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    assert is_disjoint(parts, groups)


@settings(max_examples=100)
@given(GROUPS, st.integers(2, 5), st.integers(0, 5))
def test_folds_share_no_group_and_test_every_row_once(groups, n_folds, seed):
    groups = np.array(groups)
    folds = grouped_kfold(groups, n_folds, seed)
    assert sorted(np.concatenate([test for _, test in folds]).tolist()) == list(range(len(groups)))
    for train, test in folds:
        assert len(train) + len(test) == len(groups)
        assert is_disjoint((train, test), groups)


def test_parts_come_close_to_their_fractions_when_groups_are_small():
    groups = np.repeat(np.arange(500), 3)
    sizes = [len(p) / len(groups) for p in grouped_split(groups, (0.7, 0.1, 0.1, 0.1), 0)]
    np.testing.assert_allclose(sizes, (0.7, 0.1, 0.1, 0.1), atol=0.01)
    assert max(len(test) for _, test in grouped_kfold(groups, 5, 0)) <= 303


def test_a_group_too_large_for_a_small_part_goes_to_the_large_one():
    groups = np.array(["big"] * 60 + [f"g{i}" for i in range(40)])
    for seed in range(10):
        parts = grouped_split(groups, (0.8, 0.1, 0.1), seed)
        assert "big" in set(groups[parts[0]])


def test_the_seed_decides():
    groups = np.arange(100) // 2
    first, again, other = (grouped_split(groups, (0.8, 0.2), s)[1].tolist() for s in (1, 1, 2))
    assert first == again
    assert first != other
    assert [t.tolist() for _, t in grouped_kfold(groups, 4, 1)] != [t.tolist() for _, t in grouped_kfold(groups, 4, 2)]


def test_text_labels_of_object_type_work():
    parts = grouped_split(np.array(["a", "b", None, "a"], dtype=object), (0.5, 0.5), 0)
    assert sorted(np.concatenate(parts).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("fractions", [(0.5, 0.4), (1.0,), (1.2, -0.2)])
def test_fractions_that_make_no_sense_are_refused(fractions):
    with pytest.raises(UsageError, match="sum to 1"):
        grouped_split(np.arange(10), fractions, 0)


def test_too_few_groups_are_refused():
    with pytest.raises(UsageError):
        grouped_split(np.zeros(10), (0.5, 0.5), 0)
    with pytest.raises(UsageError):
        grouped_kfold(np.array([0, 0, 1]), 3, 0)


def test_linked_groups_join_what_shares_any_label():
    doi = np.array(["x", "x", "y", "", ""])
    formula = np.array(["A", "B", "B", "C", "D"])
    linked = linked_groups(doi, formula)
    assert linked[0] == linked[1] == linked[2]
    assert len({linked[0], linked[3], linked[4]}) == 3
