"""What pores cost a layer, and how dense layers were made: read values, shown beside a candidate and never scored.

Pairs of samples that one group made at two densities give the power of the relative density behind a property. There
are few, and of the toughness two groups find opposite signs, so the span of the powers is given and no middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import log

from ssbscreen.physics.shipped_table import number, shipped_rows

BRUGGEMAN = 1.5
"""Power of the solid's share in the conductivity of a body with round closed pores, the least that pores cost. Source:
Bruggeman, Ann. Phys. 416, 636 (1935). Open pores part the grains and cost far more: the conductivity of Ga-doped LLZO
falls exponentially with them, with a decay constant of 2.6 % (https://discovery.researcher.life/article/empirical-decay-
relationship-between-ionic-conductivity-and-porosity-of-garnet-type-inorganic-solidstate-electrolytes/
43fb9a7ebc273d2ab5f56b10dfa9bbbb)."""


@dataclass(frozen=True, slots=True)
class PorousPair:
    """One property of one material at two densities, measured by one group.

    Attributes:
        material: as printed.
        key: of the property.
        dense, porous: relative densities.
        dense_value, porous_value: unit of the property.
        source: where it was read.
    """

    material: str
    key: str
    dense: float
    porous: float
    dense_value: float
    porous_value: float
    source: str

    @property
    def power(self) -> float:
        """Power of the relative density that leads from one value to the other."""
        return log(self.dense_value / self.porous_value) / log(self.dense / self.porous)


@dataclass(frozen=True, slots=True)
class Densified:
    """How dense a layer or pellet became.

    Attributes:
        material, chemistry_class, method: as printed.
        pressure: MPa, NaN where it was not read.
        temperature_c: degree C, NaN likewise.
        density: relative to the crystal.
        source: where it was read.
    """

    material: str
    chemistry_class: str
    method: str
    pressure: float
    temperature_c: float
    density: float
    source: str

    def text(self) -> str:
        """As printed beside a candidate."""
        at = f" at {self.pressure:g} MPa" if self.pressure == self.pressure else ""
        warm = f" at {self.temperature_c:g} degree C" if self.temperature_c > 100.0 else ""
        return f"{self.material} {self.density:.0%} dense, {self.method}{at}{warm}"


@lru_cache(maxsize=1)
def porous_pairs() -> tuple[PorousPair, ...]:
    """The table `porosity.csv`."""
    return tuple(
        PorousPair(
            row["material"],
            row["property"],
            float(row["dense"]),
            float(row["porous"]),
            float(row["dense_value"]),
            float(row["porous_value"]),
            row["source"],
        )
        for row in shipped_rows("porosity.csv")
    )


@lru_cache(maxsize=1)
def densified() -> tuple[Densified, ...]:
    """The table `pressed_density.csv`."""
    return tuple(
        Densified(
            row["material"],
            row["chemistry_class"],
            row["method"],
            number(row["pressure_MPa"]),
            number(row["temperature_C"]),
            float(row["relative_density"]),
            row["source"],
        )
        for row in shipped_rows("pressed_density.csv")
    )


def densified_of(chemistry_class: str) -> tuple[Densified, ...]:
    """Densities read for a class."""
    return tuple(row for row in densified() if row.chemistry_class == chemistry_class)


def kept(key: str, relative_density: float) -> tuple[float, float] | None:
    """Share of a dense body's value that a porous one keeps: the smallest and the largest by the powers found.

    Args:
        key: `ionic_conductivity`, whose largest share alone is known, or a property of `porosity.csv`.
        relative_density: above 0, at most 1.

    Returns:
        None where no pair was read; the smallest share of the conductivity is 0.
    """
    if key == "ionic_conductivity":
        return 0.0, relative_density**BRUGGEMAN
    shares = [relative_density**pair.power for pair in porous_pairs() if pair.key == key]
    return (min(shares), max(shares)) if shares else None
