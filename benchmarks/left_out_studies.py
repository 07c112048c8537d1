"""How well the studies of a material predict one more: each study left out in turn, and the fit of the scatter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from ssbscreen.core.candidate import Bound
from ssbscreen.core.evidence import Reported
from ssbscreen.core.identity import StructureType, composition_groups, structure_type_of
from ssbscreen.core.recognition import classify
from ssbscreen.ranking.posterior import Normal, Study, log_evidence, posterior
from ssbscreen.ranking.scatter import Scatter
from ssbscreen.ranking.studies import Activation, group


@dataclass(frozen=True)
class MaterialStudies:
    """Exact measured studies of one material.

    Attributes:
        label: formula.
        chemistry_class: key.
        studies: at least one.
    """

    label: str
    chemistry_class: str
    studies: tuple[Study, ...]


def studies_of_materials(
    values: Sequence[Reported], scatter: Scatter, temperature_c: float | None, activation: Activation | None
) -> list[MaterialStudies]:
    """Values of one property put together by material, inorganic ones alone; calculations and bounds left aside."""
    measured = [v for v in values if not v.is_calculated and not v.refusal and v.candidate.polymer is None]
    by_composition: dict[int, list[tuple[Reported, StructureType]]] = defaultdict(list)
    for value, number in zip(measured, composition_groups([v.candidate.composition for v in measured]), strict=True):
        by_composition[int(number)].append((value, structure_type_of(value.candidate)))
    found = []
    for members in by_composition.values():
        for own in _polymorphs(members):
            grouped = group(own, scatter, temperature_c, activation)
            exact = tuple(study for study in grouped.studies if study.bound is Bound.EXACT)
            if exact:
                candidate = own[0].candidate
                found.append(
                    MaterialStudies(candidate.label or candidate.formula, classify(candidate.composition), exact)
                )
    return found


def _polymorphs(members: Sequence[tuple[Reported, StructureType]]) -> list[list[Reported]]:
    """Values of one composition by structure type; those that name none go with the first that does not differ."""
    homes: list[list[tuple[Reported, StructureType]]] = []
    for value, kind in sorted(members, key=lambda m: (not m[1].words, not m[1].space_group)):
        home = next((h for h in homes if all(kind.agrees_with(other) for _, other in h)), None)
        if home is None:
            homes.append([(value, kind)])
        else:
            home.append((value, kind))
    return [[value for value, _ in home] for home in homes]


def class_priors(materials: Sequence[MaterialStudies], std: float) -> dict[str, Normal]:
    """Mean of the materials of each class, with one wide standard deviation."""
    return {
        key: Normal(float(np.mean([_middle(m) for m in materials if m.chemistry_class == key])), std)
        for key in sorted({m.chemistry_class for m in materials})
    }


def _middle(material: MaterialStudies) -> float:
    return float(np.median([study.value for study in material.studies]))


def left_out(materials: Sequence[MaterialStudies], scatter: Scatter, min_studies: int = 3) -> pd.DataFrame:
    """Leave out each study of the materials with at least `min_studies`, and predict it from the others.

    What is predicted is a value as good as the best, one read in its paper; `covered` says whether a study lies in
    the interval of a value as good as itself.

    Returns:
        One row a study: label, chemistry_class, n_studies, is_compiled, value, lower, upper, inside, width, covered,
        covered_width.
    """
    priors = class_priors(materials, scatter.prior_std)
    rows = []
    for material in materials:
        if len(material.studies) < min_studies:
            continue
        for i, study in enumerate(material.studies):
            others = material.studies[:i] + material.studies[i + 1 :]
            prior = priors[material.chemistry_class]
            found, as_good = (posterior(others, prior, scatter, factor) for factor in (1.0, study.factor))
            rows.append(
                {
                    "label": material.label,
                    "chemistry_class": material.chemistry_class,
                    "n_studies": len(material.studies),
                    "is_compiled": study.factor > 1.0,
                    "value": study.value,
                    "lower": found.lower,
                    "upper": found.upper,
                    "inside": found.lower <= study.value <= found.upper,
                    "width": found.upper - found.lower,
                    "covered_width": as_good.upper - as_good.lower,
                    "covered": as_good.lower <= study.value <= as_good.upper,
                }
            )
    return pd.DataFrame(rows)


def fit_scatter(materials: Sequence[MaterialStudies], start: Scatter, free: Sequence[str]) -> tuple[Scatter, float]:
    """Most likely scatter of the materials measured at least twice.

    Args:
        materials: of `studies_of_materials`.
        start: first guess; what is not free stays.
        free: names among scale, spread, dof, slope, compiled.

    Returns:
        The scatter and its log likelihood.
    """
    repeated = [m for m in materials if len(m.studies) > 1]
    priors = class_priors(materials, start.prior_std)

    def scatter_of(numbers: np.ndarray) -> Scatter:
        changes = {name: _value(name, float(number)) for name, number in zip(free, numbers, strict=True)}
        return start.model_copy(update=changes)

    def loss(numbers: np.ndarray) -> float:
        scatter = scatter_of(numbers)
        own = refactored(repeated, start, scatter)
        return -sum(log_evidence(m.studies, priors[m.chemistry_class], scatter) for m in own)

    first = np.array([_number(name, getattr(start, name)) for name in free])
    found = minimize(loss, first, method="Nelder-Mead", options={"maxiter": 120, "xatol": 0.03, "fatol": 0.05})
    return scatter_of(found.x), -float(found.fun)


def refactored(materials: Sequence[MaterialStudies], before: Scatter, now: Scatter) -> list[MaterialStudies]:
    """The same studies where compiled values scatter by another factor."""
    if before.compiled == 1.0:
        return list(materials)
    factors = before.compiled, now.compiled
    return [replace(m, studies=tuple(_as(study, *factors) for study in m.studies)) for m in materials]


def _as(study: Study, before: float, now: float) -> Study:
    return replace(study, factor=now) if study.factor == before else study


def _value(name: str, number: float) -> float:
    if name == "slope":
        return max(number, 0.0)
    if name == "spread":
        return float(np.clip(np.exp(number), 0.05, 1.5))
    return float(np.exp(number)) + (1.0 if name in ("dof", "compiled") else 0.0)


def _number(name: str, value: float) -> float:
    if name == "slope":
        return value
    return float(np.log(max(value - (1.0 if name in ("dof", "compiled") else 0.0), 1e-2)))
