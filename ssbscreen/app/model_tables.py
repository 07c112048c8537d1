"""Cards of the active models, and their scores as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ssbscreen.calculation.potential_loading import weights_of
from ssbscreen.calculation.potentials import POTENTIALS, Potential, is_installed
from ssbscreen.core.errors import DataUnavailable, IntegrityError, ModelError, UsageError
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import PROPERTIES, get_property
from ssbscreen.screening.derived_columns import OF_PAIRS, served
from ssbscreen.training.card import ModelCard
from ssbscreen.training.registry import active_model, active_models


def potentials_table() -> pd.DataFrame:
    """Pretrained potentials: whether they can be used here, what taught them, and their measured errors."""
    return pd.DataFrame(
        {
            "potential": potential.name,
            "can be used": _state(potential),
            "errors measured": ", ".join(_error(key, value) for key, value in potential.noise.items()) or "none",
            "licence": potential.licence,
            "trained on": potential.trained_on,
            "rests on": potential.measured,
        }
        for potential in POTENTIALS.values()
    )


def _error(key: str, value: float) -> str:
    """An error of a potential with its unit: decades of what is stored as a logarithm, a share of the density."""
    one = get_property(key)
    if key == "density":
        return f"{key} {value:.2g} of it"
    return f"{key} {value:g} {'decades' if one.is_log else one.unit}"


def _state(potential: Potential) -> str:
    if not is_installed(potential):
        return f"no, {potential.distribution or potential.package} is not installed"
    if not potential.origin:
        return "yes"
    try:
        weights_of(potential)
    except (DataUnavailable, IntegrityError):
        return f"no, `data fetch {potential.name}`"
    return "yes"


def shipped_card(name: str) -> ModelCard:
    """Card of an active model.

    Raises:
        UsageError: there is no such model.
    """
    try:
        return active_model(name)[1]
    except ModelError as error:
        raise UsageError(str(error)) from error


def shipped_cards(names: Sequence[str] = ()) -> tuple[ModelCard, ...]:
    """Cards of active models, of all when no name is given.

    Raises:
        UsageError: there is no such model.
    """
    return tuple(shipped_card(name) for name in names) if names else tuple(card for _, card in active_models())


def score_table(card: ModelCard) -> pd.DataFrame:
    """Scores of one model on its held-out groups, beside median, plain baseline and random split."""
    return pd.DataFrame(
        [
            {
                "property": key,
                "unit": get_property(key).stored_unit,
                "n": score.n,
                "MAE": number(score.mae),
                "plain baseline": number(score.mae_baseline),
                "median": number(score.mae_median),
                "random split": number(score.mae_random_split),
                "Spearman": number(score.spearman),
                "90 % interval covers": number(score.interval_coverage),
            }
            for key, score in card.scores.items()
        ]
    )


def properties_table() -> pd.DataFrame:
    """One row a property: its key, unit, what it is, and what gives it."""
    given = served()
    return pd.DataFrame(
        {
            "property": key,
            "unit": row.stored_unit,
            "what": row.title,
            "given by": "predict" if key in given else "pair, screen" if key in OF_PAIRS else "measurements",
        }
        for key, row in PROPERTIES.items()
    )


def models_table() -> pd.DataFrame:
    """One row a shipped model and property."""
    return pd.DataFrame(
        [
            {
                "model": card.title,
                "property": key,
                "takes": card.kind,
                "MAE on held-out groups": number(score.mae),
                "unit": get_property(key).stored_unit,
                "plain baseline": number(score.mae_baseline),
                "median": number(score.mae_median),
                "90 % interval covers": number(score.interval_coverage),
                "members": card.n_members,
            }
            for card in shipped_cards()
            for key, score in card.scores.items()
        ]
    )
