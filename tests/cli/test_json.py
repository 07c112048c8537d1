"""`--json` prints what the tables say, for programs."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ssbscreen.cli.main import app
from ssbscreen.query.plain import plain


def _json(*words: str) -> object:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_candidate_and_a_comparison(finished):
    run, best = str(finished.run.path), finished.run.ranking().iloc[0]
    card = _json("show", str(best["candidate_id"]), "--run", run, "--json")
    assert card["row"]["score"] == pytest.approx(best["score"])
    name = next(iter(card["criteria"]))
    assert card["criteria"][name]["unit"]
    both = _json("compare", str(best["candidate_id"]), str(best["candidate_id"]), "--run", run, "--json")
    assert [one["row"]["candidate_id"] for one in both] == [best["candidate_id"]] * 2


def test_rows_are_json_by_one_option_and_by_the_one_of_old(finished):
    run = ("--run", str(finished.run.path))
    rows = _json("query", *run, "--top", "3", "--json")
    assert len(rows) == 3
    assert rows == _json("query", *run, "--top", "3", "--format", "json")
    folder = str(finished.run.path)
    assert _json("diff", folder, folder, "--json") == _json("diff", folder, folder, "--format", "json")


def test_what_decides_about_a_candidate_fits_one_screen(finished):
    best = str(finished.run.ranking().query("role == 'separator'").iloc[0]["candidate_id"])

    def said(*words):
        result = CliRunner().invoke(app, ["show", best, "--run", str(finished.run.path), *words], env={"COLUMNS": "80"})
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    short, whole = said(), said("--all")
    assert len(short) <= 45 < len(whole)
    assert short[0] == whole[0] == best or short[0].startswith(best)
    assert any(line.startswith("rank 1 of") for line in short)
    criteria = {line.split()[0] for line in whole if line.endswith(("#", "0.00 "))}
    assert criteria
    assert criteria <= {line.split()[0] for line in short if line}  # not one criterion is left out
    assert any("reactions with lithium" in line for line in whole)


def test_a_report_names_its_run_as_refine_and_diff_do(finished, tmp_path):
    twice = CliRunner().invoke(app, ["report", str(tmp_path), "--run", str(tmp_path)])
    assert twice.exit_code != 0
    assert "given twice" in str(twice.exception)
    copied = tmp_path / "run"
    shutil.copytree(finished.run.path, copied)
    for words in ((str(copied),), ("--run", str(copied))):
        (copied / "report.html").unlink()
        assert CliRunner().invoke(app, ["report", *words]).exit_code == 0
        assert (copied / "report.html").stat().st_size > 100_000


def test_window_pair_and_lists(sandbox):
    window = _json("window", "LLZO", "--reference", "embedded", "--json")
    assert window["oxidation_limit"] == pytest.approx(2.91, abs=0.2)
    assert window["steps"][-1]["high_V"] is None  # there is no end above
    pair = _json("pair", "Li6PS5Cl", "LFP", "--coating", "LiNbO3", "--reference", "embedded", "--json")
    assert pair["contacts"][0]["reaction_energy_eV_per_atom"] <= 0.0
    assert {"conductivity", "elasticity"} <= {row["model"].split()[0] for row in _json("models", "list", "--json")}
    assert _json("models", "show", "conductivity", "--json")["name"] == "conductivity"
    assert "literature" in {row["name"] for row in _json("data", "list", "--json")}
    assert "density" in {row["property"] for row in _json("models", "properties", "--json")}
    assert _json("data", "history", "--json") == []  # nothing was imported in the sandbox
    assert {"cache", "models"} <= {row["name"] for row in _json("where", "--json")}


def test_plain_values():
    table = pd.DataFrame({"a": [1.0, np.nan], "b": [np.int64(3), 4], "c": ["x", None]})
    assert plain({"t": table, "n": np.array([np.inf, 2.0]), "f": float("nan"), "s": (1, "é", True, pd.NA)}) == {
        "t": [{"a": 1.0, "b": 3, "c": "x"}, {"a": None, "b": 4, "c": None}],
        "n": [None, 2.0],
        "f": None,
        "s": [1, "é", True, None],
    }
    with pytest.raises(TypeError):
        plain(object())


def test_every_verb_that_only_prints_has_a_form_for_programs():
    from typer.main import get_command

    def verbs(command, name):
        for key, one in getattr(command, "commands", {}).items():
            yield from verbs(one, f"{name} {key}".strip())
        if not hasattr(command, "commands"):
            yield name, {flag for parameter in command.params for flag in parameter.opts}

    printing = {"query", "show", "compare", "diff", "suggest", "window", "pair", "where", "doctor", "data list"}
    printing |= {"data history", "models list", "models properties", "models potentials", "models show"}
    found = dict(verbs(get_command(app), ""))
    assert printing <= set(found)
    assert [name for name in printing if "--json" not in found[name]] == []
