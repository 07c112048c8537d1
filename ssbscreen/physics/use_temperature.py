"""Temperature at which cells with a class of electrolyte are used, where it is not room temperature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UseTemperature:
    """Range of use of a class.

    Attributes:
        chemistry_class: key.
        low, high: degree C.
        source: of both ends, or that one is an assumption.
    """

    chemistry_class: str
    low: float
    high: float
    source: str


USE_TEMPERATURES: tuple[UseTemperature, ...] = (
    UseTemperature(
        "polymer",
        60.0,
        80.0,
        "cells with a PEO network give their capacity at high rates above 60 degree C, Electrochim. Acta 87, 779 "
        "(2013), https://694600.ngqmh.asia/research/tech/periodicals/view.php?seq=1187206, and cycled 2,000 times at "
        "70 degree C, J. Power Sources 306, 258 (2016), https://tr.scribd.com/document/361748087/Jijeesh-R-Nair; the "
        "upper end is an assumption",
    ),
)


def use_temperature(chemistry_class: str) -> UseTemperature | None:
    """Range of a class; None where it is room temperature."""
    return next((row for row in USE_TEMPERATURES if row.chemistry_class == chemistry_class), None)
