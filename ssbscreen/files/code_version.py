"""Fingerprints of what a result depends on beside its input: the code, the shipped settings, the starter data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ssbscreen import __version__
from ssbscreen.files.paths import configs_dir, data_dir

_PACKAGE = Path(__file__).resolve().parents[1]
_CODE = (".py", ".csv", ".j2")
_LENGTH = 12
_OF_THE_USER = ("cache", "measurements")  # where versions until 0.2 kept them


@cache
def code_version() -> str:
    """Version and fingerprint of the code of this package, such as "0.2.0 (5d41402abc4b)"."""
    return f"{__version__} ({_digest(_PACKAGE, (p for p in _PACKAGE.rglob('*') if p.suffix in _CODE))})"


@cache
def settings_version() -> str:
    """Fingerprint of the shipped settings: screens, profiles, values of families."""
    return _digest(configs_dir(), configs_dir().rglob("*.yaml"))


@cache
def starter_data_version() -> str:
    """Fingerprint of the starter data; fetched data sets in a cache beside it do not count."""
    own = (path for path in data_dir().glob("[!.]*/*") if path.parent.name not in _OF_THE_USER)
    return _digest(data_dir(), own)


def digest_of(paths: Iterable[Path]) -> str:
    """Fingerprint of the content of files and of all files in folders; names of the files count, places do not."""
    total = hashlib.sha256()
    for path in paths:
        folder = path if path.is_dir() else path.parent
        total.update(_digest(folder, path.rglob("*") if path.is_dir() else (path,)).encode())
    return total.hexdigest()[:_LENGTH]


def _digest(folder: Path, paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            with path.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()}\t{content}\n".encode())
    return total.hexdigest()[:_LENGTH]
