"""Imported measurements: immutable versions, one pointer to the current one, nothing ever overwritten."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssbscreen.core.candidate import Bound, Candidate, Measurement
from ssbscreen.core.errors import IntegrityError, UsageError
from ssbscreen.files.candidate_json import from_plain, to_plain
from ssbscreen.files.lock import only_writer
from ssbscreen.files.user_state import measurements_dir
from ssbscreen.files.writing import write_bytes, write_text
from ssbscreen.measurements.rows import NewValue, Provenance

_POINTER = "current"
_WAIT = 60.0  # s for another process
_AGAIN = "Wait until it has finished and call this again."
_REMEDY = "`ssbscreen data undo` goes back a version"


@dataclass(frozen=True)
class Version:
    """One state of the store.

    Attributes:
        name: such as v0003.
        parent: the version it was made from, empty for the first.
        created: UTC, ISO 8601.
        file: the imported table, with the hash of its content.
        file_sha256: of that table.
        n_added, n_values: values that came with it and values in all.
        fingerprint: hash of the content, checked on reading.
    """

    name: str
    parent: str
    created: str
    file: str
    file_sha256: str
    n_added: int
    n_values: int
    fingerprint: str


class MeasurementStore:
    """Versions in a folder: `v0001.jsonl.gz`, its description `v0001.json`, and the file `current`.

    A version is complete before the pointer moves, and the pointer moves in one step, so a crash at any time leaves
    the version before it. Undo moves the pointer back; files stay.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or measurements_dir()

    def current(self) -> Version | None:
        """The active version, None when the store is empty.

        Raises:
            IntegrityError: the pointer names a version that is not there.
        """
        pointer = self.folder / _POINTER
        if not pointer.is_file():
            return None
        name = pointer.read_text(encoding="utf-8").strip()
        return self._describe(name) if name else None

    def history(self) -> tuple[Version, ...]:
        """All versions that were ever completed, oldest first."""
        return tuple(self._describe(path.stem) for path in sorted(self.folder.glob("v[0-9]*.json")))

    def version_from(self, file: Path) -> Version | None:
        """The active version, or one that it goes back to, that came from a table with the content of this one."""
        digest, version = hashlib.sha256(file.read_bytes()).hexdigest(), self.current()
        while version is not None and version.file_sha256 != digest:
            version = self._describe(version.parent) if version.parent else None
        return version

    def values(self, version: Version | None = None) -> tuple[NewValue, ...]:
        """All values of a version, of the current one by default.

        Raises:
            IntegrityError: the content is not what the description says.
        """
        version = version or self.current()
        if version is None:
            return ()
        path = self.folder / f"{version.name}.jsonl.gz"
        try:
            content = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, gzip.BadGzipFile) as error:
            raise IntegrityError(f"{path}: cannot be read ({error}); {_REMEDY}.") from error
        if hashlib.sha256(content).hexdigest() != version.fingerprint:
            raise IntegrityError(f"{path}: content differs from its fingerprint; {_REMEDY}.")
        return tuple(_value(json.loads(line)) for line in content.decode().splitlines())

    def add(self, new: Sequence[NewValue], file: Path) -> Version:
        """A new version: the current values and the new ones.

        Args:
            new: at least one; their candidate ids are made unique with the version's name.
            file: the table they came from.
        """
        if not new:
            raise UsageError("There is nothing to add.")
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock():
            before = self.current()
            numbers = [int(path.name[1:5]) for path in self.folder.glob("v[0-9]*")]
            name = f"v{max(numbers, default=0) + 1:04d}"
            lines = [json.dumps(_plain(v)) for v in self.values(before)]
            lines += [json.dumps(_plain(v, prefix=f"{name}:")) for v in new]
            content = ("\n".join(lines) + "\n").encode()
            version = Version(
                name,
                before.name if before else "",
                datetime.now(UTC).isoformat(timespec="seconds"),
                file.name,
                hashlib.sha256(file.read_bytes()).hexdigest(),
                len(new),
                len(lines),
                hashlib.sha256(content).hexdigest(),
            )
            write_bytes(gzip.compress(content, mtime=0), self.folder / f"{name}.jsonl.gz")
            write_text(json.dumps(asdict(version), indent=1), self.folder / f"{name}.json")
            write_text(name, self.folder / _POINTER)
        return version

    def undo(self) -> tuple[Version, Version | None]:
        """Go back to the version before the current one.

        Returns:
            The version that was left and the one active now, None for an empty store.

        Raises:
            UsageError: the store is empty.
        """
        with self._lock():
            left = self.current()
            if left is None:
                raise UsageError("There are no measurements to take back.")
            write_text(left.parent, self.folder / _POINTER)
            return left, self.current()

    def _describe(self, name: str) -> Version:
        path = self.folder / f"{name}.json"
        try:
            return Version(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise IntegrityError(f"{path}: no description of a version of measurements ({error}).") from error

    def importing(self) -> AbstractContextManager[None]:
        """Hold the store from the comparison of a table with what is known until the table is kept.

        Raises:
            UsageError: another process imports for longer than a minute.
        """
        return only_writer(self.folder, _AGAIN, wait=_WAIT, name=".importing.lock")

    def _lock(self) -> AbstractContextManager[None]:
        """One writer at a time, for the moment of a write."""
        return only_writer(self.folder, _AGAIN, wait=_WAIT)


def version_of(candidate_id: str) -> str:
    """Version that a candidate of the store came with, such as v0003."""
    return candidate_id.split(":", 1)[0]


def _plain(value: NewValue, prefix: str = "") -> dict[str, Any]:
    candidate, measurement = to_plain(value.candidate), asdict(value.measurement)
    candidate["candidate_id"] = measurement["candidate_id"] = prefix + value.candidate.candidate_id
    return {"candidate": candidate, "measurement": measurement, "provenance": asdict(value.provenance)}


def _value(plain: dict[str, Any]) -> NewValue:
    candidate: Candidate = from_plain(plain["candidate"])
    measurement = Measurement(**plain["measurement"] | {"bound": Bound(plain["measurement"]["bound"])})
    provenance = Provenance(**plain["provenance"] | {"flags": tuple(plain["provenance"]["flags"])})
    return NewValue(candidate, measurement, provenance)
