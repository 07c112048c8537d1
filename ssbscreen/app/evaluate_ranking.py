"""The ranking held against outcomes measured in cells: screen what was tried, then see who was right."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from ssbscreen.core.outcome import Outcome
from ssbscreen.files.writing import write_table
from ssbscreen.query.outcome_check import check_outcomes
from ssbscreen.screening.screen import Progress, run_screen
from ssbscreen.screening.settings import Settings
from ssbscreen.sources.outcomes import SOURCE

TABLE = "outcomes.csv"
KNOWN = "literature"  # pool beside which the materials of the outcomes stand


def evaluate_ranking(settings: Settings, out: Path, progress: Progress) -> pd.DataFrame:
    """Screen known electrolytes and every material with an outcome, and compare.

    No outcome enters the ranking; the default screen asks for none.

    Args:
        settings: of the screen; its role decides which rows are compared.
        out: folder for the run and the table.
        progress: called with stage, done and total.

    Returns:
        One row a check and order: statistic, its central 90 %, and how often the score is better.
    """
    outcomes = SOURCE.load_outcomes()
    tried = out / "tried.csv"
    write_table(_candidates(outcomes), tried)
    finished = run_screen(settings, [KNOWN, str(tried)], out / "run", progress)
    ranking = finished.run.ranking()
    scores = check_outcomes(ranking[ranking["role"] == finished.run.role], outcomes, settings.seed)
    table = pd.DataFrame([asdict(score) for score in scores])
    write_table(table, out / TABLE)
    return table


def _candidates(outcomes: tuple[Outcome, ...]) -> pd.DataFrame:
    """Compositions that were tried; polymers are in the pool already, with their salts."""
    formulas = dict.fromkeys(outcome.formula for outcome in outcomes if "*" not in outcome.formula)
    return pd.DataFrame({"candidate_id": [f"tried/{f}" for f in formulas], "composition": list(formulas)})
