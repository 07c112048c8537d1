"""Text of a file, plain or compressed, within a limit."""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ssbscreen.core.errors import InputError

COMPRESSED: dict[str, Callable[..., IO[Any]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


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
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("it is a device, a pipe or a folder, not a file")
        opener = next((of for ending, of in COMPRESSED.items() if path.name.lower().endswith(ending)), open)
        with opener(path, "rb") as stream:
            return bytes(stream.read(n_bytes))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"cannot be opened ({getattr(error, 'strerror', None) or error})") from error
