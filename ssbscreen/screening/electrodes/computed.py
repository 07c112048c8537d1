"""What need not be learned of an electrode: capacities, energies and volume changes from stoichiometry and geometry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import Z90
from ssbscreen.core.crystal import ATOMIC_MASS
from ssbscreen.core.identity import family_of
from ssbscreen.core.insertion import exchanged_lithium, signed_volume_change
from ssbscreen.core.prediction import NUMBERS, Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.recognition import element_amounts
from ssbscreen.physics import electrode
from ssbscreen.physics.reversible_lithium import host_of
from ssbscreen.screening.electrodes.reversible_lithium import reversible_lithium

METALS = "metal_capacity"
COMPUTED = (
    "volume_change_on_charge",
    "max_delta_volume",
    "capacity_grav",
    "capacity_vol",
    "energy_grav",
    "energy_vol",
    METALS,
)
_NEEDS = {"energy_grav": ("average_voltage",), "energy_vol": ("average_voltage",)}
_MADE_OF = {  # what they are products of, with a density that no evidence changes
    "capacity_vol": ("capacity_grav",),
    "energy_grav": ("capacity_grav", "average_voltage"),
    "energy_vol": ("capacity_grav", "average_voltage"),
}
# Difference between what the two structures give and the Materials Project's own tables, over the 1,196 pairs of the
# data set `mp_electrodes`: nearly all agree to 1e-5, a few structures were relaxed again since.
VOLUME_RESIDUAL = 0.0008  # of the volume change, fraction: nine of ten differ by less than 1.645 times that
CAPACITY_VOL_RESIDUAL = 0.001  # of the volumetric capacity, relative: 95 % differ by less than 1.645 times that
_UNREACHED = 1e6  # mAh/g, more than any capacity: where oxygen gives nothing that comes back, metals pay for all
_ALL_PAID = "oxygen gives nothing that comes back, so the metals pay for all of it; they could give"
_OF_METALS = ("average_voltage", "capacity_grav", "capacity_vol", "energy_grav", "energy_vol", METALS)
_NO_METAL = "no metal of it can be oxidised, and what its anions alone would give is not counted"
_OF_SULFUR = "sulfur alone gives the electrons, which no model knows; evidence best puts its voltage in disulfides"
_MODEL = "computed"
_Value = tuple[float, float, str]  # mean, std, note


def needed(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys, and what their computation starts from."""
    return tuple(dict.fromkeys([*keys, *(need for key in keys for need in _NEEDS.get(key, ()))]))


def sources(keys: Sequence[str]) -> tuple[str, ...]:
    """The keys, and the quantities of `_MADE_OF` that evidence may change before them."""
    return tuple(dict.fromkeys([*keys, *(source for key in keys for source in _MADE_OF.get(key, ()))]))


def follow(before: Predictions, after: Predictions) -> Predictions:
    """Predictions after evidence, in which energies follow their capacity and voltage.

    Args:
        before: without evidence.
        after: with evidence, of the same candidates and properties.
    """
    columns = dict(after.by_property)
    for key in (key for key in _MADE_OF if key in columns):
        parts = [name for name in _MADE_OF[key] if name in before.by_property]
        old, column = [before.by_property[name] for name in parts], columns[key]
        new = [after.by_property[name] for name in parts]
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = np.prod([n.mean / o.mean for n, o in zip(new, old, strict=True)], axis=0)
            relative = np.sqrt(np.sum([(n.std / n.mean) ** 2 for n in new], axis=0))
        moved = np.isfinite(factor) & column.is_present & (np.abs(factor - 1.0) > 1e-9)
        mean = np.where(moved, column.mean * factor, column.mean)
        std = np.where(moved, mean * relative, column.std)
        columns[key] = replace(
            column,
            mean=mean,
            std_aleatoric=np.where(moved, std, column.std_aleatoric),
            std_epistemic=np.where(moved, 0.0, column.std_epistemic),
            lower=np.where(moved, mean - Z90 * std, column.lower),
            upper=np.where(moved, mean + Z90 * std, column.upper),
        )
    return replace(after, by_property=columns)


def completed(candidates: Sequence[Candidate], predictions: Predictions, keys: Sequence[str]) -> Predictions:
    """Predictions with the computed columns among `keys`; a computed value goes before a learned one.

    Args:
        candidates: aligned with the predictions.
        predictions: of the models, with what `needed` adds.
        keys: property keys; those that are not computed are passed over.
    """
    columns = dict(predictions.by_property)
    for key in (key for key in COMPUTED if key in keys):
        column = _computed(key, candidates, columns)
        if column.is_present.any():
            columns[key] = merge([column, columns[key]]) if key in columns else column
    return replace(predictions, by_property=columns)


def _computed(
    key: str, candidates: Sequence[Candidate], columns: Mapping[str, PropertyPrediction]
) -> PropertyPrediction:
    """A quantity of all candidates, missing where it cannot be computed."""
    column = missing(key, len(candidates), _MODEL)
    needs = [columns[need] for need in _NEEDS.get(key, ()) if need in columns]
    for i, candidate in enumerate(candidates):
        found = _value(key, candidate, columns.get("average_voltage"), i)
        if found is None:
            continue
        mean, std, note = found
        lower = mean - Z90 * std
        column.mean[i], column.std_aleatoric[i], column.std_epistemic[i] = mean, std, 0.0
        column.std_class[i], column.std_family[i] = 0.0, 0.0
        column.lower[i] = max(lower, 0.0) if key == "max_delta_volume" else lower
        column.upper[i], column.note[i] = mean + Z90 * std, note
        column.in_domain[i] = all(bool(need.in_domain[i]) for need in needs)
    return column


def _value(key: str, candidate: Candidate, voltage: PropertyPrediction | None, i: int) -> _Value | None:
    """Mean, standard deviation and note of a computed quantity; None where it cannot be had."""
    crystal, charged = candidate.crystal, candidate.charged
    if key in ("volume_change_on_charge", "max_delta_volume"):
        if crystal is None or charged is None:
            return None
        signed = signed_volume_change(crystal, charged)
        value = signed if key == "volume_change_on_charge" else float(electrode.max_delta_volume(np.array(signed)))
        return value, VOLUME_RESIDUAL, "computed from the two structures"
    if key == METALS:
        return _metals(candidate)
    exchange = _exchange(candidate)
    if exchange is None:
        return None
    n_li, spread, mass, note = exchange
    capacity = float(electrode.capacity_grav(np.array(n_li), np.array(mass)))
    is_volumetric = key.endswith("_vol")
    if is_volumetric:
        if crystal is None:
            return None
        capacity = float(electrode.capacity_vol(np.array(capacity), np.array(crystal.density)))
    relative = float(np.hypot(CAPACITY_VOL_RESIDUAL if is_volumetric else 0.0, spread))
    if key.startswith("capacity"):
        return capacity, relative * capacity, note
    if voltage is None or not voltage.is_present[i]:
        return None
    return (
        capacity * float(voltage.mean[i]),
        capacity * float(np.hypot(voltage.std[i], relative * voltage.mean[i])),
        note,
    )


def _exchange(candidate: Candidate) -> tuple[float, float, float, str] | None:
    """Lithium exchanged, its relative error, molar mass of the discharged state that holds it, and what was assumed."""
    if candidate.crystal is not None and candidate.charged is not None:
        n = exchanged_lithium(candidate.crystal, candidate.charged)
        return n, 0.0, float((candidate.crystal.amounts * ATOMIC_MASS).sum()), "stoichiometry of the two structures"
    if candidate.composition is None:
        return None
    found = reversible_lithium(candidate.composition, family_of(candidate))
    if found is None:
        return None
    return found.lithium, found.share.std / found.share.mean, found.molar_mass, found.note


def _metals(candidate: Candidate) -> _Value | None:
    """Capacity beyond which oxygen pays; None where no metal can be oxidised."""
    if candidate.composition is None:
        return None
    host = host_of(element_amounts(candidate.composition), family_of(candidate))
    if host is None:
        return None
    capacity = float(electrode.capacity_grav(np.array(host.metals), np.array(float(candidate.composition.weight))))
    if host.sulfur > 0.0:
        return _UNREACHED, 0.0, f"oxygen pays for none; sulfur pays beyond {capacity:.0f} mAh/g"
    if host.lithium <= host.metals:
        return _UNREACHED, 0.0, f"{_ALL_PAID} {capacity:.0f} mAh/g"
    return capacity, 0.0, "what the metals can give; oxygen pays beyond"


def explained(candidates: Sequence[Candidate], predictions: Predictions) -> Predictions:
    """For people: no stand-ins, and the reason where a material gives no charge because no metal of it can.

    Args:
        candidates: aligned with the predictions.
        predictions: all that was found.
    """
    shown = _without_stand_ins(predictions)
    keys = [key for key in _OF_METALS if key in shown.by_property and not shown.by_property[key].is_present.all()]
    if not keys:
        return shown
    reasons = np.array([_reason(candidate) for candidate in candidates], dtype=object)
    columns = {key: shown.by_property[key] for key in keys}
    said = {}
    for key, column in columns.items():
        silent = ~column.is_present & (reasons != "") & ((key != METALS) | (reasons == _NO_METAL))
        said[key] = replace(column, note=np.where(silent, reasons, column.note))
    return replace(shown, by_property={**shown.by_property, **said})


def _reason(candidate: Candidate) -> str:
    """Why a discharged state with lithium, given without its charged one, has no voltage of its metals; else empty."""
    if candidate.composition is None or candidate.polymer is not None or candidate.charged is not None:
        return ""
    amounts = element_amounts(candidate.composition)
    if amounts.get("Li", 0.0) <= 0.0:
        return ""
    host = host_of(amounts, family_of(candidate))
    if host is None:
        return _NO_METAL
    return _OF_SULFUR if host.metals < 1e-6 else ""


def _without_stand_ins(predictions: Predictions) -> Predictions:
    """A capacity of the metals that bounds nothing is no value; the note says what they give."""
    column = predictions.by_property.get(METALS)
    if column is None:
        return predictions
    is_one = column.mean >= _UNREACHED
    emptied: dict[str, Any] = {name: np.where(is_one, np.nan, getattr(column, name)) for name in NUMBERS}
    return replace(predictions, by_property={**predictions.by_property, METALS: replace(column, **emptied)})
