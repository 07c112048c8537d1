"""Values that are known of materials: the shipped tables, the user's own measurements, data sets fetched before."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ssbscreen.core.candidate import CALCULATION, Bound, Candidate, Measurement, Records
from ssbscreen.core.errors import DataUnavailable, SsbscreenError
from ssbscreen.core.evidence import Reported
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.properties import get_property
from ssbscreen.core.recognition import recognise_family
from ssbscreen.curation.disputes import disputed
from ssbscreen.measurements.store import MeasurementStore
from ssbscreen.sources.chemarr import SOURCE as CHEMARR
from ssbscreen.sources.laskowski import SOURCE as LASKOWSKI
from ssbscreen.sources.literature import SOURCE as LITERATURE
from ssbscreen.sources.literature import LiteratureValue, compiled_in
from ssbscreen.sources.liverpool import SOURCE as LIVERPOOL
from ssbscreen.sources.obelix import SOURCE as OBELIX
from ssbscreen.sources.reference_cathodes import SOURCE as CATHODES

log = logging.getLogger(__name__)
FETCHED = (OBELIX, LIVERPOOL, LASKOWSKI, CHEMARR)
_OF_HOT_PHASE = re.compile(r"high-temperature phase|phase above \d+ K")
_OF_CATHODES = ("average_voltage", "capacity_grav", "max_delta_volume", "volume_change_on_charge")
_OF_AN_ORDER = 0.29  # decades; standard deviation of a number that is rounded to whole orders of magnitude
CONDUCTIVITY = "ionic_conductivity"
_CALCULATED = ("DFT", "MLIP", CALCULATION)


def reported(properties: Collection[str]) -> tuple[Reported, ...]:
    """Every value of these properties: the user's own first, then the shipped tables, then fetched data sets.

    A data set that was not fetched is passed over. Of copies the first counts, so order is precedence.
    """
    values = [v for v in (*_own(), *_cathodes(), *_literature(), *_fetched()) if v.property in properties]
    reasons = disputed([(value.candidate, value) for value in values], LITERATURE.disputes())
    return tuple(replace(v, dispute=why) if why else v for v, why in zip(values, reasons, strict=True))


def _own() -> list[Reported]:
    """What the user imported, as it stands now; no model needs to be trained for it."""
    return [
        _of_measurement(v.candidate, v.measurement, f"{v.provenance.value} {v.provenance.unit}")
        for v in MeasurementStore().values()
    ]


@lru_cache(maxsize=1)
def _cathodes() -> tuple[Reported, ...]:
    """Measured voltages, reversible capacities and volume changes of known cathodes."""
    return tuple(
        Reported(
            Candidate(
                f"measured.csv, {row.material}",
                row.discharged,
                source=CATHODES.name,
                label=row.material,
                family_hint=recognise_family(row.discharged),
                provenance=row.conditions,
                is_known=True,
            ),
            row.property,
            row.value,
            Bound.EXACT,
            None,
            row.source,
            CATHODES.name,
            f"{row.value:g} {get_property(row.property).unit}",
        )
        for row in CATHODES.load_measured()
    )


@lru_cache(maxsize=1)
def _literature() -> tuple[Reported, ...]:
    found = []
    for row in LITERATURE.values(with_unusable=True):
        if row.value is None or (row.composition is None and row.polymer is None):
            continue
        try:
            found.append(_of_row(row, row.value))
        except SsbscreenError as error:
            log.debug("literature %s line %d: %s", row.table, row.line, error)
    return tuple(found)


def _of_row(row: LiteratureValue, value: float) -> Reported:
    candidate = Candidate(
        f"{row.table}.csv line {row.line}",
        row.composition,
        polymer=row.polymer,
        source=LITERATURE.name,
        label=row.material,
        family_hint=row.family,
        provenance=row.preparation,
        is_known=True,
    )
    measurement = in_stored_unit(
        Measurement(candidate.candidate_id, row.key, value, row.bound, row.temperature_c, row.reference), row.unit
    )
    refusal = ""
    if row.verification == "recalled":
        refusal = "not counted: from memory, without a source"
    elif row.key in _OF_CATHODES:
        refusal = (
            "not counted: of one cell at its own rate; data/reference_cathodes/measured.csv holds those that count"
        )
    elif row.confidence == "low":
        refusal = "not counted: of low confidence"
    is_hot = bool(_OF_HOT_PHASE.search(row.preparation))
    if is_hot and row.key != CONDUCTIVITY:
        refusal = "not counted: of a phase that is stable above a transition only"
    return Reported(
        candidate,
        row.key,
        measurement.value,
        measurement.bound,
        row.temperature_c,
        row.reference,
        LITERATURE.name,
        f"{row.value:g} {row.unit}",
        row.method,
        is_calculated=not row.is_measured,
        is_compiled=bool(compiled_in(row.conditions)),
        drop=conductivity_drop()[0] if is_hot else 0.0,
        drop_std=conductivity_drop()[1] if is_hot else 0.0,
        refusal=refusal,
    )


@lru_cache(maxsize=1)
def conductivity_drop() -> tuple[float, float]:
    """Decades by which a conductivity falls below a transition to disorder: mean, and doubt about one more material.

    That the phase below has the larger activation energy as well is left out: it makes the fall larger still.

    Source: `conductivity_drop` of data/literature/transitions.csv.
    """
    drops = np.array([row.value for row in LITERATURE.values("transitions") if row.key == "conductivity_drop"], float)
    one_more = drops.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(drops))
    return float(drops.mean()), float(np.hypot(one_more, _OF_AN_ORDER))


def _fetched() -> list[Reported]:
    """Values of the data sets of conductivities that lie on this machine."""
    found: list[Reported] = []
    for source in FETCHED:
        try:
            records: Records = source.load_values() if source is OBELIX else source.load()  # type: ignore[union-attr]
        except DataUnavailable as error:
            log.debug("%s is not counted as evidence: %s", source.name, error)
            continue
        candidates = {c.candidate_id: c for c in records.candidates}
        found += [_of_measurement(candidates[m.candidate_id], m, "") for m in records.measurements]
    return found


def _of_measurement(candidate: Candidate, m: Measurement, as_written: str) -> Reported:
    row = get_property(m.property)
    is_own = as_written != ""
    return Reported(
        candidate,
        m.property,
        m.value,
        m.bound,
        m.temperature_c,
        m.reference,
        m.source,
        as_written or f"{row.to_natural(m.value):.3g} {row.unit}",
        m.method,
        noise=m.noise or 0.0,
        is_calculated=m.method.startswith(_CALCULATED),
        is_compiled=not is_own,
    )
