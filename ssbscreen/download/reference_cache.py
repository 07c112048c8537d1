"""Parsed reference phases on disk, so that a question on the command line does not read a large table again."""

from __future__ import annotations

import contextlib
import logging
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ssbscreen.files.paths import cache_dir
from ssbscreen.files.writing import write_arrays

_log = logging.getLogger(__name__)
_FORM = "1"  # of the files; older ones are not read


def cached(name: str, digest: str, build: Callable[[], Mapping[str, float]]) -> tuple[tuple[str, ...], np.ndarray]:
    """Formulas and energies of a reference, sorted by formula.

    Args:
        name: of the data set.
        digest: fingerprint of what it is built from; another one is another file.
        build: makes formula -> eV/atom when there is no file yet.

    Returns:
        formulas and energies.  # (n,), (n,)
    """
    path = cache_dir() / "reference" / f"{name}-{digest}-{_FORM}.npz"
    if path.is_file():
        try:
            return read(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            _log.warning("%s is not readable (%s) and is made again", path, error)
    lowest = build()
    formulas = tuple(sorted(lowest))
    energies = np.array([lowest[formula] for formula in formulas])
    with contextlib.suppress(OSError):  # a cache that cannot be written only costs time
        write(path, formulas, energies)
    return formulas, energies


def read(path: Path) -> tuple[tuple[str, ...], np.ndarray]:
    """What `write` wrote.

    Raises:
        ValueError: numbers of formulas and energies differ.
    """
    with np.load(path, allow_pickle=False) as stored:
        energies = np.asarray(stored["energy"], float)
        formulas = tuple(stored["formulas"].tobytes().decode("ascii").split("\n"))
    if len(formulas) != energies.size:
        raise ValueError(f"{len(formulas)} formulas and {energies.size} energies")
    return formulas, energies


def write(path: Path, formulas: tuple[str, ...], energies: np.ndarray) -> None:
    """Write in one step: a reader never sees half a file."""
    write_arrays(
        {"formulas": np.frombuffer("\n".join(formulas).encode("ascii"), dtype=np.uint8), "energy": energies}, path
    )
