"""The project's own compilation of literature values: known electrolytes and what was measured on them.

Over 300 lines since a value has many fields, each read with its own check and its own words of refusal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pymatgen.core import Composition

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Polymer, Records, Rejected
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.errors import InputError, SsbscreenError, unknown
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.properties import PROPERTIES, get_property
from ssbscreen.curation.disputes import Dispute
from ssbscreen.download.data_set import DataSet
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.readers.polymer_text import formulation

TABLES = ("electrolytes", "mechanics", "electronic", "lithium", "interfaces", "polymers", "transitions", "evidence")
EVIDENCE_ONLY = ("evidence",)  # read for the ranking after the models were trained; nothing is learned from them
LI_OUTCOME = "li_outcome"  # the one property whose value is a word
# Measured quantities without a row in `core/properties.py`: unit, lowest and highest plausible value.
FURTHER_QUANTITIES: dict[str, tuple[str, float, float]] = {
    "co_sintering_limit": ("degC", 100.0, 1500.0),  # highest temperature at which a pair does not react
    "conductivity_drop": ("1", 0.0, 8.0),  # decades, of the phase above a transition over that below it
    "dehydration_temperature": ("degC", 20.0, 500.0),
    "h2s_release": ("cm3/g", 0.0, 500.0),  # in humid gas, per gram of electrolyte
    "transference_number": ("1", 0.0, 1.0),
    "yield_strength": ("GPa", 0.0, 50.0),
}
_HOLDS_SOLVENT = re.compile(r"residual (?:solvent|water)|hold solvent|plasticised")  # in the conditions of a polymer
OUTCOMES = ("stable", "passivating", "mixed_conducting")
VERIFICATIONS = ("corroborated", "text", "recalled")
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class LiteratureValue:
    """One row of a table.

    Attributes:
        table: name of the table it stands in.
        line: of the file, the header being line 1.
        material: name in use.
        composition: None for polymers.
        polymer: None for everything else.
        chemistry_class, family: keys of the chemistry table.
        key: property key, `li_outcome`, or a key of `FURTHER_QUANTITIES`.
        value: in `unit`; None for `li_outcome`.
        low, high: stated range or error in `unit`, None where none is stated.
        bound: whether the value is exact or a limit.
        unit: of value, low and high.
        temperature_c: degree C; None where the property has none or it is not known.
        method, conditions, preparation: in words; the first is experiment, DFT, ...
        year: of publication, None when not known.
        doi: empty when it was not seen.
        url: address at which the value was read; empty for recalled values.
        verification: corroborated, text or recalled.
        confidence: high, medium or low.
        outcome: word of a `li_outcome` row, else empty.
    """

    table: str
    line: int
    material: str
    composition: Composition | None
    polymer: Polymer | None
    chemistry_class: str
    family: str
    key: str
    value: float | None
    low: float | None
    high: float | None
    bound: Bound
    unit: str
    temperature_c: float | None
    method: str
    conditions: str
    preparation: str
    year: int | None
    doi: str
    url: str
    verification: str
    confidence: str
    outcome: str

    @property
    def is_usable(self) -> bool:
        """Whether it may enter training, calibration or tests: not recalled and not of low confidence."""
        return self.verification != "recalled" and self.confidence != "low"

    @property
    def is_measured(self) -> bool:
        """Whether it was measured rather than computed."""
        return self.method == "experiment"

    @property
    def reference(self) -> str:
        """DOI where one was seen, else the address."""
        return self.doi or self.url

    @property
    def formulation(self) -> tuple[str, Polymer | None]:
        """What distinguishes candidates: the name, and for polymers salt, molality and mass."""
        return self.material, self.polymer


class Literature(DataSet):
    """Reads the tables of `data/literature/`."""

    name = "literature"
    dataset = "literature"

    def values(self, table: str = "", *, with_unusable: bool = False) -> tuple[LiteratureValue, ...]:
        """Rows of one table, or of all.

        Args:
            table: one of `TABLES`; empty for all.
            with_unusable: include recalled values and those of low confidence.

        Raises:
            UsageError: no such table.
            InputError: a row that cannot be read; the message names file and line.
        """
        if table and table not in TABLES:
            raise unknown("literature table", table, TABLES)
        folder = self.folder()
        rows = [row for name in ((table,) if table else TABLES) for row in read_table(folder / f"{name}.csv")]
        return tuple(row for row in rows if with_unusable or row.is_usable)

    def disputes(self) -> tuple[Dispute, ...]:
        """Values that later work disputes.

        Raises:
            InputError: a row without paper, property, compositions or source.
        """
        path = self.folder() / "disputes.csv"
        found = []
        for line, row in enumerate(csv_rows(path), start=2):
            if not all(row.get(name) for name in ("paper", "compositions", "disputed_by", "url")):
                raise InputError(f"{path.name} line {line}: give paper, compositions, disputed_by and url.")
            compositions = tuple(Composition(formula) for formula in row["compositions"].split())
            reason = f"{row['disputed_by']}: {row['reason']}"
            found.append(Dispute(row["paper"].lower(), get_property(row["property"]).key, compositions, reason))
        return tuple(found)

    def load(self) -> Records:
        """Every electrolyte as a known candidate, with its usable measured values.

        Recalled electrolytes become candidates without measurements. Values of the other tables join the
        electrolyte of the same name, but for those of `EVIDENCE_ONLY`, so that what models learn from and are tested
        on stays as it is when a ranking gets more evidence; computed ones, and what was measured on anything else
        (lithium metal, cathodes, pairs) or is no property of a candidate (`FURTHER_QUANTITIES`), is left to `values`.
        """
        rows = self.values(with_unusable=True)
        candidates = _candidates(row for row in rows if row.table == "electrolytes")
        by_name = {c.label: c for (_, polymer), c in candidates.items() if polymer is None}
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for row in rows:
            candidate = candidates.get(row.formulation) or by_name.get(row.material)
            if candidate is None or row.value is None or not (row.is_usable and row.is_measured):
                continue
            if row.key in FURTHER_QUANTITIES or row.table in EVIDENCE_ONLY:
                continue
            try:
                measurements.append(
                    in_stored_unit(
                        Measurement(
                            candidate.candidate_id,
                            row.key,
                            row.value,
                            bound=row.bound,
                            temperature_c=row.temperature_c,
                            reference=row.reference,
                            method=row.method,
                            source=self.name,
                            groups={
                                "verification": row.verification,
                                "preparation": row.preparation,
                                "compiled_in": compiled_in(row.conditions),
                                "taken_in_after": taken_in_after(row.conditions),
                            },
                        ),
                        row.unit,
                    )
                )
            except SsbscreenError as error:
                rejected.append(Rejected(f"literature: {row.table}.csv line {row.line}", str(error)))
        return self.records(len(rows), tuple(candidates.values()), measurements, rejected)


SOURCE = Literature()


def compiled_in(conditions: str) -> str:
    """Compilation that a value is quoted from, its first word; empty for a value read on a page of its own."""
    found = re.search(r"as compiled in (?:the )?(?:digitised data of )?(\w+)", conditions)
    return found.group(1) if found else ""


def taken_in_after(conditions: str) -> str:
    """Model and version that was shipped before a value stood here, as `conductivity 0.7.0`; empty for older values."""
    found = re.search(r"taken in after (\w+ \d+\.\d+\.\d+)", conditions)
    return found.group(1) if found else ""


def read_table(path: Path) -> tuple[LiteratureValue, ...]:
    """All rows of a table.

    Raises:
        InputError: a row that cannot be read; the message names file and line.
    """
    return tuple(_value(path, line, row) for line, row in enumerate(csv_rows(path), 2))


def _value(path: Path, line: int, row: dict[str, str]) -> LiteratureValue:
    try:
        composition = Composition(row["composition"]) if row["composition"] else None
        polymer = None
        if composition is None:
            smiles = row["smiles"] or None
            solvent = "residual solvent" if _HOLDS_SOLVENT.search(row["conditions"]) else None
            polymer = formulation(smiles, row["salt_smiles"], row["molality"], row["molar_mass"], solvent)
        _check(row)
        return LiteratureValue(
            path.stem,
            line,
            row["material"],
            composition,
            polymer,
            row["chemistry_class"],
            row["family"],
            row["property"],
            _number(row["value"]),
            _number(row["value_low"]),
            _number(row["value_high"]),
            Bound(row["bound"]),
            row["unit"],
            _number(row["temperature_c"]),
            row["method"],
            row["conditions"],
            row["preparation"],
            int(row["year"]) if row["year"] else None,
            row["doi"],
            row["url"],
            row["verification"],
            row["confidence"],
            row["value_text"],
        )
    except (InputError, ValueError, KeyError) as error:
        raise InputError(f"{path.name} line {line} ({row.get('material')}): {error}") from error


def _check(row: dict[str, str]) -> None:
    """Raise InputError for a word that is none of those allowed, an unknown quantity or a missing value."""
    for column, allowed in (("verification", VERIFICATIONS), ("confidence", CONFIDENCES)):
        if row[column] not in allowed:
            raise InputError(f"{column} '{row[column]}' is none of {', '.join(allowed)}")
    key = row["property"]
    if key == LI_OUTCOME:
        if row["value_text"] not in OUTCOMES:
            raise InputError(f"value_text '{row['value_text']}' is none of {', '.join(OUTCOMES)}")
        return
    if key not in PROPERTIES and key not in FURTHER_QUANTITIES:
        raise InputError(f"'{key}' is no property; write it as a key of core/properties.py or of FURTHER_QUANTITIES")
    if key in FURTHER_QUANTITIES and row["unit"] != FURTHER_QUANTITIES[key][0]:
        raise InputError(f"{key} is written in {FURTHER_QUANTITIES[key][0]}, not in '{row['unit']}'")
    if not row["value"]:
        raise InputError("the value is missing")


def _number(text: str) -> float | None:
    return float(text) if text.strip() else None


def _candidates(rows: Iterable[LiteratureValue]) -> dict[tuple[str, Polymer | None], Candidate]:
    """One candidate a formulation, in the order of the table."""
    by_name: dict[str, dict[tuple[str, Polymer | None], list[LiteratureValue]]] = defaultdict(dict)
    for row in rows:
        by_name[row.material].setdefault(row.formulation, []).append(row)
    out: dict[tuple[str, Polymer | None], Candidate] = {}
    for name, formulations in by_name.items():
        for key, own in formulations.items():
            first, polymer = own[0], key[1]
            suffix = ""
            if len(formulations) > 1 and polymer is not None and polymer.molality is not None:
                suffix = f"@{polymer.molality:g}m"
            sources = sorted({row.reference for row in own if row.reference})
            out[key] = Candidate(
                candidate_id=f"lit/{re.sub(r'[^A-Za-z0-9.()+,-]+', '_', name)}{suffix}",
                composition=first.composition,
                polymer=polymer,
                source=Literature.name,
                label=name,
                temperature_c=ROOM_TEMPERATURE_C,
                is_known=True,
                family_hint=first.family,
                provenance="known electrolyte: " + ("; ".join(sources) or "recalled, without a source"),
            )
    return out
