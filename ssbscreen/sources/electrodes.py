"""Lithium insertion electrodes of the Materials Project: pairs of a charged and a discharged structure."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import check_pair, signed_volume_change
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.properties import get_property
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.structure_json import candidate_of

UNITS: dict[str, str] = {  # columns that are property keys
    "average_voltage": "V",
    "capacity_grav": "mAh/g",
    "capacity_vol": "Ah/L",
    "energy_grav": "Wh/kg",
    "energy_vol": "Wh/L",
    "max_delta_volume": "fraction",
    "stability_charge": "eV/atom",
    "stability_discharge": "eV/atom",
}
GROUP = "framework_chemsys"
_FORMULA_TOLERANCE = 1e-3  # share of an element
_RECONSTRUCTIVE = 0.25  # change of volume a framework atom beyond which the ends are different phases, not one host


class Electrodes(DataSet):
    """Reads `pairs.csv` and `structures.jsonl.gz`; a candidate is the discharged crystal with its charged one."""

    name = "electrodes"
    dataset = "mp_electrodes"

    def load(self) -> Records:
        """All pairs whose two structures are what their formulas say, with the group `framework_chemsys`."""
        folder = self.folder()
        crystals, rejected = _crystals(folder / "structures.jsonl.gz")
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        table = pd.read_csv(folder / "pairs.csv", dtype={"battery_id": str, "id_charge": str, "id_discharge": str})
        for row in table.to_dict("records"):
            name = f"mp_electrodes:{row['battery_id']}"
            try:
                candidate = self._candidate(row, crystals)
            except InputError as error:
                rejected.append(Rejected(name, str(error)))
                continue
            candidates.append(candidate)
            groups = {GROUP: str(row[GROUP]), "reaction": f"{row['formula_charge']} > {row['formula_discharge']}"}
            assert candidate.crystal is not None
            assert candidate.charged is not None
            values = [(key, row[key], unit) for key, unit in UNITS.items()]
            values.append(
                ("volume_change_on_charge", signed_volume_change(candidate.crystal, candidate.charged), "fraction")
            )
            for key, value, unit in values:
                if value != value:
                    continue
                row_of = get_property(key)
                if not row_of.is_plausible(value):
                    rejected.append(
                        Rejected(
                            f"{name} {key}",
                            f"{value:.4g} {unit} is outside the plausible range {row_of.low:g} to {row_of.high:g}",
                        )
                    )
                    continue
                try:
                    measurements.append(
                        in_stored_unit(
                            Measurement(
                                candidate.candidate_id,
                                key,
                                value,
                                method="DFT (PBE+U)",
                                source=self.name,
                                groups=groups,
                            ),
                            unit,
                        )
                    )
                except InputError as error:
                    rejected.append(Rejected(f"{name} {key}", str(error)))
        return self.records(len(table), candidates, measurements, rejected)

    def _candidate(self, row: Mapping[Any, Any], crystals: Mapping[str, Crystal]) -> Candidate:
        ends: list[Crystal] = []
        for end in ("charge", "discharge"):
            crystal = crystals.get(row[f"id_{end}"])
            if crystal is None:
                raise InputError(f"structure {row[f'id_{end}']} is not among the structures")
            stated = Composition(row[f"formula_{end}"]).fractional_composition
            if not crystal.composition.fractional_composition.almost_equals(stated, 0.0, _FORMULA_TOLERANCE):
                raise InputError(
                    f"structure {row[f'id_{end}']} is {crystal.composition.reduced_formula}, not "
                    f"{row[f'formula_{end}']}"
                )
            ends.append(crystal)
        charged, discharged = ends
        check_pair(discharged, charged)
        change = signed_volume_change(discharged, charged)
        if abs(change) > _RECONSTRUCTIVE:
            raise InputError(
                f"the volume a framework atom changes by {change:+.0%} on charge; the ends are different "
                "phases (conversion, alloying or another polymorph), not one host"
            )
        return Candidate(
            row["battery_id"],
            crystal=discharged,
            charged=charged,
            source=self.name,
            provenance="Materials Project insertion electrode",
            is_known=False,  # the data set does not say which were made
        )


SOURCE = Electrodes()


def _crystals(path: Path) -> tuple[dict[str, Crystal], list[Rejected]]:
    found: dict[str, Crystal] = {}
    rejected: list[Rejected] = []
    with gzip.open(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            record = orjson.loads(line)
            try:
                crystal = candidate_of(record, source=SOURCE.name).crystal
            except InputError as error:
                rejected.append(Rejected(f"mp_electrodes:{record.get('id') or f'line {number}'}", str(error)))
                continue
            assert crystal is not None
            found[str(record["id"])] = crystal
    return found, rejected
