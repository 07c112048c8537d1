"""Work that is asked for in a folder: which stage, and the units that it is cut into."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssbscreen.core.errors import IntegrityError
from ssbscreen.engine.results import digest, read_result, write_result
from ssbscreen.files.writing import write_text

JOB = "job.json"
SHARDS = "shards"


@dataclass(frozen=True)
class Job:
    """One stage of a run, cut into units that depend on nothing but their input files.

    Attributes:
        folder: of unfinished work.
        stage: name, by which a worker knows what to do.
        about: what all units depend on beside their input, plain values; a worker that would use other models or
            other code refuses.
        inputs: stage -> fingerprint of the input of each unit; a stage reads what stages before it were given.
    """

    folder: Path
    stage: str
    about: Mapping[str, Any]
    inputs: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.inputs[self.stage])

    def fingerprint(self, number: int) -> str:
        """Of all that the result of a unit depends on."""
        own = [f"{name} {prints[number]}" for name, prints in sorted(self.inputs.items())]
        return digest(self.stage, json.dumps(self.about, sort_keys=True), *own)

    def place(self, number: int, ending: str = "done") -> Path:
        """File of a unit."""
        return place_of(self.folder, self.stage, number, ending)

    def result(self, number: int) -> bytes | None:
        """What a unit gave; None where it is still to be done."""
        return read_result(self.place(number), self.fingerprint(number))

    def keep(self, number: int, content: bytes) -> None:
        """Write what a unit gave."""
        write_result(self.place(number), self.fingerprint(number), content)

    def input(self, number: int, stage: str | None = None) -> bytes:
        """Input of a unit, or what an earlier stage was given for the same candidates.

        Raises:
            IntegrityError: it is not there or not as it was written.
        """
        name = stage or self.stage
        content = read_result(place_of(self.folder, name, number, "input"), self.inputs[name][number])
        if content is None:
            raise IntegrityError(
                f"What unit {number} of '{name}' in '{self.folder}' should be made from is gone; run the screen again."
            )
        return content

    def order(self) -> list[int]:
        """Units with the largest input first, so that no worker begins a long one when the others have ended."""
        sizes = [
            sum(_size(place_of(self.folder, stage, i, "input")) for stage in self.inputs) for i in range(len(self))
        ]
        return sorted(range(len(self)), key=lambda i: (-sizes[i], i))

    def post(self) -> None:
        """Tell workers that it is to be done."""
        content = {"stage": self.stage, "about": self.about, "inputs": self.inputs}
        write_text(json.dumps(content, indent=1), self.folder / JOB)


def place_of(folder: Path, stage: str, number: int, ending: str) -> Path:
    """File of a unit of a stage."""
    return folder / SHARDS / f"{number:06d}.{stage}.{ending}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def give_input(folder: Path, stage: str, number: int, content: bytes) -> str:
    """Write the input of a unit unless it is there; its fingerprint."""
    found, path = digest(content), place_of(folder, stage, number, "input")
    if not path.is_file() or read_result(path, found) is None:
        write_result(path, found, content)
    return found


def withdraw(folder: Path) -> None:
    """Take back what a run that was stopped asked for; workers wait until something is posted again."""
    (folder / JOB).unlink(missing_ok=True)


def posted_job(folder: Path) -> Job | None:
    """The job that a folder asks for; None where there is none."""
    try:
        content = json.loads((folder / JOB).read_text(encoding="utf-8"))
        inputs = {stage: tuple(prints) for stage, prints in content["inputs"].items()}
        return Job(folder, content["stage"], content["about"], inputs)
    except (OSError, ValueError, KeyError):
        return None
