"""Which predictions a screen needs: those that its criteria, shown columns and cells are made of, found by asking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.prediction import Predictions
from ssbscreen.ranking.criteria import Profile, Screen, load_screen
from ssbscreen.ranking.derived import block
from ssbscreen.ranking.facts import Facts, facts_of
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.pairs import OF_CATHODE
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.screening.electrodes import computed
from ssbscreen.screening.electrodes.charged_state import CHARGED
from ssbscreen.screening.electrodes.couples import VOLTAGE
from ssbscreen.screening.evidence.plating import plating_of
from ssbscreen.screening.evidence.resistivity import measured_resistivity
from ssbscreen.screening.evidence.weighing import ACTIVATION, CONDUCTIVITY, VOGEL
from ssbscreen.screening.hulls.hull_quantities import Hulls
from ssbscreen.screening.settings import Plan, Settings

ENERGY = "formation_energy"  # of hulls, and of which row stands for a material: whatever the criteria
_ONE_OF_EACH = (
    Candidate("solid", parse_composition("Li3PS4")),
    Candidate("chain", polymer=Polymer("*CCO*", None, None)),
)


def needed(plan: Plan, predictable: Sequence[str]) -> tuple[str, ...]:
    """Those of the properties that models predict which the rows of a screen, and of its cells, are made of.

    Args:
        plan: of the screen; all are needed where its settings say so.
        predictable: what the models can give.
    """
    if plan.settings.predict == "all":
        return tuple(predictable)
    settings, profile = plan.settings, plan.profile
    wanted = inputs_of(_asked(plan.screen), facts_of(_ONE_OF_EACH), settings, profile)
    if plan.screen.has_cells:
        cells = inputs_of(_asked(load_screen(settings.pairs.screen)), facts_of(_ONE_OF_EACH), settings, profile)
        wanted |= cells - OF_CATHODE
    wanted |= {ENERGY} | set(computed.needed(plan.screen.computed))
    if CHARGED in wanted:
        wanted.add(VOLTAGE)
    if CONDUCTIVITY in wanted:  # brought to the temperature of use, as measured values are
        wanted |= {ACTIVATION, VOGEL}
    return tuple(key for key in predictable if key in wanted)


def inputs_of(keys: Iterable[str], facts: Facts, settings: Settings, profile: Profile) -> set[str]:
    """Properties that these are made of, directly or not, themselves included.

    Candidates without any prediction ask for all of them, since whatever is known ends the search.
    """
    empty = Predictions(tuple(map(str, facts.candidate_ids)), {})
    trial = block(quantities_alone(facts, empty, settings, profile, None), slice(None), 2)
    found = set[str]()
    for key in keys:
        trial.stored(key)
        found |= trial.inputs_of(key)
    return found


def quantities_alone(
    facts: Facts, predictions: Predictions, settings: Settings, profile: Profile, hulls: Hulls | None
) -> Quantities:
    """What draws of candidates by themselves are made of: without a pool, evidence and outcomes of their own."""
    plating, cells = plating_of(facts, hulls, None, hide_outcomes=True)
    return Quantities(
        facts,
        predictions,
        profile.operating,
        settings.seed,
        settings.n_draws,
        None if hulls is None else hulls.draws,
        measured_resistivity(),
        load_family_values(),
        evidence={**({} if hulls is None else hulls.evidence), "critical_current": cells},
        plating=plating,
    )


def _asked(screen: Screen) -> list[str]:
    return [*(criterion.property for criterion in screen.criteria), *screen.shown]
