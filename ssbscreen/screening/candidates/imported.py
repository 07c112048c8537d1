"""Candidates that `ssbscreen data import` keeps under a name, in one form, whatever file they came from."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records
from ssbscreen.files.candidate_json import from_plain, to_plain
from ssbscreen.files.user_state import candidates_dir
from ssbscreen.files.writing import write_bytes

IMPORTED_ENDING = ".candidates.gz"


def is_imported(name: str) -> bool:
    """Whether there are candidates under that name; a name with a path in it never is."""
    return Path(name).name == name and imported_file(name).is_file()


def write_imported(name: str, candidates: Sequence[Candidate]) -> None:
    """Keep candidates under a name, in place of what was there."""
    content = gzip.compress("".join(json.dumps(to_plain(c)) + "\n" for c in candidates).encode(), mtime=0)
    write_bytes(content, imported_file(name))


def read_imported(name: str) -> Records:
    """Candidates that were kept under a name."""
    with gzip.open(imported_file(name), "rt", encoding="utf-8") as lines:
        return Records(tuple(from_plain(json.loads(line)) for line in lines))


def imported_file(name: str) -> Path:
    """Where candidates are kept under a name."""
    return candidates_dir() / f"{name}{IMPORTED_ENDING}"
