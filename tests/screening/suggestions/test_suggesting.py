"""Suggestions of a run folder: made by hand where the truth is known, and of a real small screen."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from ssbscreen.cli.main import app
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.query.columns import caution_text
from ssbscreen.query.store import DRAWS, RunFolder
from ssbscreen.ranking.criteria import Screen, load_screen, screen_names
from ssbscreen.ranking.score_draws import ScoreDraws, to_arrays
from ssbscreen.ranking.tests_cost import TestTable, load_tests
from ssbscreen.screening.suggestions import next_tests
from ssbscreen.screening.suggestions.pending import pending_tests
from ssbscreen.screening.suggestions.suggest import similarity, suggest

IDS = ("sure", "open", "twin", "hopeless")
FORMULAS = ("Li3PS4", "Li3YCl6", "Li3YCl6", "Li2CO3")


def _screen():
    def row(key, group, direction, good, bad, **more):
        return {
            "property": key,
            "group": group,
            "direction": direction,
            "good": good,
            "bad": bad,
            "citation": "test",
            "test": "test",
        } | more

    return Screen.model_validate(
        {
            "name": "small",
            "role": "separator",
            "description": "test",
            "groups": {"transport": 0.2, "processing": 0.5, "window": 0.3},
            "criteria": [
                row("ionic_conductivity", "transport", "max", 1e-3, 1e-6, scale="log", hard_limit=1e-5),
                row("energy_above_hull", "processing", "min", 0.025, 0.1),
                row("oxidation_limit", "window", "max", 4.3, 2.0),
            ],
        }
    )


def _table(**changes):
    def test(name, kind, reveals, cost, needs, **more):
        return {
            "name": name,
            "title": name,
            "kind": kind,
            "needs": needs,
            "cost": cost,
            "source": "test",
            "reveals": {key: {"noise": noise, "source": "test"} for key, noise in reveals.items()},
        } | more

    values = {
        "units": {"measurement": "days", "calculation": "hours"},
        "sample_known": 1.0,
        "sample_new": 5.0,
        "made_new": 1.0,
        "made_source": "test",
        "sample_source": "test",
        "tests": [
            test("impedance", "measurement", {"ionic_conductivity": 0.3}, 1.0, "sample"),
            test("voltammetry", "measurement", {"oxidation_limit": 0.2}, 4.0, "sample"),
            test(
                "energy",
                "calculation",
                {"energy_above_hull": 0.02, "oxidation_limit": 0.1},
                100.0,
                "structure",
                for_known=False,
            ),
        ],
    }
    return TestTable.model_validate(values | changes)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Four candidates: a sure one, two of one composition that may be better, one that cannot; no records."""
    monkeypatch.setattr(next_tests, "_on_record", set)
    rng = np.random.default_rng(0)
    n = 256
    mean = np.array([[-3.5, 0.05, 3.5], [-4.5, 0.02, 4.2], [-4.6, 0.02, 4.2], [-7.0, 0.09, 2.3]])
    std = np.array([[0.05, 0.002, 0.05], [1.2, 0.002, 0.3], [1.2, 0.002, 0.3], [0.3, 0.005, 0.1]])
    stored = mean[:, :, None] + std[:, :, None] * rng.normal(size=(4, 3, n))
    draws = ScoreDraws(
        np.array(IDS, object),
        _screen(),
        np.arange(3),
        stored,
        np.ones((4, 3), bool),
        ("ionic_conductivity",),
        np.array([True, True, False, True]),
    )
    np.savez_compressed(tmp_path / DRAWS, **to_arrays(draws))
    pd.DataFrame(
        {
            "role": "separator",
            "candidate_id": IDS,
            "formula": FORMULAS,
            "label": None,
            "chemistry_class": "halide",
            "family": "other",
            "is_known": [True, False, False, False],
        }
    ).to_parquet(tmp_path / "ranking.parquet")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"screen": _screen().model_dump(mode="json")}))
    return RunFolder(tmp_path)


def test_open_question_is_asked_first(run):
    found = suggest(run, 3, "measurements", shortlist=1, tests=_table())
    assert found.table["candidate_id"].iloc[0] in ("open", "twin")
    assert found.table["test"].iloc[0] == "impedance"
    assert "hopeless" not in found.table["candidate_id"].tolist()
    assert found.unit == "days"
    first = found.table.iloc[0]
    assert first["score_if_in"] > found.bar > first["score_if_out"]
    assert first["cost"] == 6.0
    for words in ("ionic conductivity", "S/cm", "not in the best 1", "it takes at least about", "5 of them"):
        assert words in first["reason"]


def test_what_nobody_made_counts_by_the_chance_that_it_can_be_made(run):
    """The gain of a test that may never come about is its gain times the chance that it does."""
    sure = suggest(run, 1, "measurements", shortlist=1, tests=_table()).table.iloc[0]
    doubtful = suggest(run, 1, "measurements", shortlist=1, tests=_table(made_new=0.25)).table.iloc[0]
    assert doubtful["gain"] == pytest.approx(0.25 * sure["gain"], rel=1e-12)
    assert not doubtful["is_known"]
    assert "by 25%" in doubtful["reason"]
    run.ranking().assign(is_known=True).to_parquet(run.path / "ranking.parquet")
    made = suggest(run, 1, "measurements", shortlist=1, tests=_table(made_new=0.25)).table.iloc[0]
    assert made["gain"] == sure["gain"]


def test_a_suggestion_has_the_cautions_of_the_ranking_in_the_same_words(run):
    cautioned = run.ranking().assign(is_made=[True, False, False, False], in_domain=False, coverage=0.3)
    cautioned.to_parquet(run.path / "ranking.parquet")
    found = suggest(run, 4, "measurements", shortlist=1, tests=_table())
    own = cautioned.set_index("candidate_id").loc[found.table["candidate_id"]]
    assert found.readable()["caution"].tolist() == [caution_text(row) for _, row in own.iterrows()]
    assert found.readable()["caution"].iloc[0] == "not on record, outside domain, 30% known"
    cautioned.assign(is_made=True, in_domain=True, coverage=1.0).to_parquet(run.path / "ranking.parquet")
    assert "caution" not in suggest(run, 4, "measurements", shortlist=1, tests=_table()).readable()


def test_of_a_family_that_nobody_measured_a_batch_asks_once(run):
    """Three compounds that share nothing but their family, of which no conductivity is on record; then one is."""
    family = run.ranking().assign(family="halide_perovskite", formula=["Li3PS4", "Li3YCl6", "LiBaCl3", "Li2CO3"])
    family["ionic_conductivity_evidence"] = "predicted"
    family.to_parquet(run.path / "ranking.parquet")
    alone = suggest(run, 4, "measurements", shortlist=2, tests=_table())
    assert len(alone.table) == 1
    again = suggest(run, 4, "measurements", shortlist=2, tests=_table(), pending=["hopeless"])
    assert not len(again.table)  # what is under way on one of them is waited for
    family["ionic_conductivity_evidence"] = ["measured", "predicted", "predicted", "predicted"]
    family.to_parquet(run.path / "ranking.parquet")
    assert len(suggest(run, 4, "measurements", shortlist=2, tests=_table()).table) > 1


def test_twins_are_not_both_in_one_batch(run):
    """Two candidates of one composition say the same; a second test would be of no use."""
    chosen = suggest(run, 4, "measurements", shortlist=1, tests=_table(tests=_table().model_dump()["tests"][:1]))
    assert len({"open", "twin"} & set(chosen.table["candidate_id"])) == 1


@pytest.mark.parametrize(("price", "chosen"), [(1.2, "impedance"), (500.0, "rough")])
def test_price_decides_between_tests(run, price, chosen):
    """The exact test shows more than the rough one; it is worth a little more, not any price."""
    exact = _table().model_dump()["tests"][0]
    rough = exact | {
        "name": "rough",
        "title": "rough",
        "reveals": {"ionic_conductivity": {"noise": 1.0, "source": "test"}},
    }
    tests = _table(sample_known=0.0, sample_new=0.0, tests=[exact | {"cost": price}, rough])
    assert suggest(run, 1, "measurements", shortlist=1, tests=tests).table["test"].tolist() == [chosen]


def test_calculations_need_a_structure_and_news(run):
    """`twin` would be the first choice; it has no structure. Nothing new is learned of what was made before."""
    kind = _table().model_dump()["tests"][0] | {"kind": "calculation", "needs": "structure", "for_known": False}
    tests = _table(tests=[kind])
    found = suggest(run, 4, "calculations", shortlist=1, tests=tests)
    assert found.unit == "hours"
    assert found.table["candidate_id"].tolist() == ["open"]
    assert found.table["cost"].tolist() == [1.0]  # no sample is made
    run.ranking().assign(is_known=True).to_parquet(run.path / "ranking.parquet")
    assert len(suggest(run, 4, "calculations", shortlist=1, tests=tests).table) == 0


def test_measured_values_are_not_measured_again(run, monkeypatch):
    monkeypatch.setattr(next_tests, "_on_record", lambda: {("Li3YCl6", "ionic_conductivity")})
    found = suggest(run, 3, "measurements", shortlist=1, tests=_table())
    asked = set(zip(found.table["candidate_id"], found.table["test"], strict=True))
    assert not asked & {("open", "impedance"), ("twin", "impedance")}
    assert found.n_known == 2


def test_cited_measurements_are_on_record():
    known = next_tests._on_record()
    assert ("Li7La3Zr2O12", "ionic_conductivity") in known
    assert any("*" in formula and key == "ionic_conductivity" for formula, key in known)  # polymers, too


def test_same_seed_same_batch(run):
    first, second = (suggest(run, 3, "measurements", shortlist=1, seed=3, tests=_table()).table for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_similarity():
    chain = "*OCC*"
    found = similarity(
        [
            "Li7La3Zr2O12",
            "Li6.5La3Zr1.5Ta0.5O12",
            "Li6PS5Cl",
            f"{chain} + [Li+] 1 mol/kg",
            f"{chain} + [Li+] 2 mol/kg",
            "*OCCO* + [Li+] 1 mol/kg",
        ]
    )
    assert np.array_equal(found, found.T)
    assert found[0, 0] == pytest.approx(1.0)
    assert found[0, 1] > 0.8
    assert found[0, 2] < 0.1
    assert found[3, 4] == 0.9
    assert found[3, 5] == found[0, 3] == 0.0


def test_what_cannot_be_done_is_said(run, tmp_path):
    with pytest.raises(UsageError, match="at least 1"):
        suggest(run, 0, "measurements")
    only = _table(tests=_table().model_dump()["tests"][:2])
    with pytest.raises(InputError, match="No calculation"):
        suggest(run, 1, "calculations", tests=only)
    (run.path / DRAWS).unlink()
    with pytest.raises(UsageError, match="screen` again"):
        run.draws()
    (run.path / DRAWS).write_bytes(b"not an archive")
    with pytest.raises(UsageError, match="does not fit its run"):
        run.draws()


def test_runs_of_version_0_2_can_still_be_asked(finished, tmp_path):
    former = tmp_path / "former"
    shutil.copytree(finished.run.path, former)
    config = finished.run.config()
    config["screen"] |= {"n_draws": 1000, "temperature_c": 25.0, "limit_factor": 0.1}  # keys that screens had then
    (former / "config.yaml").write_text(yaml.safe_dump(config))
    assert RunFolder(former).draws().n_draws == finished.run.draws().n_draws


def test_command_on_a_real_screen(finished):
    """The draws of a real run give the order of its scores, and a batch in every format."""
    draws, table = finished.run.draws(), finished.run.ranking()
    table = table[table["role"] == "separator"].set_index("candidate_id").loc[list(draws.candidate_ids)]
    again = np.exp(draws.log_utility.mean(axis=1))
    assert again == pytest.approx(table["score"].to_numpy(), abs=0.02)
    runner = CliRunner()
    for budget in ("measurements", "calculations"):
        result = runner.invoke(
            app,
            [
                "suggest",
                "--n",
                "4",
                "--run",
                str(finished.run.path),
                "--budget",
                budget,
                "--shortlist",
                "5",
                "--format",
                "json",
            ],
        )
        assert result.exit_code == 0, result.output
        rows = json.loads(result.stdout)
        assert len({row["candidate_id"] for row in rows}) == len(rows) <= 4
        assert all(row["gain"] > 0 and row["reason"] for row in rows)
    printed = runner.invoke(app, ["suggest", "--n", "2", "--run", str(finished.run.path)])
    assert printed.exit_code == 0
    assert "tests for the best 10" in printed.stdout


@pytest.mark.parametrize("name", [name for name in screen_names() if load_screen(name).role != "pair"])
def test_every_screen_has_tests_for_what_counts_in_it(name):
    screen = load_screen(name)
    weights = dict(zip((c.property for c in screen.criteria), screen.weights, strict=True))
    for kind, share in (("measurement", 0.4), ("calculation", 0.25)):
        shown = {key for test in load_tests().tests if test.kind == kind for key in test.reveals}
        known = sum(weight for key, weight in weights.items() if key in shown)
        assert known >= share, f"{kind}s of a {screen.role} show {known:.0%} of the weight, nothing of " + ", ".join(
            key for key in weights if key not in shown
        )


def test_batch_offers_the_next_test_of_each_row(finished):
    """Suggestions and the column are one function: the same test for every candidate that both name."""
    table = finished.run.ranking()
    named = table[table["role"] == "separator"].set_index("candidate_id")["next_test"]
    titles = {test.title: test.name for test in load_tests().tests}
    found = suggest(finished.run, 12, "measurements").table
    assert len(found) >= 3
    assert [titles[t] for t in found["test"]] == named.loc[found["candidate_id"]].tolist()
    assert set(named) <= {test.name for test in load_tests().tests if test.kind == "measurement"} | {""}


def test_pending_tests_are_not_asked_for_again(run, tmp_path):
    first = suggest(run, 1, "measurements", shortlist=1, tests=_table()).table["candidate_id"][0]
    other = ({"open", "twin"} - {first}).pop()
    after = suggest(run, 4, "measurements", shortlist=1, tests=_table(), pending=[f"{first}=impedance"]).table
    assert first not in after["candidate_id"].tolist()
    assert other not in after["candidate_id"].tolist()  # its twin says the same
    for wrong, said in (("nobody", "open"), (f"{first}=weighing", "impedance")):
        with pytest.raises(UsageError, match=said if "=" in wrong else "candidate"):
            suggest(run, 1, "measurements", shortlist=1, tests=_table(), pending=[wrong])
    path = tmp_path / "pending.csv"
    path.write_text("candidate_id,test\nopen,impedance\ntwin,\n")
    assert pending_tests(str(path)) == ("open=impedance", "twin")
    assert pending_tests("open=impedance, twin") == ("open=impedance", "twin")
    assert pending_tests(None) == ()
    path.write_text("name\nopen\n")
    with pytest.raises(InputError, match="candidate_id"):
        pending_tests(str(path))


def test_a_family_is_named_once(finished):
    families = suggest(finished.run, 3, "measurements").families
    assert families["family"].is_unique
    assert families["gain"].is_monotonic_decreasing
    assert families["in_common"].between(0.25, 1.0).all()
