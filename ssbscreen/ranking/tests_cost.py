"""Kinds of measurements and calculations: what they show, how well, and what they cost."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.core.properties import PROPERTIES, PROPERTIES_LISTED_BY
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import read_yaml


class Reading(BaseModel):
    """How well a test shows a property.

    Attributes:
        noise: standard deviation of one result in stored units (decades where log-scaled).
        source: of the noise, or that it is a default of the project.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    noise: float = Field(ge=0.0)
    source: str = Field(min_length=3)


class TestKind(BaseModel):
    """A measurement or calculation.

    Attributes:
        name: short key.
        title: as printed.
        kind: measurement or calculation; their costs are in different units.
        reveals: property key -> how well it is shown.
        cost: of one test on a sample (or structure) that is there.
        needs: sample or structure.
        for_known: whether it says anything new of a material that was made before, whose energy is listed.
        source: of the cost, or that it is a default of the project.
    """

    __test__ = False  # no test of pytest
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    kind: Literal["measurement", "calculation"]
    reveals: dict[str, Reading] = Field(min_length=1)
    cost: float = Field(gt=0.0)
    needs: Literal["sample", "structure"]
    for_known: bool = True
    source: str = Field(min_length=3)


class TestTable(BaseModel):
    """All kinds of tests.

    Attributes:
        units: of the costs: kind -> unit.
        sample_known, sample_new: cost of making a sample of a material that was made before, or never.
        sample_source: of these two.
        made_new: chance that a sample of a material that was never made can be made at all.
        made_source: of it.
        tests: at least one.
    """

    __test__ = False
    model_config = ConfigDict(extra="forbid", frozen=True)

    units: dict[Literal["measurement", "calculation"], str]
    sample_known: float = Field(ge=0.0)
    sample_new: float = Field(ge=0.0)
    sample_source: str = Field(min_length=3)
    made_new: float = Field(gt=0.0, le=1.0)
    made_source: str = Field(min_length=3)
    tests: tuple[TestKind, ...] = Field(min_length=1)


def load_tests(path: Path | None = None) -> TestTable:
    """The table of `configs/tests_cost.yaml`, or of another file.

    Raises:
        UsageError: a key that does not exist, or a value that does not fit.
    """
    path = path or configs_dir() / "tests_cost.yaml"
    table = read_yaml(path, TestTable)
    for test in table.tests:
        for key in test.reveals:
            if key not in PROPERTIES:
                raise unknown(f"property of test '{test.name}' in {path.name}", key, PROPERTIES, PROPERTIES_LISTED_BY)
    names = [test.name for test in table.tests]
    if len(set(names)) < len(names):
        raise UsageError(f"{path.name}: every test needs a name of its own, given {', '.join(names)}.")
    return table
