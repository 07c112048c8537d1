"""Temperature at which cells with a class of electrolyte are used, where it is not room temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class UseTemperature:
    """Temperature of use of a class.

    Attributes:
        chemistry_class: key.
        usual: at which it is ranked when each class is taken at its own, degree C.
        low, high: of the range, degree C.
        source: of all three, or that one is an assumption.
    """

    chemistry_class: str
    usual: float
    low: float
    high: float
    source: str


USE_TEMPERATURES: tuple[UseTemperature, ...] = (
    UseTemperature(
        "polymer",
        70.0,
        60.0,
        80.0,
        "cells with a PEO network give their capacity at high rates above 60 degree C, Electrochim. Acta 87, 779 "
        "(2013), https://694600.ngqmh.asia/research/tech/periodicals/view.php?seq=1187206, and cycled 2,000 times at "
        "70 degree C, J. Power Sources 306, 258 (2016), https://tr.scribd.com/document/361748087/Jijeesh-R-Nair; the "
        "upper end is an assumption",
    ),
)


def use_temperature(chemistry_class: str) -> UseTemperature | None:
    """Temperature of use of a class; None where it is that of the room."""
    return next((row for row in USE_TEMPERATURES if row.chemistry_class == chemistry_class), None)


def use_temperatures(chemistry_classes: Sequence[str], otherwise: float) -> np.ndarray:
    """Usual temperature of use of each class, degree C.  # (n,)

    Args:
        chemistry_classes: keys.
        otherwise: of classes without one of their own, degree C.
    """
    rows = [use_temperature(str(key)) for key in chemistry_classes]
    return np.array([otherwise if row is None else row.usual for row in rows], dtype=float)
