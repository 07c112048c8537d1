"""Names with markup, HTML, formulas and control characters, shown by every verb that shows names."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ssbscreen.cli.main import app
from ssbscreen.files.writing import write_table
from ssbscreen.query.report.page import write_report
from ssbscreen.query.store import RunFolder

NAMES = ["[/b]x", "[red]y[/red]", "\x1b[31mz\x1b[0m", "<script>alert(1)</script>", "a\u202efic", r"$\frac{$ _x^"]


def ranking():
    n = len(NAMES)
    rank = pd.array([*range(1, n + 1)], dtype="Int64")
    columns = {
        "rank": rank,
        "rank_low": rank,
        "rank_high": rank,
        "tie_group": rank,
        "candidate_id": NAMES,
        "formula": ["LiF"] * n,
        "chemistry_class": ["halide"] * n,
        "family": NAMES,
        "role": ["separator"] * n,
        "score": np.linspace(0.9, 0.4, n),
        "p_all": 0.5,
        "pareto_front": True,
        "limiting_criterion": "ionic_conductivity",
        "coverage": 1.0,
        "in_domain": True,
        "next_test": "impedance",
        "score_low": 0.1,
        "score_high": 0.9,
        "label": NAMES,
    }
    for name in ("ionic_conductivity", "oxidation_limit"):
        columns |= {f"{name}_{part}": 1.0 for part in ("value", "low", "high", "desirability")}
        columns[f"{name}_imputed"] = False
    return pd.DataFrame(columns)


@pytest.fixture
def runs(tmp_path):
    for name in ("one", "two"):
        folder = tmp_path / name
        gates = pd.DataFrame({"gate": ["lithium"], "n_in": [7], "n_removed": [1], "n_left": [6]})
        write_table(gates, folder / "attrition.csv")
        write_table(pd.DataFrame({"input": NAMES, "reason": NAMES}), folder / "rejected.csv")
        (folder / "config.yaml").write_text("settings: {screen: separator}\n")
        write_table(ranking(), folder / "ranking.parquet")
    return tmp_path


def assert_harmless(text):
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("query", "--run", "{runs}/one"),
        ("query", "--run", "{runs}/one", "--wide"),
        ("compare", "[/b]x", "[red]y[/red]", "--run", "{runs}/one"),
        ("compare", NAMES[2], NAMES[4], "--run", "{runs}/one"),
        ("diff", "{runs}/one", "{runs}/two"),
        ("query", "--run", "{runs}/one", "--where", "candidate_id == '[/b]\x1b[31m'"),
        ("compare", "\x1b[31mnobody", "--run", "{runs}/one"),
        ("window", "\x1b[31mnobody"),
        ("window", "Li" + "9" * 100_000),
        ("query", "--run", "{runs}/one", "--where", "(" * 900 + "rank" + ")" * 900),
        ("query", "--run", "{runs}/one", "--where", "not " * 450 + "rank"),
        ("query", "--run", "{runs}/one", "--where", "rank < " + "-" * 1900 + "1"),
        ("query", "--run", "{runs}/one", "--where", "rank < " + "9" * 1900),
        ("query", "--run", "{runs}/one", "--where", "rank < 1 or " * 90_000),
    ],
)
def test_names_are_text_to_every_verb(arguments, runs):
    done = CliRunner().invoke(app, [part.replace("{runs}", str(runs)) for part in arguments])
    assert (
        done.exception is None
        or isinstance(done.exception, SystemExit)
        or "ssbscreen" in type(done.exception).__module__
    )
    assert_harmless(done.output)
    if arguments[0] == "query" and done.exit_code == 0 and "--where" not in arguments:
        assert "[/b]x" in done.output
        assert "[red]y[/red]" in done.output
        assert "\\x1b[31mz" in done.output


def test_names_are_text_to_the_report(runs):
    page = write_report(RunFolder(runs / "one")).read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert_harmless(page)
