"""The law of Vogel, Fulcher and Tammann by which polymers conduct better when they are warm."""

from __future__ import annotations

from torch import Tensor

REFERENCE_K = 333.15  # 60 degree C, the middle of the measured temperatures
LEAST_K = 200.0  # colder formulations are given the value at this temperature; the law has its pole below it
MOST_FREEZING_K = 190.0


def coordinate(kelvin: Tensor, freezing: float | Tensor) -> Tensor:
    """Temperature coordinate of the law, 0 at the reference and -1 per 100 K around it.

    f(T) = (R / (T - T0) - 1) R / 100 K with R = T_ref - T0 and T0 the freezing temperature; a mean that is linear in f
    follows log sigma = A - B / (T - T0), Arrhenius' law for T0 = 0. Below `LEAST_K` f stays what it is there.
    """
    span = REFERENCE_K - freezing
    return span * (span / (kelvin.clamp(min=LEAST_K) - freezing) - 1.0) / 100.0
