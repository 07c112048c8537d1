"""The standing check of a refined run: one pool, one thing changed, outcomes hidden both times."""

from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner

from ssbscreen.app import evaluate_ranking as check
from ssbscreen.app.evaluate_ranking import KNOWN, REFINED, evaluate_refined
from ssbscreen.cli.main import app
from ssbscreen.core.errors import UsageError
from ssbscreen.query.outcome_check import OrderScore
from ssbscreen.screening.settings import load_settings


def run_of(path, **settings):
    plain = load_settings(**settings).model_dump(mode="json", exclude_defaults=True)
    return SimpleNamespace(path=path, config=lambda: {"settings": plain, "run": {"inputs": ["prototypes", KNOWN]}})


def test_both_lists_differ_in_the_calculated_values_alone(tmp_path, monkeypatch):
    made = []

    def screened(settings, inputs, out, progress, *, is_forced):
        made.append((settings, inputs, out))
        score = [0.5, 0.4, float("nan")] if settings.calculated is None else [0.5, 0.3, float("nan")]
        rows = {"candidate_id": ["a", "b", "c"], "score": score, "role": "separator"}
        return SimpleNamespace(run=SimpleNamespace(ranking=lambda: pd.DataFrame(rows), role="separator"))

    def checked(ranking, outcomes, seed):
        assert len(outcomes) > 10
        value = float(ranking["score"].iloc[1])
        return (OrderScore("cells", "score", "rank correlation", value, 0.0, 1.0, 0.0, 3),)

    monkeypatch.setattr(check, "run_screen", screened)
    monkeypatch.setattr(check, "check_outcomes", checked)
    monkeypatch.setattr(check, "_weaknesses", lambda *_: ())
    monkeypatch.setattr(check, "table_of", lambda found: pd.DataFrame({"is_limiting": [True]}))
    found = evaluate_refined(run_of(tmp_path / "run", calculated=tmp_path), tmp_path / "out", lambda *_: None)
    (before, inputs, _), (after, same, _) = made
    assert inputs == same
    assert inputs[:2] == ["prototypes", KNOWN]
    assert [pd.read_csv(path)["candidate_id"].str.split("/").str[0].iat[0] for path in inputs[2:]] == ["tried", "known"]
    assert before.hide_outcomes
    assert before.calculated is None
    assert after == before.model_copy(update={"calculated": tmp_path})
    assert (found.n_moved, found.n_rows) == (1, 3)
    assert found.largest_move == pytest.approx(0.1)
    assert dict(zip(found.outcomes["ranking"], found.outcomes["value"], strict=True)) == dict(
        zip(REFINED, (0.4, 0.3), strict=True)
    )
    assert set(pd.read_csv(tmp_path / "out" / "weaknesses.csv")["ranking"]) == set(REFINED)
    with pytest.raises(UsageError, match="nothing calculated"):
        evaluate_refined(run_of(tmp_path / "run"), tmp_path / "out", lambda *_: None)


def test_a_refined_run_belongs_to_the_check_of_the_ranking(tmp_path):
    for names in ([], ["conductivity"], ["ranking", "conductivity"]):
        result = CliRunner().invoke(app, ["evaluate", *names, "--refined", str(tmp_path)])
        assert isinstance(result.exception, UsageError)
        assert "evaluate ranking" in str(result.exception)
