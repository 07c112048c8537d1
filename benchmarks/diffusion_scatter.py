"""How far calculated conductivities are from known ones at the temperature of the runs, upper bounds included.

The table of the documentation is read back, so that a machine that holds some of the runs says the scatter of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from ssbscreen.core.constants import Z90

CONDUCTOR, RUN, VALUE = "conductor", "run", "S/cm calculated (90 %)"  # columns of the table
AGAINST = {"measured": "decades over it", "dynamics of others": "decades over that"}
AT_MOST = "at most "

_WITHIN = 2.706 / 2.0  # of the logarithm of the likelihood: interval of 90 %
_SIZES = np.geomspace(0.01, 10.0, 1500)  # decades


@dataclass(frozen=True)
class Compared:
    """A calculated conductivity over a known one at the same temperature.

    Attributes:
        conductor: whose it is.
        decades: logarithm to base 10 of the ratio; of an upper bound that of the bound.
        std: standard deviation by the chance of the run, decades.
        is_bound: whether the run allows that much at most.
    """

    conductor: str
    decades: float
    std: float
    is_bound: bool


@dataclass(frozen=True)
class Scatter:
    """Root mean square difference of the potential, chance left out, and its interval of 90 %, decades."""

    size: float
    low: float
    high: float


def scatter(rows: list[Compared]) -> Scatter:
    """Size of normally distributed differences around zero, by maximum likelihood.

    Runs of one conductor are off together, so that all of them count as one. An upper bound counts by the probability
    that the true value lies below it (J. Tobin, Econometrica 26, 24 (1958), 10.2307/1907382).

    Raises:
        ValueError: no run gives a value.
    """
    if all(row.is_bound for row in rows):
        raise ValueError("bounds alone give no scatter; give runs that make enough hops")
    names = [row.conductor for row in rows]
    total = np.zeros_like(_SIZES)
    for row in rows:
        std = np.hypot(_SIZES, row.std)
        ratio = row.decades / std
        total += (log_ndtr(ratio) if row.is_bound else -0.5 * ratio**2 - np.log(std)) / names.count(row.conductor)
    likely = _SIZES[total >= total.max() - _WITHIN]
    return Scatter(float(_SIZES[total.argmax()]), float(likely[0]), float(likely[-1]))


def root_mean_square(rows: list[Compared]) -> float:
    """Of the values alone, chance included, each conductor once; decades."""
    values = [row for row in rows if not row.is_bound]
    names = [row.conductor for row in values]
    weights = [1.0 / names.count(name) for name in names]
    return float(np.sqrt(np.average([row.decades**2 for row in values], weights=weights)))


def within_a_decade(rows: list[Compared]) -> list[Compared]:
    """Values within a factor of ten; an upper bound is none."""
    return [row for row in rows if not row.is_bound and abs(row.decades) <= 1.0]


def compared(row: Mapping[str, str], column: str) -> Compared | None:
    """A row of the table over what is known of it; None where the run gives no value or nothing is known."""
    decades = row[column]
    if not decades:
        return None
    if decades.startswith(AT_MOST):
        return Compared(row[CONDUCTOR], float(decades.removeprefix(AT_MOST)), 0.0, True)
    found = re.fullmatch(r"\S+ \((\S+) to (\S+)\)", row[VALUE])
    if found is None:
        raise ValueError(
            f"'{row[VALUE]}' of {row[CONDUCTOR]} is no value with its interval, such as '4.3 (2.2 to 8.3)'"
        )
    low, high = float(found[1]), float(found[2])
    return Compared(row[CONDUCTOR], float(decades), float(np.log10(high / low)) / (2.0 * Z90), False)


def merged(
    old: Sequence[Mapping[str, str]], new: Sequence[Mapping[str, str]], order: Sequence[str]
) -> list[Mapping[str, str]]:
    """Rows of an earlier table and of runs that are here, which replace those of the same conductor and temperature.

    Args:
        old: of the table.
        new: of runs.
        order: of the conductors; each the coolest first.
    """

    def place(row: Mapping[str, str]) -> tuple[int, float]:
        return order.index(row[CONDUCTOR]), float(row[RUN].split(" K")[0])

    rows = {place(row): row for row in [*old, *new]}
    return [rows[key] for key in sorted(rows)]
