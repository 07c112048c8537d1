"""Scatter of the parts of a measured value: between laboratories and between the cells of one laboratory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ssbscreen.core.properties import get_property
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import read_yaml
from ssbscreen.physics.critical_current import critical_current_fit
from ssbscreen.ranking.scatter import load_scatter

ASSUMED_SHARE = 0.5
"""Scatter of cells over that of laboratories where no paper states it (assumption of the project)."""
_LOGARITHMIC = ("critical_current",)


class Repeatability(BaseModel):
    """Scatter of cells of one material in one laboratory.

    Attributes:
        cells: standard deviation, log10 of the value or its own unit.
        source: where it was read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cells: float = Field(gt=0.0)
    source: str = Field(min_length=3)


@dataclass(frozen=True)
class Parts:
    """Standard deviations of one property about the value of a material.

    Attributes:
        laboratories: of the laboratory, beyond its cells.
        cells: of a cell about its laboratory.
        is_logarithmic: whether both are in decades, else in the unit of the property.
        is_assumed: whether the scatter of cells is an assumption.
    """

    laboratories: float
    cells: float
    is_logarithmic: bool
    is_assumed: bool

    def of_mean(self, n_cells: int) -> float:
        """Standard deviation of a laboratory's mean of several cells."""
        return float(np.hypot(self.laboratories, self.cells / np.sqrt(n_cells)))


def load_repeatability() -> dict[str, Repeatability]:
    """Rows of `configs/repeatability.yaml` by property.

    Raises:
        UsageError: an unknown property or key, or a value that does not fit.
    """
    found = read_yaml(configs_dir() / "repeatability.yaml", dict[str, Repeatability])
    for key in found:
        get_property(key)
    return found


def known_parts() -> tuple[str, ...]:
    """Properties whose scatter between laboratories is known."""
    return (*load_scatter(), "critical_current")


def parts_of(key: str, stored: float) -> Parts:
    """Both parts for materials of a value.

    What laboratories show together holds the scatter of their cells once: a published value mostly rests on one sample.

    Args:
        key: one of `known_parts`.
        stored: typical value, on the scale on which laboratories scatter.
    """
    total = _between(key, stored)
    given = load_repeatability().get(key)
    cells = min(total, given.cells) if given is not None else ASSUMED_SHARE * total
    is_log = key in _LOGARITHMIC or get_property(key).is_log or load_scatter()[key].is_relative
    return Parts(float(np.sqrt(max(total**2 - cells**2, 0.0))), cells, is_log, given is None)


def _between(key: str, stored: float) -> float:
    """Standard deviation of published values about that of their material."""
    if key in _LOGARITHMIC:
        fit = critical_current_fit()
        return fit.scatter
    scatter = load_scatter()[key]
    heavy = np.sqrt(scatter.dof / (scatter.dof - 2.0)) if scatter.dof > 2.0 else 2.0
    return float(np.exp(scatter.log_scale(np.array(stored))) * heavy)
