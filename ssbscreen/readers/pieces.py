"""Inputs of any size cut into parts that any process can read by itself, so that they are never in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import orjson

from ssbscreen.core.candidate import Records
from ssbscreen.core.errors import InputError
from ssbscreen.readers.inputs import files_of, printed, refused, remarked
from ssbscreen.readers.reading import Limits, Reading, reader_of

_WHOLE = b""


@runtime_checkable
class Divisible(Protocol):
    """A reader whose files can be cut."""

    def cut(self, path: Path, size: int, limits: Limits) -> Iterator[bytes]:
        """Parts of about `size` candidates, in order.

        Raises:
            InputError: the file cannot be read, or not to its end.
        """
        ...

    def read_part(self, content: bytes, path: Path, name: str, reading: Reading) -> Records:
        """Candidates of a part, named and refused as those of the whole file."""
        ...


@dataclass(frozen=True)
class Piece:
    """A part of an input.

    Attributes:
        path: of the file.
        name: by which its candidates are known.
        content: of the part; empty for a whole file.
        fault: why nothing more can be read here; empty where all is well.
    """

    path: str
    name: str
    content: bytes = _WHOLE
    fault: str = ""

    def packed(self) -> bytes:
        """As bytes."""
        return orjson.dumps([self.path, self.name, self.fault]) + b"\n" + self.content

    @classmethod
    def unpacked(cls, packed: bytes) -> Piece:
        """What `packed` gave."""
        head, content = packed.split(b"\n", 1)
        path, name, fault = orjson.loads(head)
        return cls(path, name, content, fault)


def cut(path: Path, size: int, limits: Limits | None = None) -> Iterator[tuple[Piece, ...]]:
    """Pieces of a file or folder, in groups of about `size` candidates.

    Args:
        path: that `inputs.load_inputs` takes.
        size: candidates, at least 1; what cannot be cut is one piece, whatever it holds.
        limits: of what is read.
    """
    limits = limits or Limits()
    waiting: list[Piece] = []
    files = files_of(path)
    if not files:
        waiting.append(Piece(str(path), str(path), fault="the folder holds no files; give structure files"))
    for file, name in files:
        try:
            reader = reader_of(file)
            if path.is_dir() and not reader.is_in_folders:
                raise InputError("a table inside a folder is not read; give it as an input of its own")
            if not isinstance(reader, Divisible):
                waiting.append(Piece(str(file), name))
            else:
                for content in reader.cut(file, size, limits):
                    yield (Piece(str(file), name, content),)
        except InputError as error:
            waiting.append(Piece(str(file), name, fault=str(error)))
        if len(waiting) >= size:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


def read(piece: Piece, limits: Limits | None = None) -> Records:
    """Candidates of a piece; what cannot be used is rejected with its reason."""
    path, reading = Path(piece.path), Reading(limits or Limits())
    if piece.fault:
        return refused(piece.name, piece.fault)
    reader = reader_of(path)
    if piece.content and isinstance(reader, Divisible):
        found = reader.read_part(piece.content, path, piece.name, reading)
    else:
        found = reader.read(path, piece.name, reading)
    found = printed(found)
    return Records(tuple(map(remarked, found.candidates)), (), found.rejected)
