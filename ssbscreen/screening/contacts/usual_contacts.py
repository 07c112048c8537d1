"""What a catholyte or a coating does beside its usual neighbours, for screens that judge it by that.

A film between cathode and electrolyte reacts with both, an electrolyte in the composite with the cathode. Cells count
the reaction of one pair; a material by itself is held against the usual partners, and the worst of them counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.cathode import Cathode
from ssbscreen.physics.pair_reactions import Kinks
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.quantities import DrawTable
from ssbscreen.screening.contacts.cathode_contacts import contact_error, strongest
from ssbscreen.screening.contacts.contact_shards import Asked, ask_for_contacts, formulas_of, kinks_by_unit
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.hulls.references import References
from ssbscreen.screening.settings import Plan

WITH_CATHODES: Final = "cathode_reaction_energy"
WITH_ELECTROLYTES: Final = "electrolyte_reaction_energy"
ELECTROLYTES: Final[tuple[str, ...]] = ("Li6PS5Cl", "Li3PS4")
"""Sulfides that need a coating; the second is that of the screening of Xiao et al., 10.1016/j.joule.2019.02.006."""


def contacts_wanted(plan: Plan) -> frozenset[str]:
    """Those of the two reactions that a screen asks for."""
    return frozenset({WITH_CATHODES, WITH_ELECTROLYTES}) & _named(plan.screen)


def ask_for_usual(plan: Plan, candidates: Sequence[Candidate], has_window: np.ndarray, references: References) -> Asked:
    """Post the reactions of candidates with the cathodes and, where the screen asks for it, with usual electrolytes."""
    further = ELECTROLYTES if WITH_ELECTROLYTES in _named(plan.screen) else ()
    return ask_for_contacts(plan, candidates, has_window, references, further)


def with_usual_contacts(
    plan: Plan, candidates: Sequence[Candidate], hulls: Hulls, references: References, asked: Asked
) -> Hulls:
    """Hulls with the draws of these reactions; NaN for polymers and where the reference lacks an element.

    Args:
        plan: of the screen.
        candidates: n.
        hulls: of them.
        references: competing phases.
        asked: of `ask_for_usual`.
    """
    groups = partners_of(asked, plan.profile.operating.cell_voltage.value, contacts_wanted(plan))
    n, n_draws = hulls.energies.shape
    tables = {key: np.full((n, n_draws), np.nan, dtype=np.float32) for key in groups}
    rows: dict[str, list[int]] = {}
    for i, formula in enumerate(formulas_of(candidates)):
        if formula is not None and hulls.has_window[i]:
            rows.setdefault(formula, []).append(i)

    def take(found: Mapping[str, list[Kinks | None]]) -> None:
        for formula, kinks in found.items():
            for i in rows.get(formula, ()):
                error = contact_error(plan.settings.seed, candidates[i].candidate_id, n_draws)
                for key, chosen in groups.items():
                    tables[key][i] = worst([kinks[k] for k in chosen], hulls.energies[i], error)

    kinks_by_unit(asked.job, references.library, take, lambda done, total: plan.progress("contacts", done, total))
    return replace(hulls, draws=DrawTable({**hulls.draws.values, **tables}))


def worst(kinks: Sequence[Kinks | None], energy: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Strongest reaction with any of the partners that the reference knows, eV/atom of mixture, never positive.

    Args:
        kinks: with each partner.
        energy: draws of the material's formation energy, eV/atom.  # (n_draws,)
        error: of its reactions, eV/atom.  # (n_draws,)
    """
    found = np.fmin.reduce(strongest(kinks, energy), axis=0)
    return np.minimum(found + error, 0.0)


def partners_of(asked: Asked, voltage: float, wanted: frozenset[str]) -> dict[str, list[int]]:
    """Property -> places of its partners among those that were asked for.

    Cathodes of less than the profile's voltage are left out, unless there is no other: what a layered oxide needs
    need not serve sulfur.
    """
    n_states = 2 * len(asked.cathodes)
    groups = {
        WITH_CATHODES: [place for j in usual(asked.cathodes, voltage) for place in (2 * j, 2 * j + 1)],
        WITH_ELECTROLYTES: list(range(n_states, n_states + asked.n_further)),
    }
    return {key: places for key, places in groups.items() if key in wanted}


def usual(cathodes: Sequence[Cathode], voltage: float) -> list[int]:
    """Places of the cathodes with at least this average voltage, V; all where none has it."""
    return [j for j, c in enumerate(cathodes) if c.average_voltage.value >= voltage] or list(range(len(cathodes)))


def _named(screen: Screen) -> frozenset[str]:
    return frozenset({*(criterion.property for criterion in screen.criteria), *screen.shown})
