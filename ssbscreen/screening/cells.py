"""Cells of the pool's electrolytes: the best cathode of each, and the ranking of the pairs of the best ones."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.cathode import Cathode
from ssbscreen.core.memory import give_back
from ssbscreen.core.noise import noise
from ssbscreen.physics.amorphous_films import film_conductivity
from ssbscreen.ranking.criteria import Profile, Screen, load_screen
from ssbscreen.ranking.pairs import BEST_DRAWS, Pairing, all_pairs, best_in_parts, pair_quantities, select, together
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.summaries import summarise
from ssbscreen.screening.bilayers import Bilayers, best_bilayers, bilayers_of, catholyte_rows
from ssbscreen.screening.contacts.cathode_contacts import Contacts, Electrolytes, Partners, Reactions
from ssbscreen.screening.contacts.co_sintering import CoSintering, with_furnace
from ssbscreen.screening.contacts.contact_shards import Asked, ask_for_contacts, formulas_of, kinks_by_unit
from ssbscreen.screening.contacts.heats import CellHeats
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.rank import Ranked
from ssbscreen.screening.settings import Plan
from ssbscreen.screening.suggestions.next_tests import with_next_tests
from ssbscreen.sources.reference_cathodes import SOURCE

log = logging.getLogger(__name__)
_LEADERS_PER_CLASS = 3
SHOWN_OF_BEST = (
    "interface_reaction_energy",
    "oxidation_margin",
    "cell_energy_grav",
    "cell_energy_vol",
    "cell_cost",
    "voltage_drop",
    "thickness_swing",
    "stack_pressure",
    "misfit_stress",
    "self_discharge",
    "areal_capacity_500",
    "usable_thickness_3mA",
)
_TESTED = 200  # leading pairs whose next test is chosen by what its result is worth


@dataclass(frozen=True)
class RankedPairs:
    """Pairs of the best electrolytes with every cathode.

    Attributes:
        ranking: of the pairs.
        pairing: rows of the pool and of the panel behind each row of the ranking's facts.
        quantities: of the pairs.
    """

    ranking: Ranking
    pairing: Pairing
    quantities: Quantities

    def partners(self, pool: Quantities) -> pd.DataFrame:
        """What stands between electrolyte and cathode: formula of a coating, id of a second electrolyte, or nothing."""
        second = np.where(self.pairing.is_layered, pool.facts.candidate_ids[self.pairing.catholyte], "")
        return pd.DataFrame({"coating": self.pairing.coating, "catholyte": second})


@dataclass(frozen=True)
class Cells:
    """Outcome for a pool.

    Attributes:
        best: of the leading electrolytes, by their row in the pool: `best_cathode`, `pair_score` and the numbers of
            that cell, each name with the prefix `pair_`.
        cathodes: row of an electrolyte -> its best cathode.
        pairs: None where none were asked for.
    """

    best: pd.DataFrame
    cathodes: Mapping[int, Cathode]
    pairs: RankedPairs | None

    def at(self, rows: np.ndarray) -> Cells:
        """The same cells of electrolytes that are these rows of a larger pool.  # (n,) int"""
        pairs = self.pairs
        if pairs is not None:
            pairing = pairs.pairing
            moved = replace(pairing, electrolyte=rows[pairing.electrolyte], catholyte=rows[pairing.catholyte])
            pairs = replace(pairs, pairing=moved)
        cathodes = {int(rows[i]): cathode for i, cathode in self.cathodes.items()}
        return Cells(self.best.set_axis(rows[self.best.index]), cathodes, pairs)


def cells_of(
    plan: Plan,
    candidates: Sequence[Candidate],
    hulls: Hulls,
    ranked: Ranked,
    references: References,
    asked: Asked | None,
) -> Cells | None:
    """Cells of the first electrolytes with the panel of cathodes; none where the screen has no cells.

    Args:
        plan: of the screen.
        candidates: n.
        hulls: of them.
        ranked: of them.
        references: competing phases.
        asked: contacts with the cathodes of all of them, as posted before the ranking; asked for here when None.
    """
    if not plan.screen.has_cells:
        return None
    settings, ranking = plan.settings.pairs, ranked.ranking
    coatings = SOURCE.load_coatings() if settings.has_coatings else ()
    in_order = ranking.order[: ranking.n_ranked]
    leaders = leading_rows(ranked.quantities, in_order, settings.n_electrolytes)
    rows = np.union1d(ranking.order[: settings.n_best], leaders).astype(int)
    own, has_window, library = [candidates[int(i)] for i in rows], hulls.has_window[rows], references.library
    asked = asked or ask_for_contacts(plan, own, has_window, references)
    partners = Partners(asked.cathodes, coatings, library)
    quantities = ranked.quantities if len(rows) == len(ranking) else ranked.quantities.take(rows)
    electrolytes = Electrolytes(quantities, formulas_of(own), hulls.energies[rows], has_window, library)
    order, leaders = (np.searchsorted(rows, some) for some in (in_order[np.isin(in_order, rows)], leaders))
    reactions = Reactions(electrolytes, partners, leaders)
    kinks_by_unit(asked.job, library, reactions.take, lambda done, total: plan.progress("cells", done, total))
    give_back()
    seconds = catholyte_rows(electrolytes, order) if settings.has_catholytes else np.empty(0, dtype=int)
    bilayers = bilayers_of(electrolytes, leaders, seconds)
    screen = load_screen(settings.screen)
    found = pair_up(electrolytes, partners, reactions.contacts, leaders, screen, plan.profile, bilayers)
    return found.at(rows)


def leading_rows(quantities: Quantities, order: np.ndarray, n: int) -> np.ndarray:
    """The best electrolytes, one of each formula, with the three best of every class; none for n = 0.

    Args:
        quantities: of the electrolytes.
        order: rows, the best first.
        n: how many at least.
    """
    formula, classes = quantities.facts.formula, quantities.facts.chemistry_class
    taken: list[int] = []
    seen: set[str] = set()
    per_class: dict[str, int] = {}
    for i in (int(row) for row in order):
        if formula[i] in seen or n < 1:
            continue
        if len(taken) < n or per_class.get(classes[i], 0) < _LEADERS_PER_CLASS:
            seen.add(formula[i])
            taken.append(i)
            per_class[classes[i]] = per_class.get(classes[i], 0) + 1
    return np.array(taken, dtype=int)


def pair_up(
    electrolytes: Electrolytes,
    partners: Partners,
    contacts: Contacts,
    leaders: np.ndarray,
    screen: Screen,
    profile: Profile,
    bilayers: Bilayers,
) -> Cells:
    """The best cathode of every electrolyte, and the ranking of the pairs of the best electrolytes.

    Args:
        electrolytes: n.
        partners: cathodes and coatings.
        contacts: of both.
        leaders: rows of the electrolytes whose pairs are ranked; see `leading_rows`.
        screen: of pairs.
        profile: of the run.
        bilayers: contacts of the leaders with second electrolytes.
    """
    quantities, panel = electrolytes.quantities, partners.cathodes
    heats = CellHeats(electrolytes, panel)
    few = min(BEST_DRAWS, quantities.n_draws)

    def rough(rows: np.ndarray) -> Quantities:
        some = all_pairs(rows, len(panel))
        return pair_quantities(quantities, some, panel, _tables(some, contacts, partners, quantities), few)

    ids = quantities.facts.candidate_ids
    best_cathode, scores, imputers = best_in_parts(rough, ids, screen, profile, len(panel))
    everyone = all_pairs(np.arange(len(electrolytes)), len(panel))
    chosen = select(everyone, np.arange(len(electrolytes)) * len(panel) + best_cathode)
    tables = _tables(chosen, contacts, partners, quantities)
    cells = pair_quantities(quantities, chosen, panel, tables, quantities.n_draws)
    cathodes = {i: panel[int(j)] for i, j in enumerate(chosen.cathode)}
    named = pd.DataFrame({"best_cathode": [cathode.key for cathode in cathodes.values()], "pair_score": scores})
    best = pd.concat([named, summarise(cells, SHOWN_OF_BEST, prefix="pair_")], axis=1)
    best["pair_heat_of_reaction_value"] = _heats(heats, chosen)
    if not len(leaders):
        return Cells(best, cathodes, None)
    ranked = together(
        [
            _with_coatings(all_pairs(leaders, len(panel)), contacts, partners),
            best_bilayers(quantities, panel, bilayers, contacts.direct, screen, profile, imputers),
        ]
    )
    tables = _tables(ranked, contacts, partners, quantities, bilayers)
    sintered = tables["co_sintering_energy"] = CoSintering(electrolytes, panel).table(ranked)
    tables["interface_reaction_energy"] = with_furnace(tables["interface_reaction_energy"], sintered)
    tables["heat_of_reaction"] = np.array(_heats(heats, ranked), dtype=np.float32)[:, None]
    pairs = pair_quantities(quantities, ranked, panel, tables, quantities.n_draws)
    log.info("pairs: %d electrolytes with their best cathode, %d pairs ranked", len(electrolytes), len(ranked))
    ranking = rank(pairs, screen, profile, imputers=imputers)
    materials = quantities.materials
    made = np.zeros(len(quantities), dtype=bool) if materials is None else materials.is_made
    ranking, _ = with_next_tests(ranking, pairs, made[ranked.electrolyte], _TESTED)
    return Cells(best, cathodes, RankedPairs(ranking, ranked, pairs))


def _heats(heats: CellHeats, pairing: Pairing) -> list[float]:
    """Of the composite: with two electrolytes that of the second one, which touches the cathode."""
    return [heats.of(int(i), int(j)) for i, j in zip(pairing.catholyte, pairing.cathode, strict=True)]


def _with_coatings(pairs: Pairing, contacts: Contacts, partners: Partners) -> Pairing:
    """The pairs, then each once more with its best coating where the phases are known."""
    if not partners.coatings:
        return pairs
    coated = select(pairs, np.flatnonzero(np.isfinite(contacts.coated[pairs.electrolyte, pairs.cathode, 0])))
    names = np.array(partners.coatings, dtype=object)[contacts.coating[coated.electrolyte, coated.cathode]]
    return together([pairs, replace(coated, coating=names)])


def _tables(
    pairing: Pairing, contacts: Contacts, partners: Partners, quantities: Quantities, bilayers: Bilayers | None = None
) -> dict[str, np.ndarray]:
    """Draws that belong to pairs."""
    i, j = pairing.electrolyte, pairing.cathode
    is_coated = (pairing.coating != "")[:, None]
    reaction = np.where(is_coated, contacts.coated[i, j], contacts.direct[i, j])
    if bilayers is not None:
        layered = np.flatnonzero(pairing.is_layered)
        reaction[layered] = bilayers.reaction(select(pairing, layered), contacts.direct)
    tables = {"interface_reaction_energy": reaction}
    if is_coated.any():
        limits = np.where(is_coated[:, 0], partners.coating_limits[contacts.coating[i, j]], np.nan)
        tables["contact_oxidation_limit"] = limits[:, None].astype(np.float32)
        films = np.stack([_conductivity(coating, quantities) for coating in partners.coatings])
        tables["coating_conductivity"] = np.where(is_coated, films[contacts.coating[i, j]], np.float32(np.nan))
    return tables


def _conductivity(coating: str, quantities: Quantities) -> np.ndarray:
    """Draws of the conductivity of a film, shared by all cells with it, log10(S/cm).  # (n_draws,)"""
    numbers = noise(quantities.seed, "", f"coating {coating}", quantities.n_draws)
    return film_conductivity(coating).sample(numbers).astype(np.float32)
