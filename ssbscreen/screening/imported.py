"""Candidates of the user, kept in one form under a name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records
from ssbscreen.files.paths import cache_dir
from ssbscreen.files.writing import write_bytes
from ssbscreen.readers.candidate_json import from_plain, to_plain

ENDING = ".candidates.gz"


def imported_dir() -> Path:
    """Folder of candidates brought in by `ssbscreen data import`."""
    return cache_dir() / "imported"


def is_imported(name: str) -> bool:
    """Whether there are candidates under that name; a name with a path in it never is."""
    return Path(name).name == name and (imported_dir() / f"{name}{ENDING}").is_file()


def write_imported(name: str, candidates: Sequence[Candidate]) -> None:
    """Keep candidates under a name, in place of what was there."""
    content = gzip.compress("".join(json.dumps(to_plain(c)) + "\n" for c in candidates).encode(), mtime=0)
    write_bytes(content, imported_dir() / f"{name}{ENDING}")


def read_imported(name: str) -> Records:
    """Candidates that were kept under a name."""
    with gzip.open(imported_dir() / f"{name}{ENDING}", "rt", encoding="utf-8") as lines:
        return Records(tuple(from_plain(json.loads(line)) for line in lines))
