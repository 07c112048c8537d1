"""Hashes of fetched files: written down when fetched, compared when verified."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.core.errors import IntegrityError
from ssbscreen.download.places import status
from ssbscreen.download.transfer import sha256_of
from ssbscreen.files.data_card import card_of
from ssbscreen.files.paths import cache_dir
from ssbscreen.files.writing import write_text

SUMS = "SHA256SUMS"  # a mirror may keep the hashes of its files in this one, as the tool sha256sum writes it
_RECORD = "fetched.json"  # in the cache, one a data set


@dataclass(frozen=True)
class FileCheck:
    """Result of recomputing the hash of one file.

    Attributes:
        file: name.
        state: "ok", "changed", "missing", or "unrecorded" where no hash is known to compare with.
        found: SHA-256 of the file now, empty when missing.
        expected: hash it should have, empty when not known.
        basis: where the expected hash stands: "card", "mirror" or "fetched".
    """

    file: str
    state: str
    found: str
    expected: str
    basis: str


@dataclass(frozen=True)
class VerifyReport:
    """Checks of all files of a data set; empty when it is not here."""

    name: str
    folder: Path | None
    checks: tuple[FileCheck, ...]

    @property
    def is_ok(self) -> bool:
        """Whether the data set is here and no file changed or is missing."""
        return self.folder is not None and all(c.state in ("ok", "unrecorded") for c in self.checks)


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


def verify(name: str) -> VerifyReport:
    """Recompute the hashes of the files in use and compare them with the card, the mirror or the record."""
    card = card_of(name)
    now = status(name)
    if now.folder is None:
        return VerifyReport(name, None, ())
    recorded = read_record(card.name)
    sums = read_sums(now.folder)
    checks: list[FileCheck] = []
    for file, entry in card.files.items():
        path = now.folder / file
        if not path.is_file():
            if not entry.optional:
                checks.append(FileCheck(file, "missing", "", entry.sha256, "card" if entry.sha256 else ""))
            continue
        if now.place == "repository" and entry.sha256:
            expected, basis = entry.sha256, "card"
        elif file in sums:
            expected, basis = sums[file], "mirror"
        elif recorded.folder == str(now.folder) and file in recorded.sha256:
            expected, basis = recorded.sha256[file], "fetched"
        else:
            expected, basis = "", ""
        found = sha256_of(path)
        state = "unrecorded" if not expected else ("ok" if found == expected else "changed")
        checks.append(FileCheck(file, state, found, expected, basis))
    return VerifyReport(name, now.folder, tuple(checks))
