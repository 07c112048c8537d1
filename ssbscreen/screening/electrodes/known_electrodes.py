"""Voltages of cathodes with what is known beside the models: calculated couples, and the shift of the functional.

The models of voltages learn calculated ones and stay as they are. Here, where evidence is weighed, a couple whose two
ends have calculated energies takes its calculated voltage instead of the model's, and both take the shift that known
cathodes show, with its error. Measured voltages are weighed against the result like any other measurement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import Z90
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.identity import COMPOSITION_TOLERANCE, Materials, family_of
from ssbscreen.core.known_electrode import CalculatedCouple
from ssbscreen.core.prediction import Predictions, PropertyPrediction, missing
from ssbscreen.core.recognition import element_amounts
from ssbscreen.core.redox import removable_lithium
from ssbscreen.physics.voltage_shift import Shift, VoltageShift, oxidised_element, soft_anion, soft_anion_shift
from ssbscreen.screening.electrodes.reversible_lithium import reversible_lithium
from ssbscreen.sources.reference_cathodes import SOURCE

VOLTAGE, VOLUME, DENSITY = "average_voltage", "max_delta_volume", "density"
_STABLE = 0.025  # eV/atom, thermal energy: a host so near its lowest structure is the one that is made
_Key = tuple[str, ...]


@lru_cache(maxsize=1)
def voltage_shift() -> VoltageShift:
    """Shift fitted to the couples of `data/reference_cathodes` that are both measured and calculated."""
    differences, elements = [], []
    for couple, measured in measured_couples():
        differences.append(measured - couple.average_voltage)
        elements.append(oxidised_in(couple))
    return VoltageShift(differences, elements)


def measured_couples() -> list[tuple[CalculatedCouple, float]]:
    """Calculated couples with the measured voltage, mean over the studies of each, V."""
    values: dict[tuple[Composition, Composition], list[float]] = defaultdict(list)
    for row in SOURCE.load_measured():
        if row.property == VOLTAGE and row.is_for_shift and row.charged is not None:
            values[row.discharged, row.charged].append(row.value)
    found = [(couple_between(*ends), float(np.mean(v))) for ends, v in values.items()]
    return [(couple, value) for couple, value in found if couple is not None]


def couple_between(discharged: Composition, charged: Composition) -> CalculatedCouple | None:
    """The calculated couple of these two ends; of several structures the likeliest one."""
    return _likeliest(c for c in _couples_of(discharged) if _is_same(c.charged, charged))


def oxidised_in(couple: CalculatedCouple) -> str:
    """The metal that gives most of the electrons of a couple."""
    full, empty = element_amounts(couple.discharged), element_amounts(couple.charged)
    sizes = [sum(a for name, a in ends.items() if name != "Li") for ends in (full, empty)]
    return oxidised_element(full, empty.get("Li", 0.0) * sizes[0] / sizes[1])


def couple_of(candidate: Candidate, *, is_made: bool) -> CalculatedCouple | None:
    """The calculated couple of a candidate that gives up as much lithium as its metals allow, None without one.

    Args:
        candidate: an own structure counts by its Materials Project id; a bare composition, or a material that was made,
            by its composition.
        is_made: whether the material is on record as made.
    """
    if candidate.composition is None or candidate.charged is not None:
        return None
    known = _couples_of(candidate.composition)
    own = [c for c in known if c.is_host and c.structure == candidate.candidate_id]
    if not own and candidate.crystal is not None and not is_made:
        return None
    amounts = element_amounts(candidate.composition)
    target = removable_lithium(amounts) / amounts["Li"] if known else 0.0
    missed = [(round(abs(_emptied(couple) - target), 3), couple) for couple in own or known]
    least = min((distance for distance, _ in missed), default=0.0)
    return _likeliest(couple for distance, couple in missed if distance == least)


def was_cycled(composition: Composition) -> bool:
    """Whether a capacity of this composition was measured."""
    return any(_is_same(composition, known) for known in _cycled().get(_key(composition), ()))


def with_known_electrodes(
    candidates: Sequence[Candidate], predictions: Predictions, materials: Materials | None
) -> tuple[Predictions, dict[str, Evidence]]:
    """Voltages with couples that are known and with the shift, volume changes for the reversible lithium alone.

    Args:
        candidates: n.
        predictions: of the models, aligned.
        materials: of the candidates; None where each stands for itself.
    """
    found, evidence = _with_voltages(candidates, predictions, materials)
    return _with_reversible_volumes(candidates, found), evidence


def _with_voltages(
    candidates: Sequence[Candidate], predictions: Predictions, materials: Materials | None
) -> tuple[Predictions, dict[str, Evidence]]:
    """Voltages of known couples instead of the models', both with the shift."""
    column = predictions.by_property.get(VOLTAGE)
    if column is None or not column.is_present.any():
        return predictions, {}
    made = [c.is_known for c in candidates] if materials is None else materials.is_made.tolist()
    voltage, kinds = _Column(column), np.where(column.is_present, EvidenceKind.PREDICTED, EvidenceKind.IMPUTED)
    kinds = kinds.astype(object)
    for i in np.flatnonzero(column.is_present).tolist():
        candidate = candidates[i]
        if candidate.composition is None:
            continue
        couple = couple_of(candidate, is_made=made[i])
        shift = _shift_of(candidate)
        if couple is not None:
            kinds[i] = EvidenceKind.CALCULATED
            ends = f"{couple.charged.reduced_formula} / {couple.discharged.reduced_formula}"
            words = f"calculated for {ends} {couple.average_voltage:.2f} V, shift {shift.mean:+.2f} V"
            voltage.set(i, couple.average_voltage + shift.mean, shift.total, words)
        else:
            std = float(np.hypot(column.std[i], shift.total))
            voltage.set(i, float(column.mean[i]) + shift.mean, std, f"shift {shift.mean:+.2f} V")
    evidence = {VOLTAGE: Evidence.of(kinds, np.zeros(len(candidates), dtype=np.int64))}
    return replace(predictions, by_property={**predictions.by_property, VOLTAGE: voltage.prediction()}), evidence


def _with_reversible_volumes(candidates: Sequence[Candidate], predictions: Predictions) -> Predictions:
    """Volume changes for the lithium that really leaves, whether or not a voltage was asked for beside them."""
    volume = predictions.by_property.get(VOLUME)
    if volume is None or not volume.is_present.any():
        return predictions
    changes = _Column(volume)
    for i in np.flatnonzero(volume.is_present).tolist():
        composition = candidates[i].composition
        if composition is None or candidates[i].charged is not None:
            continue
        found = reversible_lithium(composition, family_of(candidates[i]))
        if found is not None:
            changes.scale(i, found.of_metals)
    return replace(predictions, by_property={**predictions.by_property, VOLUME: changes.prediction()})


def with_known_densities(
    candidates: Sequence[Candidate], predictions: Predictions
) -> tuple[Predictions, dict[str, Evidence]]:
    """Densities of the reference cathodes where nothing but their composition is given, before any estimate of it.

    Args:
        candidates: n; one with an own structure, or that nobody made, keeps what follows from its volume.
        predictions: aligned.
    """
    known = SOURCE.load_densities()
    column, kinds = (
        missing(DENSITY, len(candidates), "measured"),
        np.full(len(candidates), EvidenceKind.IMPUTED, object),
    )
    for i, candidate in enumerate(candidates):
        if candidate.composition is None or candidate.crystal is not None:
            continue
        for composition, density in known:
            if _is_same(candidate.composition, composition):
                std = (density.high - density.low) / (2.0 * Z90)
                column.mean[i], column.std_aleatoric[i], column.std_epistemic[i] = density.value, 0.0, std
                column.std_class[i], column.std_family[i] = 0.0, 0.0
                column.lower[i], column.upper[i], column.in_domain[i] = density.low, density.high, True
                column.note[i], kinds[i] = "density of the reference cathode", EvidenceKind.MEASURED
                break
    if not column.is_present.any():
        return predictions, {}
    evidence = Evidence.of(kinds, (kinds == EvidenceKind.MEASURED).astype(np.int64))
    return replace(predictions, by_property={**predictions.by_property, DENSITY: column}), {DENSITY: evidence}


class _Column:
    """A column of predictions while values are put into it."""

    def __init__(self, column: PropertyPrediction) -> None:
        self._column = column
        self._arrays = {name: array.copy() for name, array in column.arrays.items()}
        self._arrays["note"] = self._arrays["note"].astype(object)

    def set(self, i: int, mean: float, std: float, words: str) -> None:
        """Mean and standard deviation of a row, with what they rest on."""
        arrays = self._arrays
        arrays["mean"][i], arrays["std_aleatoric"][i], arrays["std_epistemic"][i] = mean, std, 0.0
        arrays["lower"][i], arrays["upper"][i] = mean - Z90 * std, mean + Z90 * std
        arrays["note"][i] = "; ".join(filter(None, (str(arrays["note"][i]), words)))

    def scale(self, i: int, factor: float) -> None:
        """All numbers of a row times a factor: a volume that follows the lithium in proportion, an assumption."""
        for name in ("mean", "std_aleatoric", "std_epistemic", "lower", "upper", "std_class", "std_family"):
            self._arrays[name][i] *= factor
        words = f"{factor:.0%} of that of all removable lithium"
        self._arrays["note"][i] = "; ".join(filter(None, (str(self._arrays["note"][i]), words)))

    def prediction(self) -> PropertyPrediction:
        """The column as it stands now."""
        return PropertyPrediction(self._column.property, model=self._column.model, **self._arrays)


@lru_cache(maxsize=1)
def _by_elements() -> dict[_Key, tuple[tuple[CalculatedCouple, ...], np.ndarray]]:
    """Couples by the elements of the discharged end, with its atomic fractions.  # (n_couples, n_elements)"""
    members: dict[_Key, list[CalculatedCouple]] = defaultdict(list)
    for couple in SOURCE.load_couples():
        members[_key(couple.discharged)].append(couple)
    return {key: (tuple(own), np.stack([_fractions(c.discharged, key) for c in own])) for key, own in members.items()}


@lru_cache(maxsize=1)
def _cycled() -> dict[_Key, list[Composition]]:
    """Cathodes with a measured capacity, by their elements."""
    found: dict[_Key, list[Composition]] = defaultdict(list)
    for row in SOURCE.load_measured():
        if row.property == "capacity_grav":
            found[_key(row.discharged)].append(row.discharged)
    return found


def _couples_of(composition: Composition) -> list[CalculatedCouple]:
    key = _key(composition)
    if key not in _by_elements():
        return []
    couples, fractions = _by_elements()[key]
    near = np.abs(fractions - _fractions(composition, key)).max(axis=1) <= COMPOSITION_TOLERANCE
    return [couples[int(j)] for j in np.flatnonzero(near)]


def _likeliest(couples: Iterable[CalculatedCouple]) -> CalculatedCouple | None:
    """A host that lies low, else the lowest structures of both compositions, else the lowest host."""

    def order(couple: CalculatedCouple) -> tuple[int, float]:
        if not couple.is_host:
            return 1, 0.0
        distance = couple.stability_discharge
        return (0 if distance <= _STABLE else 2), distance

    return min(couples, key=order, default=None)


def _shift_of(candidate: Candidate) -> Shift:
    assert candidate.composition is not None
    amounts = element_amounts(candidate.composition)
    lithium = amounts.get("Li", 0.0)
    removed = removable_lithium(amounts) if lithium > 0.0 else 0.0
    kind = soft_anion(amounts)
    shift = voltage_shift() if kind is None else soft_anion_shift(kind)
    return shift.of(oxidised_element(amounts, lithium - removed) if removed > 0.0 else "anion")


def _emptied(couple: CalculatedCouple) -> float:
    """Share of the lithium that leaves."""
    full, empty = element_amounts(couple.discharged), element_amounts(couple.charged)
    sizes = [sum(a for name, a in ends.items() if name != "Li") for ends in (full, empty)]
    return 1.0 - empty.get("Li", 0.0) / full["Li"] * sizes[0] / sizes[1]


def _is_same(one: Composition, other: Composition) -> bool:
    key = tuple(sorted({*_key(one), *_key(other)}))
    return bool(np.abs(_fractions(one, key) - _fractions(other, key)).max() <= COMPOSITION_TOLERANCE)


def _key(composition: Composition) -> _Key:
    return tuple(sorted(element_amounts(composition)))


def _fractions(composition: Composition, elements: _Key) -> np.ndarray:
    amounts = element_amounts(composition)
    return np.array([amounts.get(name, 0.0) for name in elements]) / sum(amounts.values())
