"""How many repeats tell two materials apart: power of the two-sided comparison of two means."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import ndtr

LEVEL = 0.05
"""Chance of calling two equal materials different."""
POWER = 0.8
"""Chance of finding a difference that is there."""
MOST = 1000
"""Repeats beyond which nobody makes the comparison."""
_SHARES = (np.arange(2000) + 0.5) / 2000.0


def power(difference: float, std: float, n: int, level: float = LEVEL) -> float:
    """Chance that Student's two-sided test with n repeats of each material finds a difference.

    Args:
        difference: true one of the means.
        std: of one repeat about the mean of its material, unit of the difference, above 0.
        n: repeats of each, at least 2.
        level: chance of a false alarm.

    Source: noncentral t distribution (Cohen, Statistical Power Analysis for the Behavioral Sciences (1988), chapter 2),
    as the mean of the normal distribution over the spread of the estimated standard deviation, which holds where series
    fail.
    """
    freedom = 2 * n - 2
    shift = abs(difference) / (std * np.sqrt(2.0 / n))
    beyond = stats.t.isf(level / 2.0, freedom) * np.sqrt(stats.chi2.ppf(_SHARES, freedom) / freedom)
    return float(np.mean(ndtr(shift - beyond) + ndtr(-shift - beyond)))


def n_needed(difference: float, std: float, wanted: float = POWER, level: float = LEVEL) -> int | None:
    """Fewest repeats of each material that find a difference with the wanted chance; None where `MOST` do not.

    Args:
        difference: true one of the means.
        std: of one repeat about the mean of its material, unit of the difference, above 0.
        wanted: chance of finding it.
        level: chance of a false alarm.
    """
    if difference == 0.0 or power(difference, std, MOST, level) < wanted:
        return None
    low, high = 1, MOST  # the power grows with the number
    while high - low > 1:
        centre = (low + high) // 2
        low, high = (low, centre) if power(difference, std, centre, level) >= wanted else (centre, high)
    return high


def smallest_difference(std: float, n: int, wanted: float = POWER, level: float = LEVEL) -> float:
    """Difference that n repeats of each material find with the wanted chance, unit of the standard deviation."""
    low, high = 0.0, 100.0
    for _ in range(60):
        centre = 0.5 * (low + high)
        low, high = (low, centre) if power(centre, 1.0, n, level) >= wanted else (centre, high)
    return high * std
