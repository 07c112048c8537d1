"""Moves between two rankings that were made by hand."""

import numpy as np
import pandas as pd
import pytest
import yaml

from ssbscreen.core.errors import UsageError
from ssbscreen.query.diff import diff
from ssbscreen.query.store import RunFolder

SCREEN = {
    "groups": {"transport": 0.2, "window": 0.8},
    "criteria": [
        {"name": "ionic_conductivity", "group": "transport", "share": 1.0},
        {"name": "oxidation_limit", "group": "window", "share": 1.0},
    ],
}


def run(path, ids, *, width=1, conductivity=0.5, oxidation=0.5, role="separator", weights="aaa"):
    """A run whose candidates stand in the order given; desirabilities may be given per id."""
    path.mkdir()
    n = len(ids)
    rank = np.arange(1, n + 1)
    frame = pd.DataFrame(
        {
            "rank": rank,
            "rank_low": np.maximum(rank - width, 1),
            "rank_high": np.minimum(rank + width, n),
            "candidate_id": ids,
            "formula": ids,
            "role": role,
            "score": 1 / rank,
        }
    )
    for name, values in {"ionic_conductivity": conductivity, "oxidation_limit": oxidation}.items():
        own = [values.get(i, 0.5) if isinstance(values, dict) else values for i in ids]
        frame[f"{name}_value"], frame[f"{name}_desirability"] = own, own
    frame.to_parquet(path / "ranking.parquet")
    models = [{"model": "crystal 0.1.0", "property": "bulk_modulus", "weights": weights}]
    (path / "config.yaml").write_text(yaml.safe_dump({"screen": SCREEN, "models": models}))
    return RunFolder(path)


IDS = [f"c{i:02d}" for i in range(20)]


def test_a_run_does_not_differ_from_itself(tmp_path):
    found = diff(one := run(tmp_path / "a", IDS), one)
    assert found.n_beyond_noise == 0
    assert found.rank_correlation == pytest.approx(1.0)
    assert (found.moved["move"] == 0).all()
    assert set(found.moved["through"]) == {""}
    assert found.models.empty


def test_a_leader_outside_its_own_interval_has_not_moved(tmp_path):
    one = run(tmp_path / "a", IDS)
    frame = one.ranking().assign(rank_low=8, rank_high=12)  # in each draw others are ahead
    frame.to_parquet(one.path / "ranking.parquet")
    assert diff(one, one).n_beyond_noise == 0


def test_a_small_step_of_a_leader_outside_its_own_interval_is_noise(tmp_path):
    """The rank goes by the worth in all draws, so that it may lie outside of the interval of ranks in single ones."""
    runs = [run(tmp_path / name, ids) for name, ids in (("a", IDS), ("b", [IDS[1], IDS[0], *IDS[2:]]))]
    for one in runs:
        one.ranking().assign(rank_low=5, rank_high=20).to_parquet(one.path / "ranking.parquet")
    found = diff(*runs)
    assert found.n_beyond_noise == 0
    assert set(found.moved["candidate_id"].head(2)) == {"c00", "c01"}


def test_the_one_that_moved_is_first_with_its_cause(tmp_path):
    after = [i for i in IDS if i != "c15"]
    after.insert(2, "c15")
    found = diff(run(tmp_path / "a", IDS), run(tmp_path / "b", after, oxidation={"c15": 0.9}, weights="bbb"))
    first = found.moved.iloc[0]
    assert (first["candidate_id"], first["rank_before"], first["rank_after"]) == ("c15", 16, 3)
    assert first["through"] == "oxidation_limit"
    assert (first["value_before"], first["value_after"]) == (0.5, 0.9)
    assert first["is_beyond_noise"]
    assert found.n_beyond_noise == 1, "those it pushed down by one stay within their interval"
    assert list(found.models["property"]) == ["bulk_modulus"]


def test_the_weight_decides_between_two_causes(tmp_path):
    after = ["c01", "c00", *IDS[2:]]
    found = diff(
        run(tmp_path / "a", IDS), run(tmp_path / "b", after, conductivity={"c01": 0.9}, oxidation={"c01": 0.7})
    )
    moved = found.moved.set_index("candidate_id")
    assert moved.loc["c01", "through"] == "oxidation_limit"  # 0.8 ln(0.7/0.5) is more than 0.2 ln(0.9/0.5)


def test_wide_intervals_are_no_move(tmp_path):
    after = [*IDS[5:], *IDS[:5]]
    narrow = diff(run(tmp_path / "a", IDS), run(tmp_path / "b", after))
    wide = diff(run(tmp_path / "c", IDS, width=19), run(tmp_path / "d", after, width=19))
    assert narrow.n_beyond_noise == 20
    assert wide.n_beyond_noise == 0


def test_a_larger_pool_alone_moves_nobody(tmp_path):
    larger = [x for i, own in enumerate(IDS) for x in (f"new{i}", own)]
    found = diff(run(tmp_path / "a", IDS), run(tmp_path / "b", larger))
    assert (found.moved["rank_before"] == found.moved["rank_after"]).all()
    assert found.n_beyond_noise == 0
    assert (len(found.entered), len(found.left)) == (20, 0)


def test_runs_without_a_common_candidate_are_refused(tmp_path):
    with pytest.raises(UsageError, match="in common"):
        diff(run(tmp_path / "a", IDS), run(tmp_path / "b", IDS, role="coating"))


def test_a_run_of_version_0_2_against_one_of_today(tmp_path):
    """Today an imputed desirability is missing, and there are columns that were not there."""
    old = run(tmp_path / "old", IDS, conductivity={"c03": 0.9})
    new = run(tmp_path / "new", [IDS[3], *IDS[:3], *IDS[4:]], conductivity={"c03": 0.9}, oxidation={"c03": 0.8})
    frame = new.ranking()
    frame.loc[frame["candidate_id"] == "c05", ["oxidation_limit_value", "oxidation_limit_desirability"]] = np.nan
    frame["oxidation_limit_imputed"] = frame["candidate_id"] == "c05"
    frame["rank_median"] = frame["rank"].astype("Int64")
    frame.assign(p_first_10=0.5, variant_of="", is_made=True).to_parquet(new.path / "ranking.parquet")
    for first, second in ((old, new), (new, old)):
        found = diff(first, second)
        assert len(found.moved) == len(IDS)
        assert found.moved.set_index("candidate_id").loc["c03", "through"] == ("oxidation_limit")
    assert np.isnan(found.moved.set_index("candidate_id").loc["c05", "move"]) == np.False_
