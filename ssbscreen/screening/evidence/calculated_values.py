"""Values that a refinement calculated for candidates of this run, beside what sources report of their materials."""

from __future__ import annotations

import shutil
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Bound, Candidate, Measurement
from ssbscreen.core.constants import Z90
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.evidence import Evidence, EvidenceKind, Reported
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.core.noise import noise, uniform
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.properties import get_property
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.query.store import ACCOUNT, FUNNEL
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.candidates.gate import Gated
from ssbscreen.screening.hulls.formation_energies import on_scale
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.settings import Settings

VALUES = "values.csv"
SOURCE = "refinement"
_ENERGY, _ABOVE = "formation_energy", "energy_above_hull"
_SOFT_STEPS = ("phonons", "elastic")  # who leaves there has a framework that gives way
# share of the draws in which a soft framework counts as one that cannot be made: a potential taught phonons tells
# stable from unstable in 86 % (abstract of arXiv:2407.09674), those of `refine` never saw them, and some phases that
# are soft at 0 K exist by their temperature
SOFT_SHARE = 0.5
SELDOM_MADE = 0.1  # eV/atom; what lies farther above the hull is seldom made, which is the limit of the screens
_NEEDED = ("candidate_id", "property", "value", "unit", "noise", "temperature_c", "method", "reference")


@dataclass(frozen=True)
class CalculatedValues:
    """Calculated values by candidate.

    Attributes:
        reported: those that stand beside reports, stored units.
        energies: formation energy on the scale of the reference and its standard deviation, eV/atom.
        soft: how the framework gives way, in words, of those in which it does.
    """

    reported: Mapping[str, tuple[Reported, ...]] = field(default_factory=dict)
    energies: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    soft: Mapping[str, str] = field(default_factory=dict)


def calculated_values(settings: Settings, candidates: Sequence[Candidate]) -> CalculatedValues:
    """Values of the folder that the settings name; none where they name none.

    Raises:
        UsageError: the folder holds no table of values.
        InputError: a row cannot be used.
    """
    if settings.calculated is None or settings.evidence == "predicted":
        return CalculatedValues()
    path = settings.calculated / VALUES
    if not path.is_file():
        raise UsageError(f"'{settings.calculated}' holds no {VALUES}; name a folder that `ssbscreen refine` wrote.")
    table = pd.read_csv(path, dtype={"candidate_id": str})
    if missing := [name for name in _NEEDED if name not in table]:
        raise InputError(f"'{path}' lacks the columns {', '.join(missing)}; run `ssbscreen refine` again.")
    by_id = {candidate.candidate_id: candidate for candidate in candidates}
    reported: dict[str, list[Reported]] = {}
    energies: dict[str, tuple[float, float]] = {}
    for line, row in enumerate(table.to_dict("records"), start=2):
        candidate, value, doubt = by_id.get(str(row["candidate_id"])), float(row["value"]), float(row["noise"])
        if candidate is None:
            continue  # a value of a candidate that is no longer in the pool
        if not (np.isfinite(value) and doubt > 0.0):
            raise InputError(f"'{path}' line {line}: value {value}, noise {doubt}; a value needs a noise above 0.")
        if row["property"] == _ENERGY:
            energies[candidate.candidate_id] = value, doubt
        else:
            reported.setdefault(candidate.candidate_id, []).append(_reported(candidate, row, doubt))
    soft = soft_frameworks(settings.calculated / ACCOUNT)
    return CalculatedValues({key: tuple(rows) for key, rows in reported.items()}, energies, soft)


def soft_frameworks(path: Path) -> dict[str, str]:
    """Candidates that left a refinement since their framework gives way, and the words on it; none without a table."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path, dtype={"candidate_id": str}, keep_default_na=False)
    gone = table[table["step"].isin(_SOFT_STEPS) & (table["outcome"] == "left")]
    return dict(zip(gone["candidate_id"], gone["text"].astype(str), strict=True))


def _reported(candidate: Candidate, row: Mapping[Hashable, object], doubt: float) -> Reported:
    key, unit = str(row["property"]), str(row["unit"])
    celsius = float(str(row["temperature_c"]))
    at = celsius if np.isfinite(celsius) else None
    given = Measurement(candidate.candidate_id, key, float(str(row["value"])), Bound.EXACT, at)
    stored = in_stored_unit(given, unit)
    written = f"{float(str(row['value'])):.3g} {get_property(key).unit}"
    return Reported(
        candidate,
        key,
        stored.value,
        Bound.EXACT,
        at,
        str(row["reference"]),
        SOURCE,
        written,
        str(row["method"]),
        noise=doubt,
        is_calculated=True,
    )


def with_calculated_energies(
    predictions: Predictions, pool: Gated, is_made: np.ndarray, calculated: CalculatedValues, library: PhaseLibrary
) -> Predictions:
    """Predictions in which formation energies of ordered crystals that nobody made hold what was calculated.

    Model and calculation are both normal on the scale of the reference and weigh by their variances; what was made has
    a listed energy or stands at its distance already.
    """
    if not calculated.energies:
        return predictions
    column = predictions.by_property[_ENERGY]
    arrays: dict[str, Any] = {name: array.copy() for name, array in column.arrays.items()}
    arrays["note"] = arrays["note"].astype(object)
    mean, std = on_scale(pool.candidates, list(pool.facts.chemistry_class), column, library)
    for i, candidate in enumerate(pool.candidates):
        known = calculated.energies.get(candidate.candidate_id)
        crystal = candidate.crystal
        if known is None or is_made[i] or crystal is None or not crystal.is_ordered or np.isnan(mean[i]):
            continue
        middle, doubt = combined((float(mean[i]), float(std[i])), known)
        arrays["mean"][i] += middle - mean[i]
        arrays["std_aleatoric"][i], arrays["std_epistemic"][i] = 0.0, doubt
        arrays["std_class"][i] = arrays["std_family"][i] = 0.0
        arrays["lower"][i], arrays["upper"][i] = (arrays["mean"][i] + sign * Z90 * doubt for sign in (-1.0, 1.0))
        arrays["note"][i] = "; ".join(filter(None, (str(arrays["note"][i]), "calculated")))
    changed = replace(column, **arrays)
    return replace(predictions, by_property={**predictions.by_property, _ENERGY: changed})


def with_calculated_distances(
    hulls: Hulls, pool: Gated, is_made: np.ndarray, calculated: CalculatedValues, seed: int
) -> Hulls:
    """Hulls in which disordered crystals that nobody made stand at their calculated distance, and what it rests on."""
    if not calculated.energies:
        return hulls
    draws, kinds = hulls.draws.values[_ABOVE].copy(), hulls.evidence[_ABOVE].kind.copy()
    for i, candidate in enumerate(pool.candidates):
        known = calculated.energies.get(candidate.candidate_id)
        if known is None or is_made[i] or candidate.crystal is None:
            continue
        kinds[i] = EvidenceKind.CALCULATED
        if candidate.crystal.is_ordered or np.isnan(hulls.hull_energy[i]):
            continue
        found = known[0] - float(hulls.hull_energy[i]), known[1]
        if np.isfinite(draws[i]).all():
            found = combined((float(draws[i].mean()), max(float(draws[i].std()), 1e-3)), found)
        drawn = found[0] + found[1] * noise(seed, candidate.candidate_id, _ENERGY, draws.shape[1])
        draws[i] = np.maximum(drawn, 0.0)
    evidence = {**hulls.evidence, _ABOVE: Evidence.of(kinds, hulls.evidence[_ABOVE].n_studies)}
    return replace(hulls, draws=DrawTable({**hulls.draws.values, _ABOVE: draws}), evidence=evidence)


def with_soft_frameworks(
    hulls: Hulls, pool: Gated, is_made: np.ndarray, calculated: CalculatedValues, seed: int
) -> Hulls:
    """Hulls in which ordered crystals that nobody made, and whose framework gives way, are harder to make.

    Such a crystal is no minimum of the energy: it would turn into another. In `SOFT_SHARE` of the draws it stands at
    least where what is made is rare. What was made exists, whatever a potential says; one ordering that gives way says
    nothing against a disordered crystal, and a cell that was guessed nothing against a composition.
    """
    rows = [
        i
        for i, candidate in enumerate(pool.candidates)
        if candidate.candidate_id in calculated.soft
        if not is_made[i] and candidate.crystal is not None and candidate.crystal.is_ordered
    ]
    if not rows:
        return hulls
    draws, reasons = hulls.draws.values[_ABOVE].copy(), hulls.sheet["reason"].astype(object).to_numpy().copy()
    for i in rows:
        name = pool.candidates[i].candidate_id
        is_gone = uniform(seed, name, "soft framework", draws.shape[1]) < SOFT_SHARE
        draws[i] = np.where(is_gone, np.fmax(draws[i], SELDOM_MADE), draws[i])
        reasons[i] = "; ".join(filter(None, (str(reasons[i]), calculated.soft[name])))
    values = DrawTable({**hulls.draws.values, _ABOVE: draws})
    return replace(hulls, draws=values, sheet=hulls.sheet.assign(reason=reasons))


def combined(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Mean and standard deviation of a normal quantity of which two independent sources speak."""
    weights = 1.0 / one[1] ** 2, 1.0 / other[1] ** 2
    total = sum(weights)
    return (weights[0] * one[0] + weights[1] * other[0]) / total, float(total**-0.5)


def keep_funnel(settings: Settings, out: Path) -> None:
    """Put the funnel of the refinement beside the tables of the run."""
    if settings.calculated is not None:
        for name in (FUNNEL, ACCOUNT):
            if (settings.calculated / name).is_file():
                shutil.copyfile(settings.calculated / name, out / name)
