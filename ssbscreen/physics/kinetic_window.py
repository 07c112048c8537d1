"""The kinetic window: between which potentials an electrolyte keeps its framework while lithium leaves or enters it.

The thermodynamic window ends where the best products win. Before they form, lithium has to leave or enter the framework
as in an electrode, and where that costs more the electrolyte lasts longer; where it costs less (Ti and Ge frameworks)
it takes lithium up earlier. Known for a dozen materials, unknown elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from ssbscreen.core.errors import InputError
from ssbscreen.physics.lithium_contact import same_composition
from ssbscreen.physics.shipped_table import shipped_rows

OXIDATION_STD: Final[float] = 0.40
REDUCTION_STD: Final[float] = 0.20
"""Root mean square difference from measured onsets, V: nine of oxidation and six of reduction in
data/validation/kinetic_windows.csv. The thermodynamic limits of the same work are 0.85 and 0.53 V off."""


@dataclass(frozen=True, slots=True)
class KineticWindow:
    """Potentials of the first topotactic step on either side.

    Attributes:
        formula: of the material that was calculated.
        reduction, oxidation: V against Li/Li+.
        thermodynamic_reduction, thermodynamic_oxidation: of the same work, V.
        doi, read_at: where the values stand and where they were read.
    """

    formula: str
    reduction: float
    oxidation: float
    thermodynamic_reduction: float
    thermodynamic_oxidation: float
    doi: str
    read_at: str


@lru_cache(maxsize=1)
def known_windows() -> tuple[KineticWindow, ...]:
    """The table `kinetic_windows.csv`.

    Source: Schwietert, Vasileiadis, Wagemaker, JACS Au 1, 1488 (2021), 10.1021/jacsau.1c00228, Table 2 (DFT-PBE).
    """
    return tuple(
        KineticWindow(
            row["formula"],
            float(row["reduction_V"]),
            float(row["oxidation_V"]),
            float(row["thermodynamic_reduction_V"]),
            float(row["thermodynamic_oxidation_V"]),
            row["doi"],
            row["read_at"],
        )
        for row in shipped_rows("kinetic_windows.csv")
    )


@lru_cache(maxsize=20_000)
def kinetic_window(formula: str) -> KineticWindow | None:
    """Window of a composition, None where nobody calculated it or the text is no formula.

    Args:
        formula: partial amounts allowed.
    """
    try:
        return next((row for row in known_windows() if same_composition(formula, row.formula)), None)
    except InputError:
        return None


def in_words(formula: str) -> str:
    """The window of a composition with its source, empty where there is none."""
    window = kinetic_window(formula)
    if window is None:
        return ""
    return (
        f"{window.reduction:.2f} to {window.oxidation:.2f} V, by lithium that enters or leaves the framework as it is "
        f"(DFT, {window.doi})"
    )


def kinetic_limits(formulas: Sequence[str], chemistry_classes: Sequence[str]) -> np.ndarray:
    """Reduction and oxidation limit of many candidates, V; NaN where unknown, and of polymers.  # (n, 2)

    Args:
        formulas: as printed; repeat units of polymers are passed over.
        chemistry_classes: aligned.
    """
    found = np.full((len(formulas), 2), np.nan)
    for i, (formula, chemistry_class) in enumerate(zip(formulas, chemistry_classes, strict=True)):
        window = None if chemistry_class == "polymer" else kinetic_window(formula)
        if window is not None:
            found[i] = window.reduction, window.oxidation
    return found
