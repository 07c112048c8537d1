"""Measurements imported: read, held against what is known, kept as a new version."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ssbscreen.core.candidate import Records, Rejected
from ssbscreen.core.chemical_formula import formula_of
from ssbscreen.core.errors import DataUnavailable, InputError
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property
from ssbscreen.curation.novelty import Comparison, Finding, compare
from ssbscreen.files.data_source import RecordSource, load_source
from ssbscreen.files.writing import write_rejected, write_table
from ssbscreen.measurements.row_text import CRITICAL_CURRENT, LITHIUM_OUTCOME
from ssbscreen.measurements.rows import NewValue, read_measurements
from ssbscreen.measurements.store import MeasurementStore, Version
from ssbscreen.ranking.scatter import load_scatter

log = logging.getLogger(__name__)
# Sources a new value is held against; one that cannot be reached is passed over.
KNOWN_SOURCES: dict[str, tuple[str, ...]] = {
    "ionic_conductivity": ("measurements", "obelix", "liverpool", "laskowski", "literature", "chemarr"),
    "activation_energy": ("measurements", "laskowski", "literature"),
    "band_gap": ("measurements", "matbench"),
    "bulk_modulus": ("measurements", "literature"),
    "average_voltage": ("measurements", "literature"),
}
_ALWAYS = ("measurements", "literature")


@dataclass(frozen=True)
class Checked:
    """A table of measurements, read and held against what is known; nothing is kept yet.

    Attributes:
        n_read: rows of the table.
        values: usable rows, in parallel with the positions of the comparison.
        kept: those to keep, flagged where something was noticed.
        rejected: rows rejected, with reasons.
        comparison: new values beside known ones.
        findings: the same as a table, natural units.
        rejected_path, findings_path: where both tables were written.
    """

    n_read: int
    values: tuple[NewValue, ...]
    kept: tuple[NewValue, ...]
    rejected: tuple[Rejected, ...]
    comparison: Comparison
    findings: pd.DataFrame
    rejected_path: Path
    findings_path: Path


@dataclass(frozen=True)
class Ingested:
    """Outcome of importing a table of measurements.

    Attributes:
        version: the new version of the store.
        checked: what was read and noticed.
        was_known: whether the very table was imported before, as this version.
    """

    version: Version
    checked: Checked
    was_known: bool = False

    @property
    def uncounted(self) -> dict[str, int]:
        """Values that no ranking counts, by property: a model may learn from them, or nothing asks for them yet."""
        counted = {*load_scatter(), LITHIUM_OUTCOME, CRITICAL_CURRENT}
        return dict(Counter(key for v in self.checked.kept if (key := v.measurement.property) not in counted))


def ingest(path: Path, *, accept_suspected: bool = False, store: MeasurementStore | None = None) -> Ingested:
    """Import a table of measurements: `check`, then `keep`, one process at a time."""
    with (store or MeasurementStore()).importing():
        checked = check(path, accept_suspected=accept_suspected)
        return keep(checked, path, accept_suspected=accept_suspected, store=store)


def check(path: Path, *, accept_suspected: bool = False) -> Checked:
    """Read a table and hold it against what is known.

    Exact repeats are rejected; a value whose unit is suspected is rejected unless `accept_suspected`; outliers and
    contradictions are kept and flagged, since the new value may be the right one.

    Raises:
        InputError: the file cannot be read.
    """
    values, rejected = read_measurements(path)
    comparison = compare(
        [v.candidate for v in values],
        [v.measurement for v in values],
        [v.provenance.unit for v in values],
        known_records({v.measurement.property for v in values}),
    )
    by_position = {noticed.position: noticed for noticed in comparison.noticed}
    aside, kept = list(rejected), []
    for position, value in enumerate(values):
        noticed = by_position.get(position)
        if noticed is None:
            kept.append(value)
        elif noticed.finding is Finding.DUPLICATE or (noticed.finding is Finding.UNIT and not accept_suspected):
            aside.append(Rejected(_label(value), f"{noticed.finding.value}: {noticed.text} ({noticed.known_origin})"))
        else:
            kept.append(replace(value, provenance=replace(value.provenance, flags=(noticed.finding.value,))))
    findings = findings_table(values, comparison)
    rejected_path = path.with_name(f"{path.stem}.rejected.csv")
    findings_path = path.with_name(f"{path.stem}.findings.csv")
    write_rejected(aside, rejected_path)
    write_table(findings, findings_path)
    return Checked(
        len(values) + len(rejected),
        values,
        tuple(kept),
        tuple(aside),
        comparison,
        findings,
        rejected_path,
        findings_path,
    )


def keep(
    checked: Checked, path: Path, *, accept_suspected: bool = False, store: MeasurementStore | None = None
) -> Ingested:
    """Keep what was checked as a new version.

    Raises:
        InputError: nothing is usable, or most comparable values disagree with what is known and `accept_suspected`
            is not set.
    """
    if checked.comparison.is_suspect and not accept_suspected:
        raise InputError(
            f"'{path.name}' is refused: {checked.comparison.reason}. The values stand side by side in "
            f"{checked.findings_path}; --accept-suspected takes them as they are."
        )
    if not checked.kept:
        raise InputError(f"Nothing in '{path.name}' can be kept; the reasons stand in {checked.rejected_path}.")
    version = (store or MeasurementStore()).add(checked.kept, path)
    log.info(
        "ingest %s: %d rows, %d kept, %d rejected, now %s",
        path.name,
        checked.n_read,
        len(checked.kept),
        len(checked.rejected),
        version.name,
    )
    return Ingested(version, checked)


def known_records(properties: set[str]) -> list[Records]:
    """Records of every reachable source that may hold values of these properties."""
    names = dict.fromkeys(name for key in sorted(properties) for name in KNOWN_SOURCES.get(key, _ALWAYS))
    found = []
    for name in names:
        source = load_source(name)
        if not isinstance(source, RecordSource):
            continue
        try:
            found.append(source.load())
        except DataUnavailable as error:
            log.info("%s is not compared with: %s", name, error)
    return found


def findings_table(values: Sequence[NewValue], comparison: Comparison) -> pd.DataFrame:
    """New beside known, one row a finding, natural units."""
    rows = []
    for noticed in comparison.noticed:
        value = values[noticed.position]
        row = get_property(value.measurement.property)
        rows.append(
            {
                "line": value.provenance.line,
                "material": formula_of(value.candidate),
                "property": row.key,
                "new": number(row.to_natural(value.measurement.value)),
                "known": number(row.to_natural(noticed.known_value)),
                "unit": row.unit,
                "n_known": noticed.n_known,
                "known from": noticed.known_origin,
                "finding": noticed.finding.value,
                "what": noticed.text,
            }
        )
    return pd.DataFrame(
        rows,
        columns=["line", "material", "property", "new", "known", "unit", "n_known", "known from", "finding", "what"],
    )


def _label(value: NewValue) -> str:
    sample = f" ({value.provenance.sample_id})" if value.provenance.sample_id else ""
    return f"{value.provenance.file}: line {value.provenance.line}{sample}"
