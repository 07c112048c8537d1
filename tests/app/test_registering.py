"""Registered models behind a frame of materials, and the examples that go with them."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.app.registered_model import COLUMNS, RegisteredModel
from ssbscreen.app.registering import example
from ssbscreen.core.paths import models_dir
from ssbscreen.training.registry import models_in_force


@pytest.mark.parametrize("key", ["ionic_conductivity", "average_voltage", "bulk_modulus"])
def test_every_row_of_the_example_is_predicted(key, monkeypatch):
    monkeypatch.setenv("SSBSCREEN_MODELS", str(models_dir()))
    kinds = {card.kind for _, card in models_in_force() if key in card.properties}
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
