"""Crystal structures out of files: CIF, POSCAR, extxyz, pymatgen JSON, and JSON lines of many structures."""

from __future__ import annotations

import gzip
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.structure_formats import Limits, check_crystal, first_line, read_crystals, structure_of
from ssbscreen.readers.structure_json import candidate_of

_log = logging.getLogger(__name__)
LINES = (".jsonl", ".jsonl.gz")


class StructureFiles:
    """The user's own structures; every bad file is set aside with its reason."""

    name = "structure_files"
    dataset = ""

    def read(self, path: Path, limits: Limits | None = None) -> Records:
        """Structures of a file or of a folder and all below it."""
        limits = limits or Limits()
        if path.is_dir():
            files = [p for p in sorted(path.rglob("*")) if p.is_file() and not _is_hidden(p.relative_to(path))]
            parts = [_read_one(p, p.relative_to(path).as_posix(), limits) for p in files]
        else:
            parts = [_read_one(path, path.name, limits)]
        return Records(tuple(c for p in parts for c in p.candidates), (), tuple(r for p in parts for r in p.rejected))


SOURCE = StructureFiles()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _read_one(path: Path, name: str, limits: Limits) -> Records:
    if path.name.lower().endswith(LINES):
        return read_lines(path, limits)
    try:
        with _time_limit(limits.seconds):
            crystals = read_crystals(path, limits)
    except InputError as error:
        return Records((), (), (Rejected(name, str(error)),))
    candidates: list[Candidate] = []
    rejected: list[Rejected] = []
    for index, item in enumerate(crystals):
        candidate_id = name if len(crystals) == 1 else f"{name}#{index}"
        if isinstance(item, str):
            rejected.append(Rejected(candidate_id, item))
        else:
            crystal, space_group, note = item
            candidates.append(
                Candidate(
                    candidate_id=candidate_id,
                    crystal=crystal,
                    source=SOURCE.name,
                    provenance="structure file" + note,
                    space_group=space_group,
                )
            )
    return Records(tuple(candidates), (), tuple(rejected))


def read_lines(path: Path, limits: Limits | None = None) -> Records:
    """Structures of a `.jsonl` or `.jsonl.gz`, one a line, each with its `id`; repeated ids are set aside."""
    limits = limits or Limits()
    candidates: dict[str, Candidate] = {}
    rejected: list[Rejected] = []
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    number = 0
    try:
        with opener(path, "rb") as stream:
            while line := stream.readline(limits.n_bytes + 1):
                number += 1
                if not line.strip():
                    continue
                label = f"{path.name}: line {number}"
                try:
                    if len(line) > limits.n_bytes:
                        raise InputError("the line is longer than a structure may be")
                    candidate = _line(line, limits)
                    if candidate.candidate_id in candidates:
                        raise InputError(f"the id '{candidate.candidate_id}' stands in an earlier line too")
                    candidates[candidate.candidate_id] = candidate
                except InputError as error:
                    rejected.append(Rejected(label, str(error)))
    except (OSError, EOFError) as error:
        rejected.append(Rejected(f"{path.name}: after line {number}", f"the file cannot be read on ({error})"))
    if not candidates and not rejected:
        rejected.append(Rejected(path.name, "the file is empty"))
    return Records(tuple(candidates.values()), (), tuple(rejected))


def _line(line: bytes, limits: Limits) -> Candidate:
    try:
        record = orjson.loads(line)
    except ValueError as error:
        raise InputError(f"no readable JSON ({first_line(error)})") from error
    if not isinstance(record, dict):
        raise InputError("the line is no JSON object")
    name = next((record[k] for k in ("id", "candidate_id", "material_id") if record.get(k)), None)
    if name is None:
        raise InputError("the line has no id; give the key id")
    if "species" in record:
        candidate = candidate_of(record, source=SOURCE.name, provenance="structure file", is_known=False)
    else:
        crystal = Crystal.from_structure(structure_of(record))
        candidate = Candidate(candidate_id=str(name), crystal=crystal, source=SOURCE.name, provenance="structure file")
    assert candidate.crystal is not None
    check_crystal(candidate.crystal, limits)
    return candidate


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Stop reading after some seconds, where the platform can interrupt (main thread, POSIX)."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise InputError(f"reading takes longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
