"""Candidates of the user, kept in one form under a name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer, Records
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.paths import cache_dir
from ssbscreen.query.store import write_atomic

ENDING = ".candidates.gz"


def imported_dir() -> Path:
    """Folder of candidates brought in by `ssbscreen data import`."""
    return cache_dir() / "imported"


def is_imported(name: str) -> bool:
    """Whether there are candidates under that name; a name with a path in it never is."""
    return Path(name).name == name and (imported_dir() / f"{name}{ENDING}").is_file()


def write_imported(name: str, candidates: Sequence[Candidate]) -> None:
    """Keep candidates under a name, in place of what was there."""
    content = gzip.compress("".join(json.dumps(_line(c)) + "\n" for c in candidates).encode(), mtime=0)
    write_atomic(imported_dir() / f"{name}{ENDING}", lambda p: p.write_bytes(content))


def read_imported(name: str) -> Records:
    """Candidates that were kept under a name."""
    with gzip.open(imported_dir() / f"{name}{ENDING}", "rt", encoding="utf-8") as lines:
        return Records(tuple(_candidate(json.loads(line)) for line in lines))


def _line(candidate: Candidate) -> dict[str, Any]:
    plain = {k: getattr(candidate, k) for k in ("candidate_id", "temperature_c", "source", "provenance", "label",
                                                "is_known", "family_hint", "space_group")}
    return plain | {
        "composition": None if candidate.composition is None else candidate.composition.get_el_amt_dict(),
        "crystal": None if candidate.crystal is None else candidate.crystal.to_record(),
        "polymer": None if candidate.polymer is None else asdict(candidate.polymer),
    }


def _candidate(line: dict[str, Any]) -> Candidate:
    composition, crystal, polymer = (line.pop(k) for k in ("composition", "crystal", "polymer"))
    return Candidate(
        composition=None if composition is None else Composition(composition),
        crystal=None if crystal is None else Crystal.from_record(crystal),
        polymer=None if polymer is None else Polymer(**polymer), **line,
    )
