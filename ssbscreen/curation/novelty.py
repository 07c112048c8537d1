"""What new measurements say beside what is already known: repeats, contradictions, outliers, units mixed up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Records, is_calculated
from ssbscreen.core.properties import get_property
from ssbscreen.core.units import convert, known_units

# Scatter of repeated measurements of one material, stored units. Conductivity: repeats in OBELiX differ by 0.4 in the
# median; the others are defaults of the project, near the scatter of repeats in its own tables.
NOISE_FLOOR: dict[str, float] = {
    "ionic_conductivity": 0.4,
    "activation_energy": 0.05,
    "electronic_resistivity": 1.0,
    "bulk_modulus": 0.06,
    "shear_modulus": 0.06,
    "band_gap": 0.25,
    "average_voltage": 0.1,
    "fracture_toughness": 0.2,
    "density": 0.15,
}
N_FLOORS = 3.0  # further from the known value than so many noise floors is an outlier
TEMPERATURE_WINDOW = 5.0  # degree C within which two values are compared
SAME = 0.02  # of a noise floor: values closer than this are one value
_MIN_COMPARED = 5  # a batch is compared as a whole from so many comparable rows on
_SUSPECT_SHARE = 0.5


class Finding(StrEnum):
    """What is the matter with a new value."""

    DUPLICATE = "duplicate"  # the same value of the same origin is known
    NEAR_DUPLICATE = "near duplicate"  # the same value is known from elsewhere
    OUTLIER = "outlier"
    CONTRADICTION = "contradiction"  # with a bound, or within the new values themselves
    UNIT = "suspected unit"


@dataclass(frozen=True)
class Noticed:
    """One finding, with what is known beside what is new; values in stored units.

    Attributes:
        position: of the new measurement in the list that was given.
        finding: what was noticed.
        known_value: median of the known values under the same condition.
        n_known: how many there are.
        known_origin: source and reference of the nearest one.
        text: in words.
    """

    position: int
    finding: Finding
    known_value: float
    n_known: int
    known_origin: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """New values against known ones.

    Attributes:
        noticed: one or none a new value, the gravest.
        n_compared: new exact values whose material is known under the same condition.
        is_suspect: whether most of those are outliers, which points at the batch and not at the samples.
        reason: why, in words.
    """

    noticed: tuple[Noticed, ...]
    n_compared: int
    is_suspect: bool
    reason: str


@dataclass(frozen=True)
class _Known:
    measurement: Measurement
    is_new: bool


def identity(candidate: Candidate) -> str:
    """What two values of one material share: formula, or repeat unit with salt and rounded molality."""
    if (polymer := candidate.polymer) is not None:
        molality = "" if polymer.molality is None else f"{polymer.molality:.2g}"
        return f"{polymer.smiles}|{polymer.salt_smiles or ''}|{molality}"
    return candidate.formula


def compare(
    candidates: Sequence[Candidate], measurements: Sequence[Measurement], units: Sequence[str], known: Sequence[Records]
) -> Comparison:
    """Compare each new value with the known ones of the same material, property and temperature.

    Args:
        candidates, measurements: new rows, in parallel.
        units: in which the values were written, in parallel; they decide which mix-ups are possible.
        known: records of sources; only materials that occur among the new ones are looked at.
    """
    wanted = {(identity(c), m.property) for c, m in zip(candidates, measurements, strict=True)}
    table: dict[tuple[str, str], list[_Known]] = defaultdict(list)
    for part in known:
        own = {c.candidate_id: identity(c) for c in part.candidates}
        for m in part.measurements:
            if (key := (own.get(m.candidate_id, ""), m.property)) in wanted:
                table[key].append(_Known(m, False))
    noticed: list[Noticed] = []
    n_compared = n_off = 0
    for position, (candidate, m) in enumerate(zip(candidates, measurements, strict=True)):
        key = (identity(candidate), m.property)
        beside = [
            k
            for k in table[key]
            if _is_near(k.measurement.temperature_c, m.temperature_c)
            and (is_calculated(m) or not is_calculated(k.measurement))
        ]  # a calculation never contradicts a measurement
        found = _compare_value(position, m, units[position], beside)
        if found is not None:
            noticed.append(found)
        if m.bound is Bound.EXACT and any(k.measurement.bound is Bound.EXACT and not k.is_new for k in beside):
            n_compared += 1
            n_off += found is not None and found.finding in (Finding.OUTLIER, Finding.UNIT)
        table[key].append(_Known(m, True))
    is_suspect = n_compared >= _MIN_COMPARED and n_off > _SUSPECT_SHARE * n_compared
    reason = (
        (
            f"{n_off} of {n_compared} values whose material is known differ from it by more than {N_FLOORS:g} noise "
            "floors; check units and the assignment of values to samples"
        )
        if is_suspect
        else ""
    )
    return Comparison(tuple(noticed), n_compared, is_suspect, reason)


def _is_near(a: float | None, b: float | None) -> bool:
    return a is None or b is None or abs(a - b) <= TEMPERATURE_WINDOW


def _compare_value(position: int, m: Measurement, unit: str, beside: list[_Known]) -> Noticed | None:
    floor = math.hypot(NOISE_FLOOR.get(m.property, 0.1), m.noise or 0.0)
    exact = [k for k in beside if k.measurement.bound is Bound.EXACT]
    if m.bound is not Bound.EXACT:
        return _compare_bound(position, m, beside, floor)
    for k in exact:
        if abs(k.measurement.value - m.value) <= SAME * floor:
            same_origin = k.measurement.reference == m.reference
            return _noticed(
                position,
                m,
                Finding.DUPLICATE if same_origin else Finding.NEAR_DUPLICATE,
                exact,
                k,
                "the same value of the same origin is known"
                if same_origin
                else "the same value is known from another origin; is it quoted?",
            )
    for k in beside:
        other = k.measurement
        excess = m.value - other.value if other.bound is Bound.BELOW else other.value - m.value
        if other.bound is not Bound.EXACT and excess > N_FLOORS * floor:
            return _noticed(
                position,
                m,
                Finding.CONTRADICTION,
                [k],
                k,
                f"excluded by the known bound '{other.bound.value}' {other.value:.3g}",
            )
    if not exact:
        return None
    values = np.array([k.measurement.value for k in exact])
    median, nearest = float(np.median(values)), exact[int(np.abs(values - m.value).argmin())]
    off = m.value - median
    if abs(off) <= N_FLOORS * floor or np.abs(values - m.value).min() <= N_FLOORS * floor:
        return None
    inside = all(k.is_new for k in exact)  # then nothing says which of them is wrong
    meant = _likely_unit(m, unit, median, floor)
    hint = f"in {meant} instead of {unit} it would agree" if meant else ""
    if meant and not inside:
        return _noticed(position, m, Finding.UNIT, exact, nearest, f"{hint} with what is known; correct the unit")
    text = (
        f"{off:+.2g} from the {'other new' if inside else 'known'} value{'s' if len(exact) > 1 else ''}, "
        f"more than {N_FLOORS:g} noise floors of {floor:g}" + (f"; {hint}" if hint else "")
    )
    return _noticed(position, m, Finding.CONTRADICTION if inside else Finding.OUTLIER, exact, nearest, text)


def _compare_bound(position: int, m: Measurement, beside: list[_Known], floor: float) -> Noticed | None:
    for k in beside:
        own = k.measurement
        if own.bound is m.bound and own.reference == m.reference and abs(own.value - m.value) <= SAME * floor:
            text = "the same bound of the same origin is known"
            return _noticed(position, m, Finding.DUPLICATE, [k], k, text)
    exact = [k for k in beside if k.measurement.bound is Bound.EXACT]
    for k in exact:
        excess = k.measurement.value - m.value if m.bound is Bound.BELOW else m.value - k.measurement.value
        if excess > N_FLOORS * floor:
            return _noticed(
                position,
                m,
                Finding.CONTRADICTION,
                exact,
                k,
                f"the bound ({m.bound.value} {_natural(m)}) excludes the known value {_natural(k.measurement)}",
            )
    return None


def _natural(m: Measurement) -> str:
    row = get_property(m.property)
    return f"{row.to_natural(m.value):.3g} {row.unit}"


def _likely_unit(m: Measurement, unit: str, expected: float, floor: float) -> str:
    """A unit of the same dimension under which the value as written would be the expected one; else empty."""
    stored_unit = get_property(m.property).stored_unit
    try:
        written = convert(m.value, stored_unit, unit)
    except Exception:  # the unit of a value that was stored before is always convertible; a foreign one is passed over
        return ""
    for other in known_units():
        if other in ("", unit):
            continue
        try:
            meant = convert(written, other, stored_unit)
        except Exception:
            continue
        if abs(meant - expected) <= 1.5 * floor and abs(meant - m.value) > N_FLOORS * floor:
            return other
    return ""


def _noticed(
    position: int, m: Measurement, finding: Finding, exact: list[_Known], nearest: _Known, text: str
) -> Noticed:
    origin = nearest.measurement
    where = "this table" if nearest.is_new else f"{origin.source} {origin.reference}".strip()
    median = float(np.median([k.measurement.value for k in exact])) if exact else origin.value
    return Noticed(position, finding, median, len(exact), where, text)
