"""What reads one kind of file: a module of `formats` each, its reader named READER."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ssbscreen.core import discovery
from ssbscreen.core.candidate import Records
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.text import plain_name, read_start

PACKAGE = "ssbscreen.readers.formats"
_SAMPLE = 4096  # bytes that tell the kind of a file


@dataclass(frozen=True)
class Limits:
    """What a single structure may cost.

    Attributes:
        n_bytes: of a file or a line.
        n_sites: of a cell.
        seconds: for one file.
    """

    n_bytes: int = 20_000_000
    n_sites: int = 1000
    seconds: float = 60.0


@dataclass(frozen=True)
class Reading:
    """Under which conditions a file is read.

    Attributes:
        limits: of what is read.
        structures: crystals by id, to which the electrode pairs of a table refer; None where none were given.
    """

    limits: Limits = field(default_factory=Limits)
    structures: Mapping[str, Crystal] | None = None


class Reader(Protocol):
    """Candidates out of one kind of file.

    Attributes:
        endings: of the names of such files, lower case.
        beginnings: of the names of such files, lower case, for kinds that have no ending.
        is_in_folders: whether such files are looked for in a folder; a table is an input of its own.
    """

    @property
    def endings(self) -> tuple[str, ...]: ...

    @property
    def beginnings(self) -> tuple[str, ...]: ...

    @property
    def is_in_folders(self) -> bool: ...

    def recognises(self, text: str) -> bool:
        """Whether the first lines of a text are of this kind."""
        ...

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """Candidates of a file; what cannot be used is rejected with its reason, and nothing is raised.

        Args:
            path: of the file.
            name: by which its candidates and reasons are known.
            reading: limits and what else the file refers to.
        """
        ...


@functools.cache
def readers() -> tuple[Reader, ...]:
    """All readers, by the names of their modules."""
    return tuple(discovery.load(PACKAGE, name, "READER") for name in discovery.names(PACKAGE, "READER"))


def reader_of(path: Path) -> Reader:
    """The reader of a file: by its name, and by its first lines where the name says nothing.

    Raises:
        InputError: no reader takes such a file, or it cannot be opened.
    """
    name = plain_name(path.name)
    for reader in readers():
        if name.endswith(reader.endings) or name.startswith(reader.beginnings):
            return reader
    text = read_start(path, _SAMPLE).decode("utf-8", "replace")
    for reader in readers():
        if reader.recognises(text):
            return reader
    raise unreadable(path)


def unreadable(path: Path) -> InputError:
    """The error for a file that no reader of structures takes."""
    own = [reader for reader in readers() if reader.is_in_folders]
    known = [e for reader in own for e in reader.endings] + [b.upper() for reader in own for b in reader.beginnings]
    return InputError(
        f"'{path.name}' is no structure file that is known here, by name or by content; give {', '.join(known)}, or a "
        "table (.csv, .tsv, .xlsx) as an input of its own. ASE converts the files of many programs: "
        "`ase convert FILE FILE.cif`"
    )
