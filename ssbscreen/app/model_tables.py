"""Cards of the active models, and their scores as tables."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property
from ssbscreen.training.card import ModelCard
from ssbscreen.training.registry import active_model, active_models


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


def models_table() -> pd.DataFrame:
    """One row a shipped model and property."""
    return pd.DataFrame(
        [
            {
                "model": card.title,
                "property": key,
                "takes": card.kind,
                "MAE on held-out groups": number(score.mae),
                "plain baseline": number(score.mae_baseline),
                "median": number(score.mae_median),
                "90 % interval covers": number(score.interval_coverage),
                "members": card.n_members,
            }
            for card in shipped_cards()
            for key, score in card.scores.items()
        ]
    )
