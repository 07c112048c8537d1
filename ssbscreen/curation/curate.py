"""From the records of sources to one ordered, fingerprinted Dataset; what does not fit is rejected."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Bound, Candidate, Measurement, Records, Rejected
from ssbscreen.core.dataset import ABOVE, BELOW, EXACT, Dataset
from ssbscreen.core.identity import composition_groups
from ssbscreen.core.properties import get_property
from ssbscreen.core.recognition import classify, family_from_label, recognise_family
from ssbscreen.curation.consistency import CONTRADICTION, contradictions, material_key
from ssbscreen.curation.duplicates import duplicates, paper_groups
from ssbscreen.curation.fidelity import superseded

_log = logging.getLogger(__name__)
_CODE = {Bound.EXACT: EXACT, Bound.BELOW: BELOW, Bound.ABOVE: ABOVE}
_Row = list[Measurement]


def curate(records: Sequence[Records], properties: Sequence[str], name: str) -> tuple[Dataset, tuple[Rejected, ...]]:
    """Dataset of the given properties: plausible, without duplicates and contradictions.

    A candidate is one row per temperature; a second value of a property under the same condition opens
    a further row, so repeats stay visible as noise. Bounds stay bounds. A calculated value yields to any other of
    its material.

    Args:
        records: of one or several sources; earlier ones win where two sources hold the same value.
        properties: keys of the columns; measurements of other properties are passed over.
        name: of the dataset.

    Returns:
        The dataset, ordered by source, candidate and temperature, and every measurement that was
        rejected with its reason (besides what the sources themselves reject).
    """
    keys = tuple(get_property(key).key for key in properties)
    wanted, candidates = set(keys), {}
    usable: list[tuple[Candidate, Measurement]] = []
    rejected: list[Rejected] = []
    for part in records:
        rejected += part.rejected
        own = {c.candidate_id: c for c in part.candidates}
        for m in part.measurements:
            if m.property not in wanted:
                continue
            if (candidate := own.get(m.candidate_id)) is None:
                rejected.append(_rejected(m, "its candidate is not among the records"))
            elif not get_property(m.property).is_plausible(_natural(m)):
                row = get_property(m.property)
                rejected.append(
                    _rejected(
                        m, f"{_natural(m):.4g} {row.unit} is outside the plausible range {row.low:g} to {row.high:g}"
                    )
                )
            else:
                usable.append((candidate, m))
                candidates[(m.source, m.candidate_id)] = candidate
    for find in (superseded, duplicates):
        reasons = find(usable)
        rejected += [_rejected(usable[i][1], reason) for i, reason in reasons.items()]
        usable = [pair for i, pair in enumerate(usable) if i not in reasons]
    kept = _without_repeats(usable, rejected)
    dataset = _table(kept, keys, name)
    _log.info(
        "curate %s: %d measurements in, %d kept, %d rejected, %d rows",
        name,
        sum(len(r.measurements) for r in records),
        len(kept),
        len(rejected),
        len(dataset),
    )
    return dataset, tuple(rejected)


def _natural(m: Measurement) -> float:
    try:
        return get_property(m.property).to_natural(m.value)
    except OverflowError:
        return float("inf")


def _rejected(m: Measurement, reason: str) -> Rejected:
    return Rejected(f"{m.source}:{m.candidate_id} {m.property}", reason)


def _without_repeats(
    usable: list[tuple[Candidate, Measurement]], rejected: list[Rejected]
) -> list[tuple[Candidate, Measurement]]:
    """Without duplicates and without contradictions."""
    by_material: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, (candidate, m) in enumerate(usable):
        by_material[m.property, material_key(candidate, m.temperature_c)].append(i)
    drop: set[int] = set()
    for (key, _), members in by_material.items():
        if len(members) == 1:
            continue
        alive: list[int] = []
        for i in members:
            twin = next((j for j in alive if _is_same(usable[i][1], usable[j][1])), None)
            if twin is None:
                alive.append(i)
                continue
            drop.add(i)
            rejected.append(
                _rejected(
                    usable[i][1], f"duplicate of {usable[twin][1].source}:{usable[twin][1].candidate_id} (same value)"
                )
            )
        limit = CONTRADICTION.get(key)
        if limit is not None and len(alive) > 1:
            for position, reason in contradictions([usable[i][1] for i in alive], limit):
                drop.add(alive[position])
                rejected.append(_rejected(usable[alive[position]][1], "contradiction: " + reason))
    return [pair for i, pair in enumerate(usable) if i not in drop]


def _is_same(a: Measurement, b: Measurement) -> bool:
    """Whether two values are one measurement: equal value, and one paper or two compilations."""
    if a.bound is not b.bound or abs(a.value - b.value) > 1e-3 * max(1.0, abs(a.value)):
        return False
    return a.source != b.source or (a.reference == b.reference and abs(a.value - b.value) < 1e-9)


def _table(pairs: list[tuple[Candidate, Measurement]], keys: tuple[str, ...], name: str) -> Dataset:
    """Rows by candidate and temperature; values without a temperature join the candidate's first rows."""
    order = {key: i for i, key in enumerate(keys)}
    by_candidate: dict[tuple[str, str], tuple[Candidate, list[Measurement]]] = {}
    for candidate, m in pairs:
        by_candidate.setdefault((m.source, m.candidate_id), (candidate, []))[1].append(m)
    rows: list[tuple[Candidate, float, _Row]] = []
    for _, (candidate, own) in sorted(by_candidate.items()):
        rows += [(candidate, t, row) for t, row in _rows_of(own, order)]
    values = np.full((len(rows), len(keys)), np.nan)
    bound = np.zeros((len(rows), len(keys)), dtype=np.int8)
    noise = np.full((len(rows), len(keys)), np.nan)
    temperature = np.full(len(rows), np.nan)
    out: list[Candidate] = []
    for i, (candidate, t, row) in enumerate(rows):
        for m in row:
            values[i, order[m.property]] = m.value
            bound[i, order[m.property]] = _CODE[m.bound]
            if m.noise is not None:
                noise[i, order[m.property]] = m.noise
        if t == t:
            temperature[i] = t
            candidate = candidate if candidate.temperature_c == t else replace(candidate, temperature_c=t)
        out.append(candidate)
    groups = _groups([(c, row) for c, (_, _, row) in zip(out, rows, strict=True)])
    sources = tuple(sorted({m.source for _, m in pairs}))
    return Dataset(
        name, tuple(out), keys, values, bound, temperature, groups, sources, noise if np.isfinite(noise).any() else None
    )


def _rows_of(own: list[Measurement], order: dict[str, int]) -> Iterable[tuple[float, _Row]]:
    """Rows of one candidate: (temperature or NaN, its measurements, one a property)."""
    at: dict[float, list[_Row]] = {}
    loose: list[Measurement] = []
    for m in sorted(own, key=lambda m: (order[m.property], m.value, m.reference)):
        if m.temperature_c is None:
            loose.append(m)
        else:
            _place(at.setdefault(float(m.temperature_c), []), m)
    rows = [(t, row) for t in sorted(at) for row in at[t]]
    extra: list[_Row] = []
    for m in loose:
        _place([row for _, row in rows] + extra, m, overflow=extra)
    return rows + [(float("nan"), row) for row in extra]


def _place(rows: list[_Row], m: Measurement, overflow: list[_Row] | None = None) -> None:
    for row in rows:
        if all(other.property != m.property for other in row):
            row.append(m)
            return
    (rows if overflow is None else overflow).append([m])


def _groups(rows: list[tuple[Candidate, _Row]]) -> dict[str, np.ndarray]:
    """Label of every row in every grouping; an unknown paper is its material's own group."""
    own = sorted({key for _, row in rows for m in row for key in m.groups})
    labels: dict[str, list[str]] = {
        key: []
        for key in dict.fromkeys(
            ("formula", "composition", "chemsys", "doi", "class", "family", "polymer", "salt", *own)
        )
    }
    kinds: dict[tuple[str, int | None], tuple[str, str]] = {}
    alike = _alike([candidate for candidate, _ in rows])
    papers = paper_groups([next((m.reference for m in row if m.reference), "") for _, row in rows])
    for (candidate, row), composition, paper in zip(rows, alike, papers, strict=True):
        material = _material(candidate)
        given = {key: value for m in reversed(row) for key, value in m.groups.items() if value}
        polymer = candidate.polymer
        kind = (material, candidate.space_group)
        if kind not in kinds:
            smiles = polymer.smiles if polymer is not None else None
            kinds[kind] = (
                classify(candidate.composition, polymer is not None),
                recognise_family(candidate.composition, candidate.space_group, smiles),
            )
        base = {
            "class": kinds[kind][0],
            "family": family_from_label(candidate.family_hint) or kinds[kind][1],
            "formula": material,
            "composition": composition,
            "chemsys": _system(candidate),
            "doi": paper or f"none:{material}",
            "polymer": polymer.smiles if polymer is not None else "",
            "salt": (polymer.salt_smiles or "") if polymer is not None else "",
        }
        merged = base | {key: value for key, value in given.items() if key not in ("formula", "composition", "chemsys")}
        for key, column in labels.items():
            column.append(merged.get(key, ""))
    return {key: np.array(column, dtype=str) for key, column in labels.items()}


def _alike(candidates: list[Candidate]) -> list[str]:
    """One name for compositions that differ by rounding only: the material of the first of them."""
    numbers = composition_groups([candidate.composition for candidate in candidates])
    first: dict[int, str] = {}
    return [first.setdefault(int(number), _material(c)) for number, c in zip(numbers, candidates, strict=True)]


def _system(candidate: Candidate) -> str:
    if candidate.composition is None:
        return _material(candidate)
    return "-".join(sorted(element.symbol for element in candidate.composition.elements))


def _material(candidate: Candidate) -> str:
    return candidate.polymer.smiles if candidate.polymer is not None else candidate.formula
