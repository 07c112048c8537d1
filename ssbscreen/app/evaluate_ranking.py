"""The standing check of a ranking: outcomes of cells, known weaknesses, and how much of the list stays.

Nothing that is checked here enters the ranking. Screens of well-known materials are made for it, with the settings of
the user but for what a check changes on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ssbscreen.app.earlier_models import Replaced
from ssbscreen.app.stability import own_rows, stability
from ssbscreen.core.errors import UsageError
from ssbscreen.core.outcome import Outcome, Weakness
from ssbscreen.files.writing import write_table
from ssbscreen.query.outcome_check import check_outcomes
from ssbscreen.query.store import RunFolder
from ssbscreen.query.weakness_check import WeaknessFound, check_weaknesses, table_of
from ssbscreen.ranking.criteria import load_screen
from ssbscreen.screening.screen import Progress, run_screen
from ssbscreen.screening.settings import Settings, load_settings
from ssbscreen.sources.outcomes import SOURCE

KNOWN = "literature"  # pool beside which the materials of the checks stand
REFINED = ("before refining", "after refining")
MOVED = 0.005  # of a score; what fills gaps comes from the pool, so that every score moves a little with any value
CATHODES = "cathode"  # screen of the well-known cathodes
_COLUMNS = ("candidate_id", "composition", "smiles", "salt_smiles", "molality")


@dataclass(frozen=True)
class StandingCheck:
    """Tables of the parts of the check, also written into the folder.

    Attributes:
        outcomes: one row a check and order: statistic, its central 90 %, and how often the score is better.
        weaknesses: one row a well-known material.
        stability: one row a change of the run.
        folder: where they stand.
    """

    outcomes: pd.DataFrame
    weaknesses: pd.DataFrame
    stability: pd.DataFrame
    folder: Path

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """File name -> table."""
        return {"outcomes.csv": self.outcomes, "weaknesses.csv": self.weaknesses, "stability.csv": self.stability}


@dataclass(frozen=True)
class RefinedCheck:
    """The check of one pool twice, without and with what `refine` calculated.

    Attributes:
        outcomes: as in `StandingCheck`, column `ranking` says which; `REFINED` in its order.
        weaknesses: the same.
        n_moved: rows of the role whose score moved by more than `MOVED`.
        largest_move: of a score.
        n_rows: of the role.
        folder: where the tables stand.
    """

    outcomes: pd.DataFrame
    weaknesses: pd.DataFrame
    n_moved: int
    largest_move: float
    n_rows: int
    folder: Path


def evaluate_refined(run: RunFolder, out: Path, progress: Progress) -> RefinedCheck:
    """Rank the pool of a refined run and the materials of the check without and with the calculated values.

    Both lists are made anew with all outcomes hidden from the row that they belong to, so that nothing but the
    calculations tells them apart.

    Args:
        run: that `refine` made.
        out: folder for the runs and the tables.
        progress: called with stage, done and total.

    Raises:
        UsageError: the run is not a refined one.
    """
    config = run.config()
    settings = load_settings(**config["settings"]).model_copy(update={"hide_outcomes": True})
    if settings.calculated is None:
        raise UsageError(f"'{run.path}' holds nothing calculated; give the run that `ssbscreen refine` made.")
    outcomes, weaknesses = SOURCE.load_outcomes(), _numbered(SOURCE.load_weaknesses())
    own = [w for w in weaknesses if w[1].role == load_screen(settings.screen).role]
    inputs = list(dict.fromkeys([*config["run"]["inputs"], KNOWN])) + _check_tables(outcomes, own, out)
    scores, known, rows = list[pd.DataFrame](), list[pd.DataFrame](), list[pd.Series]()
    for name, folder in zip(REFINED, (None, settings.calculated), strict=True):
        changed = settings.model_copy(update={"calculated": folder})
        place = out / f"run_{name.split()[0]}"
        ranking = own_rows(run_screen(changed, inputs, place, progress, is_forced=True).run)
        agreement = pd.DataFrame([asdict(score) for score in check_outcomes(ranking, outcomes, settings.seed)])
        scores.append(agreement.assign(ranking=name))
        known.append(table_of(_weaknesses(ranking, own, settings.screen)).assign(ranking=name))
        rows.append(ranking.set_index("candidate_id")["score"])
    before, after = rows[0].align(rows[1])
    moved = (after - before).abs().to_numpy()
    largest = float(np.nanmax(moved, initial=0.0))
    check = RefinedCheck(pd.concat(scores), pd.concat(known), int((moved > MOVED).sum()), largest, len(rows[0]), out)
    write_table(check.outcomes, out / "outcomes.csv")
    write_table(check.weaknesses, out / "weaknesses.csv")
    return check


def _check_tables(outcomes: Sequence[Outcome], own: Sequence[tuple[str, Weakness]], out: Path) -> list[str]:
    """Paths of the tables of what was tried in cells and of well-known materials."""
    known = (_row(key, weakness) for key, weakness in own)
    return [_written(_tried(outcomes), out / "tried.csv"), _written(known, out / "known.csv")]


def evaluate_ranking(
    settings: Settings, out: Path, progress: Progress, earlier: tuple[Replaced, ...] = ()
) -> StandingCheck:
    """Screen known electrolytes and every material of the checks, and compare.

    Outcomes of a material are hidden from its own row: every rule that learned from outcomes is fitted without it.

    Args:
        settings: of the screen; its role decides which rows are compared.
        out: folder for the runs and the tables.
        progress: called with stage, done and total.
        earlier: models of an earlier version, by which the list is made once more.
    """
    settings = settings.model_copy(update={"hide_outcomes": True})
    outcomes, weaknesses = SOURCE.load_outcomes(), _numbered(SOURCE.load_weaknesses())
    own = [w for w in weaknesses if w[1].role == load_screen(settings.screen).role]
    inputs = [KNOWN, *_check_tables(outcomes, own, out)]
    run = run_screen(settings, inputs, out / "run", progress, is_forced=True).run
    ranking = own_rows(run)
    found = [*_weaknesses(ranking, own, settings.screen), *_cathodes(settings, weaknesses, out, progress)]
    check = StandingCheck(
        pd.DataFrame([asdict(score) for score in check_outcomes(ranking, outcomes, settings.seed)]),
        table_of(found),
        stability(run, settings, inputs, out, progress, earlier),
        out,
    )
    for name, table in check.tables.items():
        write_table(table, out / name)
    return check


def _numbered(weaknesses: Sequence[Weakness]) -> list[tuple[str, Weakness]]:
    """Weaknesses with the id that their material has in a run."""
    return [(f"known/{i:02d} {weakness.material}", weakness) for i, weakness in enumerate(weaknesses)]


def _weaknesses(
    ranking: pd.DataFrame, weaknesses: Sequence[tuple[str, Weakness]], screen_name: str
) -> tuple[WeaknessFound, ...]:
    screen = load_screen(screen_name)
    counted = [c.name for c in screen.criteria if c.share > 0 and screen.groups[c.group] > 0]
    return check_weaknesses(ranking, weaknesses, counted)


def _cathodes(
    settings: Settings, weaknesses: Sequence[tuple[str, Weakness]], out: Path, progress: Progress
) -> tuple[WeaknessFound, ...]:
    """The same of the cathodes, in a screen of their own."""
    own = [(key, weakness) for key, weakness in weaknesses if weakness.role == load_screen(CATHODES).role]
    table = _written((_row(key, weakness) for key, weakness in own), out / "cathodes.csv")
    changed = settings.model_copy(update={"screen": CATHODES})
    run = run_screen(changed, [table], out / "run_cathodes", progress, is_forced=True).run
    return _weaknesses(own_rows(run), own, CATHODES)


def _written(rows: Iterable[dict[str, object]], path: Path) -> str:
    """Path of a table of candidates."""
    write_table(pd.DataFrame(list(rows), columns=list(_COLUMNS)), path)
    return str(path)


def _tried(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """Compositions that were tried; polymers are in the pool already, with their salts."""
    formulas = dict.fromkeys(outcome.formula for outcome in outcomes if "*" not in outcome.formula)
    return [{"candidate_id": f"tried/{formula}", "composition": formula} for formula in formulas]


def _row(key: str, weakness: Weakness) -> dict[str, object]:
    return {
        "candidate_id": key,
        "composition": weakness.formula,
        "smiles": weakness.smiles,
        "salt_smiles": weakness.salt_smiles,
        "molality": weakness.molality,
    }
