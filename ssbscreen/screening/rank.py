"""Ranking of a pool, and how much it depends on weights, single limits and the profile."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.identity import Materials
from ssbscreen.core.scratch import Scratch
from ssbscreen.query import store
from ssbscreen.ranking.criteria import Profile, load_profile, profile_names
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.reference_materials import ReferenceMaterials
from ssbscreen.ranking.score_draws import ScoreDraws
from ssbscreen.ranking.sensitivity import leave_one_limit_out, rank_in_profiles, weight_sensitivity
from ssbscreen.screening.evidence.plating import plating_of
from ssbscreen.screening.evidence.resistivity import measured_resistivity
from ssbscreen.screening.evidence.weighing import Weighed
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.suggestions.next_tests import with_next_tests


@dataclass(frozen=True)
class Ranked:
    """A ranked pool.

    Attributes:
        ranking: of the candidates.
        quantities: that it was made from, in the order of the pool.
        draws: of the leading candidates, as the run keeps them.
        analyses: file name -> table of a sensitivity analysis.
    """

    ranking: Ranking
    quantities: Quantities
    draws: ScoreDraws
    analyses: dict[str, pd.DataFrame]


def rank_pool(
    plan: Plan,
    facts: Facts,
    weighed: Weighed,
    hulls: Hulls,
    materials: Materials,
    reference_materials: ReferenceMaterials,
) -> Ranked:
    """Score the pool by the criteria of the screen and see how stable the order is."""
    plan.progress("rank", 0, 1)
    quantities = quantities_of(plan, facts, weighed, hulls, materials)
    plan.out.mkdir(parents=True, exist_ok=True)
    scratch = Scratch(plan.out)
    ranking = rank(quantities, plan.screen, plan.profile, reference_materials=reference_materials, scratch=scratch)
    ranking, draws = with_next_tests(ranking, quantities, materials.is_made)
    by_profile = rank_in_profiles(ranking, quantities, plan.screen, _comparable(plan.profile))
    analyses = {
        store.BY_WEIGHTS: weight_sensitivity(ranking),
        store.BY_LIMITS: leave_one_limit_out(ranking),
        store.BY_PROFILES: by_profile.iloc[ranking.order],
    }
    plan.progress("rank", 1, 1)
    return Ranked(ranking, quantities, draws, analyses)


def _comparable(own: Profile) -> list[Profile]:
    """Shipped profiles in which electrolytes meet the negative electrode that the hulls were computed for."""
    profiles = [own if name == own.name else load_profile(name) for name in profile_names()]
    electrode = own.operating.negative_electrode
    return [p for p in profiles if p.operating.negative_electrode.meets_as(electrode)]


def quantities_of(
    plan: Plan, facts: Facts, weighed: Weighed, hulls: Hulls, materials: Materials | None = None
) -> Quantities:
    """All that the draws of some candidates are made of; without materials each row stands for itself."""
    is_made = None if materials is None else materials.is_made
    conductivity = weighed.predictions.by_property.get("ionic_conductivity")
    plating, cells = plating_of(
        facts, hulls, is_made, plan.settings.hide_outcomes, None if conductivity is None else conductivity.mean
    )
    return Quantities(
        facts,
        weighed.predictions,
        plan.profile.operating,
        plan.settings.seed,
        plan.settings.n_draws,
        hulls.draws,
        measured_resistivity(),
        load_family_values(),
        evidence={**hulls.evidence, "critical_current": cells, **weighed.evidence},
        materials=materials,
        plating=plating,
    )
