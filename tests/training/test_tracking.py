"""What a run leaves in MLflow."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssbscreen.training.config import ModelConfig
from ssbscreen.training.tracker import LoggedData, config_params
from ssbscreen.training.tracking import EXPERIMENTS, SCREEN_EXPERIMENT, TRAINING_EXPERIMENT, start_run, tracking_uri

DATA = LoggedData(
    "made up", "0123456789abcdef", 12, {"ionic_conductivity": 9}, {"obelix": "https://example.org/obelix"}
)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Of a store of its own; a folder of files, since a database takes a minute of migrations."""
    from mlflow.tracking import MlflowClient

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "own").as_uri())
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    return MlflowClient((tmp_path / "own").as_uri())


def runs_of(client) -> dict:
    experiment = client.get_experiment_by_name(TRAINING_EXPERIMENT)
    return {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}


def test_default_is_a_file_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    assert tracking_uri() == f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.mark.parametrize(
    "store",
    [
        "file",  # another store than the default, as a server would be, and without a minute of database migrations
        pytest.param("sqlite", marks=pytest.mark.slow),
    ],
)
def test_nested_runs_with_everything_in_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: str) -> None:
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'own.db'}" if store == "sqlite" else (tmp_path / "own").as_uri()
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    (tmp_path / "card.yaml").write_text("name: x\n")
    with start_run("train x") as run:
        run.params({"epochs": 3, "long": "a" * 7000})
        run.dataset(DATA)
        with run.child("member 0") as member:
            for epoch in range(3):
                member.metrics({"loss": 1.0 / (1 + epoch), "absent": float("nan")}, step=epoch)
        run.artifact(tmp_path / "card.yaml")
    with pytest.raises(RuntimeError, match="broken"), start_run("train y"):
        raise RuntimeError("broken")

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("ssbscreen-train")
    runs = {r.info.run_name: r for r in client.search_runs([experiment.experiment_id])}
    assert runs["train x"].info.status == "FINISHED"
    assert runs["train y"].info.status == "FAILED"
    assert runs["member 0"].data.tags["mlflow.parentRunId"] == runs["train x"].info.run_id
    assert runs["train x"].data.params["epochs"] == "3"
    assert runs["train x"].inputs.dataset_inputs[0].dataset.digest == "0123456789abcdef"
    history = client.get_metric_history(runs["member 0"].info.run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]
    assert "absent" not in runs["member 0"].data.metrics
    assert [f.path for f in client.list_artifacts(runs["train x"].info.run_id)] == ["card.yaml"]


def test_the_data_are_an_mlflow_dataset_with_our_fingerprint_and_named_sources(client):
    import mlflow.data

    with start_run("x") as run:
        run.dataset(DATA)
    (logged,) = runs_of(client)["x"].inputs.dataset_inputs
    found = mlflow.data.meta_dataset.MetaDataset(mlflow.data.get_source(logged), "made up", logged.dataset.digest)
    assert (logged.dataset.name, found.digest) == ("made up", DATA.fingerprint)
    assert found.source.to_dict()["tags"]["obelix"] == "https://example.org/obelix"
    assert '"num_rows": 12' in logged.dataset.profile
    assert "ionic_conductivity" in logged.dataset.schema
    assert [(t.key, t.value) for t in logged.tags] == [("mlflow.data.context", "training")]
    assert not client.list_artifacts(runs_of(client)["x"].info.run_id), "no rows are copied"
    with start_run("y") as run:
        run.dataset(LoggedData("candidate pool", "fedcba9876543210", 5, {}, {}, "screened"))
    assert runs_of(client)["y"].inputs.dataset_inputs[0].dataset.digest == "fedcba9876543210"


def test_system_metrics_are_written_while_a_run_goes_on_and_can_be_switched_off(client, monkeypatch):
    pytest.importorskip("psutil")
    monkeypatch.setenv("MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL", "0.1")
    with start_run("x") as run:
        for _ in range(100):
            # MLflow refuses to read a metric whose file is there and whose first line is not
            with contextlib.suppress(ValueError):
                if any(k.startswith("system/") for k in client.get_run(run.run_id).data.metrics):
                    break
            time.sleep(0.1)
    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_megabytes"} <= set(
        runs_of(client)["x"].data.metrics
    )
    monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "false")
    with start_run("y"):
        time.sleep(0.3)
    assert not runs_of(client)["y"].data.metrics


def test_metrics_are_sections_and_parameters_are_single_values(client):
    config = ModelConfig(
        name="x",
        properties=("ionic_conductivity",),
        sources=("obelix", "literature"),
        architecture="forest",
        options={"n_trees": 20},
        protocol="words",
        limits=("more words",),
    )
    with start_run("x") as run:
        run.params(config_params(config))
        run.metrics({"validation_mae_ionic_conductivity": 1.0, "test/mae_ionic_conductivity": 0.5, "seconds": 3.0})
        run.note("**bold**")
    found = runs_of(client)["x"].data
    assert set(found.metrics) == {"validation/mae_ionic_conductivity", "test/mae_ionic_conductivity", "seconds"}
    assert found.params["options.n_trees"] == "20"
    assert found.params["split.group"] == config.split.group
    assert found.params["sources"] == "obelix, literature"
    assert not any("words" in value or value.startswith(("{", "[")) for value in found.params.values())
    assert found.tags["mlflow.note.content"] == "**bold**"
    assert found.tags["mlflow.source.name"] == "ssbscreen"
    experiment = client.get_experiment_by_name(TRAINING_EXPERIMENT)
    assert experiment.tags["mlflow.note.content"] == EXPERIMENTS[TRAINING_EXPERIMENT]


def test_runs_of_a_process_that_died_are_marked_as_killed(client):
    died = subprocess.Popen([sys.executable, "-c", "pass"])
    died.wait()
    alive, gone = f"{platform.node()}:{os.getpid()}", f"{platform.node()}:{died.pid}"
    with start_run("first"):
        pass
    experiment = client.get_experiment_by_name(TRAINING_EXPERIMENT).experiment_id
    for name, process in (("dead", gone), ("alive", alive), ("elsewhere", f"another machine:{died.pid}")):
        client.create_run(experiment, run_name=name, tags={"ssbscreen.process": process})
    with start_run("next"):
        pass
    assert {name: run.info.status for name, run in runs_of(client).items()} == {
        "first": "FINISHED",
        "next": "FINISHED",
        "dead": "KILLED",
        "alive": "RUNNING",
        "elsewhere": "RUNNING",
    }


def test_a_server_that_is_down_is_given_up_within_seconds(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # the discard port: nothing answers
    started = time.monotonic()
    with pytest.raises(Exception, match=r"127\.0\.0\.1"), start_run("x", SCREEN_EXPERIMENT):
        pass
    assert time.monotonic() - started < 30.0


def test_a_database_of_somebody_else_is_said_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(PermissionError, match="MLFLOW_TRACKING_URI"), start_run("x", SCREEN_EXPERIMENT):
        pass


_START = """
import sys
from ssbscreen.training.tracking import start_run
with start_run(f"train {sys.argv[1]}") as run:
    run.params({"n": 1})
"""


@pytest.mark.slow
def test_processes_that_begin_a_database_at_once_all_get_their_run(tmp_path: Path) -> None:
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'own.db'}"
    env = os.environ | {"MLFLOW_TRACKING_URI": uri, "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "false"}
    started = [subprocess.Popen([sys.executable, "-c", _START, str(n)], env=env) for n in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert set(runs_of(MlflowClient(uri))) == {"train 0", "train 1", "train 2"}
