"""A candidate of a run at other temperatures, by its own activation energy, as far as the next transition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ssbscreen.core.errors import UsageError
from ssbscreen.core.laws import split_normal
from ssbscreen.core.number_text import number
from ssbscreen.physics import transport
from ssbscreen.physics.critical_current import KELVIN_PER_STEP, centred, critical_current_fit, measured_cells
from ssbscreen.physics.transitions import LITHIUM_MELTS_C, Transition, transition_between
from ssbscreen.physics.use_temperature import use_temperature
from ssbscreen.query.text_table import TextTable
from ssbscreen.ranking.operating import Operating

N_DRAWS = 999
COLDEST_C = -100.0  # that may be asked for, degree C
_SHARES = (0.5, 0.05, 0.95)
_BESIDE = 5.0  # degree C by which a law is followed beyond the temperatures at which cells were measured


@dataclass(frozen=True)
class Interval:
    """Median, 5th and 95th percentile, natural unit."""

    value: float
    low: float
    high: float

    def text(self, factor: float = 1.0) -> str:
        """As printed."""
        value, low, high = (number(factor * x) for x in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class AtTemperature:
    """What a candidate does at one temperature; None where no law gives it.

    Attributes:
        temperature_c: degree C.
        conductivity: S/cm.
        resistance: of separator and lithium interface, ohm cm2.
        voltage_drop: at the current of the profile, V.
        critical_current: A/cm2.
        transition: what lies on the way from the temperature of the run.
    """

    temperature_c: float
    conductivity: Interval | None
    resistance: Interval | None
    voltage_drop: Interval | None
    critical_current: Interval | None
    transition: Transition | None


@dataclass(frozen=True)
class Law:
    """How a candidate's conductivity is carried to other temperatures.

    Attributes:
        reference_c: where it is known, degree C.
        energy: activation energy, eV.
        is_own: whether that is the candidate's, not what the profile assumes.
    """

    reference_c: float
    energy: Interval
    is_own: bool


def law_of(row: pd.Series, operating: Operating) -> Law:
    """The law of a row of a ranking."""
    energy = _interval(row, "activation_energy")
    assumed = operating.activation_energy
    usual = Interval(assumed.value, assumed.low or assumed.value, assumed.high or assumed.value)
    return Law(operating.temperature_c.value, energy or usual, energy is not None)


def at_temperatures(
    row: pd.Series, operating: Operating, wanted: Sequence[float], asked: Mapping[float, Interval] | None = None
) -> list[AtTemperature]:
    """A row of a ranking at other temperatures; at that of the run it is the row itself.

    The errors of conductivity and activation energy are taken as independent. The interface resistance is the profile's
    at all temperatures, as no law of it is known.

    Args:
        row: of a material.
        operating: conditions of the run.
        wanted: degree C.
        asked: temperature -> conductivity, S/cm, where a model was asked for each, which then needs no law.

    Raises:
        UsageError: the row has no conductivity, or a temperature is one at which lithium is not solid.
    """
    for celsius in wanted:
        if not COLDEST_C <= celsius < LITHIUM_MELTS_C:
            raise UsageError(
                f"--temperature {celsius:g}: give degree C from {COLDEST_C:g} to below {LITHIUM_MELTS_C:g}, where "
                "lithium melts."
            )
    known = _interval(row, "ionic_conductivity")
    if known is None:
        raise UsageError(f"'{row['candidate_id']}' has no conductivity of its own, so none at other temperatures.")
    law = law_of(row, operating)
    drawn = _Draws(row, operating)
    log10 = drawn.log10_of("conductivity", known)
    energy = np.maximum(drawn.of("energy", law.energy), 0.0)
    current = _interval(row, "critical_current")
    found = []
    for celsius in wanted:
        if celsius == law.reference_c:
            warm = log10
        elif asked is not None:
            warm = drawn.log10_of("conductivity", asked[celsius])
        elif (crossed := transition_between(str(row["formula"]), law.reference_c, celsius)) is not None:
            found.append(AtTemperature(celsius, None, None, None, None, crossed))
            continue
        else:
            warm = transport.conductivity_at(log10, energy, celsius, law.reference_c)
        resistance = transport.area_specific_resistance(warm, drawn.thickness, drawn.interface)
        drop = transport.voltage_drop(resistance, operating.current_density.value)
        plating = None if current is None else _critical_current(drawn, current, warm, log10, celsius, law)
        found.append(
            AtTemperature(celsius, _quantiles(10.0**warm), _quantiles(resistance), _quantiles(drop), plating, None)
        )
    return found


def _critical_current(
    drawn: _Draws, known: Interval, warm: np.ndarray, log10: np.ndarray, celsius: float, law: Law
) -> Interval | None:
    """That of the run, moved by the slopes of the fit to cells, within the temperatures at which they were measured."""
    coldest, hottest = _measured_range()
    if celsius != law.reference_c and not coldest - _BESIDE <= celsius <= hottest + _BESIDE:
        return None
    fit = critical_current_fit()
    place = fit.names.index("temperature")
    per_step, its_error = float(fit.mean[place]), float(np.sqrt(fit.covariance[place, place]))
    steps = (celsius - law.reference_c) / KELVIN_PER_STEP
    value = drawn.log10_of("current", known)
    value = value + steps * (per_step + its_error * drawn.noise("slope"))
    value = value + fit.slope("conductivity") * (centred("conductivity", warm) - centred("conductivity", log10))
    return _quantiles(10.0**value)


def _measured_range() -> tuple[float, float]:
    """Lowest and highest temperature of the cells behind the fit, degree C."""
    measured = [cell.temperature_c for cell in measured_cells()]
    return min(measured), max(measured)


def temperature_lines(
    row: pd.Series, operating: Operating, wanted: Sequence[float], asked: Mapping[float, Interval] | None = None
) -> Iterator[str | TextTable]:
    """The same as text: what it rests on, the table, and why a line is empty."""
    found, law = at_temperatures(row, operating, wanted, asked), law_of(row, operating)
    yield ""
    if asked is not None:
        how = "as its model gives it at each, with what was measured near it"
    elif law.is_own:
        how = f"from {law.reference_c:g} degree C by its own activation energy, {law.energy.text()} eV"
    else:
        how = f"from {law.reference_c:g} degree C by an assumed activation energy, {law.energy.text()} eV"
    yield (
        f"conductivity at other temperatures {how}; voltage drop at {1e3 * operating.current_density.value:g} mA/cm2"
    )
    header = ("degree C", "conductivity S/cm", "area resistance ohm cm2", "voltage drop V", "critical current mA/cm2")
    rows = [
        (
            f"{at.temperature_c:g}",
            *(_text(v) for v in (at.conductivity, at.resistance, at.voltage_drop)),
            _text(at.critical_current, 1e3),
        )
        for at in found
    ]
    yield TextTable("", header, tuple(rows), needed=header)
    for transition in dict.fromkeys(at.transition for at in found if at.transition is not None):
        yield (
            f"unknown across the {transition.kind} of {transition.material}, {transition.low:g} to {transition.high:g} "
            f"degree C ({transition.source})"
        )
    if any(at.critical_current is None and at.conductivity is not None for at in found):
        yield "critical current: cells were measured from {:g} to {:g} degree C only".format(*_measured_range())
    if (resistivity := _interval(row, "electronic_resistivity")) is not None:
        yield (
            f"electronic resistivity: {resistivity.text()} ohm cm at {law.reference_c:g} degree C, unknown elsewhere, "
            "as no activation energy of electrons in these electrolytes was found"
        )
    if (usual := use_temperature(str(row["chemistry_class"]))) is not None:
        yield f"its class is used at {usual.low:g} to {usual.high:g} degree C ({usual.source})"


class _Draws:
    """Numbers that belong to one row and quantity, whatever temperatures are asked for."""

    def __init__(self, row: pd.Series, operating: Operating) -> None:
        own = _interval(row, "practical_thickness")
        self.thickness = np.fmax(operating.separator_thickness.value, np.nan if own is None else own.value)
        contact = operating.interface_resistance.sample(self.noise("interface"))
        self.interface = contact + operating.negative_electrode.resistance

    def noise(self, stream: str) -> np.ndarray:
        """Standard normal quantiles in an order of their own, so that medians and intervals come back exactly."""
        seed = int.from_bytes(stream.encode(), "little") % 2**32
        order = np.random.default_rng(seed).permutation(N_DRAWS)
        return np.asarray(ndtri((order + 0.5) / N_DRAWS))

    def of(self, stream: str, known: Interval) -> np.ndarray:
        """Draws with a given median and central 90 %.  # (N_DRAWS,)"""
        return split_normal(self.noise(stream), known.value, known.low, known.high)

    def log10_of(self, stream: str, known: Interval) -> np.ndarray:
        """The same of the logarithm.  # (N_DRAWS,)"""
        return self.of(stream, Interval(*(float(np.log10(x)) for x in (known.value, known.low, known.high))))


def _interval(row: pd.Series, key: str) -> Interval | None:
    values = [row.get(f"{key}_{part}") for part in ("value", "low", "high")]
    if values[0] is None or pd.isna(values[0]):
        return None
    value, low, high = (float(values[0] if x is None or pd.isna(x) else x) for x in values)
    return Interval(value, low, high)


def _quantiles(values: np.ndarray) -> Interval:
    return Interval(*(float(x) for x in np.quantile(values, _SHARES)))


def _text(interval: Interval | None, factor: float = 1.0) -> str:
    return "unknown" if interval is None else interval.text(factor)
