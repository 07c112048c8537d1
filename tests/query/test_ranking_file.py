"""A ranking on disk answers like the table that it was written from, and reads no more than it needs."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import UsageError
from ssbscreen.query import ranking_file
from ssbscreen.query.query import Query, answer, run_query
from ssbscreen.query.ranking_file import RankingFile, RoleTable, write_roles
from ssbscreen.query.series import SERIES_ROWS

N = 400
QUERIES = (
    Query(),
    Query("separator", top=7),
    Query("pair", top=500),
    Query("separator", is_expanded=True, top=3),
    Query("separator", "oxide", top=20),
    Query("separator", where="density > 3 and family_series == 's4'"),
    Query("separator", sort="-density", top=9),
    Query(None, where="density > 100"),
)


@pytest.fixture(params=["groups", "one group, as older versions wrote"])
def kept(request, tmp_path, monkeypatch):
    monkeypatch.setattr(ranking_file, "N_LEADERS", 20)
    monkeypatch.setattr(ranking_file, "N_OTHERS", 50)
    generator = np.random.default_rng(0)
    n_pairs = N // 4
    frame = pd.DataFrame(
        {
            "role": ["pair"] * n_pairs + ["separator"] * (N - n_pairs),
            "candidate_id": [f"x/{i}|c{i % 3}" if i < n_pairs else f"x/{i}" for i in range(N)],
            "chemistry_class": generator.choice(["oxide", "halide"], N),
            "family_series": [f"s{i}" for i in generator.integers(0, 60, N)],
            "is_made": generator.random(N) < 0.3,
            "rank": [*range(1, n_pairs + 1), *range(1, N - n_pairs - 19), *[np.nan] * 20],
            "variant_of": ["x/0" if made else "" for made in generator.random(N) < 0.1],
            "density_value": generator.normal(3.0, 1.0, N),
            "note": [f"words {i}" for i in range(N)],
        }
    )
    path = tmp_path / "ranking.parquet"
    if request.param == "groups":
        write_roles([RoleTable.of(rows) for _, rows in frame.groupby("role")], path)
    else:
        frame.to_parquet(path, index=False)
    return frame, RankingFile(path)


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_the_file_answers_as_the_table(kept, query):
    frame, file = kept
    expected = run_query(frame, query)
    found = answer(file, query).frame()
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_dtype=False)
    narrow = answer(file, query, ["candidate_id", "note", "no such column"]).frame()
    assert narrow["note"].tolist() == expected["note"].tolist()
    assert "density_value" not in narrow


@pytest.mark.parametrize("query", [Query("anode"), Query("pair", where="densty > 3"), Query("pair", top=0)])
def test_what_is_not_there_is_said(kept, query):
    frame, file = kept
    with pytest.raises(UsageError) as error:
        answer(file, query)
    with pytest.raises(UsageError) as expected:
        run_query(frame, query)
    assert str(error.value)[:100] == str(expected.value)[:100]  # the list of columns is longer by one


def test_no_group_holds_two_roles(kept):
    frame, file = kept
    assert file.roles() == ("pair", "separator")
    if SERIES_ROWS not in file.columns:
        return
    roles = [set(file.read(["role"], [group])["role"]) for group in range(len(file.group_roles))]
    assert all(len(own) == 1 for own in roles)
    assert sum(len(file.read(["role"], [group])) for group in file.groups_of("pair")) == frame["role"].eq("pair").sum()


@pytest.mark.parametrize("role", ["separator", "pair"])
def test_ranked_rows_are_counted(kept, role):
    frame, file = kept
    assert file.n_ranked(role) == frame.loc[frame["role"] == role, "rank"].notna().sum()


def test_leaders_are_found_in_the_first_group(kept, monkeypatch):
    file = kept[1]
    if SERIES_ROWS not in file.columns:
        pytest.skip("files of older versions are read whole")
    read = []
    real = RankingFile.values
    monkeypatch.setattr(
        RankingFile, "values", lambda self, column, group: read.append(group) or real(self, column, group)
    )
    answer(file, Query("separator", top=2))
    assert read == [file.groups_of("separator")[0]]


def test_rows_made_part_by_part_are_the_rows_made_at_once(tmp_path, monkeypatch):
    """Two roles with columns of their own of every kind; no part is larger than a group."""
    generator = np.random.default_rng(1)

    def of(role: str, n: int, **own: object) -> pd.DataFrame:
        rank = pd.array([*range(1, n - 9), *[None] * 10], dtype="Int64")
        names = [f"{role}{i}" for i in range(n)]
        series = [f"s{i}" for i in generator.integers(0, 20, n)]
        shared = {"rank": rank, "candidate_id": names, "role": role, "family_series": series}
        return pd.DataFrame({**shared, "is_made": generator.random(n) < 0.4, **own})

    separators = of(
        "separator", 150, value=generator.normal(size=150), front=generator.random(150) < 0.2, count=range(150)
    )
    pairs = of("pair", 60, coating=["Li2O"] * 60, nothing=[None] * 60)
    written, asked = [], []
    for name, size in (("whole", 1000), ("parts", 20)):
        monkeypatch.setattr(ranking_file, "N_LEADERS", size)
        monkeypatch.setattr(ranking_file, "N_OTHERS", 2 * size)

        def part(frame, rows):
            asked.append(len(frame.iloc[rows]))
            return frame.iloc[rows]

        tables = [
            RoleTable(lambda rows, f=frame: part(f, rows), RoleTable.of(frame).ends) for frame in (separators, pairs)
        ]
        write_roles(tables, tmp_path / f"{name}.parquet")
        written.append(pd.read_parquet(tmp_path / f"{name}.parquet"))
    assert max(asked[2:]) == 40
    assert sum(asked[2:]) == 210  # the first group of each is made once
    pd.testing.assert_frame_equal(*written)
    expected = pd.concat([pairs, separators], ignore_index=True)[[*separators, "coating", "nothing"]]
    pd.testing.assert_frame_equal(written[0][list(expected)], expected, check_dtype=False)
    assert str(written[0]["rank"].dtype) == "Int64"
    assert RankingFile(tmp_path / "parts.parquet").group_roles[0] == "pair"
