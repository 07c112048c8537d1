"""Rows of a ranking carried to another temperature, by their own activation energy, as far as the next transition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import UsageError
from ssbscreen.core.laws import split_normal
from ssbscreen.physics import transport
from ssbscreen.physics.critical_current import KELVIN_PER_STEP, centred, critical_current_fit, is_near_measured
from ssbscreen.physics.transitions import LITHIUM_MELTS_C, Transition, transition_between
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.operating import Operating

N_DRAWS = 999
SCORED = ("ionic_conductivity", "area_specific_resistance", "critical_current")  # criteria that are carried
COLDEST_C = -100.0  # that may be asked for, degree C
_SHARES = (0.5, 0.05, 0.95)
_ABOVE_FREEZING = 30.0  # degree C by which what conducts is above its Vogel temperature, as in a screen
_BLOCK = 500  # rows whose draws are held at once


class EnergyOrigin(StrEnum):
    """On what the activation energy of a row rests, in words."""

    MEASURED = "its measured activation energy"
    PREDICTED = "its predicted activation energy"
    CLASS = "the activation energy usual in its class or family"
    ASSUMED = "an assumed activation energy"


@dataclass(frozen=True)
class Carried:
    """Rows at one temperature: median, 5th and 95th percentile in natural units, NaN where no law gives them.

    Attributes:
        temperature_c: degree C.
        conductivity: S/cm.  # (n, 3)
        resistance: of separator and lithium interface, ohm cm2.  # (n, 3)
        voltage_drop: at the current of the profile, V.  # (n, 3)
        critical_current: A/cm2.  # (n, 3)
        transitions: what lies on the way from the temperature of the run; None where nothing is known to.  # n
    """

    temperature_c: float
    conductivity: np.ndarray
    resistance: np.ndarray
    voltage_drop: np.ndarray
    critical_current: np.ndarray
    transitions: tuple[Transition | None, ...]


def check_temperature(celsius: float) -> None:
    """Refuse a temperature at which nothing is computed.

    Raises:
        UsageError: it is that cold, or lithium melts.
    """
    if not COLDEST_C <= celsius < LITHIUM_MELTS_C:
        raise UsageError(
            f"--temperature {celsius:g}: give degree C from {COLDEST_C:g} to below {LITHIUM_MELTS_C:g}, where "
            "lithium melts."
        )


def interval(frame: pd.DataFrame, key: str) -> np.ndarray:
    """Value, low and high of a column, NaN where a row has none of its own; a missing end is the value.  # (n, 3)"""
    found = np.full((len(frame), 3), np.nan)
    for place, part in enumerate(("value", "low", "high")):
        if f"{key}_{part}" in frame:
            found[:, place] = frame[f"{key}_{part}"].to_numpy(float, na_value=np.nan)
    found[:, 1:] = np.where(np.isnan(found[:, 1:]), found[:, :1], found[:, 1:])
    if f"{key}_imputed" in frame:
        found[frame[f"{key}_imputed"].eq(True).to_numpy(bool)] = np.nan
    return found


def energies(frame: pd.DataFrame, operating: Operating) -> np.ndarray:
    """Activation energy of each row, eV: that of the ranking, else what the profile assumes.  # (n, 3)"""
    known, assumed = interval(frame, "activation_energy"), operating.activation_energy
    usual = [assumed.value, assumed.low or assumed.value, assumed.high or assumed.value]
    return np.where(np.isfinite(known[:, :1]), known, usual)


def carried(
    frame: pd.DataFrame,
    operating: Operating,
    celsius: float,
    vogel: Mapping[str, float] | None = None,
    asked: np.ndarray | None = None,
) -> Carried:
    """Rows of a ranking at another temperature; at that of the run each is what it was.

    The errors of conductivity and activation energy are taken as independent. The interface resistance is the profile's
    at all temperatures, as no law of it is known.

    Args:
        frame: rows of materials.
        operating: conditions of the run.
        celsius: degree C.
        vogel: candidate -> Vogel temperature, degree C, where a model gave one; the others follow Arrhenius' law.
        asked: conductivity, S/cm, where a model was asked at that temperature, which then needs no law.  # (n, 3)

    Raises:
        UsageError: the temperature is not allowed.
    """
    check_temperature(celsius)
    parts = [
        _block(frame.iloc[i : i + _BLOCK], operating, celsius, vogel or {}, None if asked is None else asked[i:])
        for i in range(0, len(frame), _BLOCK)
    ]

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts] or [np.empty((0, 3))])

    return Carried(
        celsius,
        joined("conductivity"),
        joined("resistance"),
        joined("voltage_drop"),
        joined("critical_current"),
        tuple(transition for part in parts for transition in part.transitions),
    )


def worth_gained(
    frame: pd.DataFrame, operating: Operating, celsius: float, screen: Screen, vogel: Mapping[str, float] | None = None
) -> np.ndarray:
    """Natural log by which the score of each row rises at another temperature; NaN where its conductivity is unknown.

    The score is a product over criteria and a geometric mean over draws, so its logarithm changes by what conductivity,
    area resistance and critical current change in their mean log desirability, times their weight, and in what their
    limits leave. What is unknown there or imputed stays as it was. Draws are made of the intervals of the table, which
    hold the scatter of laboratories too, so this comes close to a screen at that temperature and is none.  # (n,)

    Args:
        frame, operating, celsius, vogel: as in `carried`.
        screen: of the rows, resolved with the profile.
    """
    check_temperature(celsius)
    ramps = [
        (weight, Ramp(criterion, screen.floor))
        for weight, criterion in zip(screen.weights, screen.criteria, strict=True)
        if criterion.property in SCORED
    ]
    found = np.zeros(len(frame))
    for start in range(0, len(frame), _BLOCK):
        rows = slice(start, start + _BLOCK)
        there = _draws(frame.iloc[rows], operating, celsius, vogel or {}, None)
        here = _draws(frame.iloc[rows], operating, None, vogel or {}, None)
        for weight, ramp in ramps:
            key = ramp.criterion.property
            gained = _log_worth(weight, ramp, there.stored(key)) - _log_worth(weight, ramp, here.stored(key))
            found[rows] += np.nan_to_num(gained, nan=0.0)
        found[rows][[t is not None for t in there.transitions]] = np.nan
    return found


def _log_worth(weight: float, ramp: Ramp, stored: np.ndarray) -> np.ndarray:
    """What a criterion adds to the log of each score, its limit included; NaN where draws are.  # (n,)"""
    with np.errstate(invalid="ignore"):
        return np.asarray((weight * np.log(ramp.desirability(stored)) + ramp.log_survival(stored)).mean(axis=1))


@dataclass(frozen=True)
class _Draws:
    """Draws of rows at one temperature, NaN where unknown; resistance, drop and current in natural units.

    # each (n, N_DRAWS)
    """

    log10: np.ndarray
    resistance: np.ndarray
    drop: np.ndarray
    current: np.ndarray
    transitions: tuple[Transition | None, ...]

    def stored(self, key: str) -> np.ndarray:
        """One of `SCORED` in stored units."""
        if key == "ionic_conductivity":
            return self.log10
        return np.log10(self.resistance if key == "area_specific_resistance" else self.current)


def _block(
    frame: pd.DataFrame, operating: Operating, celsius: float, vogel: Mapping[str, float], asked: np.ndarray | None
) -> Carried:
    drawn = _draws(frame, operating, celsius, vogel, asked)
    here = _draws(frame, operating, None, vogel, None)
    resistance = _from_own(drawn.resistance, here.resistance, interval(frame, "area_specific_resistance"))
    drop = _from_own(drawn.drop, here.drop, interval(frame, "voltage_drop"))
    conductivity, current = _quantiles(10.0**drawn.log10), _quantiles(drawn.current)
    return Carried(celsius, conductivity, resistance, drop, current, drawn.transitions)


def _from_own(drawn: np.ndarray, here: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Quantiles by which a row starts from its own value, where it has one, at the temperature of the run.

    The ranking draws resistances from what is known of the material, and its interval of the conductivity, of which the
    draws here are made, is that of one more laboratory; so they are taken as factors.

    Args:
        drawn, here: at the temperature asked for, and at that of the run.  # (n, N_DRAWS)
        own: value, low and high of the ranking, NaN where it has none.  # (n, 3)
    """
    ratio = own / _quantiles(here)
    return np.asarray(_quantiles(drawn) * np.where(np.isfinite(ratio), ratio, 1.0))


def _draws(
    frame: pd.DataFrame,
    operating: Operating,
    wanted: float | None,
    vogel: Mapping[str, float],
    asked: np.ndarray | None,
) -> _Draws:
    """Draws at a temperature, each row's own when None."""
    reference = operating.temperatures_of(list(frame["chemistry_class"]))[:, None]
    celsius = reference if wanted is None else np.full_like(reference, wanted)
    log10 = _drawn("conductivity", np.log10(interval(frame, "ionic_conductivity")))
    is_there = (reference == celsius)[:, 0]
    crossed: tuple[Transition | None, ...] = (None,) * len(frame)
    if asked is not None:
        warm = np.where(is_there[:, None], log10, _drawn("conductivity", np.log10(asked[: len(frame)])))
    else:
        energy = np.maximum(_drawn("energy", energies(frame, operating)), 0.0)
        freezing = np.array([vogel.get(str(i), -ZERO_CELSIUS) for i in frame["candidate_id"]])[:, None]
        freezing = np.clip(freezing, -ZERO_CELSIUS, reference - _ABOVE_FREEZING)
        warm = transport.conductivity_at(log10, energy, celsius, reference, freezing)
        ways = zip(frame["formula"], reference[:, 0], celsius[:, 0], strict=True)
        crossed = tuple(None if t == u else transition_between(str(f), float(t), float(u)) for f, t, u in ways)
        warm[[t is not None for t in crossed]] = np.nan
        warm = np.where(is_there[:, None], log10, warm)
    thickness = np.fmax(operating.separator_thickness.value, interval(frame, "practical_thickness")[:, :1])
    contact = operating.interface_resistance.sample(_noise("interface")) + operating.negative_electrode.resistance
    resistance = transport.area_specific_resistance(warm, thickness, contact)
    drop = transport.voltage_drop(resistance, operating.current_density.value)
    current = _critical_current(frame, warm, log10, celsius, reference)
    return _Draws(warm, resistance, drop, current, crossed)


def _critical_current(
    frame: pd.DataFrame, warm: np.ndarray, log10: np.ndarray, celsius: np.ndarray, reference: np.ndarray
) -> np.ndarray:
    """That of the run, moved by the slopes of the fit to cells, within the temperatures at which they were measured.

    # (n, N_DRAWS), A/cm2
    """
    is_known = (reference == celsius) | is_near_measured(celsius)
    fit = critical_current_fit()
    place = fit.names.index("temperature")
    per_step, its_error = float(fit.mean[place]), float(np.sqrt(fit.covariance[place, place]))
    value = _drawn("current", np.log10(interval(frame, "critical_current")))
    value = value + (celsius - reference) / KELVIN_PER_STEP * (per_step + its_error * _noise("slope"))
    value = value + fit.slope("conductivity") * (centred("conductivity", warm) - centred("conductivity", log10))
    return np.where(is_known, 10.0**value, np.nan)


def _noise(stream: str) -> np.ndarray:
    """Standard normal quantiles in an order of their own, so that medians and intervals come back exactly."""
    seed = int.from_bytes(stream.encode(), "little") % 2**32
    order = np.random.default_rng(seed).permutation(N_DRAWS)
    return np.asarray(ndtri((order + 0.5) / N_DRAWS))


def _drawn(stream: str, known: np.ndarray) -> np.ndarray:
    """Draws with given medians and central 90 %.  # (n, 3) to (n, N_DRAWS)"""
    return split_normal(_noise(stream), known[:, :1], known[:, 1:2], known[:, 2:])


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Median, 5th and 95th percentile of each row.  # (n, 3)"""
    return np.quantile(values, _SHARES, axis=1).T
