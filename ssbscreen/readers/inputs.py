"""Whatever the user gives as candidates: files, folders, tables, JSON lines."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.readers import structure_files, table
from ssbscreen.readers.structure_formats import Limits

_log = logging.getLogger(__name__)


def load_inputs(paths: Sequence[Path], limits: Limits | None = None, structures: Path | None = None) -> Records:
    """Candidates of all inputs in order; what cannot be read and repeated ids are set aside with the reason.

    A path is a folder of structure files, a structure file, a `.jsonl` or `.jsonl.gz` of structures, or a
    CSV table (see `table`).

    Args:
        paths: inputs.
        limits: of what is read.
        structures: `.jsonl` or `.jsonl.gz` with the ends of the electrode pairs that a table names.
    """
    candidates: dict[str, Candidate] = {}
    rejected: list[Rejected] = []
    ends: dict[str, Crystal] | None = None
    if structures is not None:
        found = structure_files.SOURCE.read(structures, limits)
        ends = {c.candidate_id: c.crystal for c in found.candidates if c.crystal is not None}
        rejected += found.rejected
    for path in paths:
        path = Path(path)
        if not path.exists():
            rejected.append(Rejected(str(path), "there is no such file or folder; check the path"))
            continue
        if path.is_file() and path.suffix.lower() == ".csv":
            part = table.SOURCE.read(path, limits, ends)
        else:
            part = structure_files.SOURCE.read(path, limits)
        if path.is_dir() and not part.candidates and not part.rejected:
            rejected.append(Rejected(str(path), "the folder holds no files; give structure files"))
        rejected += part.rejected
        for candidate in part.candidates:
            if candidate.candidate_id in candidates:
                rejected.append(Rejected(f"{path}: {candidate.candidate_id}", "an earlier input has the same id"))
            else:
                candidates[candidate.candidate_id] = candidate
    _log.info("inputs: %d paths, %d candidates, %d set aside", len(paths), len(candidates), len(rejected))
    return Records(tuple(candidates.values()), (), tuple(rejected))
