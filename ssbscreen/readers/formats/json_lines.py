"""Many structures in one file, a JSON object a line, plain or compressed."""

from __future__ import annotations

import gzip
from pathlib import Path

import orjson

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.reading import Limits, Reading
from ssbscreen.readers.structure_json import candidate_of
from ssbscreen.readers.structures import SOURCE_NAME, check_crystal, first_line, structure_of


class JsonLines:
    """Reads `.jsonl` and `.jsonl.gz`; each line has an `id`, and repeated ids are rejected."""

    endings = (".jsonl", ".jsonl.gz")
    beginnings = ()
    is_in_folders = True

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """One candidate per good line; see `reading.Reader`."""
        candidates: dict[str, Candidate] = {}
        rejected: list[Rejected] = []
        opener = gzip.open if path.name.lower().endswith(".gz") else open
        number = 0
        try:
            with opener(path, "rb") as stream:
                while line := stream.readline(reading.limits.n_bytes + 1):
                    number += 1
                    if not line.strip():
                        continue
                    label = f"{path.name}: line {number}"
                    try:
                        if len(line) > reading.limits.n_bytes:
                            raise InputError("the line is longer than a structure may be")
                        candidate = _line(line, reading.limits)
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


READER = JsonLines()


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
        candidate = candidate_of(record, source=SOURCE_NAME, provenance="structure file", is_known=False)
    else:
        crystal = Crystal.from_structure(structure_of(record))
        candidate = Candidate(candidate_id=str(name), crystal=crystal, source=SOURCE_NAME, provenance="structure file")
    assert candidate.crystal is not None
    check_crystal(candidate.crystal, limits)
    return candidate
