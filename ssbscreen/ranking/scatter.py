"""How much studies of one material differ, property by property: estimated from repeats, kept with their source."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ssbscreen.core.properties import get_property
from ssbscreen.files.paths import configs_dir
from ssbscreen.files.yaml import read_yaml


class Scatter(BaseModel):
    """Scatter between studies of one property of one material, stored units, or decades where it is relative.

    Attributes:
        scale: of the Student distribution of a study about its material, median over materials.
        spread: standard deviation over materials of the natural logarithm of that scale.
        dof: degrees of freedom of the Student distribution.
        slope: by how much the log scale grows for each unit that the material's value lies below `slope_below`.
        slope_below: stored unit.
        slope_reach: units below `slope_below` after which the scale grows no more; nothing lower was repeated.
        highest: stored unit; nothing exceeds it.
        compiled: factor on the scale of values read in compilations, whose phase, part (bulk or total) and digits were
            not checked in the paper.
        calculated: standard deviation of a calculated value beyond the scatter; None where calculations do not count.
        is_relative: whether log10 of a property that is not log-scaled scatters evenly, such as that of a modulus.
        learned_std: least standard deviation of a prior of a model that learned reported values: its error on groups
            that it never saw, since on a material that it saw it repeats what is counted as evidence beside it.
        prior_std: stands for a prior where neither a model nor a class gives one; wide.
        prior_dof: degrees of freedom of the Student distribution by which materials lie about their prior, infinite for
            a normal one. Few make that studies win where they lie far from what was expected.
        source: of these numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: float = Field(gt=0.0)
    spread: float = Field(gt=0.0, le=2.0)
    dof: float = Field(gt=1.0)
    slope: float = Field(default=0.0, ge=0.0)
    slope_below: float = 0.0
    slope_reach: float = Field(default=4.0, gt=0.0)
    highest: float = float("inf")
    compiled: float = Field(default=1.0, ge=1.0)
    calculated: float | None = Field(default=None, ge=0.0)
    is_relative: bool = False
    learned_std: float = Field(default=1e-3, gt=0.0)
    prior_std: float = Field(gt=0.0)
    prior_dof: float = Field(default=float("inf"), gt=2.0)
    source: str = Field(min_length=3)

    def scaled(self, value: float) -> float:
        """Value on the scale on which studies scatter; NaN where it has no logarithm."""
        if not self.is_relative:
            return value
        return float(np.log10(value)) if value > 0.0 else float("nan")

    def stored(self, scaled: float) -> float:
        """The way back."""
        return float(10.0**scaled) if self.is_relative else scaled

    def log_scale(self, value: np.ndarray) -> np.ndarray:
        """Natural logarithm of the median scale of materials of this value."""
        return np.log(self.scale) + self.slope * np.clip(self.slope_below - value, 0.0, self.slope_reach)


def load_scatter() -> dict[str, Scatter]:
    """Rows of `configs/evidence.yaml` by property: those whose measured values count.

    Raises:
        UsageError: an unknown property or key, or a value that does not fit.
    """
    found = read_yaml(configs_dir() / "evidence.yaml", dict[str, Scatter])
    for key in found:
        get_property(key)
    return found
