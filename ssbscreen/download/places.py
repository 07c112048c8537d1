"""Where a data set may lie on this machine: the repository, the cache, a mirror."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.files.data_card import Card, card_of
from ssbscreen.files.paths import cache_dir, data_dir
from ssbscreen.files.user_state import former_caches

MIRROR_VARIABLE = "SSBSCREEN_DATA_MIRROR"


@dataclass(frozen=True)
class DataStatus:
    """Where a data set is now.

    Attributes:
        name: of the data set.
        title: of its card.
        place: "repository", "cache", "mirror" or "missing".
        folder: that holds the files; None when missing.
        n_bytes: of its files.
        missing: required files that are nowhere.
    """

    name: str
    title: str
    place: str
    folder: Path | None
    n_bytes: int
    missing: tuple[str, ...]


def mirror() -> str:
    """Folder or address of the mirror, empty when none is set."""
    return os.environ.get(MIRROR_VARIABLE, "").strip().rstrip("/")


def is_remote(place: str) -> bool:
    """Whether a mirror stands behind an address."""
    return place.startswith(("http://", "https://"))


def missing_files(card: Card, folder: Path) -> tuple[str, ...]:
    """Required files of a data set that a folder lacks."""
    return tuple(n for n, file in card.files.items() if not file.optional and not (folder / n).is_file())


def present_files(card: Card, folder: Path) -> list[Path]:
    """Files of a data set that a folder holds."""
    return [folder / n for n in card.files if (folder / n).is_file()]


def places(card: Card) -> list[tuple[str, Path]]:
    """Name and folder of each place on this machine where a data set may lie, in the order of precedence."""
    found = [("repository", data_dir() / card.name), ("cache", cache_dir() / card.name)]
    found += [("cache", folder / card.name) for folder in former_caches()]
    if mirror() and not is_remote(mirror()):
        found.append(("mirror", Path(mirror()).expanduser() / card.name))
    return found


def size_of(card: Card, folder: Path) -> int:
    """Bytes of the files of a data set in a folder."""
    return sum(p.stat().st_size for p in present_files(card, folder))


def status(name: str) -> DataStatus:
    """Where a data set is now; nothing is fetched."""
    card = card_of(name)
    for place, folder in places(card):
        if not missing_files(card, folder):
            return DataStatus(name, card.title, place, folder, size_of(card, folder), ())
    return DataStatus(name, card.title, "missing", None, 0, missing_files(card, cache_dir() / name))
