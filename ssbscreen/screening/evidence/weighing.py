"""What is known of each candidate beside the models: their predictions are the prior, measurements decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.evidence import Evidence, Reported
from ssbscreen.core.identity import Materials
from ssbscreen.core.prediction import Predictions, missing
from ssbscreen.core.properties import get_property
from ssbscreen.physics.electronic import ExtrinsicResistivity
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.posterior import Normal, posterior
from ssbscreen.ranking.scatter import Scatter, load_scatter
from ssbscreen.ranking.studies import Activation, Grouped, group
from ssbscreen.screening.candidates.gate import Gated
from ssbscreen.screening.electrodes.known_electrodes import with_known_densities, with_known_electrodes
from ssbscreen.screening.evidence.group_prior import GroupPrior
from ssbscreen.screening.evidence.matching import Matcher
from ssbscreen.screening.evidence.melting import of_one_state
from ssbscreen.screening.evidence.moduli import with_stiffness
from ssbscreen.screening.evidence.posterior_column import Expected, PosteriorColumn, stored
from ssbscreen.screening.evidence.reported import reported
from ssbscreen.screening.evidence.resistivity import measured_resistivity
from ssbscreen.screening.settings import Plan

ACTIVATION, CONDUCTIVITY, RESISTIVITY = "activation_energy", "ionic_conductivity", "electronic_resistivity"
VOGEL = "vogel_temperature"
# eV, of materials whose own is neither measured nor predicted: median and scatter of 656 measured ones, and of the
# apparent ones of 681 polymer formulations of ChemArr between 15 and 70 degree C
_ACTIVATION = {"polymer": Activation(0.93, 0.49), "": Activation(0.38, 0.22)}
_MODEL = "measured"
SHEET = (
    "candidate_id", "property", "value", "unit", "as_written", "bound", "temperature_c", "reference", "source",
    "method", "verdict",
)  # fmt: skip
PriorOf = Callable[[str, str, str], Expected | None]
"""Property, chemistry class and family -> what is expected where no model predicts; None where nothing is."""


@dataclass(frozen=True)
class Weighed:
    """Predictions with all evidence.

    Attributes:
        predictions: posterior where there is evidence, else the models' own; the interval is that of the value that
            one more laboratory would find.
        evidence: property key -> on what each value rests.
        sheet: one row a candidate and reported value: columns `SHEET`, natural units at the candidate's temperature.
        values: the reported ones, read once for all pools of a run.
    """

    predictions: Predictions
    evidence: Mapping[str, Evidence]
    sheet: pd.DataFrame
    values: Sequence[Reported] = ()


def weigh(
    candidates: Sequence[Candidate],
    facts: Facts,
    predictions: Predictions,
    prior_of: PriorOf,
    values: Sequence[Reported] | None = None,
    materials: Materials | None = None,
    calculated: Mapping[str, Sequence[Reported]] | None = None,
) -> Weighed:
    """Put measurements and calculations beside the predictions of a pool.

    Args:
        candidates: n.
        facts: of them.
        predictions: of the models, aligned.
        prior_of: for properties that no model predicts.
        values: reported ones; everything that can be reached when None.
        materials: of the candidates, whose rows share the values of any of them; each row stands alone when None.
        calculated: values that a refinement calculated, by candidate.
    """
    scatter = load_scatter()
    values = reported(scatter) if values is None else values
    matcher, others = Matcher(values), GroupPrior(values, scatter)
    predictions, looked_up = with_known_electrodes(candidates, predictions, materials)
    predictions, densities = with_known_densities(candidates, predictions)
    before = {key: predictions.by_property.get(key) or missing(key, len(candidates), _MODEL) for key in scatter}
    columns = {key: PosteriorColumn(column) for key, column in before.items()}
    vogel = (predictions.by_property.get(VOGEL) or missing(VOGEL, len(candidates))).mean
    rows: list[tuple[object, ...]] = []
    further = calculated or {}
    stand = np.zeros(len(candidates), bool) if materials is None else materials.is_made & materials.is_representative
    matched = _of_materials([matcher.of(c, bool(own)) for c, own in zip(candidates, stand, strict=True)], materials)
    for i, candidate in enumerate(candidates):
        own = _by_property([*(values[j] for j in matched[i]), *further.get(candidate.candidate_id, ())], scatter)
        for key in (key for key in scatter if key in own):  # activation energies stand first in the table
            wanted = candidate.temperature_c if key == CONDUCTIVITY else None
            activation = None if wanted is None else _activation(columns, vogel, i, candidate)
            if wanted is not None:
                own[key] = of_one_state(own[key], str(facts.formula[i]), wanted)
            grouped = group(own[key], scatter[key], wanted, activation)
            if grouped.studies:
                labels = str(facts.chemistry_class[i]), str(facts.family[i])
                prior = columns[key].prior(i, scatter[key]) or prior_of(key, *labels)
                if prior is None:
                    normal = others.expected(key, *labels, candidate)
                    prior = Expected(normal) if normal else _of_values(own[key], scatter[key])
                prior = _cooled(prior, grouped)
                found = posterior(grouped.studies, prior.normal, scatter[key])
                columns[key].set(i, grouped.n_measured, stored(found, scatter[key]), prior)
            rows += _sheet_rows(candidate, own[key], grouped, scatter[key])
    kept = {key: column for key, column in columns.items() if column.is_changed}
    by_property = predictions.by_property | {key: column.prediction() for key, column in kept.items()}
    known = (
        looked_up
        | densities
        | {key: _with_calculated(column.evidence(), looked_up.get(key)) for key, column in kept.items()}
    )
    stiff, known = with_stiffness(replace(predictions, by_property=by_property), known)
    return Weighed(stiff, known, pd.DataFrame(rows, columns=list(SHEET)), values)


def _cooled(prior: Expected, grouped: Grouped) -> Expected:
    """A prior of a model that knows the material above its transition only: it falls as the values themselves do."""
    if grouped.drop == 0.0:
        return prior
    normal = prior.normal
    return replace(prior, normal=Normal(normal.mean - grouped.drop, float(np.hypot(normal.std, grouped.drop_std))))


def _with_calculated(found: Evidence, looked_up: Evidence | None) -> Evidence:
    """Evidence of a column in which values that were looked up are calculated unless measurements replaced them."""
    return found if looked_up is None else looked_up.where(found.n_studies > 0, found)


def _of_materials(matched: list[list[int]], materials: Materials | None) -> list[list[int]]:
    """Values of each row's material: those of all its rows, and none for a structure beside the one that was made."""
    if materials is None:
        return matched
    of_material: dict[str, set[int]] = defaultdict(set)
    for name, found in zip(materials.material, matched, strict=True):
        of_material[name].update(found)
    is_guess = ~materials.is_made & ~materials.is_representative
    return [
        [] if guess else sorted(of_material[name]) for name, guess in zip(materials.material, is_guess, strict=True)
    ]


def weigh_pool(
    plan: Plan,
    pool: Gated,
    predictions: Predictions,
    materials: Materials,
    calculated: Mapping[str, Sequence[Reported]] | None = None,
    values: Sequence[Reported] | None = None,
) -> Weighed:
    """Evidence of a pool, or the models alone where the settings ask for them; further arguments as in `weigh`."""
    if plan.settings.evidence == "predicted":
        return unweighed(predictions)
    plan.progress("evidence", 0, 1)
    prior_of = expected_of(measured_resistivity())
    weighed = weigh(pool.candidates, pool.facts, predictions, prior_of, values, materials, calculated)
    plan.progress("evidence", 1, 1)
    return weighed


def expected_of(extrinsic: ExtrinsicResistivity) -> PriorOf:
    """What a family lets expect of the electronic resistivity, and nothing of other properties."""
    known: dict[tuple[str, str], Expected] = {}

    def prior(key: str, chemistry_class: str, family: str) -> Expected | None:
        if key != RESISTIVITY:
            return None
        label = (chemistry_class, family)
        if label not in known:
            level = extrinsic.of(*label)
            std = np.sqrt(level.std_coarse**2 + level.std_fine**2 + extrinsic.std_material**2)
            known[label] = Expected(Normal(level.mean, float(std)), level.std_coarse, level.std_fine)
        return known[label]

    return prior


def unweighed(predictions: Predictions) -> Weighed:
    """The models alone."""
    return Weighed(predictions, {}, pd.DataFrame(columns=list(SHEET)))


def _activation(columns: Mapping[str, PosteriorColumn], vogel: np.ndarray, i: int, candidate: Candidate) -> Activation:
    """Temperature law of a row: its posterior or prediction, else what is usual."""
    if ACTIVATION in columns:
        mean, std = columns[ACTIVATION].now(i)
        if np.isfinite(mean):
            return Activation(max(mean, 0.0), std, -ZERO_CELSIUS if np.isnan(vogel[i]) else float(vogel[i]))
    return _ACTIVATION["polymer" if candidate.polymer is not None else ""]


def _of_values(values: Sequence[Reported], scatter: Scatter) -> Expected:
    """A wide prior where nothing is expected: about the values themselves."""
    return Expected(Normal(float(np.median([value.value for value in values])), scatter.prior_std))


def _by_property(values: Sequence[Reported], scatter: Mapping[str, Scatter]) -> dict[str, list[Reported]]:
    """Values on the scale on which studies of their property scatter."""
    found: dict[str, list[Reported]] = defaultdict(list)
    for value in values:
        scaled = scatter[value.property].scaled(value.value)
        if np.isfinite(scaled):
            found[value.property].append(replace(value, value=scaled))
    return found


def _sheet_rows(
    candidate: Candidate, values: Sequence[Reported], grouped: Grouped, scatter: Scatter
) -> list[tuple[object, ...]]:
    return [
        (
            candidate.candidate_id,
            value.property,
            get_property(value.property).to_natural(scatter.stored(converted)),
            get_property(value.property).unit,
            value.as_written,
            str(value.bound),
            value.temperature_c,
            value.reference,
            value.source,
            value.method,
            verdict,
        )
        for value, converted, verdict in zip(values, grouped.converted, grouped.verdicts, strict=True)
    ]
