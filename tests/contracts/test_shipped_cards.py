"""Cards of shipped models say what their weights hold."""

from __future__ import annotations

from ssbscreen.files.paths import models_dir
from ssbscreen.prediction.loaded_model import load_model


def test_the_number_of_parameters_is_counted_in_the_weights(shipped_model: str) -> None:
    model = load_model(models_dir() / shipped_model, "cpu")
    assert model.card.n_parameters == model.ensemble.n_parameters > 0
