"""A contract runs over everything that is discovered: a test that takes one of these names runs once for each of them.

One file more in `architectures/`, `sources/`, `models/` or `configs/` is under contract without an entry anywhere.
"""

from __future__ import annotations

import pytest

from ssbscreen.core import discovery
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.files.data_source import PACKAGE as SOURCES
from ssbscreen.files.paths import data_dir, models_dir
from ssbscreen.model_parts.base import PACKAGE as ARCHITECTURES
from ssbscreen.model_parts.base import architecture
from ssbscreen.ranking.criteria import profile_names, screen_names
from ssbscreen.readers.reading import PACKAGE as READERS
from ssbscreen.training.config import model_names

DISCOVERED = {
    # pretrained potentials are in no test environment and take minutes for the steps of a contract; they have own tests
    "architecture_name": lambda: [
        name for name in discovery.names(ARCHITECTURES, "Model") if not architecture(name).needs_package
    ],
    "model_config_name": model_names,
    "shipped_model": lambda: sorted(path.parent.name for path in models_dir().glob("*/card.yaml")),
    "source_name": lambda: discovery.names(SOURCES, "SOURCE"),
    "card_name": lambda: sorted(path.parent.name for path in data_dir().glob("*/card.yaml")),
    "reader_name": lambda: discovery.names(READERS, "READER"),
    "screen_name": screen_names,
    "profile_name": profile_names,
    "property_key": lambda: list(PROPERTIES),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a thing."""
    for name, names in DISCOVERED.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, names())
