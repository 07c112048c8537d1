"""Voltages of cathodes with what is known beside the models: calculated couples, and the shift of the functional.

The models of voltages learn calculated ones and stay as they are. Here, where evidence is weighed, a couple whose two
ends have calculated energies takes its calculated voltage instead of the model's, and both take the shift that known
cathodes show, with its error. Measured voltages are weighed against the result like any other measurement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import Z90
from ssbscreen.core.evidence import Evidence, EvidenceKind
from ssbscreen.core.identity import Materials, family_of
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.recognition import element_amounts
from ssbscreen.core.redox import removable_lithium
from ssbscreen.physics.anion_voltages import Binary, Voltage, binary_of, of_another, sulfur_voltage, with_sulfur
from ssbscreen.screening.electrodes.couples import VOLTAGE, couple_of, emptied, is_same, shift_of
from ssbscreen.screening.electrodes.reversible_lithium import Reversible, reversible_lithium
from ssbscreen.sources.reference_cathodes import SOURCE

VOLUME, DENSITY = "max_delta_volume", "density"


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
    """Voltages of known couples instead of the models', both with the shift, and with what sulfur gives."""
    column = predictions.by_property.get(VOLTAGE)
    if column is None:
        return predictions, {}
    made = [c.is_known for c in candidates] if materials is None else materials.is_made.tolist()
    voltage, kinds = _Column(column), np.where(column.is_present, EvidenceKind.PREDICTED, EvidenceKind.IMPUTED)
    kinds = kinds.astype(object)
    for i, candidate in enumerate(candidates):
        if candidate.composition is None:
            continue
        model = Voltage(float(column.mean[i]), float(column.std[i])) if column.is_present[i] else None
        found = _found_voltage(candidate, model, is_made=made[i])
        if found is not None:
            voltage.set(i, found.voltage.mean, found.voltage.std, found.words)
            kinds[i] = found.kind
    if not np.isfinite(voltage.prediction().mean).any():
        return predictions, {}
    evidence = {VOLTAGE: Evidence.of(kinds, np.zeros(len(candidates), dtype=np.int64))}
    return replace(predictions, by_property={**predictions.by_property, VOLTAGE: voltage.prediction()}), evidence


@dataclass(frozen=True)
class _Found:
    """A voltage, on what it rests, and in words."""

    voltage: Voltage
    kind: EvidenceKind
    words: str


def _found_voltage(candidate: Candidate, model: Voltage | None, *, is_made: bool) -> _Found | None:
    """Voltage of a candidate on the scale of measurements; None where nothing says it.

    Args:
        candidate: with a composition.
        model: what a model says, on the scale of calculations.
        is_made: whether the material is on record as made.
    """
    metals = None if model is None else _of_metals(candidate, model, is_made=is_made)
    given = None if candidate.charged is not None else _reversible_of(candidate)
    if given is None or given.host.sulfur <= 0.0 or given.lithium <= given.host.metals:
        return metals
    sulfur = given.lithium - given.host.metals
    both = with_sulfur(metals.voltage if metals else None, given.host.metals, sulfur)
    own = sulfur_voltage()
    words = (
        f"sulfur gives {sulfur / given.lithium:.0%} of the charge at {own.mean:.2f} V, as in disulfides by enthalpies"
    )
    if metals is None:
        return _Found(both, EvidenceKind.FAMILY, words)
    return _Found(both, metals.kind, f"{metals.words}; {words}")


def _of_metals(candidate: Candidate, model: Voltage, *, is_made: bool) -> _Found:
    """Voltage of the metals' electrons: of a calculated couple, of the binaries of a halide, or the model's."""
    shift = shift_of(candidate)
    couple = couple_of(candidate, is_made=is_made)
    if couple is not None:
        ends = f"{couple.charged.reduced_formula} / {couple.discharged.reduced_formula}"
        words = f"calculated for {ends} {couple.average_voltage:.2f} V, shift {shift.mean:+.2f} V"
        return _Found(Voltage(couple.average_voltage + shift.mean, shift.total), EvidenceKind.CALCULATED, words)
    binary = _binary_of(candidate)
    if binary is not None:
        step = halide_step()
        words = f"binaries {binary.words} {binary.measured:.2f} V by enthalpies, with lithium {step.mean:+.2f} V"
        return _Found(Voltage(binary.measured + step.mean, step.std), EvidenceKind.CALCULATED, words)
    voltage = Voltage(model.mean + shift.mean, float(np.hypot(model.std, shift.total)))
    return _Found(voltage, EvidenceKind.PREDICTED, f"shift {shift.mean:+.2f} V")


@lru_cache(maxsize=1)
def halide_step() -> Voltage:
    """By how much calculated couples of halides with lithium lie from those of the binaries of their metal, V."""
    found = {}
    for couple in SOURCE.load_couples():
        full = element_amounts(couple.discharged)
        binary = binary_of(full, full["Li"] * (1.0 - emptied(couple)))
        if binary is not None:
            found[couple.discharged, couple.charged] = couple.average_voltage - binary.calculated
    return of_another(list(found.values()))


def _binary_of(candidate: Candidate) -> Binary | None:
    """Binaries of a halide that gives up as much lithium as its metals allow; none where both ends are given."""
    assert candidate.composition is not None
    amounts = element_amounts(candidate.composition)
    if candidate.charged is not None or amounts.get("Li", 0.0) <= 0.0:
        return None
    return binary_of(amounts, amounts["Li"] - removable_lithium(amounts))


def _reversible_of(candidate: Candidate) -> Reversible | None:
    assert candidate.composition is not None
    return reversible_lithium(candidate.composition, family_of(candidate))


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
            if is_same(candidate.composition, composition):
                std = (density.high - density.low) / (2.0 * Z90)
                column.mean[i], column.std_aleatoric[i], column.std_epistemic[i] = density.value, 0.0, std
                column.std_class[i], column.std_family[i] = 0.0, 0.0
                column.lower[i], column.upper[i], column.in_domain[i] = density.low, density.high, True
                column.note[i], kinds[i] = "density of the reference cathode", EvidenceKind.MEASURED
                break
    if not column.is_present.any():
        return predictions, {}
    evidence = Evidence.of(kinds, (kinds == EvidenceKind.MEASURED).astype(np.int64))
    estimated = predictions.by_property.get(DENSITY)  # of what stands beside the known ones
    column = column if estimated is None else merge([column, estimated])
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
        if not np.isfinite(self._column.mean[i]):  # no model said anything, so none is outside its domain
            arrays["std_class"][i], arrays["std_family"][i], arrays["in_domain"][i] = 0.0, 0.0, True
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
