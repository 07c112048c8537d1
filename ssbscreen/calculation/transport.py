"""Activation energy and conductivity at room temperature from diffusion at high temperatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.calculation.diffusivity import Diffusivity
from ssbscreen.core.constants import BOLTZMANN_EV, ROOM_TEMPERATURE_C, Z90, ZERO_CELSIUS
from ssbscreen.core.errors import InputError

_CHARGE = 1.602176634e-19  # C, exact in the SI
_LEAST_DOUBT = 0.1  # of ln D; a sampler of few windows may state less
MIN_TEMPERATURES = 2
_LEAST_SURE = 2.0  # standard errors of an activation energy above zero
_AT_ODDS = 3.0  # standard errors between runs and prior, beyond which they are not of one material
_N_LINES = 20000  # drawn where upper bounds take part
_LEAST_SHARE = 0.01  # of the lines that upper bounds leave, below which bounds and line are not of one material


@dataclass(frozen=True)
class Prior:
    """What is held of an activation energy before any run: a normal distribution, eV."""

    mean: float
    std: float


@dataclass(frozen=True)
class Transport:
    """What diffusion at several temperatures says of 25 degree C.

    Attributes:
        activation_energy: of the tracer, eV; with a prior that of both.
        activation_std: its standard deviation from the runs, and the prior where there is one, eV.
        conductivity: log10 of S/cm at 25 degree C by the tracer's diffusion (Nernst and Einstein, Haven ratio 1).
        conductivity_std: standard deviation from the runs and the way to 25 degree C, decades.
        haven_ratio: geometric mean of tracer over charge; of short runs it is no more than a hint.
        n_temperatures: that counted.
        prior_share: of what is known of the activation energy, how much the prior brought: 0 without one, 1 where the
            runs say nothing of it.
        n_bounds: temperatures that gave an upper bound only.
    """

    activation_energy: float
    activation_std: float
    conductivity: float
    conductivity_std: float
    haven_ratio: float
    n_temperatures: int
    prior_share: float = 0.0
    n_bounds: int = 0


def transport(found: Sequence[Diffusivity], ions_per_cm3: float, prior: Prior | None = None) -> Transport:
    """Arrhenius line through the tracer's diffusion coefficients, each weighed by its interval.

    A prior of the activation energy is one more observation, of the slope alone. One temperature is then enough, and
    the way to 25 degree C is as wide as the prior leaves it. An upper bound is never a point: it weighs each line by
    the probability that it passes below (a censored observation).

    Args:
        found: at different temperatures.
        ions_per_cm3: density of the ions, each of one elementary charge.
        prior: of the activation energy; none unless it is given.

    Raises:
        InputError: too few temperatures count, their slope cannot be told from zero and nothing was held of it
            before, or it is at odds with the prior or with upper bounds.

    Source: sigma = n e^2 D / (k T), Nernst-Einstein; X. He et al., npj Comput. Mater. 4, 18 (2018),
        10.1038/s41524-018-0074-y, for how far short runs carry.
    """
    used = [d for d in found if d.counts]
    needed = MIN_TEMPERATURES if prior is None else 1
    if len(used) < needed:
        raise InputError(
            f"{len(used)} of {len(found)} temperatures count, {needed} {'is' if needed == 1 else 'are'} needed for a "
            "conductivity at 25 degree C"
        )
    rows = np.array([[1.0, -1.0 / (BOLTZMANN_EV * d.kelvin)] for d in used])
    log_d = np.array([math.log(d.tracer[1]) for d in used])
    doubt = np.array([max(_log_std(d.tracer), _LEAST_DOUBT) for d in used])
    share = 0.0
    if prior is not None:
        share = _check(rows, log_d, doubt, prior)
        rows = np.vstack([rows, [0.0, 1.0]])
        log_d, doubt = np.append(log_d, prior.mean), np.append(doubt, prior.std)
    line, covariance = _fit(rows, log_d, doubt)
    bounds = [d for d in found if d.is_bound]
    if bounds:
        line, covariance = _below(line, covariance, bounds)
    activation, error = float(line[1]), float(np.sqrt(covariance[1, 1]))
    if prior is None and activation < _LEAST_SURE * error:
        raise InputError(
            f"its activation energy, {activation:.2f} +- {error:.2f} eV, cannot be told from zero; give longer runs or "
            "temperatures farther apart"
        )
    kelvin = ROOM_TEMPERATURE_C + ZERO_CELSIUS
    towards = np.array([1.0, -1.0 / (BOLTZMANN_EV * kelvin)])
    diffusion = math.exp(float(towards @ line))
    sigma = conductivity(diffusion, ions_per_cm3, kelvin)
    return Transport(
        activation,
        error,
        math.log10(sigma),
        float(np.sqrt(towards @ covariance @ towards)) / math.log(10.0),
        float(np.exp(np.mean([math.log(d.haven_ratio) for d in used]))),
        len(used),
        share,
        len(bounds),
    )


def conductivity(diffusion: float, ions_per_cm3: float, kelvin: float) -> float:
    """Conductivity of ions of one elementary charge, S/cm, from their diffusion coefficient in cm2/s."""
    return ions_per_cm3 * _CHARGE * diffusion / (BOLTZMANN_EV * kelvin)  # e^2 / kT is e over kT in eV


def _fit(rows: np.ndarray, values: np.ndarray, doubt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares: ln D at infinite temperature with the activation energy, and their covariance."""
    weighed = rows / doubt[:, None]
    covariance = np.linalg.inv(weighed.T @ weighed)
    return covariance @ weighed.T @ (values / doubt), covariance


def _below(line: np.ndarray, covariance: np.ndarray, bounds: Sequence[Diffusivity]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the lines that upper bounds leave.

    Raises:
        InputError: they leave hardly any.

    Source: likelihood of left-censored values, J. Tobin, Econometrica 26, 24 (1958), 10.2307/1907382.
    """
    from scipy.special import ndtr

    lines = np.random.default_rng(0).multivariate_normal(line, covariance, _N_LINES)
    weight = np.ones(_N_LINES)
    for bound in bounds:
        log_d = lines @ np.array([1.0, -1.0 / (BOLTZMANN_EV * bound.kelvin)])
        weight *= ndtr((math.log(bound.at_most) - log_d) / _LEAST_DOUBT)
    if weight.mean() < _LEAST_SHARE:
        said = ", ".join(f"{d.at_most:.1e} cm2/s at {d.kelvin:g} K" for d in bounds)
        raise InputError(
            f"the line through its values lies above what the other runs allow at most ({said}); give longer runs"
        )
    mean = weight @ lines / weight.sum()
    return mean, np.cov(lines.T, aweights=weight)


def _check(rows: np.ndarray, log_d: np.ndarray, doubt: np.ndarray, prior: Prior) -> float:
    """Share of the prior in what is known of the activation energy.

    Raises:
        InputError: the runs are at odds with it.
    """
    if len(np.unique(rows[:, 1])) < MIN_TEMPERATURES:
        return 1.0
    line, covariance = _fit(rows, log_d, doubt)
    error = float(np.sqrt(covariance[1, 1]))
    if abs(line[1] - prior.mean) > _AT_ODDS * math.hypot(error, prior.std):
        raise InputError(
            f"the activation energy of its runs, {line[1]:.2f} +- {error:.2f} eV, is at odds with the prior, "
            f"{prior.mean:.2f} +- {prior.std:.2f}; give another prior or none"
        )
    return float(prior.std**-2 / (prior.std**-2 + error**-2))


def _log_std(percentiles: tuple[float, float, float]) -> float:
    return (math.log(percentiles[2]) - math.log(max(percentiles[0], 1e-300))) / (2.0 * Z90)
