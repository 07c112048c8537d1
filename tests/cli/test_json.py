"""`--json` prints what the tables say, for programs."""

from __future__ import annotations

import json

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
    assert [name for name in printing if not {"--json", "--format"} & found[name]] == []
