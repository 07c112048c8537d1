"""Where the files of a data set are found: cache, then mirror, then origin."""

from __future__ import annotations

import os
from pathlib import Path

from ssbscreen.core.errors import DataUnavailable
from ssbscreen.core.paths import cache_dir, data_dir
from ssbscreen.sources.base import Card

MIRROR_VARIABLE = "SSBSCREEN_DATA_MIRROR"


def mirror() -> str:
    """Folder or address of the mirror, empty when none is set."""
    return os.environ.get(MIRROR_VARIABLE, "").strip()


def locate(card: Card) -> Path:
    """Folder that holds all files of a data set that its loader needs.

    Raises:
        DataUnavailable: nothing of it can be reached; the message says what was tried.
    """
    needed = [name for name, file in card.files.items() if not file.optional]
    places = [data_dir() / card.name, cache_dir() / card.name]
    if mirror() and not mirror().startswith(("http://", "https://")):
        places.append(Path(mirror()).expanduser() / card.name)
    for place in places:
        if all((place / name).is_file() for name in needed):
            return place
    raise DataUnavailable(f"Data set '{card.name}' is in none of {', '.join(map(str, places))}.")
