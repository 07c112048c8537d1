"""What the report says, and that its compact numbers are the numbers of the ranking."""

import base64
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_report_run import CRITERIA, MORE_CRITERIA, ranking, write_run
from markupsafe import Markup

from ssbscreen.core.number_text import number
from ssbscreen.query.report import accounts
from ssbscreen.query.report.compact import encoded_numbers
from ssbscreen.query.report.content import content_of
from ssbscreen.query.report.numbers import shown, with_subscripts
from ssbscreen.query.report.page import write_report
from ssbscreen.query.report.payload import embedded
from ssbscreen.query.report.shown_criteria import shown_criteria, weights_of
from ssbscreen.query.report.shown_rows import EVIDENCE
from ssbscreen.query.report.summary import summary, test_titles
from ssbscreen.query.series import collapsed

HOSTILE = ("</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202efic", "=LINK(1)", "a|b`c")


def decoded_numbers(column: dict[str, object]) -> np.ndarray:
    """The numbers of `encoded_numbers`, rounded to three significant digits; NaN where missing."""
    codes = np.frombuffer(base64.b64decode(str(column["codes"])), dtype=f"<i{column['size']}").astype(int)
    low = int(str(column["low"]))
    size = np.abs(codes) - 1
    numbers = [float(f"{s % 900 + 100}e{s // 900 + low - 2}") for s in np.maximum(size, 0)]
    values = np.where(codes == 0, 0.0, np.sign(codes) * np.array(numbers, dtype=float))
    return np.where(codes == -32768, np.nan, values)


@given(st.lists(st.floats(-1e300, 1e300), max_size=40))
def test_compact_numbers_are_those_that_are_printed(values):
    back = decoded_numbers(encoded_numbers(np.array(values)))
    expected = [number(v) if np.isfinite(v) else "" for v in values]
    assert [number(v) for v in back] == [e if float(e or 1) != 0 else "0" for e in expected]


def test_two_bytes_are_enough_for_most_columns_and_no_number_is_lost_in_the_others():
    assert encoded_numbers(np.array([1e-25, 1.0]))["size"] == 2
    wide = np.array([1e-300, -3.21e300, 0.0, np.nan, np.inf])
    column = encoded_numbers(wide)
    assert column["size"] == 4
    np.testing.assert_allclose(decoded_numbers(column), [1e-300, -3.21e300, 0.0, np.nan, np.nan])


def test_embedded_text_cannot_end_its_element_and_comes_back():
    value = {"a": [*HOSTILE, "\u2028<!--&"], "b": float("nan")}
    text = embedded(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == {"a": value["a"], "b": None}


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.07e-3, "2.07×10⁻³"), (0.0123, "0.0123"), (4e6, "4×10⁶"), (999999, "1×10⁶"), (-1.236, "-1.24"), (0, "0")],
)
def test_numbers_are_printed_as_in_papers(value, text):
    assert shown(value) == text


def test_formulas_have_subscripts_and_names_do_not():
    assert with_subscripts("Li6.25PS5") == Markup("Li<sub>6.25</sub>PS<sub>5</sub>")
    assert with_subscripts("80Li2S-20P2S5 glass") == "80Li2S-20P2S5 glass"
    assert "<img" not in with_subscripts("<img>2")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("run"), ranking(60, HOSTILE))


def test_summary_counts_what_the_table_holds(run):
    frame, config = run.ranking(), run.config()
    own = shown_criteria(tuple(CRITERIA), config, "separator")
    told = summary(frame, "separator", own, test_titles())
    ranked = frame[frame["rank"].notna()]
    assert told.n_ranked == len(ranked) == 59
    assert told.n_tied == (ranked["tie_group"] == 1).sum()
    assert {c.key: c.n_ranked for c in told.classes} == Counter(ranked["chemistry_class"])
    first = collapsed(ranked).sort_values("rank").head(20)
    assert told.n_measured == first["ionic_conductivity_evidence"].eq("measured").sum()
    assert sum(share.n for share in told.held_back) == 20
    best = [c.rank for c in told.classes]
    assert best == sorted(best)
    for one in told.classes:  # a class is led by the best of its series, which was made where any member was
        series = collapsed(ranked)
        assert one.rank == series[series["chemistry_class"] == one.key]["rank"].min()


def test_what_values_rest_on_is_told_apart(run):
    (rows,) = content_of(run, 5).roles
    for name in CRITERIA:
        told = [EVIDENCE[code] for code in rows.evidence(name)]
        assert told == list(rows.frame[f"{name}_evidence"])


def test_weights_are_shares_of_the_whole(run):
    weights = weights_of(run.config()["screen"])
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["ionic_conductivity"] == pytest.approx(0.25)


def test_funnel_adds_up(run):
    steps = accounts.funnel(run, run.ranking(), "separator")
    assert [s.n_left for s in steps] == [69, 60, 59, 20]
    assert all(a.n_left - b.n_removed == b.n_left for a, b in pairwise(steps))


def test_files_beside_the_page(run):
    page = write_report(run)
    folder = page.parent
    text, table = (folder / "report.md").read_text(), pd.read_csv(folder / "report.csv")
    columns = json.loads((folder / "report.json").read_text())
    assert "</script>" not in text
    assert "\u202e" not in text
    assert len(table) == 60
    assert "'=LINK(1)" in set(table["label"])
    again = pd.DataFrame(columns["candidates"])
    np.testing.assert_allclose(again["score"], run.ranking()["score"], rtol=1e-3)
    assert columns["criteria"][0]["unit"] == "S/cm"
    assert list(again["rank"].dropna()) == list(range(1, 60))


def test_the_page_is_self_contained_and_small(tmp_path):
    names = (*CRITERIA, *MORE_CRITERIA)
    run = write_run(tmp_path, ranking(5001, HOSTILE, names), names)
    page = write_report(run).read_text()
    assert len(page.encode()) < 3_000_000
    assert 'src="http' not in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page


def test_the_page_is_the_same_whenever_it_is_made(run):
    code = "import sys; from pathlib import Path; from ssbscreen.query.store import RunFolder\n"
    code += "from ssbscreen.query.report.page import write_report; write_report(RunFolder(Path(sys.argv[1])))"
    pages = []
    for seed in "12":  # of the order of sets
        subprocess.run(
            [sys.executable, "-c", code, str(run.path)], check=True, env=os.environ | {"PYTHONHASHSEED": seed}
        )
        pages.append((run.path / "report.html").read_bytes())
    assert pages[0] == pages[1]


def test_a_run_without_ranks_or_screen_has_a_report(tmp_path):
    frame = ranking(5)
    frame["rank"] = frame["tie_group"] = pd.array([None] * 5, dtype="Int64")
    run = write_run(tmp_path, frame)
    (tmp_path / "config.yaml").write_text("settings: {screen: separator}\n")
    assert "No separator candidate has a rank" in write_report(run).read_text()
