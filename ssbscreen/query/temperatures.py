"""A candidate of a run at other temperatures, by its own activation energy, as far as the next transition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.errors import UsageError
from ssbscreen.physics.critical_current import measured_range
from ssbscreen.physics.transitions import Transition
from ssbscreen.physics.use_temperature import use_temperature
from ssbscreen.query.columns import value_text
from ssbscreen.query.temperature_law import EnergyOrigin, carried, check_temperature, energies, interval
from ssbscreen.query.text_table import TextTable
from ssbscreen.ranking.operating import Operating


@dataclass(frozen=True)
class Interval:
    """Median, 5th and 95th percentile, natural unit."""

    value: float
    low: float
    high: float

    def text(self, criterion: str = "", factor: float = 1.0) -> str:
        """As printed; without the interval where all of it is beyond what says something of a criterion."""
        value, low, high = (value_text(criterion, factor * x) for x in (self.value, self.low, self.high))
        return value if low.startswith("over") else f"{value} [{low}, {high}]"


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
        origin: of that energy.
    """

    reference_c: float
    energy: Interval
    origin: EnergyOrigin


def law_of(row: pd.Series, operating: Operating, origin: EnergyOrigin) -> Law:
    """The law of a row of a ranking, whose activation energy is of that origin if it has one."""
    alone = _alone(row)
    reference = operating.temperatures_of([str(row["chemistry_class"])])
    has_one = np.isfinite(interval(alone, "activation_energy")[0, 0])
    energy = Interval(*map(float, energies(alone, operating)[0]))
    return Law(float(reference[0]), energy, origin if has_one else EnergyOrigin.ASSUMED)


def at_temperatures(
    row: pd.Series, operating: Operating, wanted: Sequence[float], asked: Mapping[float, Interval] | None = None
) -> list[AtTemperature]:
    """A row of a ranking at other temperatures; at that of the run it is the row itself.

    Args:
        row: of a material.
        operating: conditions of the run.
        wanted: degree C.
        asked: temperature -> conductivity, S/cm, where a model was asked for each, which then needs no law.

    Raises:
        UsageError: the row has no conductivity, or a temperature is one at which lithium is not solid.
    """
    for celsius in wanted:
        check_temperature(celsius)
    alone = _alone(row)
    if np.isnan(interval(alone, "ionic_conductivity")[0, 0]):
        raise UsageError(f"'{row['candidate_id']}' has no conductivity of its own, so none at other temperatures.")
    found = []
    for celsius in wanted:
        given = None if asked is None else asked[celsius]
        told = None if given is None else np.array([[given.value, given.low, given.high]])
        at = carried(alone, operating, celsius, asked=told)
        found.append(
            AtTemperature(
                celsius,
                _known(at.conductivity[0]),
                _known(at.resistance[0]),
                _known(at.voltage_drop[0]),
                _known(at.critical_current[0]),
                at.transitions[0],
            )
        )
    return found


def _alone(row: pd.Series) -> pd.DataFrame:
    """A row as a table of one row, its numbers as numbers."""
    return pd.DataFrame([row]).infer_objects()


def _known(values: np.ndarray) -> Interval | None:
    return None if np.isnan(values[0]) else Interval(*map(float, values))


def temperature_lines(
    row: pd.Series,
    operating: Operating,
    wanted: Sequence[float],
    asked: Mapping[float, Interval] | None = None,
    origin: EnergyOrigin = EnergyOrigin.MEASURED,
) -> Iterator[str | TextTable]:
    """The same as text: what it rests on, the table, and why a line is empty."""
    found, law = at_temperatures(row, operating, wanted, asked), law_of(row, operating, origin)
    yield ""
    if asked is not None:
        how = "as its model gives it at each, with what was measured near it"
    else:
        how = f"from {law.reference_c:g} degree C by {law.origin}, {law.energy.text()} eV"
    yield (
        f"conductivity at other temperatures {how}; voltage drop at {1e3 * operating.current_density.value:g} mA/cm2"
    )
    header = ("degree C", "conductivity S/cm", "area resistance ohm cm2", "voltage drop V", "critical current mA/cm2")
    rows = [
        (
            f"{at.temperature_c:g}",
            _text(at.conductivity),
            _text(at.resistance, "area_specific_resistance"),
            _text(at.voltage_drop, "voltage_drop"),
            _text(at.critical_current, factor=1e3),
        )
        for at in found
    ]
    for part in (header[:3], (header[0], *header[3:])):  # two, as all columns with their intervals pass 80 characters
        yield TextTable("", header, tuple(rows)).chosen(part)
        yield ""
    for transition in dict.fromkeys(at.transition for at in found if at.transition is not None):
        yield (
            f"unknown across the {transition.kind} of {transition.material}, {transition.low:g} to {transition.high:g} "
            f"degree C ({transition.source})"
        )
    if any(at.critical_current is None and at.conductivity is not None for at in found):
        yield "critical current: cells were measured from {:g} to {:g} degree C only".format(*measured_range())
    if (resistivity := _known(interval(_alone(row), "electronic_resistivity")[0])) is not None:
        yield (
            f"electronic resistivity: {resistivity.text()} ohm cm at {law.reference_c:g} degree C, unknown elsewhere, "
            "as no activation energy of electrons in these electrolytes was found"
        )
    if (usual := use_temperature(str(row["chemistry_class"]))) is not None:
        yield f"its class is used at {usual.low:g} to {usual.high:g} degree C ({usual.source})"


def _text(interval: Interval | None, criterion: str = "", factor: float = 1.0) -> str:
    return "unknown" if interval is None else interval.text(criterion, factor)
