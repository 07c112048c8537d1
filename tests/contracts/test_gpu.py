"""On a CUDA device that is there: every shipped model, a small screen and a training say what they say on the CPU.

Run with `pytest -m gpu`. Single precision and the order of sums differ between devices, so numbers agree to a
thousandth of their size; a hundredth where many steps of a training have added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from cases import Case, case, descend
from specimens import specimens

from ssbscreen.core.prediction import NUMBERS, PropertyPrediction
from ssbscreen.files.paths import models_dir
from ssbscreen.prediction.loaded_model import load_model
from ssbscreen.screening.screen import run_screen
from ssbscreen.screening.settings import load_settings
from ssbscreen.training.model_files import read_card

pytestmark = pytest.mark.gpu
CLOSE, TRAINED = 1e-3, 1e-2


@pytest.fixture(autouse=True)
def _device() -> Iterator[None]:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    yield
    torch.cuda.empty_cache()


def test_shipped_model(shipped_model: str) -> None:
    folder = models_dir() / shipped_model
    card = read_card(folder)
    here, there = (
        load_model(folder, device).predict(specimens(card.kind), card.properties) for device in ("cpu", "cuda")
    )
    for key, column in here.items():
        _close(there[key], column)


def test_small_screen(sandbox: Path) -> None:
    small = load_settings(n_draws=50, reference="embedded")
    sources = {"sources": ("prototypes", "polymers"), "n_polymers": 10}
    small = small.model_copy(update={"pool": small.pool.model_copy(update=sources)})

    def scores(device: str) -> dict[str, float]:
        settings = small.model_copy(update={"device": device})
        table = run_screen(settings, [], sandbox / device, lambda *_: None).run.ranking()
        return dict(zip(table["candidate_id"], table["score"], strict=True))

    here, there = scores("cpu"), scores("auto")
    assert here.keys() == there.keys()
    np.testing.assert_allclose([there[key] for key in here], list(here.values()), atol=CLOSE)


def test_training(architecture_name: str) -> None:
    own = case(architecture_name)
    if own.kind.is_fitted_directly:
        pytest.skip("takes no steps")
    here, there = (_trained(own, device) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(there, here, rtol=TRAINED, atol=TRAINED)


def _trained(own: Case, device: str) -> list[float]:
    """Losses of a few steps, without what each device draws by chance."""
    chance = {f.name: 0.0 for f in fields(own.options) if f.name.endswith("dropout") or f.name == "strain"}
    calm = replace(own, options=replace(own.options, **chance))
    return descend(calm, calm.untrained().to(device), device)


def _close(found: PropertyPrediction, expected: PropertyPrediction) -> None:
    for name in NUMBERS:
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=CLOSE, atol=CLOSE, err_msg=f"{found.property} {name}"
        )
    np.testing.assert_array_equal(found.is_present, expected.is_present)
    assert found.note.tolist() == expected.note.tolist()
