"""The default panel of cathodes, from `data/reference_cathodes/cathodes.csv` or a table of the same form; beside it
measured values of known cathodes, and calculated couples."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.cathode import Cathode, Estimate
from ssbscreen.core.errors import InputError
from ssbscreen.core.known_electrode import CalculatedCouple, MeasuredElectrode
from ssbscreen.core.properties import get_property
from ssbscreen.core.units import convert
from ssbscreen.download.data_set import DataSet
from ssbscreen.files.paths import data_dir

_QUANTITIES = ("average_voltage", "capacity_grav", "density", "volume_change_on_charge", "youngs_modulus")
_UNITS = {"active_fraction": "fraction"}  # of what is no property of a material
_COLUMNS = ("key", "formula", "half_lithiated", "charged", "property", "value", "low", "high", "unit", "source")


class ReferenceCathodeSource(DataSet):
    """Reads the panel; one row of the table is one value of one cathode."""

    name = "reference_cathodes"
    dataset = "reference_cathodes"

    def load_panel(self, path: Path | None = None) -> tuple[Cathode, ...]:
        """Cathodes in the order of the table.

        Args:
            path: a table of the same columns; the shipped one by default.

        Raises:
            InputError: a column or a value is missing, a unit does not fit, or a range does not hold its value.
        """
        path = path or data_dir() / self.dataset / "cathodes.csv"
        table = pd.read_csv(path, keep_default_na=False, dtype=str)
        if missing := [name for name in _COLUMNS if name not in table.columns]:
            raise InputError(f"{path.name} lacks the columns {', '.join(missing)}.")
        return tuple(_cathode(rows, path) for _, rows in table.groupby("key", sort=False))

    def load_coatings(self) -> tuple[str, ...]:
        """Formulas of the coatings that are tried between an electrolyte and a cathode, all of them oxides."""
        return tuple(pd.read_csv(data_dir() / self.dataset / "coatings.csv", dtype=str)["formula"])

    def load_measured(self) -> tuple[MeasuredElectrode, ...]:
        """Measured voltages, reversible capacities and volume changes of known cathodes, in the order of the table."""
        return _measured(data_dir() / self.dataset / "measured.csv")

    def load_densities(self) -> tuple[tuple[Composition, Estimate], ...]:
        """Compositions of the shipped panel with their densities, g/cm3."""
        return _densities(data_dir() / self.dataset / "cathodes.csv")

    def load_couples(self) -> tuple[CalculatedCouple, ...]:
        """Calculated couples whose two ends are known."""
        return _couples(data_dir() / self.dataset / "calculated_couples.csv.gz")


SOURCE = ReferenceCathodeSource()


def _cathode(rows: pd.DataFrame, path: Path) -> Cathode:
    first = rows.iloc[0]
    values: dict[str, Any] = {}
    for _, row in rows.iterrows():
        unit = _UNITS.get(row["property"]) or get_property(row["property"]).unit
        try:
            value, low, high = (convert(float(row[c]), row["unit"], unit) for c in ("value", "low", "high"))
            values[row["property"]] = Estimate(value, low, high, row["source"])
        except ValueError as error:
            raise InputError(f"{path.name}: {row['property']} of {first['key']} is not usable: {error}.") from error
    if lacking := [q for q in _QUANTITIES if q not in values]:
        raise InputError(f"{path.name}: {first['key']} lacks {', '.join(lacking)}; give one row for each.")
    return Cathode(first["key"], first["formula"], first["half_lithiated"], first["charged"], **values)


@lru_cache(maxsize=1)
def _densities(path: Path) -> tuple[tuple[Composition, Estimate], ...]:
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    cathodes = (_cathode(rows, path) for _, rows in table.groupby("key", sort=False))
    return tuple((Composition(cathode.formula), cathode.density) for cathode in cathodes)


@lru_cache(maxsize=1)
def _measured(path: Path) -> tuple[MeasuredElectrode, ...]:
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    found = []
    for row in table.to_dict("records"):
        unit = get_property(row["property"]).unit
        found.append(
            MeasuredElectrode(
                row["material"],
                Composition(row["discharged"]),
                Composition(row["charged"]) if row["charged"] else None,
                row["property"],
                convert(float(row["value"]), row["unit"], unit),
                row["conditions"],
                row["for_shift"] == "yes",
                row["source"],
            )
        )
    return tuple(found)


@lru_cache(maxsize=1)
def _couples(path: Path) -> tuple[CalculatedCouple, ...]:
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    numbers = [
        [float(value) if value else np.nan for value in table[name]]
        for name in ("average_voltage", "max_delta_volume", "stability_discharge", "stability_charge")
    ]
    compositions = {name: Composition(name) for name in {*table["discharged"], *table["charged"]}}
    ends = ([compositions[name] for name in table[end]] for end in ("discharged", "charged"))
    return tuple(CalculatedCouple(*row) for row in zip(*ends, *numbers, table["structure"], strict=True))
