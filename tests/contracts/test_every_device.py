"""Every model, the prediction of a screen and a training on a CUDA device, claimed where there is none.

The main path of whoever has a GPU. What a device refuses is refused here: see `claimed_device`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from cases import Case, answer, case, descend, trained
from claimed_device import claimed_cuda
from specimens import specimens

from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.featurize.base import KINDS
from ssbscreen.files.paths import models_dir
from ssbscreen.model_parts.base import Architecture, to_device
from ssbscreen.prediction.predictor import load_model
from ssbscreen.screening.predict import predict_pool
from ssbscreen.screening.settings import load_settings, make_plan
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.model_files import read_card
from ssbscreen.training.targets import TargetTransform

CUDA = torch.device("cuda", 0)


def fresh(own: Case) -> Architecture:
    """A trained model of its own tensors, which a test may move."""
    state = {name: tensor.clone() for name, tensor in trained(own.name).state_dict().items()}
    return own.kind.from_state(own.options, own.n_targets, state).eval()


def test_every_tensor_follows_and_every_answer_stays(architecture_name: str) -> None:
    own = case(architecture_name)
    expected = answer(trained(own.name), own.batch())
    model = fresh(own)
    with claimed_cuda():
        moved = model.to(CUDA)
        assert all(t.device == CUDA for t in [*moved.parameters(), *moved.buffers()])
        batch = to_device(own.batch(), CUDA)
        with torch.no_grad():
            embedding = moved.embed(batch)
            found = moved.predict_from(embedding)
            joint = moved.joint_mean([embedding, embedding])
        assert _left_behind(moved) == []
        assert {embedding.device, found.mean.device, found.log_variance.device} == {CUDA}
        assert joint is None or joint.device == CUDA
        mean = found.mean.cpu()
        back = moved.to("cpu")
        with torch.no_grad():
            again = back(own.batch()).mean
        assert again.device.type == "cpu"
    torch.testing.assert_close(mean, expected.mean, equal_nan=True)
    torch.testing.assert_close(again, expected.mean, equal_nan=True)


def test_members_are_asked_together(architecture_name: str) -> None:
    own = case(architecture_name)
    transform = TargetTransform(np.zeros(own.n_targets), np.ones(own.n_targets), np.zeros((own.n_targets, 104)))
    here = Ensemble([trained(own.name)], transform)
    expected, seen = here.predict(own.items, own.candidates), here.embed(own.items)
    with claimed_cuda():
        there = Ensemble([fresh(own)], transform).to(CUDA)
        found, embedding = there.predict(own.items, own.candidates, device=CUDA), there.embed(own.items, device=CUDA)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found.std_aleatoric, expected.std_aleatoric, rtol=1e-5)
    np.testing.assert_allclose(embedding, seen, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("device", ["cuda", "auto"])
def test_shipped_model_with_domain_and_calibration(shipped_model: str, device: str) -> None:
    folder = models_dir() / shipped_model
    card = read_card(folder)
    candidates = specimens(card.kind)
    expected = load_model(folder, "cpu").predict(candidates, card.properties)
    with claimed_cuda():
        model = load_model(folder, device)
        assert model.device.type == "cuda"
        assert all(t.device == CUDA for m in model.ensemble.members for t in m.state_dict().values())
        found = model.predict(candidates, card.properties)
    assert any(column.is_present.any() for column in expected.values())
    for key, column in expected.items():
        _same(found[key], column)


def test_prediction_of_a_screen(tmp_path: Path) -> None:
    pool = tuple({c.candidate_id: c for kind in KINDS for c in specimens(kind)[:5]}.values())

    def predicted(device: str) -> dict[str, PropertyPrediction]:
        settings = load_settings(device=device, shard_size=9)
        return predict_pool(make_plan(settings, [], tmp_path / device, lambda *_: None), pool).by_property

    expected = predicted("cpu")
    with claimed_cuda():
        found = predicted("auto")
    assert sum(int(column.is_present.sum()) for column in expected.values()) > len(pool)
    for key, column in expected.items():
        _same(found[key], column)


def test_training_step(architecture_name: str) -> None:
    own = case(architecture_name)
    if own.kind.is_fitted_directly:
        pytest.skip("takes no steps")
    with claimed_cuda():
        model = own.untrained().to(CUDA).train()
        losses = descend(own, model, CUDA, n_steps=8)
        assert all(p.device == CUDA and p.grad.device == CUDA for p in model.parameters() if p.grad is not None)
    assert losses[-1] < losses[0]


def _left_behind(model: Architecture) -> list[str]:
    """Tensors of a moved model that lie elsewhere: not only its buffers, but whatever its attributes hold."""
    found, seen = [], set()

    def look(thing: object, path: str) -> None:
        if id(thing) in seen:
            return
        seen.add(id(thing))
        if isinstance(thing, torch.Tensor):
            if thing.device != CUDA:
                found.append(path)
        elif isinstance(thing, dict):
            for key, value in thing.items():
                look(value, f"{path}.{key}")
        elif isinstance(thing, (list, tuple)):
            for i, value in enumerate(thing):
                look(value, f"{path}[{i}]")
        elif type(thing).__module__.startswith("ssbscreen"):
            look(vars(thing), path) if hasattr(thing, "__dict__") else None

    look(model, "model")
    return found


def _same(found: PropertyPrediction, expected: PropertyPrediction) -> None:
    for name, array in expected.arrays.items():
        if array.dtype.kind == "f":
            np.testing.assert_allclose(getattr(found, name), array, rtol=1e-4, atol=1e-5, err_msg=found.property)
        else:
            np.testing.assert_array_equal(getattr(found, name), array, err_msg=found.property)
