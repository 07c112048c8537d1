"""The command line and the Python interface give one answer to each kind of question."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import ssbscreen as ssb
from ssbscreen.cli.main import app
from ssbscreen.query.plain import plain


def said(*arguments: object) -> str:
    """What a verb prints."""
    done = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module")
def run(finished) -> ssb.Run:
    return ssb.load_run(finished.run.path)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ((), {}),
        (("--where", "ionic_conductivity > 1e-5 and is_made"), {"where": "ionic_conductivity > 1e-5 and is_made"}),
        (("--sort", "-oxidation_limit", "--top", "7"), {"sort": "-oxidation_limit", "top": 7}),
        (("--class", "oxide", "--expand"), {"chemistry_class": "oxide", "is_expanded": True}),
    ],
)
def test_rows_of_a_query(run, options, asked):
    sent = json.loads(said("query", "--run", run.path, "--role", "separator", "--format", "json", *options))
    own = run.query(role="separator", **asked)
    assert [row["candidate_id"] for row in sent] == own["candidate_id"].tolist()
    assert [row["score"] for row in sent] == pytest.approx(own["score"].tolist(), rel=1e-10, nan_ok=True)


def test_one_candidate_and_several(run):
    assert json.loads(said("show", "Li6PS5Cl", "--run", run.path, "--json")) == plain(run.candidate("Li6PS5Cl").record)
    names = run.query(top=2)["candidate_id"].tolist()
    table = run.compare(*names)
    printed = said("compare", *names, "--run", run.path, "--wide")
    for criterion, cells in table.iterrows():
        line = next(line for line in printed.splitlines() if line.startswith(str(criterion)))
        assert all(str(cell) in line for cell in cells)


def test_what_to_measure_next(run):
    sent = json.loads(said("suggest", "--n", "3", "--run", run.path, "--format", "json"))
    own = run.suggest(3)
    assert [(row["candidate_id"], row["test"]) for row in sent] == list(
        zip(own["candidate_id"], own["test"], strict=True)
    )


def test_window_and_pair(sandbox):
    assert json.loads(said("window", "Li3PS4", "--json")) == plain(ssb.window("Li3PS4").record)
    asked = ("Li3PS4", "LCO", "--coating", "LiNbO3")
    assert json.loads(said("pair", *asked, "--json")) == plain(ssb.pair("Li3PS4", "LCO", coating="LiNbO3").record)


def test_predictions(tmp_path, sandbox):
    pd.DataFrame({"candidate_id": ["a"], "composition": ["Li6PS5Cl"]}).to_csv(tmp_path / "in.csv", index=False)
    said("predict", tmp_path / "in.csv", "--property", "density", "--out", tmp_path / "out.csv")
    own = ssb.predict(pd.Series(["Li6PS5Cl"], index=["a"]), "density")
    assert pd.read_csv(tmp_path / "out.csv")["mean"].tolist() == pytest.approx(own["mean"].tolist(), rel=1e-9)
