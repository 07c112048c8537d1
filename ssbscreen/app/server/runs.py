"""Finished runs below a folder, found by name; nothing outside that folder is ever opened."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ssbscreen.app.server.papers import dois_in
from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.selection import Selections
from ssbscreen.app.server.table import RankingTable
from ssbscreen.core.errors import IntegrityError, SsbscreenError
from ssbscreen.query.finished_run import MARK, Mark, damage, read_mark, remedy
from ssbscreen.query.last_run import LATEST
from ssbscreen.query.score_terms_file import read_score_terms, read_screens
from ssbscreen.query.store import EVIDENCE, RANKING, RunFolder
from ssbscreen.ranking.criteria import Screen
from ssbscreen.ranking.score_terms import Reranked, ScoreTerms

LOOK_AGAIN = 2.0  # s after which the folder is looked at again
OPEN_RUNS = 3  # held in memory at once
_SMALL_TABLE = 20_000_000  # bytes of a table beside the ranking that is held in memory


@dataclass
class OpenRun:
    """A finished run with what was read of it.

    Attributes:
        name: of its folder.
        folder: the run.
        mark: what it says of itself; None for runs of versions before 0.2.
    """

    name: str
    folder: RunFolder
    mark: Mark | None
    _terms: dict[str, ScoreTerms] = field(default_factory=dict, repr=False)
    rerankings: OrderedDict[tuple[str, bytes], Reranked] = field(default_factory=OrderedDict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def table(self) -> RankingTable:
        """Its ranking, column by column."""
        return RankingTable(self.folder.path / RANKING)

    @cached_property
    def selections(self) -> Selections:
        """Answers to questions about it."""
        return Selections(self.table)

    @cached_property
    def config(self) -> dict[str, Any]:
        """Resolved configuration."""
        return self.folder.config()

    @cached_property
    def role(self) -> str:
        """Role that it was asked for; the first of its ranking where the configuration does not say."""
        asked = str((self.config.get("screen") or {}).get("role", ""))
        return asked if asked in self.table.roles else next(iter(self.table.roles))

    @cached_property
    def screens(self) -> dict[str, Screen]:
        """Screen of each role, resolved with the profile; of runs of older versions the own one alone."""
        kept = read_screens(self.folder.path)
        if not kept and self.config.get("screen"):
            try:
                own = Screen.model_validate(self.config["screen"])
            except ValueError:  # of an older version
                return {}
            return {own.role: own}
        return kept

    def terms(self, role: str) -> ScoreTerms:
        """What the scores of a role are made of.

        Raises:
            UsageError: the run does not keep it.
        """
        with self.lock:
            if role not in self._terms:
                self._terms[role] = read_score_terms(self.folder.path, role)
            return self._terms[role]

    def evidence(self, candidate_id: str) -> pd.DataFrame:
        """Values that sources give for one candidate."""
        return (
            _rows_of(self._evidence, candidate_id) if self._evidence is not None else self.folder.evidence(candidate_id)
        )

    @cached_property
    def papers(self) -> dict[str, tuple[str, ...]]:
        """Papers that reported values of each candidate come from, by DOI, sorted; none without such values."""
        path = self.folder.path / EVIDENCE
        if not path.is_file():
            return {}
        told = pd.read_parquet(path, columns=["candidate_id", "reference"]).dropna().astype(str).drop_duplicates()
        of_reference = {reference: dois_in(reference) for reference in told["reference"].unique()}
        found: dict[str, set[str]] = {}
        for candidate_id, reference in told.itertuples(index=False, name=None):
            found.setdefault(candidate_id, set()).update(of_reference[reference])
        return {candidate_id: tuple(sorted(dois)) for candidate_id, dois in found.items() if dois}

    @cached_property
    def dois(self) -> tuple[str, ...]:
        """Papers that reported values come from, sorted."""
        return tuple(sorted({doi for dois in self.papers.values() for doi in dois}))

    @cached_property
    def _evidence(self) -> pd.DataFrame | None:
        path = self.folder.path / EVIDENCE
        if not path.is_file() or path.stat().st_size > _SMALL_TABLE:
            return None
        return pd.read_parquet(path).set_index("candidate_id", drop=False).sort_index(kind="stable")


def _rows_of(table: pd.DataFrame, candidate_id: str) -> pd.DataFrame:
    return table.loc[[candidate_id]] if candidate_id in table.index else table.iloc[:0]


class Runs:
    """Finished runs below a folder, or the folder itself where it is one.

    Attributes:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self._open: OrderedDict[tuple[str, int], OpenRun] = OrderedDict()
        self._lock = threading.RLock()
        self._looked = -LOOK_AGAIN
        self._found: dict[str, Path] = {}

    def paths(self) -> dict[str, Path]:
        """Name -> folder of each finished run, the newest first."""
        with self._lock:
            if time.monotonic() - self._looked >= LOOK_AGAIN:
                self._found = self._look()
                self._looked = time.monotonic()
            return self._found

    def _look(self) -> dict[str, Path]:
        if _is_finished(self.root):
            return {self.root.name: self.root}
        try:
            there = [path for path in self.root.iterdir() if path.is_dir() and not path.is_symlink()]
        except OSError:
            return {}
        found = sorted((path for path in there if _is_finished(path)), key=_when, reverse=True)
        return {path.name: path for path in found}

    def open(self, name: str) -> OpenRun:
        """A run by name; `latest` is the newest.

        Raises:
            Problem: there is no finished run of that name, or its files are not those that were written.
        """
        paths = self.paths()
        if name == LATEST and paths and LATEST not in paths:
            name = next(iter(paths))
        if name not in paths:
            raise Problem(
                404,
                "unknown-run",
                f"No finished run '{name}'. Allowed: {', '.join(paths) or 'none yet'}. /api/v1/runs lists them.",
                given=name,
                allowed=", ".join(paths),
                remedy="take one of the list, or make one with `ssbscreen screen`",
            )
        path = paths[name]
        key = (name, _when(path))
        with self._lock:
            if key not in self._open:
                self._open[key] = _opened(name, path)
                for old in [k for k in self._open if k[0] == name and k != key]:
                    del self._open[old]
                while len(self._open) > OPEN_RUNS:
                    self._open.popitem(last=False)
            self._open.move_to_end(key)
            return self._open[key]


def _is_finished(path: Path) -> bool:
    return (path / RANKING).is_file()


def _when(path: Path) -> int:
    """When a run was finished, nanoseconds."""
    mark = path / MARK
    try:
        return (mark if mark.is_file() else path / RANKING).stat().st_mtime_ns
    except OSError:  # being replaced just now
        return 0


def _opened(name: str, path: Path) -> OpenRun:
    try:
        mark = read_mark(path)
        if mark is not None and (broken := damage(path, mark)):
            raise IntegrityError(f"{broken}. {remedy(path)}")
    except SsbscreenError as error:
        raise Problem(409, "damaged-run", str(error), given=name) from None
    return OpenRun(name, RunFolder(path), mark)
