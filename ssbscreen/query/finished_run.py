"""The mark of a finished run: written last, so that a folder with it holds one run, whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ssbscreen.core.errors import IntegrityError
from ssbscreen.files.writing import write_text

MARK = "finished.json"
UNFINISHED = "unfinished"  # folder inside a run folder: shards and tables of the run that is being made
STAGED = Path(UNFINISHED) / "tables"
_MAY_CHANGE = ("report.html", "report.md", "report.csv", "report.json")  # `ssbscreen report` makes them again


@dataclass(frozen=True)
class Mark:
    """What a finished run says of itself.

    Attributes:
        identity: what it depended on.
        files: name -> bytes of the tables.
        counts: candidates left after every stage.
        finished: UTC, ISO 8601.
    """

    identity: Mapping[str, str]
    files: Mapping[str, int]
    counts: Mapping[str, int]
    finished: str


def write_mark(folder: Path, identity: Mapping[str, str], counts: Mapping[str, int], finished: str) -> None:
    """Mark a folder as holding everything that it should; the last file that is written there."""
    files = {p.name: p.stat().st_size for p in sorted(folder.iterdir()) if p.name not in (MARK, *_MAY_CHANGE)}
    write_text(json.dumps(asdict(Mark(identity, files, counts, finished)), indent=1), folder / MARK)


def read_mark(folder: Path) -> Mark | None:
    """The mark of a folder; None where there is none, as in runs of versions before 0.2.

    Raises:
        IntegrityError: it cannot be read.
    """
    path = folder / MARK
    if not path.is_file():
        return None
    try:
        return Mark(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise IntegrityError(f"'{path}' cannot be read ({error}). {remedy(folder)}") from error


def damage(folder: Path, mark: Mark) -> str:
    """What is not as it was written, empty where all is."""
    for name, size in mark.files.items():
        path = folder / name
        if not path.is_file():
            return f"'{path}' is missing"
        if path.stat().st_size != size:
            return f"'{path}' has {path.stat().st_size} bytes, and had {size} when it was written"
    return ""


def remedy(folder: Path) -> str:
    """What to do about a damaged run."""
    return f"Make the run again: the same `ssbscreen screen` with --out {folder} --force."


def is_half_published(run: Path) -> bool:
    """Whether a whole run waits to be moved to its place."""
    return (run / STAGED / MARK).is_file()


def publish(run: Path) -> None:
    """Move the tables of a staged run to their place, the mark last; stopped anywhere, it can be called again.

    Between the old mark going and the new one coming, readers find no run.
    """
    staged, before = run / STAGED, _former_files(run)
    (run / MARK).unlink(missing_ok=True)
    for name in before - {path.name for path in staged.iterdir()}:
        (run / name).unlink(missing_ok=True)
    for path in sorted(staged.iterdir()):
        if path.name != MARK:
            os.replace(path, run / path.name)
    os.replace(staged / MARK, run / MARK)


def _former_files(run: Path) -> set[str]:
    """Tables of the run that was here before; none where a publishing was stopped, whose files are of both."""
    try:
        mark = read_mark(run)
    except IntegrityError:
        return set()
    return set() if mark is None else {name for name in mark.files if Path(name).name == name}
