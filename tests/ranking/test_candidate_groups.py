"""Groups as numbers against groups by name."""

import numpy as np
import pytest

from ssbscreen.ranking.candidate_groups import CandidateGroups


@pytest.mark.parametrize("seed", range(3))
def test_members_are_those_with_the_same_names(seed: int) -> None:
    """Every path of names that some row has, none where a name is empty; rows in their order."""
    rng = np.random.default_rng(seed)
    names = [rng.choice(options, 80).astype(object) for options in (["a", "b"], ["c", "", "d"], ["e", "f", ""])]
    rows = np.flatnonzero(rng.random(80) < 0.7)
    found = dict(CandidateGroups.of(names).members(rows))
    expected = {(): rows.tolist()}
    for row in rows.tolist():
        for depth in range(1, 4):
            path = tuple(str(group[row]) for group in names[:depth])
            if "" not in path:
                expected.setdefault(path, []).append(row)
    assert {path: members.tolist() for path, members in found.items()} == expected


def test_the_last_place_names_the_whole_path() -> None:
    groups = CandidateGroups.of([np.array(["x", "y", "x"], dtype=object), np.array(["", "u", "u"], dtype=object)])
    assert [groups.paths[-1][i] for i in groups.places[-1]] == [("x", ""), ("y", "u"), ("x", "u")]
