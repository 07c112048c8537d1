"""The whole screen on a small pool: contents of the run folder, resuming, determinism, queries."""

from dataclasses import replace
from typing import NamedTuple

import pandas as pd
import pytest
import yaml

from ssbscreen.app.reactions import reactions_of_row
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.query.finished_run import UNFINISHED
from ssbscreen.query.last_run import last_run
from ssbscreen.query.query import Query, run_query
from ssbscreen.query.sheet import brief, sheet
from ssbscreen.query.store import RunFolder, open_run
from ssbscreen.screening import predict as predicting
from ssbscreen.screening.screen import run_screen
from ssbscreen.screening.shards import FOLDER
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

HEAD = (
    "rank rank_low rank_high tie_group candidate_id formula chemistry_class family role score p_all pareto_front "
    "limiting_criterion coverage in_domain next_test"
).split()


def quiet(stage, done, total):
    """No progress."""


def test_run_folder_holds_what_is_promised(finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a later run, asked for from the folder of the tests, would be the last one
    frame = finished.run.ranking()
    assert list(frame.columns[:16]) == HEAD
    ranked = frame[frame["rank"].notna()]
    for _, same in ranked.groupby("role"):  # ranks count within a role
        assert list(same["rank"]) == list(range(1, len(same) + 1))
        assert same["score"].is_monotonic_decreasing
    assert ranked["score"].between(0, 1).all()
    assert set(frame["role"]) == {"pair", "separator"}
    frame = frame[frame["role"] == "separator"]
    assert {"sulfide", "oxide", "halide", "polymer"} <= set(frame["chemistry_class"])
    config = finished.run.config()
    assert config["settings"]["seed"] == 0
    assert config["run"]["pool_fingerprint"]
    assert {row["weights"] for row in config["models"]}
    assert (finished.run.path / "report.html").stat().st_size > 100_000
    assert last_run(finished.run.path.parent) == finished.run.path.resolve()
    assert not (finished.run.path / UNFINISHED).exists()
    read, aside = (int(finished.summary.set_index("stage").loc[k, "candidates"]) for k in ("read", "eligible"))
    assert len(frame) == aside <= read
    attrition = finished.run.attrition()
    assert attrition["n_removed"].sum() == read - len(frame)


def test_every_read_candidate_is_ranked_or_has_a_reason(finished):
    frame, rejected = finished.run.ranking(), finished.run.rejected()
    assert rejected["reason"].str.len().gt(10).all()
    assert not set(frame["candidate_id"]) & set(rejected["input"])


def test_predictions_have_intervals_around_their_mean(finished):
    table = pd.read_parquet(finished.run.path / "predictions.parquet").dropna(subset=["mean"])
    assert (table["lower"] <= table["mean"]).all()
    assert (table["mean"] <= table["upper"]).all()
    assert (table["std_aleatoric"] > 0).all()


class Resumed(NamedTuple):
    """A run that was killed in its predictions and called again, and what the second call did."""

    run: RunFolder
    n_shards_before: int
    n_shards_after: int
    n_phase_libraries: int
    n_cathode_panels: int


@pytest.fixture(scope="module")
def resumed(sandbox, settings):
    out = sandbox / "runs" / "killed"

    def dies(stage, done, total):
        if stage == "predict":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_screen(settings, [], out, dies)
    assert not (out / "ranking.parquet").exists()
    n_before = len(list((out / FOLDER).glob("*.predict.done")))
    predicted, made, read = [], [], []
    real, real_init, real_panel = predicting.predicted, PhaseLibrary.__init__, type(CATHODES).load_panel

    def counted(candidates, *arguments, **options):
        predicted.append(len(candidates))
        return real(candidates, *arguments, **options)

    def counted_init(self, reference, **options):
        if options.get("adjust") is None:
            made.append(reference)
        real_init(self, reference, **options)

    def counted_panel(self, path=None):
        read.append(path)
        return real_panel(self, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predicting, "predicted", counted)
        patch.setattr(PhaseLibrary, "__init__", counted_init)
        patch.setattr(type(CATHODES), "load_panel", counted_panel)
        run = run_screen(settings, [], out, quiet).run
    return Resumed(run, n_before, len(predicted), len(made), len(read))


def test_a_killed_run_resumes_and_gives_the_same(finished, resumed, settings):
    n_electrolytes = int((resumed.run.ranking()["role"] == "separator").sum())
    assert resumed.n_shards_before == 1
    assert resumed.n_shards_after == -(-n_electrolytes // settings.shard_size) - 1
    pd.testing.assert_frame_equal(resumed.run.ranking(), finished.run.ranking())


def test_references_and_panel_are_read_once(resumed):
    """Competing phases are sorted, and the cathodes are read, once a run."""
    assert "best_cathode" in resumed.run.ranking(["best_cathode"])
    assert (resumed.n_phase_libraries, resumed.n_cathode_panels) == (1, 1)


def test_screen_is_an_mlflow_run(finished, shared):
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{shared / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("ssbscreen-screen")
    (run,) = client.search_runs([experiment.experiment_id], f"attributes.run_name = '{finished.run.path.name}'")
    assert run.data.params["screen"] == "separator"
    assert run.data.metrics["candidates/ranked"] == finished.n_ranked
    assert run.inputs.dataset_inputs[0].dataset.digest == finished.run.config()["run"]["pool_fingerprint"]
    assert int(run.data.params["pool.n_generated"]) == 30
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert {"report.html", "config.yaml", "top50.csv", "attrition.csv"} <= names


def test_query_and_sheet_tell_the_same_as_the_table(finished):
    frame = finished.run.ranking()
    frame = frame[frame["role"] == "separator"]
    oxides = run_query(frame, Query(chemistry_class="oxide", where="score > 0", sort="-density", top=5))
    assert set(oxides["chemistry_class"]) == {"oxide"}
    assert oxides["density_value"].is_monotonic_decreasing
    first = frame.iloc[0]
    lines = "\n".join(sheet(open_run(finished.run.path, finished.run.path), str(first["candidate_id"])))
    assert f"rank 1 of {finished.n_ranked}" in lines
    assert str(first["limiting_criterion"]) in lines
    with pytest.raises(UsageError):
        list(sheet(finished.run, "no such candidate at all"))


def test_the_best_cell_of_an_electrolyte_is_named_whatever_stands_between(finished):
    frame = finished.run.ranking()
    cells = frame[(frame["role"] == "pair") & frame["rank"].notna()].sort_values("rank")
    first = str(cells["candidate_id"].iloc[0])
    (line,) = (one for one in brief(finished.run, first.split("|")[0]) if one.startswith("best ranked cell"))
    assert f"{first}, rank 1 of the cells" in line


def test_reactions_are_computed_where_the_run_folder_lacks_them(finished):
    frame = finished.run.ranking()
    own = frame[(frame["role"] == "separator") & frame["energy_above_hull_value"].notna()]
    held = pd.read_parquet(finished.run.path / "reactions.parquet")
    row = own[own["candidate_id"].isin(held["candidate_id"])].iloc[0]
    made = reactions_of_row(row, finished.run)
    both = made.merge(held[held["candidate_id"] == row["candidate_id"]], on=["contact", "condition"])
    assert len(both) == len(made) > 3
    is_solid = both["contact"] != "air"  # air counts by formula
    assert (both["energy_x"] - both["energy_y"])[is_solid].abs().max() < 0.01
    assert list(both["reaction_x"]) == list(both["reaction_y"])
    lacking = replace(finished.run, path=finished.run.path)
    object.__setattr__(lacking, "reactions", lambda candidate_id: pd.DataFrame())
    text = "\n".join(sheet(lacking, str(row["candidate_id"]), lambda r: reactions_of_row(r, lacking)))
    assert "reactions with lithium" in text
    assert "not in the run folder" not in text


def test_nothing_eligible_is_said_with_the_reason(sandbox, settings, tmp_path):
    table = tmp_path / "none.csv"
    table.write_text("candidate_id,composition\na,NaCl\nb,MgO\n")
    with pytest.raises(InputError, match="lithium"):
        run_screen(settings, [str(table)], tmp_path / "run", quiet)


def test_config_is_plain_yaml(finished):
    assert isinstance(yaml.safe_load((finished.run.path / "config.yaml").read_text()), dict)
