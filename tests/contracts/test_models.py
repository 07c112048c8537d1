"""Every config of a model and every shipped model fits what it names."""

from __future__ import annotations

from ssbscreen.core import discovery
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.data_source import PACKAGE
from ssbscreen.files.paths import models_dir
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.prediction.loaded_model import load_model
from ssbscreen.training.config import load_model_config
from ssbscreen.training.model_files import read_card, read_config


def test_config_of_a_model(model_config_name: str) -> None:
    config = load_model_config(model_config_name)
    assert config.name == model_config_name
    assert {*config.properties, *config.auxiliary_targets} <= set(PROPERTIES)
    assert set(config.sources) <= set(discovery.names(PACKAGE, "SOURCE"))
    kind = architecture(config.architecture)
    assert not config.auxiliary_targets or kind.uses_auxiliary_targets
    assert kind.representation(make_options(kind, config.options)).kind


def test_shipped_model_is_what_its_card_says(shipped_model: str) -> None:
    folder = models_dir() / shipped_model
    card, config, model = read_card(folder), read_config(folder), load_model(folder, "cpu")
    assert card.name == config.name == shipped_model
    assert card.architecture == config.architecture
    assert model.ensemble.representation.kind == card.kind
    assert set(model.domains) == set(card.properties) == set(card.calibration)
    assert card.limits
