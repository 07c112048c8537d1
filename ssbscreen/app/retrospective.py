"""Looking back: with measurements up to a year, where do the good conductors that were published later stand?

The conductivity model is trained on the papers of that time alone; the others never saw a conductivity. Ranks are
those of a screen by models alone, so that no later measurement of a material speaks for it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.app.earlier_models import models_in
from ssbscreen.core.dataset import EXACT, Dataset
from ssbscreen.core.identity import composition_groups
from ssbscreen.curation.publication_year import publication_year
from ssbscreen.files.paths import models_dir
from ssbscreen.files.writing import write_table
from ssbscreen.screening.screen import Progress, run_screen
from ssbscreen.screening.settings import Settings

MODEL = "conductivity"
KEY = "ionic_conductivity"
GOOD = -3.0  # log10(S/cm): 1 mS/cm at room temperature
SHARES = (0.01, 0.05, 0.10)
POOL = ("literature", "prototypes", "generated")


@dataclass(frozen=True)
class PastRanking:
    """Where the good conductors of later papers stand in an order that was made without them.

    Attributes:
        year: last year of the papers that were learned from.
        order: the score, or the predicted conductivity alone.
        n_learned: values that were learned from.
        n_later: good conductors published later, with a rank.
        n_ranked: candidates in the order.
        first_1, first_5, first_10: share of them in the first 1, 5 and 10 percent.
        median_place: of them, share of the list above it.
    """

    year: int
    order: str
    n_learned: int
    n_later: int
    n_ranked: int
    first_1: float
    first_5: float
    first_10: float
    median_place: float


def rank_in_past(settings: Settings, years: Sequence[int], out: Path, progress: Progress) -> pd.DataFrame:
    """One row a year and order.

    Args:
        settings: of the screens.
        years: in any order.
        out: folder for models, runs and the table.
        progress: called with stage, done and total.

    Raises:
        DataUnavailable: no data set of conductivities can be reached.
    """
    from ssbscreen.app.train import load_training_data
    from ssbscreen.training.config import load_model_config

    config = load_model_config(MODEL)
    data = load_training_data(config)
    published = np.array(
        [np.nan if (y := publication_year(str(doi))) is None else y for doi in data.dataset.groups["doi"]]
    )
    settings = settings.model_copy(update={"evidence": "predicted"})
    found = []
    for year in years:
        folder = out / f"{year}"
        learned = np.flatnonzero(published <= year)
        _train(data.dataset.take(learned), folder / "models")
        later = later_conductors(data.dataset, published, year)
        table = folder / "later.csv"
        write_table(later, table)
        with models_in(folder / "models"):
            finished = run_screen(settings, [*POOL, str(table)], folder / "run", progress, is_forced=True)
        ranking = finished.run.ranking()
        ranking = ranking[(ranking["role"] == finished.run.role) & ranking["score"].notna()]
        for order, column in (("score", "score"), ("conductivity alone", f"{KEY}_value")):
            place = ranking[column].rank(ascending=False).to_numpy() / len(ranking)
            own = place[ranking["candidate_id"].isin(set(later["candidate_id"])).to_numpy()]
            found.append(asdict(_placed(year, order, len(learned), own, len(ranking))))
    result = pd.DataFrame(found)
    write_table(result, out / "retrospective.csv")
    return result


def _placed(year: int, order: str, n_learned: int, place: np.ndarray, n_ranked: int) -> PastRanking:
    """Shares of the later conductors near the top, from their places as shares of the list.  # (n_later,)"""
    first_1, first_5, first_10 = (float((place <= share).mean()) if len(place) else float("nan") for share in SHARES)
    middle = float(np.median(place)) if len(place) else float("nan")
    return PastRanking(year, order, n_learned, len(place), n_ranked, first_1, first_5, first_10, middle)


def later_conductors(dataset: Dataset, published: np.ndarray, year: int) -> pd.DataFrame:
    """Table of candidates: good conductors whose composition no paper of the time measured.

    A composition counts with the median of its values; one of unknown year may have been known, so it is left out.

    Args:
        dataset: of conductivities.
        published: year of each row, NaN where unknown.  # (n,)
        year: the last one that was known.
    """
    column = dataset.properties.index(KEY)
    values, exact = dataset.values[:, column], dataset.bound[:, column] == EXACT
    group = composition_groups([c.composition for c in dataset.candidates])
    rows = []
    for number in np.unique(group):
        own = (group == number) & np.isfinite(values)
        if not own.any() or not (published[own] > year).all() or not (own & exact).any():
            continue
        if np.median(values[own & exact]) < GOOD:
            continue
        candidate = dataset.candidates[int(np.flatnonzero(own)[0])]
        if candidate.composition is not None:
            rows.append({"candidate_id": f"later/{candidate.formula}", "composition": candidate.formula})
    return pd.DataFrame(rows, columns=["candidate_id", "composition"]).drop_duplicates("candidate_id")


def _train(dataset: Dataset, folder: Path) -> None:
    """All shipped models, the conductivity trained on these rows alone."""
    from ssbscreen.training.config import load_model_config
    from ssbscreen.training.run import train_model

    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(models_dir(), folder, ignore=shutil.ignore_patterns(MODEL))
    train_model(load_model_config(MODEL), dataset, folder / MODEL)
