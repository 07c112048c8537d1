"""Many structures in one file, a JSON object a line, plain or compressed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.errors import InputError
from ssbscreen.readers.formats.pymatgen_json import frame_of_json
from ssbscreen.readers.reading import Limits, Reading
from ssbscreen.readers.reasons import Reasons
from ssbscreen.readers.structure_json import candidate_of
from ssbscreen.readers.structures import SOURCE_NAME, Frame, checked, first_line
from ssbscreen.readers.text import count_lines, read_lines


class JsonLines:
    """Reads `.jsonl` and `.jsonl.gz`; each line has an `id`, and repeated ids are rejected."""

    endings = (".jsonl", ".jsonl.gz")
    beginnings = ()
    is_in_folders = True

    def recognises(self, text: str) -> bool:
        """Lines have no sign of their own; a single object may span many."""
        return False

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """One candidate per good line; see `reading.Reader`."""
        return self._records(read_lines(path, reading.limits.n_bytes), path, name, reading.limits)

    def cut(self, path: Path, size: int, limits: Limits) -> Iterator[bytes]:
        """Parts of a file of `size` lines each; see `pieces.Divisible`."""
        part: list[tuple[int, bytes | None]] = []
        number = 0
        try:
            for number, line in read_lines(path, limits.n_bytes):
                part.append((number, line))
                if len(part) == size:
                    yield _packed(part)
                    part = []
        except InputError as error:
            if part:
                yield _packed(part)
            raise InputError(
                f"the file cannot be read on after line {number} ({error})" if number else str(error)
            ) from error
        if part:
            yield _packed(part)
        if not number:
            raise InputError("the file is empty")

    def read_part(self, content: bytes, path: Path, name: str, reading: Reading) -> Records:
        """Candidates of a part of a file."""
        first, *lines = content.split(b"\n")
        numbered = ((abs(n), line if n > 0 else None) for n, line in zip(orjson.loads(first), lines, strict=True))
        return self._records(numbered, path, name, reading.limits, is_part=True)

    def _records(
        self, lines: Iterable[tuple[int, bytes | None]], path: Path, name: str, limits: Limits, *, is_part: bool = False
    ) -> Records:
        candidates: dict[str, Candidate] = {}
        reasons = Reasons(path.name)
        number = 0
        try:
            for number, line in lines:
                try:
                    if line is None:
                        raise InputError("the line is longer than a structure may be")
                    candidate = _line(line, f"{name}#{number - 1}", limits)
                    if candidate.candidate_id in candidates:
                        raise InputError(f"the id '{candidate.candidate_id}' stands in an earlier line too")
                    candidates[candidate.candidate_id] = candidate
                except InputError as error:
                    reasons.add(f"{path.name}: line {number}", str(error))
                if not is_part and not candidates and reasons.is_hopeless:
                    reasons.add_untried(count_lines(path) - number)
                    break
        except InputError as error:
            if number:
                reasons.add(f"{path.name}: after line {number}", f"the file cannot be read on ({error})")
            else:
                reasons.add(path.name, str(error))
        rejected = reasons.all()
        if not candidates and not rejected:
            rejected = (Rejected(path.name, "the file is empty"),)
        return Records(tuple(candidates.values()), (), rejected)


READER = JsonLines()


def _packed(part: list[tuple[int, bytes | None]]) -> bytes:
    """Numbers of some lines, below zero where a line is too long, then the lines."""
    numbers = [number if line is not None else -number for number, line in part]
    return b"\n".join((orjson.dumps(numbers), *(line or b"" for _, line in part)))


def _line(line: bytes, name: str, limits: Limits) -> Candidate:
    """Candidate of one line, known by its id, else by its place in the file."""
    try:
        record = orjson.loads(line)
    except ValueError:
        try:
            record = json.loads(line)  # slower, and reads NaN as Python writes it
        except (ValueError, RecursionError) as error:
            raise InputError(f"no readable JSON ({first_line(error)})") from error
    if not isinstance(record, dict):
        raise InputError("the line is no JSON object")
    if "species" in record and "frac" in record:
        listed = candidate_of({"id": name, **record}, source=SOURCE_NAME, provenance="structure file", is_known=False)
        assert listed.crystal is not None
        frame = checked(Frame(listed.crystal, name=listed.candidate_id), limits)
    else:
        frame = checked(frame_of_json(record, name, limits), limits)
    return Candidate(
        frame.name,
        crystal=frame.crystal,
        source=SOURCE_NAME,
        provenance="structure file" + frame.note,
        space_group=frame.space_group,
        doubt=frame.doubt,
    )
