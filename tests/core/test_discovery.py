"""Names are those of what can be loaded, and only those."""

import sys

import pytest

from ssbscreen.core import discovery
from ssbscreen.core.errors import UsageError
from ssbscreen.files.data_source import PACKAGE as SOURCES
from ssbscreen.model_parts.base import PACKAGE as ARCHITECTURES

SERVED = [(ARCHITECTURES, "Model"), (SOURCES, "SOURCE")]


@pytest.mark.parametrize(
    ("package", "attribute", "name"),
    [(package, attribute, name) for package, attribute in SERVED for name in discovery.names(package, attribute)],
)
def test_every_name_loads(package, attribute, name):
    assert discovery.load(package, name, attribute) is not None


@pytest.mark.parametrize(("package", "attribute"), SERVED)
def test_a_module_without_the_object_is_no_name(package, attribute):
    assert discovery.names(package, attribute)
    assert "base" not in discovery.names(package, attribute)
    with pytest.raises(UsageError, match="Allowed"):
        discovery.load(package, "base", attribute)


@pytest.fixture
def package(tmp_path, monkeypatch):
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path / "shelf"


def test_one_more_file_is_one_more_name(package):
    (package / "right.py").write_text("class Model:\n    pass\n")
    (package / "annotated.py").write_text("Model: object = 1\n")
    (package / "part.py").write_text("from shelf.right import Model\n\nclass ModelCard:\n    Model = 3\n")
    (package / "broken.py").write_text("raise RuntimeError\n")
    assert discovery.names("shelf", "Model") == ("annotated", "right")
    assert "shelf.right" not in sys.modules
    assert discovery.load("shelf", "right", "Model").__name__ == "Model"
    with pytest.raises(UsageError, match="Did you mean 'right'"):
        discovery.load("shelf", "rihgt", "Model")
