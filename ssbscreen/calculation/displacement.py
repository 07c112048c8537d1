"""How far ions go in a trajectory: whether their mean squared displacement grows linearly, and in how many hops.

An ion that trembles on its site, or goes to and fro between the sites of one cage, is displaced without diffusing. What
it adds to the mean squared displacement is bounded; diffusion grows without end. So the line is fitted from where the
displacement has left the site, must go on growing at the same rate, and must make enough hops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

HOP = 3.0  # angstrom, of one hop; between sites of the ion are 2.4 (Li7La3Zr2O12) to 3.4 (RbAg4I5)
LEAST_HOPS = 50.0  # in all of a run; fewer leave an error of more than half of the coefficient
# assumptions of the project, tried on walks and cages of known truth (`tests/calculation/test_displacement.py`)
_LEFT = 0.5  # of the squared hop: mean squared displacement from which on the line is fitted, and its least growth
_EXPONENT = 0.2  # by which the growth may differ from linear where chance alone is smaller
_LEAST_EXPONENT = 0.5  # below which the second half of the range grows less than half as much as the first
_CHANCE = 1.645  # standard errors
_N_LAGS = 40
_SURE = 0.95


@dataclass(frozen=True)
class Displacement:
    """Mean squared displacement over times up to half of a run.

    Attributes:
        lags: frames, ascending.  # (n,)
        msd: averaged over ions and starts, square angstrom.  # (n,)
        variance: of each.  # (n,)
        first: index from which on the line is fitted.
    """

    lags: np.ndarray
    msd: np.ndarray
    variance: np.ndarray
    first: int

    @property
    def growth(self) -> float:
        """From the first to the last time of the fitted range, square angstrom."""
        return float(self.msd[-1] - self.msd[self.first])

    def exponent(self) -> tuple[float, float]:
        """Slope of the logarithm of the growth over that of time since the first of the fitted range, and its error.

        1 where the growth is linear, whatever trembling came before; 0 where it has come to its end. Of the whole and
        the first half of the range. The error is that of a linear growth by chance alone, so that it is never zero.
        """
        middle = int(np.searchsorted(self.lags, 0.5 * (self.lags[self.first] + self.lags[-1])))
        at = np.array([self.first, middle, len(self.lags) - 1])
        times, msd = self.lags[at].astype(float), self.msd[at]
        half, whole = msd[1] - msd[0], msd[2] - msd[0]
        if whole <= 0.0:
            return 0.0, math.nan
        if half <= 0.0:
            return math.inf, math.nan
        scale = math.log((times[2] - times[0]) / (times[1] - times[0]))
        slope = np.array([1.0 / half - 1.0 / whole, -1.0 / half, 1.0 / whole]) / scale
        covariance = float((self.variance[at[1:]] / times[1:] ** 3.0).mean()) * overlap(times, 2.0 * times[2])
        return math.log(whole / half) / scale, math.sqrt(float(slope @ covariance @ slope))

    @property
    def is_linear(self) -> bool:
        """Whether the growth is linear as far as chance lets see."""
        exponent, error = self.exponent()
        return exponent >= _LEAST_EXPONENT and abs(exponent - 1.0) <= max(_EXPONENT, _CHANCE * error)

    @property
    def speeds_up(self) -> bool:
        """Whether it grows ever faster, so that its slope is no upper bound of what comes later."""
        return self.growth >= _LEFT * HOP**2 and not self.is_linear and self.exponent()[0] > 1.0


def overlap(times: np.ndarray, total: float) -> np.ndarray:
    """Covariance of mean squared displacements of a random walk, each averaged over all its starts in one run.

    Two displacements share chance by the square of the time that they have in common. In units of what the variance of
    one time would be over its cube, if as many independent ones as fit beside each other were averaged.

    Args:
        times: at most half of the run.  # (n,)
        total: length of the run, the same unit.

    Source: H. Qian, M. P. Sheetz and E. L. Elson, Biophys. J. 60, 910 (1991), 10.1016/S0006-3495(91)82125-7, whose
        variance is the diagonal in the limit of many frames.
    """
    short, long = np.minimum.outer(times, times), np.maximum.outer(times, times)
    shared = (total - long) * (short**2 * long - short**3 / 3.0) - short**4 / 6.0  # starts at the ends share less
    return shared * total / ((total - short) * (total - long))


def displacement(positions: np.ndarray) -> Displacement:
    """Of ions against their framework.

    The line is fitted from where the mean squared displacement reaches half of a squared hop, or from half of the times
    on where it never does.

    Args:
        positions: Cartesian, never folded back into the cell, angstrom.  # (n_frames, n_ions, 3)

    Source: X. He et al., npj Comput. Mater. 4, 18 (2018), 10.1038/s41524-018-0074-y, for the range and its least growth
        (their code, github.com/mogroupumd/aimd, asks for half a squared hop of both).
    """
    n, n_ions = positions.shape[:2]
    lags = np.unique(np.linspace(1, n // 2, min(_N_LAGS, n // 2)).astype(int))
    msd, variance = np.empty(len(lags)), np.empty(len(lags))
    for i, lag in enumerate(lags):
        squared = ((positions[lag:] - positions[:-lag]) ** 2).sum(axis=-1)
        msd[i] = squared.mean()
        variance[i] = squared.var() * lag / (n * n_ions)  # as many independent ones as times that fit beside each other
    latest = int(np.searchsorted(lags, 0.5 * lags[-1]))
    left = np.flatnonzero(msd >= _LEFT * HOP**2)
    return Displacement(lags, msd, variance, min(int(left[0]), latest) if len(left) else latest)


def hops(diffusion: float, n_ions: int, picoseconds: float) -> float:
    """Hops of all ions in a run that its diffusion coefficient (cm2/s) stands for; displacement in place is none."""
    return n_ions * 6.0 * diffusion * 1e4 * picoseconds / HOP**2  # 1 cm2/s is 1e4 angstrom2/ps


def most_diffusion(n_hops: float, n_ions: int, picoseconds: float) -> float:
    """Coefficient (cm2/s) above which so few hops would be seen once in twenty times, as counts go (Poisson)."""
    from scipy.special import gammaincinv

    return float(gammaincinv(n_hops + 1.0, _SURE)) * HOP**2 / (n_ions * 6.0 * 1e4 * picoseconds)


def least_diffusion(picoseconds: float) -> float:
    """Coefficient (cm2/s) from which on nine in ten runs of this length, equilibration left out, give a value.

    Its displacement grows in half of the run by what the range starts with and by what it needs, and by half as much
    again, since half of the runs that just reach it fall short by chance. From 17 ions on that is 50 hops too; the nine
    are those of 50 ions, fewer fall short more often.
    """
    return 1.5 * 2.0 * _LEFT * HOP**2 / (6.0 * 1e4 * 0.5 * picoseconds)


def log_error(n_hops: float) -> float:
    """Standard deviation of ln D by the number of hops; less than one counts as one.

    Source: relative standard deviation 3.43 over the root of the hops, plus 0.04; X. He et al., npj Comput. Mater. 4,
        18 (2018), 10.1038/s41524-018-0074-y, equation 8, from simulations of four conductors.
    """
    return 3.43 / math.sqrt(max(1.0, n_hops)) + 0.04


def why_no_line(found: Displacement, n_hops: float, picoseconds: float, ion: str) -> str:
    """Why a trajectory gives no more than an upper bound of the diffusion coefficient; empty where it gives a value."""
    least = _LEFT * HOP**2
    if found.growth < least:
        return (
            f"{ion} hardly leaves its sites: its mean squared displacement grows by {found.growth:.1f} square angstrom "
            f"in the fitted range, {least:.1f} are needed; {picoseconds:.3g} ps tell coefficients over "
            f"{least_diffusion(picoseconds):.1g} cm2/s, give a longer or hotter run"
        )
    exponent, error = found.exponent()
    if not found.is_linear:
        return (
            f"the mean squared displacement does not grow linearly (exponent {exponent:.2f} +- {error:.2f})"
            f"{'' if found.speeds_up else ', as by motion within cages'}; give a longer run"
        )
    if n_hops < LEAST_HOPS:
        return (
            f"{n_hops:.0f} hops of {ion} in {picoseconds:.1f} ps, {LEAST_HOPS:.0f} are needed; "
            f"some {math.ceil(picoseconds * LEAST_HOPS / max(n_hops, 0.1))} ps would give them"
        )
    return ""
