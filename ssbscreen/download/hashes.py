"""Hashes of fetched files: written down when fetched, compared when verified."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.core.errors import IntegrityError
from ssbscreen.download.transfer import sha256_of
from ssbscreen.files.paths import cache_dir
from ssbscreen.files.writing import write_text

SUMS = "SHA256SUMS"  # a mirror may keep the hashes of its files in this one, as the tool sha256sum writes it
_RECORD = "fetched.json"  # in the cache, one a data set


@dataclass(frozen=True)
class FetchRecord:
    """Hashes of the files of a data set when they were fetched.

    Attributes:
        folder: they were in; empty when nothing was written down.
        sha256: file name -> hash.
    """

    folder: str
    sha256: dict[str, str]


def write_record(name: str, folder: Path, paths: Iterable[Path], place: str) -> None:
    """Write down the hashes of the files of a data set and where they came from."""
    content = {"place": place, "folder": str(folder), "sha256": {p.name: sha256_of(p) for p in paths}}
    write_text(json.dumps(content, indent=1), cache_dir() / name / _RECORD)


def read_record(name: str) -> FetchRecord:
    """What was written down for a data set; empty when it was never fetched or the note is damaged."""
    try:
        content = json.loads((cache_dir() / name / _RECORD).read_text(encoding="utf-8"))
        return FetchRecord(str(content["folder"]), {str(k): str(v) for k, v in content["sha256"].items()})
    except (OSError, ValueError, KeyError, AttributeError):
        return FetchRecord("", {})


def read_sums(folder: Path) -> dict[str, str]:
    """File name -> hash out of a SHA256SUMS file; empty when the folder has none."""
    path = folder / SUMS
    if not path.is_file():
        return {}
    lines = [line.split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {parts[1].strip().lstrip("*"): parts[0].lower() for parts in lines if len(parts) == 2}


def check_sums(folder: Path, files: tuple[str, ...]) -> None:
    """Raises IntegrityError when a file does not have the hash that its SHA256SUMS names."""
    for file, expected in read_sums(folder).items():
        if file in files and (folder / file).is_file() and sha256_of(folder / file) != expected:
            raise IntegrityError(f"{folder / file} does not have the hash that {SUMS} beside it names; copy it again.")
