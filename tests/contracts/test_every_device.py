"""Every model, the prediction of a screen and a training on a CUDA device, claimed where there is none.

The main path of whoever has a GPU. What a device refuses is refused here: see `claimed_device`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from cases import Case, answer, case, descend, trained
from claimed_device import ClaimedDevice, claimed_cuda
from specimens import specimens
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.featurize.base import KINDS
from ssbscreen.files.paths import models_dir
from ssbscreen.model_parts.base import Architecture, to_device
from ssbscreen.prediction.loaded_model import load_model
from ssbscreen.screening.predict import predict_pool
from ssbscreen.screening.settings import load_settings, make_plan
from ssbscreen.training.domain import Domain
from ssbscreen.training.ensemble import ATOM_BYTES, CPU_BATCH, MOST_ATOMS, Ensemble, room_for
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


class Waiting(TorchFunctionMode):
    """Counts what makes the program wait for the device: tensors that leave it, and numbers read from them."""

    def __init__(self, claims: ClaimedDevice) -> None:
        super().__init__()
        self._claims, self.left, self.read = claims, 0, 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if args and isinstance(args[0], Tensor) and self._claims.of(args[0]) == CUDA:
            self.left += func is Tensor.cpu
            self.read += getattr(func, "__name__", "") in {"item", "tolist", "__float__", "__int__", "__bool__"}
        return func(*args, **(kwargs or {}))


def test_nothing_leaves_the_device_before_the_last_batch(architecture_name: str) -> None:
    own = case(architecture_name)
    transform = TargetTransform(np.zeros(own.n_targets), np.ones(own.n_targets), np.zeros((own.n_targets, 104)))
    with claimed_cuda() as claims:
        ensemble = Ensemble([fresh(own), fresh(own)], transform).to(CUDA)
        for batch_size in (1, 10**6):
            with Waiting(claims) as waiting:
                ensemble.predict(own.items, own.candidates, batch_size, CUDA)
            assert waiting.left == 5  # means, variances, joint mean, what the domain sees, which families were met
            assert waiting.read == 0 or architecture_name != "orbit"


def test_domain_is_measured_on_the_device() -> None:
    generator = np.random.default_rng(0)
    train, new = generator.normal(size=(300, 6)), generator.normal(size=(50, 6)) * 1.5
    domain = Domain.fit(train, train[:50], np.eye(104)[[3] * 300], seed=0)
    fractions = np.eye(104)[[3] * 50]
    expected = domain.contains(new, fractions)
    with claimed_cuda() as claims, Waiting(claims) as waiting:
        found = domain.contains(new, fractions, CUDA)
    assert waiting.left == 1  # the distances
    assert (found == expected).all()
    assert 0 < found.sum() < len(found)


def test_a_batch_is_as_large_as_the_device_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert room_for(torch.device("cpu")) == CPU_BATCH
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    for free, expected in ((80 * 2**30, MOST_ATOMS), (2**30, 2**30 // 2 // ATOM_BYTES), (2**20, CPU_BATCH)):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device, free=free: (free, 80 * 2**30))
        assert room_for(CUDA) == expected


def test_shipped_model_with_domain_and_calibration(shipped_model: str) -> None:
    folder = models_dir() / shipped_model
    card = read_card(folder)
    candidates = specimens(card.kind)
    expected = load_model(folder, "cpu").predict(candidates, card.properties)
    with claimed_cuda():
        model = load_model(folder, "auto")
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
