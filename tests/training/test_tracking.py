"""What a run leaves in MLflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssbscreen.training.tracking import start_run, tracking_uri


def test_default_is_a_file_in_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    assert tracking_uri() == f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.mark.parametrize("store", [
    "file",  # another store than the default, as a server would be, and without a minute of database migrations
    pytest.param("sqlite", marks=pytest.mark.slow),
])
def test_nested_runs_with_everything_in_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: str) -> None:
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'own.db'}" if store == "sqlite" else (tmp_path / "own").as_uri()
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("SSBSCREEN_HOME", str(tmp_path))
    (tmp_path / "card.yaml").write_text("name: x\n")
    with start_run("train x") as run:
        run.params({"epochs": 3, "long": "a" * 7000})
        run.dataset("made up", "0123456789abcdef", 12)
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
