"""Ranking of a pool, and how much it hangs on weights, single limits and the profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Bound
from ssbscreen.core.identity import Materials
from ssbscreen.core.prediction import Predictions
from ssbscreen.physics.electronic import ExtrinsicResistivity, fit_extrinsic
from ssbscreen.query import store
from ssbscreen.ranking.criteria import load_profile, profile_names
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.sensitivity import leave_one_limit_out, rank_in_profiles, weight_sensitivity
from ssbscreen.screening.hulls import Hulls
from ssbscreen.screening.settings import Plan
from ssbscreen.sources.literature import SOURCE


@dataclass(frozen=True)
class Ranked:
    """A ranked pool.

    Attributes:
        ranking: of the candidates.
        quantities: that it was made from, in the order of the pool.
        analyses: file name -> table of a sensitivity analysis.
    """

    ranking: Ranking
    quantities: Quantities
    analyses: dict[str, pd.DataFrame]


def rank_pool(plan: Plan, facts: Facts, predictions: Predictions, hulls: Hulls, materials: Materials) -> Ranked:
    """Score the pool by the criteria of the screen and see how stable the order is."""
    plan.progress("rank", 0, 1)
    quantities = Quantities(
        facts,
        predictions,
        plan.profile.operating,
        plan.settings.seed,
        plan.settings.n_draws,
        hulls.draws,
        measured_resistivity(),
        load_family_values(),
        evidence=hulls.evidence,
        materials=materials,
    )
    ranking = rank(quantities, plan.screen, plan.profile)
    by_profile = rank_in_profiles(ranking, quantities, plan.screen, [load_profile(name) for name in profile_names()])
    analyses = {
        store.BY_WEIGHTS: weight_sensitivity(ranking),
        store.BY_LIMITS: leave_one_limit_out(ranking),
        store.BY_PROFILES: by_profile.iloc[ranking.order],
    }
    plan.progress("rank", 1, 1)
    return Ranked(ranking, quantities, analyses)


def measured_resistivity() -> ExtrinsicResistivity:
    """Measured electronic resistivities of electrolytes by class and family; recalled values never count.

    Cathodes and mixed conductors stand in the table `interfaces` and are no measure of an electrolyte. A bound is no
    value: it is left out.
    """
    rows = [
        row
        for row in SOURCE.values("electronic")
        if row.key == "electronic_resistivity" and row.is_measured and row.value and row.bound is Bound.EXACT
    ]
    return fit_extrinsic(
        np.array([row.chemistry_class for row in rows]),
        np.array([row.family for row in rows]),
        np.array([row.reference or row.material for row in rows]),
        np.log10([float(row.value or np.nan) for row in rows]),
    )
