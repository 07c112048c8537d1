"""The one place that writes files: through a temporary file, so that a reader never sees half of one."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ssbscreen.core.errors import InputError

if TYPE_CHECKING:  # most of what writes needs no tables
    import pandas as pd

    from ssbscreen.core.candidate import Rejected

_REJECTED_AT_ONCE = 50_000  # rows in memory


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Write through a temporary file in the same folder, which lies on the disk whole before it gets its name.

    Args:
        path: the final place; its folder is made when missing.
        write: called with the temporary path.

    Raises:
        OSError: it cannot be written; the error names `path`, and what stood there before stays.
    """
    try:
        _write(path, write)
    except OSError as error:
        reason = error.strerror or (str(error).splitlines() or [type(error).__name__])[0]
        raise OSError(error.errno or errno.EIO, reason, str(path)) from error


def _write(path: Path, write: Callable[[Path], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file of these bytes."""
    write_atomic(path, lambda p: p.write_bytes(content))


def write_text(text: str, path: Path) -> None:
    """Write a file of this text in UTF-8."""
    write_bytes(text.encode("utf-8"), path)


def write_arrays(arrays: Mapping[str, np.ndarray], path: Path, *, is_compressed: bool = False) -> None:
    """Write arrays by name as one .npz file, which `numpy.load` reads without pickles."""
    save = np.savez_compressed if is_compressed else np.savez

    def write(temporary: Path) -> None:
        with temporary.open("wb") as stream:
            save(stream, allow_pickle=False, **dict(arrays))

    write_atomic(path, write)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table by the ending of its name: .parquet, .csv or .json (records).

    Raises:
        InputError: another ending.
    """
    writers: dict[str, Callable[[Path], object]] = {
        ".parquet": lambda p: frame.to_parquet(p, index=False, compression="zstd"),
        ".csv": lambda p: frame.to_csv(p, index=False),
        ".json": lambda p: frame.to_json(p, orient="records", indent=1, double_precision=12),
    }
    if path.suffix not in writers:
        raise InputError(f"'{path.name}' ends in '{path.suffix}'; tables are written as {', '.join(writers)}.")
    write_atomic(path, writers[path.suffix])


def write_rejected(rejected: Iterable[Rejected], path: Path) -> None:
    """Write the inputs that were rejected, with the reason of each, as they come."""
    import pandas as pd

    def write(temporary: Path) -> None:
        rows, columns, is_first = iter(rejected), ["input", "reason"], True
        with temporary.open("w", encoding="utf-8", newline="") as stream:
            while (part := [(r.input, r.reason) for r in islice(rows, _REJECTED_AT_ONCE)]) or is_first:
                pd.DataFrame(part, columns=columns).to_csv(stream, index=False, header=is_first)
                is_first = False

    write_atomic(path, write)


def point_to(link: Path, target: str) -> None:
    """Make a link beside a folder point to it in one step; a file with its name where links are not allowed.

    Args:
        link: the link; what it pointed to before stays.
        target: name of a folder beside it.
    """
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(target, target_is_directory=True)
    except OSError:
        fresh.write_text(target, encoding="utf-8")
    os.replace(fresh, link)
