"""Selecting, finding and comparing rows, run folders and the report on a hand-made ranking."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.files.writing import write_atomic, write_table
from ssbscreen.query import figures
from ssbscreen.query.columns import criteria_of
from ssbscreen.query.comparison import compared, comparison
from ssbscreen.query.last_run import last_run, note
from ssbscreen.query.lookup import find
from ssbscreen.query.query import Query, run_query
from ssbscreen.query.report.page import write_report
from ssbscreen.query.store import RunFolder, open_run


@pytest.fixture
def frame():
    n = 6
    rows = pd.DataFrame(
        {
            "rank": pd.array([1, 2, 3, 4, 5, None], dtype="Int64"),
            "rank_low": pd.array([1, 1, 2, 3, 5, None], dtype="Int64"),
            "rank_high": pd.array([2, 3, 4, 5, 5, None], dtype="Int64"),
            "tie_group": pd.array([1, 1, 1, 2, 2, None], dtype="Int64"),
            "candidate_id": list("abcdef"),
            "formula": ["Li3YCl6", "Li7La3Zr2O12", "Li6PS5Cl", "Li3YCl6", "*CCO*", "LiX"],
            "chemistry_class": ["halide", "oxide", "sulfide", "halide", "polymer", "other"],
            "family": ["x"] * n,
            "role": ["separator"] * n,
            "score": [0.5, 0.4, 0.3, 0.2, 0.1, 0.05],
            "p_all": [0.5] * n,
            "pareto_front": [True, False, True, False, False, False],
            "limiting_criterion": ["ionic_conductivity"] * n,
            "coverage": [1, 1, 1, 1, 0.6, 0.3],
            "in_domain": [True] * 5 + [False],
            "next_test": ["impedance"] * n,
            "score_low": [0.4, 0.3, 0.2, 0.1, 0.05, 0.01],
            "score_high": [0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
            "label": ["", "LLZO", "", "", "PEO", ""],
        }
    )
    for name, values in {
        "ionic_conductivity": [1e-4, 1e-3, 2e-3, 5e-4, 1e-6, np.nan],
        "oxidation_limit": [4.2, 2.9, 2.1, 4.0, np.nan, np.nan],
    }.items():
        rows[f"{name}_value"] = values
        rows[f"{name}_low"] = np.array(values) * 0.9
        rows[f"{name}_high"] = np.array(values) * 1.1
        rows[f"{name}_desirability"] = [0.5, 0.6, 0.7, 0.4, 0.2, 0.3]
        rows[f"{name}_imputed"] = np.isnan(values)
    return rows


def test_criterion_means_its_value(frame):
    hit = run_query(frame, Query(where="ionic_conductivity >= 5e-4", sort="oxidation_limit"))
    assert list(hit["candidate_id"]) == ["c", "b", "d"]


def test_missing_sorts_last_both_ways(frame):
    assert run_query(frame, Query(sort="oxidation_limit"))["candidate_id"].iloc[-1] in "ef"
    assert run_query(frame, Query(sort="-oxidation_limit"))["candidate_id"].iloc[0] == "a"
    assert run_query(frame, Query(sort="-oxidation_limit"))["candidate_id"].iloc[-1] in "ef"


@pytest.mark.parametrize(
    "query", [Query(role="sepparator"), Query(chemistry_class="oxid"), Query(top=0), Query(sort="conductivity_ionic")]
)
def test_refuses(frame, query):
    with pytest.raises(UsageError):
        run_query(frame, query)


def test_find_by_id_formula_in_any_order_and_label(frame):
    assert list(find(frame, "b")["candidate_id"]) == ["b"]
    assert list(find(frame, "Cl6YLi3")["candidate_id"]) == ["a", "d"]
    assert list(find(frame, "LLZO")["candidate_id"]) == ["b"]
    with pytest.raises(UsageError, match="candidate"):
        find(frame, "Na3PS4")


def test_compare_shows_missing_as_missing(frame):
    table = next(comparison(frame.loc[compared(frame, ["a", "PEO"])], None))
    row = next(row for row in table.rows if row[0] == "oxidation_limit V")
    assert row[1].startswith("4.2 [3.78, 4.62]")
    assert row[2] == "missing"
    assert criteria_of(frame) == ("ionic_conductivity", "oxidation_limit")


@pytest.fixture
def run(frame, tmp_path):
    folder = tmp_path / "runs" / "one"
    write_table(
        pd.DataFrame({"gate": ["lithium"], "n_in": [7], "n_removed": [1], "n_left": [6]}), folder / "attrition.csv"
    )
    write_table(pd.DataFrame({"input": ["bad.cif"], "reason": ["<b>empty</b>"]}), folder / "rejected.csv")
    (folder / "config.yaml").write_text("settings: {screen: separator}\n")
    write_table(frame, folder / "ranking.parquet")
    return RunFolder(folder)


def test_report_is_self_contained_and_escapes_what_users_wrote(run):
    page = write_report(run).read_text()
    assert "default-src 'none'" in page  # nothing is loaded, and no script but the page's own runs
    assert "<b>empty</b>" not in page
    assert "&lt;b&gt;empty&lt;/b&gt;" in page
    assert 'src="http' not in page
    assert "LLZO" in page


def test_latest_moves_in_one_step(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path / "home"))  # where the last run of the user is remembered
    runs = run.path.parent
    with pytest.raises(UsageError, match="No finished run"):
        open_run(None, runs)
    note(run.path)
    assert open_run(None, runs).path == run.path.resolve()
    other = runs / "two"
    other.mkdir()
    note(other)
    assert last_run(runs) == other.resolve()


def test_a_run_that_is_not_there_names_those_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path / "home"))
    with pytest.raises(UsageError, match="Run `ssbscreen screen` first"):
        open_run(tmp_path / "runs" / "defalt", tmp_path / "runs")
    for name in ("default", "mine"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "ranking.parquet").write_bytes(b"")
    (tmp_path / "runs" / "empty").mkdir()
    for given in (tmp_path / "runs" / "defalt", None):
        with pytest.raises(UsageError, match=r"default'.*mine'; name one") as error:
            open_run(given, tmp_path / "runs")
        assert "empty" not in str(error.value)


def test_write_is_all_or_nothing(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def half(place):
        place.write_text("ne")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, half)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
    with pytest.raises(InputError, match="xlsx"):
        write_table(pd.DataFrame(), tmp_path / "x.xlsx")


def test_pictures_are_drawn_for_a_pool_without_ranks(frame):
    frame["rank"] = pd.array([None] * len(frame), dtype="Int64")
    for draw in (figures.scores, figures.heat_map, figures.pareto, figures.classes):
        assert figures.png(draw(frame))[:4] == b"\x89PNG"
