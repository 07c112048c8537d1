"""What stands opposite the cathode: lithium, nothing, a host, or lithium behind a film; its potential, weight and room.

A host holds lithium at a higher potential, where many an electrolyte is left alone, and pays with voltage and weight.
A film keeps the electrolyte from the lithium and pays with resistance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ssbscreen.core.constants import AVOGADRO, COULOMB_PER_MAH, FARADAY, UM_TO_CM
from ssbscreen.core.errors import unknown
from ssbscreen.core.formula import parse_formula
from ssbscreen.physics.shipped_table import shipped_rows

MG_PER_G: Final[float] = 1e3
A3_TO_CM3: Final[float] = 1e-24
MAH_PER_MOL: Final[float] = FARADAY / COULOMB_PER_MAH


@dataclass(frozen=True, slots=True)
class NegativeElectrode:
    """A negative electrode.

    Attributes:
        key, title: its name, and in words.
        potential: at which it holds lithium, V against Li/Li+.
        has_excess_lithium: whether it starts with lithium of its own, as much as the profile says.
        interlayer: formula of a film between it and the electrolyte, empty for none.
        host: element that takes up one Li an atom, empty for none.
        stored_volume: room of a stored Li, host included, cubic angstrom.
        layer_thickness, layer_density: of a film or layer that is always there, micrometre and g/cm3.
        resistance: of that layer, ohm cm2.
        highest_temperature: below which it stays solid, degree C.
        source: of these values.
    """

    key: str
    title: str
    potential: float
    has_excess_lithium: bool
    interlayer: str
    host: str
    stored_volume: float
    layer_thickness: float
    layer_density: float
    resistance: float
    highest_temperature: float
    source: str

    @property
    def is_lithium(self) -> bool:
        """Whether the electrolyte meets lithium at its own potential, with nothing between."""
        return self.potential == 0.0 and not self.interlayer

    @property
    def has_layer(self) -> bool:
        """Whether lithium is plated behind a layer, as in cells with something between."""
        return self.potential == 0.0 and (bool(self.interlayer) or self.layer_thickness > 0.0)

    def meets_as(self, other: NegativeElectrode) -> bool:
        """Whether an electrolyte meets the same thing at the same potential at both."""
        return (self.potential, self.interlayer) == (other.potential, other.interlayer)

    @property
    def host_mass(self) -> float:
        """Of the host for the lithium of 1 mAh, mg."""
        from pymatgen.core import Element

        return MG_PER_G * float(Element(self.host).atomic_mass) / MAH_PER_MOL if self.host else 0.0

    @property
    def host_thickness(self) -> float:
        """Of the empty host for 1 mAh/cm2, micrometre."""
        from pymatgen.core import Element

        return float(Element(self.host).molar_volume) / MAH_PER_MOL / UM_TO_CM if self.host else 0.0

    @property
    def stored_thickness(self) -> float:
        """Growth of the electrode when it stores 1 mAh/cm2, micrometre."""
        full = self.stored_volume * A3_TO_CM3 * AVOGADRO / MAH_PER_MOL / UM_TO_CM
        return full - self.host_thickness

    @property
    def layer_mass(self) -> float:
        """Of the layer that is always there, mg/cm2."""
        return MG_PER_G * self.layer_thickness * UM_TO_CM * self.layer_density


@lru_cache(maxsize=1)
def negative_electrodes() -> Mapping[str, NegativeElectrode]:
    """The table `negative_electrodes.csv`, by key."""
    return {row["key"]: _read(row) for row in shipped_rows("negative_electrodes.csv")}


def negative_electrode(key: str) -> NegativeElectrode:
    """The electrode of that name.

    Raises:
        UsageError: there is none; the message names the nearest one.
    """
    table = negative_electrodes()
    if key not in table:
        raise unknown("negative electrode", key, table)
    return table[key]


def _read(row: Mapping[str, str]) -> NegativeElectrode:
    if row["interlayer"]:
        parse_formula(row["interlayer"])
    return NegativeElectrode(
        key=row["key"],
        title=row["title"],
        potential=float(row["potential_V"]),
        has_excess_lithium=row["has_excess_lithium"] == "yes",
        interlayer=row["interlayer"],
        host=row["host"],
        stored_volume=float(row["stored_volume_A3"]),
        layer_thickness=float(row["layer_um"]),
        layer_density=float(row["layer_density"]),
        resistance=float(row["resistance_ohm_cm2"]),
        highest_temperature=float(row["highest_temperature_C"]),
        source=row["source"],
    )
