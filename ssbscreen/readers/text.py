"""Text of a file, plain or compressed, within a limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ssbscreen.core.errors import InputError

COMPRESSED: dict[str, Callable[..., IO[Any]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
# Structures and tables pack to a tenth or a twentieth; what unpacks to more than that and is large hides something.
MAX_RATIO = 200
_UNSUSPICIOUS = 20_000_000  # bytes
_CHUNK = 1 << 20


def plain_name(name: str) -> str:
    """Name of a file without the ending of its compression, lower case."""
    lower = name.lower()
    return next((lower.removesuffix(ending) for ending in COMPRESSED if lower.endswith(ending)), lower)


def read_text(path: Path, n_bytes: int) -> str:
    """All text of a file.

    Args:
        path: of a regular file.
        n_bytes: limit of its size, unpacked.

    Raises:
        InputError: it cannot be opened, is too large, empty or binary.
    """
    content = read_start(path, n_bytes + 1)
    if len(content) > n_bytes:
        raise InputError(f"it holds more than the limit of {n_bytes / 1e6:.0f} MB")
    if not content.strip():
        raise InputError("the file is empty")
    text = _decoded(content)
    return text if "\n" in text else text.replace("\r", "\n")  # as old programs end lines


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\x00" in content:
        raise InputError("the file is binary, not text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
        if sum(not (c.isprintable() or c in "\r\n\t") for c in text) > 0.05 * len(text):
            raise InputError("the file is binary, not text") from None
        return text


def read_start(path: Path, n_bytes: int) -> bytes:
    """The first bytes of a file, unpacked where its name says that it is compressed.

    Raises:
        InputError: no regular file, or it cannot be opened or unpacked.
    """
    with opened(path) as stream:
        return bytes(stream.read(n_bytes))


def read_lines(path: Path, n_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Number, from 1, and content of every line that is not blank; None for one that is longer than a line may be.

    Args:
        path: of a regular file, plain or compressed.
        n_bytes: limit of a line.

    Raises:
        InputError: no regular file, it cannot be opened or unpacked, or it unpacks to far more than text can.
    """
    packed = path.stat().st_size if path.exists() else 0
    number, unpacked, rest, is_long = 1, 0, bytearray(), False
    with opened(path) as stream:
        while chunk := stream.read1(_CHUNK):  # what a cut file still holds is read
            unpacked += len(chunk)
            if unpacked > max(_UNSUSPICIOUS, MAX_RATIO * packed):
                raise InputError(f"it unpacks to more than {MAX_RATIO} times its size, as no list of structures does")
            if not rest and not is_long and not chunk.strip():
                number += chunk.count(b"\n")
                continue
            *lines, last = chunk.split(b"\n")
            for line in lines:
                whole = bytes(rest + line) if rest else line
                if is_long or len(whole) > n_bytes:
                    yield number, None
                elif whole.strip():
                    yield number, whole
                number, is_long = number + 1, False
                rest.clear()
            rest += last
            if len(rest) > n_bytes:
                rest.clear()
                is_long = True
    if is_long or rest.strip():
        yield number, None if is_long else bytes(rest)


def count_lines(path: Path) -> int:
    """Lines of a file, blank ones too.

    Raises:
        InputError: as `read_start`.
    """
    count, last = 0, b"\n"
    with opened(path) as stream:
        while chunk := stream.read(_CHUNK):
            count += chunk.count(b"\n")
            last = chunk
    return count + (not last.endswith(b"\n"))


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A regular file for reading; a device would be read until memory ends, a pipe would be waited for."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("is a device, a pipe or a folder, not a file")
        opener = next((of for ending, of in COMPRESSED.items() if path.name.lower().endswith(ending)), open)
        with opener(path, "rb") as stream:
            yield stream
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"cannot be opened ({getattr(error, 'strerror', None) or error})") from error
