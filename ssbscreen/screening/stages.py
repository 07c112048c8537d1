"""The stages that give a pool its score: predictions, materials, evidence, phase diagrams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ssbscreen.core.candidate import Records
from ssbscreen.core.identity import Materials
from ssbscreen.core.prediction import Predictions
from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking.criteria import resolve
from ssbscreen.ranking.scoring import score
from ssbscreen.screening.candidates.gate import Gated, gate
from ssbscreen.screening.candidates.materials import materials_of
from ssbscreen.screening.electrodes.charged_state import charged_states_of
from ssbscreen.screening.evidence.calculated_values import (
    calculated_values,
    with_calculated_distances,
    with_calculated_energies,
    with_soft_frameworks,
)
from ssbscreen.screening.evidence.own_outcomes import with_own_outcomes
from ssbscreen.screening.evidence.weighing import Weighed, weigh_pool
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.hulls.pool_hulls import hulls_in_shards
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.predict import predict_pool
from ssbscreen.screening.rank import quantities_of
from ssbscreen.screening.settings import Plan


@dataclass(frozen=True)
class Staged:
    """A pool with all that its ranking is made from.

    Attributes:
        gated: candidates that passed the gates.
        predictions: of the models, of those.
        materials: of those.
        weighed: predictions with all evidence.
        hulls: of those.
    """

    gated: Gated
    predictions: Predictions
    materials: Materials
    weighed: Weighed
    hulls: Hulls


def staged(plan: Plan, pool: Records, references: References) -> Staged:
    """All stages between the reading of a pool and its ranking."""
    gated = gate(pool.candidates, plan.screen)
    predictions = predict_pool(plan, gated.candidates)
    materials = materials_of(gated.candidates, predictions.by_property["formation_energy"].mean)
    calculated = calculated_values(plan.settings, gated.candidates)
    weighed = weigh_pool(plan, gated, predictions, materials, calculated.reported)
    energies = with_calculated_energies(predictions, gated, materials.is_made, calculated, references.library)
    hulls = hulls_in_shards(plan, gated, energies, references, materials)
    hulls = with_calculated_distances(hulls, gated, materials.is_made, calculated, plan.settings.seed)
    hulls = with_soft_frameworks(hulls, gated, materials.is_made, calculated, plan.settings.seed)
    hulls = charged_states_of(plan, gated, energies, hulls, materials, references.library)
    if not plan.settings.hide_outcomes and plan.profile.operating.negative_electrode.is_lithium:
        hulls = with_own_outcomes(hulls, gated.candidates, materials.is_made)
    return Staged(gated, predictions, materials, weighed, hulls)


def log_scores(plan: Plan, pool: Staged) -> np.ndarray:
    """Natural logarithm of the score of each candidate, NaN where too little is known of it for a rank.  # (n,)"""
    quantities = quantities_of(plan, pool.gated.facts, pool.weighed, pool.hulls, pool.materials)
    found = score(quantities, resolve(plan.screen, plan.profile), scratch=Scratch(plan.out))
    return np.where(found.known >= found.screen.min_coverage - 1e-9, np.log(found.score), np.nan)
