"""Run folders: what a screen leaves behind and how it is found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ssbscreen.core.errors import UsageError
from ssbscreen.files.writing import point_to, write_arrays
from ssbscreen.files.yaml import read_mapping

if TYPE_CHECKING:  # a table of a run is read without the physics behind its draws
    from ssbscreen.ranking.score_draws import ScoreDraws

RANKING, PREDICTIONS, ATTRITION = "ranking.parquet", "predictions.parquet", "attrition.csv"
REJECTED, CONFIG, REPORT, HULLS = "rejected.csv", "config.yaml", "report.html", "hulls.parquet"
REACTIONS, DRAWS, EVIDENCE = "reactions.parquet", "draws.npz", "evidence.parquet"
BY_WEIGHTS, BY_LIMITS, BY_PROFILES = (f"sensitivity_{of}.csv" for of in ("weights", "limits", "profiles"))
SENSITIVITY = {
    "Weights drawn at random around their values": BY_WEIGHTS,
    "Each hard limit left out": BY_LIMITS,
    "Rank in every profile": BY_PROFILES,
}
LATEST = "latest"

_FORMER_KEYS = ("limit_factor", "n_draws", "temperature_c")  # of screens in runs of version 0.2, read by nothing


@dataclass(frozen=True)
class RunFolder:
    """A finished screen.

    Attributes:
        path: the folder.
    """

    path: Path

    def ranking(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """All rows, sorted by role, then rank; of these columns alone, all by default."""
        return pd.read_parquet(self.path / RANKING, columns=None if columns is None else list(columns))

    def attrition(self) -> pd.DataFrame:
        """Candidates removed by each gate."""
        return pd.read_csv(self.path / ATTRITION)

    def rejected(self) -> pd.DataFrame:
        """Inputs that were rejected, with reasons."""
        return pd.read_csv(self.path / REJECTED)

    def config(self) -> dict[str, Any]:
        """Resolved configuration with seed, versions and fingerprints."""
        return read_mapping(self.path / CONFIG)

    @property
    def role(self) -> str:
        """Role that the run was asked for; the first one of its ranking where the configuration does not say."""
        roles = list(self.ranking(["role"])["role"].unique())
        asked = str((self.config().get("screen") or {}).get("role", ""))
        return asked if asked in roles or not roles else str(roles[0])

    def sensitivity(self) -> dict[str, pd.DataFrame]:
        """Title and table of each sensitivity analysis that was written."""
        found = {title: self.path / name for title, name in SENSITIVITY.items()}
        return {title: pd.read_csv(path) for title, path in found.items() if path.is_file()}

    def hulls(self) -> pd.DataFrame:
        """Reactions with lithium and their reference, one row a candidate; empty where none were computed."""
        path = self.path / HULLS
        return pd.read_parquet(path) if path.exists() else pd.DataFrame()

    def reactions(self, candidate_id: str) -> pd.DataFrame:
        """Reactions of one candidate in words; empty where none were written out."""
        path = self.path / REACTIONS
        if not path.exists():
            return pd.DataFrame()
        return pd.read_parquet(path, filters=[("candidate_id", "==", candidate_id)])

    def evidence(self, candidate_id: str) -> pd.DataFrame:
        """Values that sources give for one candidate, counted or not; empty for runs of older versions."""
        path = self.path / EVIDENCE
        if not path.exists():
            return pd.DataFrame()
        return pd.read_parquet(path, filters=[("candidate_id", "==", candidate_id)])

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
            kept = {key: value for key, value in self.config()["screen"].items() if key not in _FORMER_KEYS}
            return from_arrays(arrays, Screen.model_validate(kept))
        except (ValueError, KeyError, OSError) as error:
            raise UsageError(f"'{path}' does not fit its run ({error}). Run `ssbscreen screen` again.") from None


def write_draws(draws: ScoreDraws, run: Path) -> None:
    """Keep the draws that suggestions need with a run."""
    from ssbscreen.ranking.score_draws import to_arrays

    write_arrays(to_arrays(draws), run / DRAWS, is_compressed=True)


def open_run(given: Path | None, runs: Path) -> RunFolder:
    """The run that was named, else the newest finished one.

    Args:
        given: a run folder, or None for `runs/latest`.
        runs: folder of runs.

    Raises:
        UsageError: there is no finished run at that place.
    """
    path = given if given is not None else latest_run(runs)
    if path is None or not (path / RANKING).is_file():
        where = given if given is not None else runs
        raise UsageError(f"No finished run at '{where}'. Run `ssbscreen screen` first, or name one with --run.")
    return RunFolder(path)


def latest_run(runs: Path) -> Path | None:
    """Target of `runs/latest`: a link, or a text file with the folder's name where links are not allowed."""
    pointer = runs / LATEST
    if pointer.is_dir():
        return pointer.resolve()
    if pointer.is_file():
        return runs / pointer.read_text(encoding="utf-8").strip()
    return None


def point_latest(run: Path) -> None:
    """Make `latest` beside a run folder point to it, in one step."""
    point_to(run.parent / LATEST, run.name)
