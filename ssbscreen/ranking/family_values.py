"""Cited values of a class or family, for quantities that no model and no formula gives (polymers above all)."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from ssbscreen.core.errors import UsageError
from ssbscreen.core.properties import get_property
from ssbscreen.core.recognition import chemistry_class, family
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import read_yaml
from ssbscreen.ranking.operating import Sampled


@dataclass(frozen=True)
class FamilyValue:
    """A distribution that stands for every member of a class or family.

    Attributes:
        chemistry_class: key of the class.
        family: key of the family, empty for the whole class.
        property: key of the property table.
        sampled: natural unit, with source.
    """

    chemistry_class: str
    family: str
    property: str
    sampled: Sampled


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    chemistry_class: str
    family: str = ""
    property: str
    unit: str = Field(min_length=1)
    value: Sampled


def load_family_values() -> tuple[FamilyValue, ...]:
    """Rows of `configs/family_values.yaml`.

    Raises:
        UsageError: an unknown key, class, family or property, or a unit other than the canonical one.
    """
    path = configs_dir() / "family_values.yaml"
    found = []
    for number, row in enumerate(read_yaml(path, tuple[_Row, ...]), start=1):
        chemistry_class(row.chemistry_class)
        if row.family:
            family(row.family)
        if row.unit != get_property(row.property).unit:
            raise UsageError(
                f"{path.name}: entry {number} gives {row.property} in '{row.unit}'; "
                f"write it in '{get_property(row.property).unit}'."
            )
        found.append(FamilyValue(row.chemistry_class, row.family, row.property, row.value))
    return tuple(found)
