"""Run folders: what a screen leaves behind and how it is found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.files.writing import write_arrays
from ssbscreen.files.yaml import read_mapping
from ssbscreen.query.columns import first_of
from ssbscreen.query.finished_run import damage, is_half_published, read_mark, remedy
from ssbscreen.query.last_run import last_run
from ssbscreen.query.query import Query, answer
from ssbscreen.query.ranking_file import FoundRows, RankingFile

if TYPE_CHECKING:  # a table of a run is read without the physics behind its draws, its first rows without pandas
    import pandas as pd

    from ssbscreen.ranking.score_draws import ScoreDraws

RANKING, PREDICTIONS, ATTRITION = "ranking.parquet", "predictions.parquet", "attrition.csv"
REJECTED, CONFIG, REPORT, HULLS = "rejected.csv", "config.yaml", "report.html", "hulls.parquet"
REACTIONS, DRAWS, EVIDENCE = "reactions.parquet", "draws.npz", "evidence.parquet"
FIRST_PASS = "first_pass.parquet"  # every candidate that a first pass read, with its estimate
FUNNEL, ACCOUNT = "refinement_funnel.csv", "refinement.csv"
BY_WEIGHTS, BY_LIMITS, BY_PROFILES = (f"sensitivity_{of}.csv" for of in ("weights", "limits", "profiles"))
SENSITIVITY = {
    "Weights drawn at random around their values": BY_WEIGHTS,
    "Each hard limit left out": BY_LIMITS,
    "Rank in every profile": BY_PROFILES,
}

_FOUND_BY = (
    *("candidate_id", "formula", "label", "material", "role", "rank", "score", "is_made", "is_known", "variant_of"),
    *("made_source", "family_series"),
)
FORMER_KEYS = ("limit_factor", "n_draws", "temperature_c")  # of screens in runs of version 0.2, read by nothing
_RUNS_NAMED = 10  # finished runs that an error names


@dataclass(frozen=True)
class RunFolder:
    """A finished screen.

    Attributes:
        path: the folder.
    """

    path: Path

    def ranking(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """All rows, sorted by role, then rank; of these columns alone, all by default."""
        return _table(self.path, RANKING, columns=None if columns is None else list(columns))

    def answer(self, query: Query, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Rows that a query asks for, of these columns alone; of a large ranking only what is needed is read.

        Raises:
            UsageError: an unknown role, class or column, an unreadable expression, or `top` below 1.
        """
        return self.found(query, columns).frame()

    def found(self, query: Query, columns: Sequence[str] | None = None) -> FoundRows:
        """The same rows as they stand in the file."""
        return answer(self._ranking_file(), query, columns)

    def names(self) -> pd.DataFrame:
        """What a row is found by and ordered by, of all rows; the index is the number of the row in the file."""
        return self._ranking_file().read(_FOUND_BY)

    def rows(self, numbers: Sequence[int] | pd.Index) -> pd.DataFrame:
        """Whole rows by their numbers in the file, in the order given."""
        return self._ranking_file().found(np.asarray(numbers, dtype=int)).frame()

    def compared(self, names: Sequence[str]) -> pd.DataFrame:
        """Whole rows of the candidates of these names, a single one with the reference electrolytes after it.

        Raises:
            UsageError: a name is not in the ranking.
        """
        from ssbscreen.query.comparison import compared

        found = compared(self.names(), names)
        return self.rows(list(dict.fromkeys(found))).loc[found]

    def columns(self) -> tuple[str, ...]:
        """Names of the columns of the ranking."""
        return self._ranking_file().columns

    def _ranking_file(self) -> RankingFile:
        path = self.path / RANKING
        try:
            return RankingFile(path)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error

    def attrition(self) -> pd.DataFrame:
        """Candidates removed by each gate."""
        return _table(self.path, ATTRITION)

    def rejected(self) -> pd.DataFrame:
        """Inputs that were rejected, with reasons."""
        return _table(self.path, REJECTED)

    def config(self) -> dict[str, Any]:
        """Resolved configuration with seed, versions and fingerprints."""
        return read_mapping(self.path / CONFIG)

    @property
    def role(self) -> str:
        """Role that the run was asked for; the first one of its ranking where the configuration does not say."""
        roles = list(self._ranking_file().roles())
        asked = str((self.config().get("screen") or {}).get("role", ""))
        return asked if asked in roles or not roles else str(roles[0])

    def n_first(self, role: str) -> int:
        """Length of the leading list of a role in which the chance of a row to stand is printed."""
        return first_of(self._ranking_file().n_ranked(role))

    def sensitivity(self) -> dict[str, pd.DataFrame]:
        """Title and table of each sensitivity analysis that was written."""
        there = {title: name for title, name in SENSITIVITY.items() if (self.path / name).is_file()}
        return {title: _table(self.path, name) for title, name in there.items()}

    def predictions(self, key: str) -> pd.DataFrame:
        """Predictions of one property, one row a candidate."""
        return _table(self.path, PREDICTIONS, filters=[("property", "==", key)])

    def refinement(self) -> pd.DataFrame:
        """How many candidates entered and left each step of a refinement; empty where there was none."""
        return _table_or_none(self.path, FUNNEL)

    def hulls(self) -> pd.DataFrame:
        """Reactions with lithium and their reference, one row a candidate; empty where none were computed."""
        return _table_or_none(self.path, HULLS)

    def reactions(self, candidate_id: str) -> pd.DataFrame:
        """Reactions of one candidate in words; empty where none were written out."""
        return _table_or_none(self.path, REACTIONS, filters=[("candidate_id", "==", candidate_id)])

    def evidence(self, candidate_id: str) -> pd.DataFrame:
        """Values that sources give for one candidate, counted or not; empty for runs of older versions."""
        return _table_or_none(self.path, EVIDENCE, filters=[("candidate_id", "==", candidate_id)])

    def measured(self, key: str) -> set[str]:
        """Candidates with a study of a property that counted; none for runs of older versions."""
        table = _table_or_none(
            self.path, EVIDENCE, columns=["candidate_id", "verdict"], filters=[("property", "==", key)]
        )
        if table.empty:
            return set()
        return set(table.loc[table["verdict"].astype(str).str.startswith("study"), "candidate_id"].astype(str))

    def draws(self) -> ScoreDraws:
        """Draws behind the scores of the candidates that a test could lift.

        Raises:
            UsageError: the run has none, or others than its configuration says.
        """
        from ssbscreen.ranking.criteria import Screen
        from ssbscreen.ranking.score_draws import from_arrays

        path = self.path / DRAWS
        if not path.is_file():
            raise UsageError(
                f"'{self.path}' holds no {DRAWS}, as runs of older versions. Run `ssbscreen screen` again."
            )
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            kept = {key: value for key, value in self.config()["screen"].items() if key not in FORMER_KEYS}
            return from_arrays(arrays, Screen.model_validate(kept))
        except (ValueError, KeyError, OSError) as error:
            raise UsageError(f"'{path}' does not fit its run ({error}). Run `ssbscreen screen` again.") from None


def _table(run: Path, name: str, **options: Any) -> pd.DataFrame:
    """A table of a run.

    Raises:
        IntegrityError: it cannot be read.
    """
    import pandas as pd

    path = run / name
    try:
        return pd.read_parquet(path, **options) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:  # Arrow's own errors are of these kinds
        raise _unreadable(path, error) from error


def _table_or_none(run: Path, name: str, **options: Any) -> pd.DataFrame:
    """The same, without rows and columns where the run holds no such file.

    Raises:
        IntegrityError: it cannot be read.
    """
    import pandas as pd

    return _table(run, name, **options) if (run / name).exists() else pd.DataFrame()


def _unreadable(path: Path, error: Exception) -> IntegrityError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return IntegrityError(f"'{path}' cannot be read ({reason}). {remedy(path.parent)}")


def write_draws(draws: ScoreDraws, run: Path) -> None:
    """Keep the draws that suggestions need with a run."""
    from ssbscreen.ranking.score_draws import to_arrays

    write_arrays(to_arrays(draws), run / DRAWS, is_compressed=True)


def _no_run(given: Path | None, runs: Path) -> str:
    """What to say where there is no finished run, with those that lie beside it."""
    said = f"No finished run at '{given if given is not None else runs}'."
    folder = runs if given is None else given.parent
    there = [path.parent for path in sorted(folder.glob(f"*/{RANKING}")) if not path.parent.is_symlink()]
    if not there:
        return f"{said} Run `ssbscreen screen` first, or name a finished one."
    named = ", ".join(f"'{path}'" for path in there[-_RUNS_NAMED:])
    return f"{said} Finished there: {named}; name one of them."


def open_run(given: Path | None, runs: Path) -> RunFolder:
    """The run that was named, else the one that was screened last.

    Args:
        given: a run folder, or None for the last one.
        runs: folder of runs.

    Raises:
        UsageError: there is no finished run at that place.
        IntegrityError: its files are not those that were written.
    """
    path = given if given is not None else last_run(runs)
    if path is None or not (path / RANKING).is_file():
        raise UsageError(_no_run(given, runs))
    mark = read_mark(path)
    if mark is None and is_half_published(path):
        raise UsageError(f"'{path}' was stopped at its end; the same `ssbscreen screen` finishes it in a moment.")
    if mark is not None and (broken := damage(path, mark)):
        raise IntegrityError(f"{broken}. {remedy(path)}")
    return RunFolder(path)
