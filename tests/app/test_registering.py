"""Registered models behind a frame of materials, and the examples that go with them."""

import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pandas as pd
import pytest

from ssbscreen.app.register import example, register
from ssbscreen.app.registered_model import COLUMNS, RegisteredModel
from ssbscreen.files.paths import models_dir
from ssbscreen.training.registry import active_models


@pytest.mark.parametrize("key", ["ionic_conductivity", "average_voltage", "bulk_modulus"])
def test_every_row_of_the_example_is_predicted(key, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_MODELS", str(models_dir()))
    kinds = {card.kind for _, card in active_models() if key in card.properties}
    rows = example(kinds)
    assert {column for row in rows for column in row} <= set(COLUMNS)
    found = RegisteredModel(models_dir(), key).predict(pd.DataFrame(list(rows)))
    assert len(found) >= 1
    assert np.isfinite(found["mean"]).all(), found[["mean", "note"]]
    assert ((found["lower"] < found["mean"]) & (found["mean"] < found["upper"])).all()


def test_a_structure_is_predicted_at_the_temperature_of_its_row():
    model = RegisteredModel(models_dir(), "ionic_conductivity")
    cif = example({"crystal"})[0]["structure"]
    found = model.predict(pd.DataFrame({"structure": [cif, cif], "temperature": [25, 100]}))
    assert found["mean"][1] > found["mean"][0] + 0.1  # Arrhenius


def test_frameworks_that_differ_are_no_electrode():
    model = RegisteredModel(models_dir(), "average_voltage")
    layered, salt = example({"electrode pair"})[0], example({"crystal"})[0]
    found = model.predict(pd.DataFrame([layered | {"structure_charged": salt["structure"]}]))
    assert np.isnan(found["mean"][0])
    assert "framework" in found["note"][0]


@pytest.mark.slow
def test_a_server_that_the_environment_names_takes_runs_and_models(tmp_path, monkeypatch, capfd):
    import mlflow

    from ssbscreen.training.tracker import LoggedData
    from ssbscreen.training.tracking import start_run

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--port",
        str(port),
        "--workers",
        "1",
        "--backend-store-uri",
        f"sqlite:///{tmp_path / 'server.db'}",
        "--artifacts-destination",
        str(tmp_path / "files"),
    ]
    before = mlflow.get_tracking_uri()
    server = subprocess.Popen(command, cwd=tmp_path, stdout=(tmp_path / "log").open("w"), stderr=subprocess.STDOUT)
    try:
        uri, until = f"http://127.0.0.1:{port}", time.monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(f"{uri}/health", timeout=5)
                break
            except OSError:
                assert time.monotonic() < until, (tmp_path / "log").read_text()[-2000:]
                time.sleep(0.5)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        monkeypatch.setenv("SSBSCREEN_MODELS", str(models_dir()))
        monkeypatch.delenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", raising=False)
        capfd.readouterr()
        with start_run("to a server") as run:
            run.dataset(LoggedData("made up", "0123456789abcdef", 1, {}, {}))
            assert register(["average_voltage"], run) == {"ssbscreen-average_voltage": "version 1"}
        assert capfd.readouterr().out == "", "answers of commands stand on standard output"
        mlflow.set_tracking_uri(uri)
        loaded = mlflow.pyfunc.load_model("models:/ssbscreen-average_voltage@champion")
        assert np.isfinite(loaded.predict(loaded.input_example)["mean"]).all()
        assert list((tmp_path / "files").rglob("*.safetensors"))
    finally:
        mlflow.set_tracking_uri(before)
        server.terminate()
        server.wait()
