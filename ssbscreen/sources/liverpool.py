"""Liverpool Ionics Dataset: measured conductivities of lithium conductors at various temperatures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected, reduced_formula
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.core.laws import decades_per_ev
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.agreement import check_charges

_KELVIN = (290.0, 310.0)  # degree C that would be room temperature if they were kelvin
_ROOM = (15.0, 40.0)  # degree C
_SAME_VALUE = 0.3  # log10; below the 0.4 by which repeats of one composition differ in the median
_ACTIVATION = (0.1, 1.5)  # eV between which activation energies of lithium conductors lie
_FALL = 0.1  # log10; a conductivity that falls more than this on heating is an error of the record
_SERIES = (3, 40.0)  # temperatures, and degrees between the outer ones, that make an activation energy


@dataclass(frozen=True)
class _Row:
    """One row that could be read; `value` is log10 of S/cm."""

    key: str
    composition: Composition
    formula: str
    temperature_c: float
    value: float
    doi: str
    family: str


class Liverpool(DataSet):
    """Reads `LiIonDatabase.csv`."""

    name = "liverpool"
    dataset = "liverpool"

    def load(self) -> Records:
        """One candidate a row, with its conductivity; series of three temperatures also give an activation energy.

        The split group "condition" separates values at 15 to 40 degree C ("room") from others ("off room temperature").
        """
        path = self.folder() / "LiIonDatabase.csv"
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        rows, rejected = _read(table)
        for check in (_undecided_temperatures, _falling):
            bad = check(rows)
            rejected += [Rejected(f"liverpool:{row.key}", bad[row.key]) for row in rows if row.key in bad]
            rows = [row for row in rows if row.key not in bad]
        energies = _activation_energies(rows)
        measurements: list[Measurement] = []
        for row in rows:
            measurements.append(
                in_stored_unit(
                    Measurement(
                        row.key,
                        "ionic_conductivity",
                        row.value,
                        temperature_c=row.temperature_c,
                        reference=row.doi,
                        method="experiment",
                        source=self.name,
                        groups={
                            "condition": "room" if _ROOM[0] <= row.temperature_c <= _ROOM[1] else "off room temperature"
                        },
                    ),
                    "log10(S/cm)",
                )
            )
            if row.key in energies:
                measurements.append(
                    in_stored_unit(
                        Measurement(
                            row.key,
                            "activation_energy",
                            energies[row.key],
                            reference=row.doi,
                            method="Arrhenius fit of the values of this series",
                            source=self.name,
                        ),
                        "eV",
                    )
                )
        candidates = tuple(
            Candidate(
                row.key,
                row.composition,
                temperature_c=row.temperature_c,
                source=self.name,
                provenance="composition",
                is_known=True,
                family_hint=row.family,
            )
            for row in rows
        )
        return self.records(len(table), candidates, measurements, rejected)


SOURCE = Liverpool()


def _read(table: pd.DataFrame) -> tuple[list[_Row], list[Rejected]]:
    rows: list[_Row] = []
    rejected: list[Rejected] = []
    seen: defaultdict[str, int] = defaultdict(int)
    columns = ("ID", "composition", "source", "temperature", "target", "family")
    for number, formula, doi, temperature, target, family in table[list(columns)].itertuples(index=False, name=None):
        seen[number] += 1
        key = f"liverpool-{number}" + (f"-{seen[number]}" if seen[number] > 1 else "")
        try:
            composition = parse_composition(formula)
            check_charges(formula, composition)
            value, celsius = float(target), float(temperature)
            if not (value > 0 and np.isfinite(value) and celsius > -ZERO_CELSIUS):
                raise InputError(f"conductivity {target} S/cm at {temperature} degree C is not possible")
            rows.append(
                _Row(
                    key,
                    composition,
                    reduced_formula(composition),
                    celsius,
                    float(np.log10(value)),
                    doi.strip(),
                    "" if family == "Other" else family,
                )
            )
        except (InputError, ValueError) as error:
            rejected.append(Rejected(f"liverpool:{key}", str(error)))
    return rows, rejected


def _undecided_temperatures(rows: list[_Row]) -> dict[str, str]:
    """Rows at 290 to 310 that may be kelvin and that no room-temperature value of the same composition settles."""
    found = {}
    for row in rows:
        if not _KELVIN[0] <= row.temperature_c <= _KELVIN[1]:
            continue
        own = [o for o in rows if o.formula == row.formula and o.key != row.key]
        room = [o for o in own if _ROOM[0] <= o.temperature_c <= _ROOM[1]]
        series = [o for o in own if o.doi == row.doi and abs(o.temperature_c - row.temperature_c) > 10]
        if any(abs(o.value - row.value) <= _SAME_VALUE for o in room):
            found[row.key] = (
                f"{row.temperature_c:g} degree C, but the conductivity is that of room temperature: "
                "most likely kelvin, and a duplicate of the row at room temperature"
            )
        elif not any(_ACTIVATION[0] <= _energy([o, row]) <= _ACTIVATION[1] for o in (*room, *series)):
            found[row.key] = (
                f"{row.temperature_c:g} degree C may be kelvin, and no other temperature of "
                f"{row.formula} in the table decides; look it up in {row.doi}"
            )
    return found


def _falling(rows: list[_Row]) -> dict[str, str]:
    """Rows of a series in which the conductivity falls on heating."""
    found = {}
    for series in _series(rows).values():
        for cold in series:
            for hot in series:
                if hot.temperature_c > cold.temperature_c + 1.0 and hot.value < cold.value - _FALL:
                    for row in (cold, hot):
                        found[row.key] = (
                            f"conductivity of {row.formula} falls from {10**cold.value:.3g} to "
                            f"{10**hot.value:.3g} S/cm between {cold.temperature_c:g} and "
                            f"{hot.temperature_c:g} degree C; nothing says which value is wrong"
                        )
    return found


def _series(rows: list[_Row]) -> dict[tuple[str, str], list[_Row]]:
    found: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        found[row.formula, row.doi].append(row)
    return found


def _energy(rows: list[_Row]) -> float:
    """Activation energy of log10 sigma against 1/T by least squares, eV; NaN for one temperature."""
    decades = decades_per_ev(np.array([row.temperature_c for row in rows]))
    value = np.array([row.value for row in rows])
    centred = decades - decades.mean()
    variance = float((centred**2).sum())
    return float(-(centred * value).sum() / variance) if variance > 1e-6 else float("nan")


def _activation_energies(rows: list[_Row]) -> dict[str, float]:
    """Activation energy beside the first row of each series that is long enough."""
    found = {}
    for series in _series(rows).values():
        temperatures = sorted({row.temperature_c for row in series})
        if len(temperatures) >= _SERIES[0] and temperatures[-1] - temperatures[0] >= _SERIES[1]:
            energy = _energy(series)
            if _ACTIVATION[0] <= energy <= _ACTIVATION[1]:
                found[series[0].key] = energy
    return found
