"""Shares as whole percentages are one number in terminal, report and page; a chance that is 1 for all is not said."""

import base64
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ssbscreen.query.columns import first_note, first_of, first_title, share_text
from ssbscreen.query.ranking_view import ranking_view
from ssbscreen.query.records import Records
from ssbscreen.query.report.compact import encoded_percents
from ssbscreen.query.sheet import _among
from ssbscreen.query.tables import top_table

THOUSANDTHS = [i / 1000 for i in range(1001)]
PASSES_A_HALF_WHEN_CUT = [0.5446, 0.5449999, 0.0349951, 0.9949]  # to three digits, or to steps of 1/200
NUMBERS_JS = Path(__file__).parents[2] / "ssbscreen" / "app" / "web" / "js" / "numbers.js"


def by_hand(share: float) -> str:
    """Halves up, in whole numbers."""
    exact = Fraction(str(share))
    return "<1%" if 0 < exact < Fraction(1, 200) else f"{(200 * exact + 1) // 2}%"


@pytest.mark.parametrize("shares", [THOUSANDTHS, PASSES_A_HALF_WHEN_CUT])
def test_halves_go_up_and_nothing_is_rounded_twice(shares):
    assert [share_text(share) for share in shares] == [by_hand(share) for share in shares]


@pytest.mark.parametrize("shares", [THOUSANDTHS, PASSES_A_HALF_WHEN_CUT])
def test_the_report_holds_the_percentages_that_the_terminal_prints(shares):
    codes = base64.b64decode(encoded_percents([*shares, np.nan]))
    assert codes[-1] == 255
    assert ["<1%" if code == 254 else f"{code}%" for code in codes[:-1]] == [by_hand(share) for share in shares]


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_page_rounds_as_the_terminal_does():
    program = (
        f"import {{ wholePercent }} from '{NUMBERS_JS.as_uri()}';"
        "console.log(Array.from({ length: 1001 }, (_, i) => wholePercent(i / 1000)).join(' '));"
    )
    done = subprocess.run(["node", "--input-type=module", "-e", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str((2 * i + 10) // 20) for i in range(1001)]


@pytest.mark.parametrize(("n_ranked", "n_first"), [(0, 0), (10, 0), (11, 10), (300, 10), (301, 100)])
def test_a_list_that_holds_all_is_not_said(n_ranked, n_first):
    assert first_of(n_ranked) == n_first
    assert bool(first_title(n_first)) == bool(first_note(n_first)) == bool(n_first)


ROW = {
    **{"rank": 1, "tie_group": 1, "candidate_id": "a", "formula": "Li3YCl6", "label": "", "chemistry_class": "halide"},
    **{"family": "halide_rocksalt", "role": "separator", "score": 0.5, "score_low": 0.4, "score_high": 0.6},
    **{"p_first_10": 1.0, "p_first_100": 1.0, "limiting_criterion": "", "coverage": 0.545, "p_all": 0.285},
    **{"is_made": True, "in_domain": True, "next_test": "", "pareto_front": True},
}


def test_tables_of_ten_rows_have_no_column_of_it():
    frame = pd.DataFrame([ROW])
    for n_first, is_there in ((0, False), (10, True)):
        shown = ranking_view(Records.of(frame), is_of_pairs=False, n_first=n_first).header
        assert any(name.startswith("among") for name in shown) is is_there
        assert any(name.startswith("among") for name in top_table(frame, 1, n_first)) is is_there
        assert "" not in (*shown, *top_table(frame, 1, n_first))


@pytest.mark.parametrize(
    ("n_ranked", "said"),
    [
        (10, ""),
        (11, "; among the first 10 in 100% of the draws"),
        (101, "; among the first 10 in 100% of the draws, among the first 100 in 100%"),
    ],
)
def test_one_candidate_says_it_of_the_lists_that_leave_rows_out(n_ranked, said):
    assert _among(pd.Series(ROW), n_ranked) == said
