"""Values of lower fidelity are learned from with less weight and score nothing."""

from dataclasses import replace

import numpy as np
import torch
from training.test_run import CONFIG, make_dataset, yaml_to_json
from training.test_trainer import Small, Width, make_config, make_part

from ssbscreen.model_parts.base import Targets
from ssbscreen.training.batches import Part
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.execution import Execution
from ssbscreen.training.hold_out import HoldOut
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.run import train_model
from ssbscreen.training.trainer import train_network

ONE = {"n_members": 1, "epochs": 1, "baseline": None}


def noisy(dataset, rows):
    noise = np.full(dataset.values.shape, np.nan)
    noise[rows, 1] = 0.3
    return replace(dataset, noise=noise)


def test_rows_of_lower_fidelity_are_in_no_test_or_calibration_part(tmp_path):
    config = ModelConfig.model_validate_json(yaml_to_json(CONFIG | ONE))
    dataset = make_dataset()
    (before,) = HoldOut(config.split, EncodedRows.of(config, dataset).groups).parts()
    lower = np.concatenate([before.test[:4], before.calibration[:3], before.train[:5]])
    card = train_model(config, noisy(dataset, lower), tmp_path / "model")
    assert card.n_rows["test"] == len(before.test) - 4
    assert card.n_rows["calibration"] == len(before.calibration) - 3
    assert card.n_rows["train"] == len(before.train)
    # 0.1 is the scatter of ordinary values where none is tabulated: 0.1^2 / (0.1^2 + 0.3^2)
    weights = EncodedRows.of(config, noisy(dataset, lower)).weights
    np.testing.assert_allclose(weights[lower], 0.1)
    assert (weights == 1.0).sum() == 160 - len(lower)


def test_ordinary_rows_train_as_before():
    found = []
    for weights in (None, np.ones(300)):
        torch.manual_seed(0)
        part = replace(make_part(300, 1), weights=weights)
        trained = train_network(make_config(epochs=2), Small(Width(), 2), part, make_part(100, 2), 0, Execution())
        found.append(trained.history[-1]["train_loss"])
    assert found[0] == found[1]


def test_a_small_weight_takes_wrong_values_their_force():
    right = make_part(300, 1)
    wrong = Targets(right.targets.values + np.array([4.0, -4.0]), right.targets.bound)
    mixed = Part(
        [*right.items, *right.items],
        Targets(
            np.concatenate([right.targets.values, wrong.values]), np.concatenate([right.targets.bound, wrong.bound])
        ),
        np.ones(600),
    )
    errors = []
    for weight in (1.0, 0.02):
        torch.manual_seed(0)
        part = replace(mixed, weights=np.concatenate([np.ones(300), np.full(300, weight)]))
        trained = train_network(make_config(epochs=12), Small(Width(), 2), part, make_part(100, 2), 0, Execution())
        errors.append(min(numbers["validation_loss"] for numbers in trained.history))
    assert errors[1] < 0.5 * errors[0]
