"""Check the contents of a run folder against what the documentation promises."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = (
    "rank rank_low rank_high tie_group candidate_id formula chemistry_class family role score p_all pareto_front "
    "limiting_criterion coverage in_domain next_test"
).split()


def main(folder: Path) -> None:
    """Raise AssertionError where the run is not what it should be."""
    for name in (
        "ranking.parquet",
        "predictions.parquet",
        "attrition.csv",
        "rejected.csv",
        "config.yaml",
        "report.html",
        "report.md",
        "report.csv",
        "report.json",
        "score_terms.parquet",
    ):
        assert (folder / name).is_file(), f"{name} is missing"
    frame = pd.read_parquet(folder / "ranking.parquet")
    assert list(frame.columns[: len(COLUMNS)]) == COLUMNS, list(frame.columns[: len(COLUMNS)])
    assert set(frame["role"]) == {"pair", "separator"}, set(frame["role"])
    for _, own_role in frame[frame["rank"].notna()].groupby("role"):
        assert list(own_role["rank"]) == list(range(1, len(own_role) + 1))
        assert own_role["score"].is_monotonic_decreasing
    ranked = frame[frame["rank"].notna() & (frame["role"] == "separator")]
    assert len(ranked) >= 250, f"only {len(ranked)} ranked"
    assert {"sulfide", "oxide", "halide", "polymer"} <= set(ranked["chemistry_class"]), set(ranked["chemistry_class"])
    assert ranked["score"].between(0, 1).all()
    assert (ranked["rank_low"] <= ranked["rank_median"]).all()
    assert (ranked["rank_median"] <= ranked["rank_high"]).all()
    assert ranked["p_all"].between(0, 1).all()
    assert ranked["coverage"].between(0, 1).all()
    assert ranked["is_made"].head(20).mean() > 0.5, "leaders that nobody made"
    assert not ranked["material"].duplicated().any(), "one material in two ranks"
    assert frame["candidate_id"].is_unique
    own = ~ranked["ionic_conductivity_imputed"].astype(bool)
    assert own.mean() > 0.9, f"conductivity predicted for {own.mean():.0%} only"
    spread = np.log10(ranked.loc[own, "ionic_conductivity_value"])
    assert spread.std() > 0.3, "all conductivities alike"
    held = ranked[own]  # a gel has no predicted conductivity
    assert (held["ionic_conductivity_low"] <= held["ionic_conductivity_value"]).all()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert len(page) < 3_000_000, f"the report has {len(page):,} characters"
    assert 'src="http' not in page, "the report loads something from elsewhere"
    listed = pd.read_csv(folder / "report.csv")["candidate_id"]
    assert set(ranked["candidate_id"].head(100)) <= set(listed), "leaders are missing from the report"
    print(f"{folder}: {len(ranked)} ranked, {ranked['chemistry_class'].value_counts().to_dict()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
