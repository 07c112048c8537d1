"""Options: those of shipped models are all written down, and every one is set by somebody or searched by a study."""

from __future__ import annotations

from dataclasses import fields, make_dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from ssbscreen.core import discovery
from ssbscreen.model_parts.base import PACKAGE, architecture
from ssbscreen.training.config import load_model_config, model_names
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.model_files import read_card, read_config, read_weights

SHIPPED = sorted(card.parent for card in Path("models").glob("*/card.yaml"))
_INHERITED = {"electrode": "electrode_process"}  # options of the one stand in the other


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_no_default_of_the_code_is_part_of_a_shipped_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, card = read_config(folder), read_card(folder)
    kind, tensors = architecture(config.architecture), read_weights(folder, card)

    def numbers() -> torch.Tensor:
        """Everything that the members predict with: options, buffers saved or made on loading, weights."""
        members = Ensemble.from_tensors(config.architecture, config.options, len(config.properties), tensors).members
        held = [x.double().flatten() for m in members for x in (*m.parameters(), *m.buffers())]
        options = [float(v) for v in vars(members[0].options).values() if not isinstance(v, str)]
        return torch.cat([*held, torch.tensor(options, dtype=torch.float64)])

    before = numbers()
    changed = [(f.name, f.type, _other(f.default)) for f in fields(kind.Options)]
    monkeypatch.setattr(kind, "Options", make_dataclass("Options", changed, bases=(kind.Options,), frozen=True))
    assert len(set(vars(kind.Options()).items()) & set(vars(kind.Options.__base__()).items())) == 0
    torch.testing.assert_close(numbers(), before, rtol=0.0, atol=0.0, equal_nan=True)


def _other(default: object) -> object:
    if isinstance(default, bool):
        return not default
    if isinstance(default, str):
        return default + " changed"
    assert isinstance(default, int | float)
    return type(default)(default + 1) if np.isfinite(default) else 1.0


@pytest.mark.parametrize("name", discovery.names(PACKAGE, "Model"))
def test_every_option_is_set_by_a_config_or_searched(name: str) -> None:
    kind = architecture(name)
    given = set(kind.SEARCH_SPACE) | set(architecture(_INHERITED.get(name, name)).SEARCH_SPACE)
    for config in map(load_model_config, model_names()):
        if config.architecture in {name, _INHERITED.get(name)}:
            given |= set(config.options)
        if config.baseline is not None and config.baseline.architecture == name:
            given |= set(config.baseline.options)
    assert {f.name for f in fields(kind.Options)} == given
