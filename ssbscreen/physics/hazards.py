"""Hazardous elements of a compound, by weight, and what its class does in a fire, as a grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.recognition import element_amounts
from ssbscreen.physics.safety import flammability

CLP: Final[str] = "Regulation (EC) No 1272/2008, Annex VI"
ROHS: Final[str] = "Directive 2011/65/EU, Annex II"


@dataclass(frozen=True, slots=True)
class Hazard:
    """An element whose compounds are hazardous whatever they are, or nearly so.

    Attributes:
        weight: 1 for carcinogens and toxicants of reproduction of category 1, deadly poisons and restricted
            substances; 0.3 for compounds that are harmful or toxic without being one of these (the project's choice).
        reason: in words.
        source: regulation.
    """

    weight: float
    reason: str
    source: str


HAZARDS: Final[Mapping[str, Hazard]] = {
    "As": Hazard(1.0, "carcinogenic 1A, toxic", CLP),
    "Be": Hazard(1.0, "carcinogenic 1B, deadly when breathed", CLP),
    "Cd": Hazard(1.0, "carcinogenic 1B; restricted", f"{CLP}; {ROHS}"),
    "Hg": Hazard(1.0, "deadly; restricted", f"{CLP}; {ROHS}"),
    "Tl": Hazard(1.0, "deadly when swallowed", CLP),
    "Pb": Hazard(1.0, "toxic for reproduction 1A; restricted", f"{CLP}; {ROHS}"),
    "Co": Hazard(1.0, "soluble compounds carcinogenic 1B", CLP),
    "Ni": Hazard(1.0, "oxides, sulfides and salts carcinogenic 1A", CLP),
    "Os": Hazard(1.0, "tetroxide deadly", CLP),
    "Th": Hazard(1.0, "radioactive", "half-life, IUPAC"),
    "U": Hazard(1.0, "compounds deadly when swallowed; radioactive", CLP),
    "Cr": Hazard(0.3, "chromates carcinogenic 1B, trivalent chromium not", CLP),
    "Sb": Hazard(0.3, "compounds harmful, trioxide suspected carcinogen", CLP),
    "Se": Hazard(0.3, "compounds toxic", CLP),
    "Te": Hazard(0.3, "dioxide toxic for reproduction 1B", CLP),
    "V": Hazard(0.3, "pentoxide toxic, suspected mutagen", CLP),
    "Ba": Hazard(0.3, "soluble salts harmful", CLP),
}
"""Elements that stand in the annex as "compounds of" or with nearly every compound that an electrolyte could be."""
FIRE_GRADES: Final[Mapping[str, float]] = {"none": 0.0, "gases": 1.0, "combustible": 2.0, "flammable": 3.0}


def hazardous_shares(compositions: Sequence[Composition | None]) -> np.ndarray:
    """Share by weight of hazardous elements, each by the weight of its hazard; NaN for polymers.  # (n,)"""
    found = np.full(len(compositions), np.nan)
    for i, composition in enumerate(compositions):
        if composition is None:
            continue
        amounts = element_amounts(composition)
        grams = sum(
            hazard.weight * amounts[symbol] * _molar_mass(symbol)
            for symbol, hazard in HAZARDS.items()
            if symbol in amounts
        )
        found[i] = grams / float(composition.weight)
    return found


@cache
def _molar_mass(symbol: str) -> float:
    return float(Composition(symbol).weight)


def fire_grades(chemistry_classes: Sequence[str]) -> np.ndarray:
    """Grade of a class: 0 does not burn, 1 gives off toxic gas, 2 combustible, 3 flammable; NaN unread.  # (n,)"""
    rows = [flammability(key) for key in chemistry_classes]
    return np.array([np.nan if row is None else FIRE_GRADES[row.grade] for row in rows])
