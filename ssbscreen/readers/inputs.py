"""Whatever the user gives as candidates: files, folders, tables, JSON lines."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Records, Rejected, n_inputs
from ssbscreen.core.errors import InputError
from ssbscreen.core.oxidation import charge_remark
from ssbscreen.core.printable import printable, reason
from ssbscreen.readers.reading import Limits, Reading, reader_of

_log = logging.getLogger(__name__)


def load_inputs(paths: Sequence[Path], limits: Limits | None = None, structures: Path | None = None) -> Records:
    """Candidates of all inputs in order; what cannot be read and repeated ids are rejected with the reason.

    A path is a file that one of the readers of `formats` takes, or a folder of such files without tables.

    Args:
        paths: inputs.
        limits: of what is read.
        structures: `.jsonl` or `.jsonl.gz` with the ends of the electrode pairs that a table names.
    """
    candidates: dict[str, Candidate] = {}
    rejected: list[Rejected] = []
    reading = Reading(limits or Limits())
    if structures is not None:
        found = _read(structures, reading)
        ends = {c.candidate_id: c.crystal for c in found.candidates if c.crystal is not None}
        rejected += found.rejected
        reading = Reading(reading.limits, ends)
    for path in map(Path, paths):
        part = _read(path, reading)
        rejected += part.rejected
        for candidate in part.candidates:
            if candidate.candidate_id in candidates:
                rejected.append(
                    Rejected(printable(f"{path}: {candidate.candidate_id}"), "an earlier input has the same id")
                )
            else:
                candidates[candidate.candidate_id] = remarked(candidate)
    _log.info("inputs: %d paths, %d candidates, %d rejected", len(paths), len(candidates), n_inputs(rejected))
    return Records(tuple(candidates.values()), (), tuple(rejected))


def remarked(candidate: Candidate) -> Candidate:
    """The candidate, its provenance saying where its formula is odd."""
    composition = candidate.composition
    remark = "" if composition is None else charge_remark(composition.get_el_amt_dict())
    return replace(candidate, provenance=f"{candidate.provenance}; {remark}") if remark else candidate


def _read(path: Path, reading: Reading) -> Records:
    return printed(_records(path, reading))


def printed(found: Records) -> Records:
    """Records with names and reasons as they can be shown; see `core/printable.py`."""
    candidates = tuple(
        c if c.candidate_id.isprintable() else replace(c, candidate_id=printable(c.candidate_id))
        for c in found.candidates
    )
    rejected = tuple(Rejected(printable(r.input, 300), reason(r.reason), r.count) for r in found.rejected)
    return Records(candidates, (), rejected)


def files_of(path: Path) -> list[tuple[Path, str]]:
    """A file, or the files of a folder, each with the name by which its candidates are known."""
    if not path.is_dir():
        return [(path, path.name)]
    names = [p.relative_to(path) for p in sorted(path.rglob("*")) if not p.is_dir()]
    return [(path / n, n.as_posix()) for n in names if not any(part.startswith(".") for part in n.parts)]


def _records(path: Path, reading: Reading) -> Records:
    if not path.exists():
        return refused(str(path), "there is no such file or folder; check the path")
    if not path.is_dir():
        return _read_file(path, path.name, reading)
    parts = [_read_file(file, name, reading, is_in_folder=True) for file, name in files_of(path)]
    if not parts:
        return refused(str(path), "the folder holds no files; give structure files")
    return Records(tuple(c for p in parts for c in p.candidates), (), tuple(r for p in parts for r in p.rejected))


def _read_file(path: Path, name: str, reading: Reading, *, is_in_folder: bool = False) -> Records:
    try:
        reader = reader_of(path)
    except InputError as error:
        return refused(name, str(error))
    if is_in_folder and not reader.is_in_folders:
        return refused(name, "a table inside a folder is not read; give it as an input of its own")
    return reader.read(path, name, reading)


def refused(name: str, reason: str) -> Records:
    """Nothing but a reason why."""
    return Records((), (), (Rejected(name, reason),))
