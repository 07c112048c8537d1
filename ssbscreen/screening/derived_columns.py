"""What follows from predictions by physics, as predictions: the quantities of a screen for candidates by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.core.prediction import Predictions, PropertyPrediction, merge, missing
from ssbscreen.core.properties import PROPERTIES, PROPERTIES_LISTED_BY
from ssbscreen.ranking.block import Block
from ssbscreen.ranking.criteria import Profile
from ssbscreen.ranking.derived import RECIPES, block
from ssbscreen.ranking.facts import Facts, facts_of
from ssbscreen.screening.candidates.materials import materials_of
from ssbscreen.screening.electrodes.charged_state import CHARGED, with_charged_state
from ssbscreen.screening.electrodes.computed import COMPUTED, completed
from ssbscreen.screening.electrodes.couples import VOLTAGE
from ssbscreen.screening.hulls.formation_energies import energy_draws
from ssbscreen.screening.hulls.hull_quantities import HULL_KEYS, Hulls, compute_hulls
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.screening.needed import inputs_of, quantities_alone
from ssbscreen.screening.predict import predictable
from ssbscreen.screening.settings import Settings, load_settings, profile_of

Ask = Callable[[Sequence[str]], Predictions]
"""Asks the models for properties of the candidates."""
OF_PAIRS = (
    "interface_reaction_energy",
    "cathode_reaction_energy",
    "electrolyte_reaction_energy",
    "contact_oxidation_limit",
    "coating_conductivity",
    "heat_of_reaction",
    "co_sintering_energy",
)
"""Quantities of a material with its neighbours in a cell, which no candidate has by itself."""
_OF_VOLUME = frozenset(("density", "fracture_toughness", "cell_energy_grav", "capacity_vol"))
_IN_AIR = ("moisture_reaction_energy", "moisture_gas")
_PER_VOLUME = ("pilling_bedworth_ratio", "li_consumed")
_ENERGY = "formation_energy"
_CITED = ("activation_energy",)  # model or measurement for some kinds, else what is cited for family or class
_WORDS = {
    EvidenceKind.MEASURED: "measured values",
    EvidenceKind.CALCULATED: "calculated values",
    EvidenceKind.PREDICTED: "predictions",
    EvidenceKind.FAMILY: "values of the family or class",
    EvidenceKind.IMPUTED: "nothing known",
}


def served() -> tuple[str, ...]:
    """Properties that `predict` gives for some kind of candidate, in the order of the property table."""
    keys = {*predictable(), *RECIPES, *HULL_KEYS, CHARGED, *COMPUTED} - set(OF_PAIRS)
    return tuple(key for key in PROPERTIES if key in keys)


def check_served(keys: Iterable[str]) -> None:
    """Refuse what is not served before anything is read.

    Raises:
        UsageError: a quantity of pairs, or one that no model and no formula gives.
    """
    known = served()
    for key in keys:
        if key in OF_PAIRS:
            raise UsageError(
                f"'{key}' belongs to a material with its neighbours, such as a cathode; `pair` and `screen` give it."
            )
        if key not in known:
            raise unknown("property of a material by itself", key, known, PROPERTIES_LISTED_BY)


def with_derived(
    candidates: Sequence[Candidate], predictions: Predictions, keys: Sequence[str], ask: Ask
) -> Predictions:
    """Predictions in which what the models left empty is filled by physics where physics can.

    Draws are those of a screen in its default profile: the same formulas, hulls and cited values, and the same errors.
    Outcomes of a candidate itself in cells are left out, since `predict` looks nothing up.

    Args:
        candidates: aligned with the predictions.
        predictions: of the models.
        keys: properties asked for.
        ask: for the predictions that formulas start from.
    """
    lacking = [
        key
        for key in keys
        if key in (*RECIPES, *HULL_KEYS, CHARGED)
        and not (key in predictions.by_property and predictions.by_property[key].is_present.all())
    ]
    if not candidates or not lacking:
        return predictions
    settings = load_settings()
    facts, profile = facts_of(candidates), profile_of(settings)
    inputs = inputs_of(lacking, facts.take(np.array([0])), settings, profile)
    needs_hulls = not inputs.isdisjoint((*HULL_KEYS, CHARGED))
    wanted = inputs | ({_ENERGY} if needs_hulls else set()) | ({VOLTAGE} if CHARGED in inputs else set())
    given = completed(candidates, ask([key for key in predictable() if key in wanted]), sorted(inputs))
    hulls = _hulls_of(candidates, facts, given, settings, with_charged=CHARGED in inputs) if needs_hulls else None
    drawn = block(quantities_alone(facts, given, settings, profile, hulls), slice(None))
    columns = dict(predictions.by_property)
    for key in lacking:
        column = _column(key, drawn, facts, profile, hulls)
        columns[key] = merge([columns[key], column]) if key in columns else column
    return replace(predictions, by_property=columns)


def with_cited(candidates: Sequence[Candidate], predictions: Predictions, keys: Sequence[str]) -> Predictions:
    """Predictions in which what neither a model nor evidence gives is the cited value of the family or class.

    A screen draws from the same values. They come after the evidence, which is not weighed against a whole class.

    Args:
        candidates: aligned with the predictions.
        predictions: with the evidence, where that was asked for.
        keys: properties asked for.
    """
    lacking = [key for key in _CITED if key in keys and not predictions.by_property[key].is_present.all()]
    if not candidates or not lacking:
        return predictions
    settings = load_settings()
    facts, profile = facts_of(candidates), profile_of(settings)
    given = Predictions(predictions.candidate_ids, {})
    drawn = block(quantities_alone(facts, given, settings, profile, None), slice(None))
    columns = dict(predictions.by_property)
    for key in lacking:
        columns[key] = merge([columns[key], _column(key, drawn, facts, profile, None)])
    return replace(predictions, by_property=columns)


def _hulls_of(
    candidates: Sequence[Candidate], facts: Facts, predictions: Predictions, settings: Settings, *, with_charged: bool
) -> Hulls:
    references = references_of(load_reference(settings.reference))
    energy = predictions.by_property.get(_ENERGY, missing(_ENERGY, len(candidates)))
    is_made = materials_of(candidates, energy.mean).is_made
    energies = energy_draws(
        candidates,
        is_made,
        list(facts.chemistry_class),
        energy,
        references.library,
        settings.seed,
        settings.n_energy_draws,
    )
    hulls = compute_hulls(candidates, energies, references, is_made, settings.seed, hide_outcomes=True)
    if not with_charged:
        return hulls
    library, seed = references.library, settings.seed
    return with_charged_state(hulls, candidates, predictions, is_made, library, seed, look_up=False)


def _column(key: str, drawn: Block, facts: Facts, profile: Profile, hulls: Hulls | None) -> PropertyPrediction:
    """Median, spread and interval of the draws; missing where the median is not finite."""
    draws = np.asarray(drawn.laboratory(key), dtype=float)
    column = missing(key, len(facts), "computed")
    evidence, inside = drawn.evidence_of(key), _inside(drawn, key)
    for i, own in enumerate(draws):
        own = own[~np.isnan(own)]
        if not len(own) or not np.isfinite(np.median(own)):
            column.note[i] = _why_missing(key, i, drawn, hulls)
            continue
        column.lower[i], column.mean[i], column.upper[i] = np.quantile(own, (0.05, 0.5, 0.95), method="nearest")
        column.std_aleatoric[i] = np.std(own[np.isfinite(own)])
        column.std_epistemic[i], column.std_class[i], column.std_family[i] = 0.0, 0.0, 0.0
        column.in_domain[i] = bool(inside[i])
        column.note[i] = f"profile {profile.name}, from {_WORDS[EvidenceKind(evidence.kind[i])]}" + (
            ", volume estimated from elements" if facts.is_volume_estimated[i] and key in _OF_VOLUME else ""
        )
    return column


def _inside(drawn: Block, key: str) -> np.ndarray:
    """Whether every prediction that a quantity starts from lies in its model's domain.  # (n,) bool"""
    inside = np.ones(len(drawn.pool), dtype=bool)
    for name in drawn.inputs_of(key) & drawn.pool.predictions.by_property.keys():
        column = drawn.pool.predictions.by_property[name]
        inside &= ~column.is_present | column.in_domain
    return inside


def _why_missing(key: str, i: int, drawn: Block, hulls: Hulls | None) -> str:
    """What a candidate lacks for a quantity."""
    facts = drawn.pool.facts
    if key == "oxidation_limit" and facts.n_li[i] == 0.0:
        return "it holds no lithium that could be taken out"
    if key in _PER_VOLUME and facts.is_volume_estimated[i]:
        return "it needs the volume of a structure"
    if np.isinf(drawn.stored(key)[i]).any():
        return "more than half of its draws never reach it"
    if key in _IN_AIR and hulls is not None and (words := str(hulls.sheet["gases_in_air"].iat[i])):
        return words
    if key in HULL_KEYS and hulls is not None and (reason := str(hulls.sheet["reason"].iat[i])):
        return reason
    lacking = sorted(name for name in drawn.inputs_of(key) - {key} if np.isnan(drawn.stored(name)[i]).all())
    return f"it is made of {', '.join(lacking)}, which nothing gives for this candidate" if lacking else ""
