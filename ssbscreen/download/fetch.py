"""How the files of a data set get here: from the cache, then the mirror, then the origin."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.core.errors import DataUnavailable, IntegrityError
from ssbscreen.download import origin
from ssbscreen.download.hashes import SUMS, check_sums, read_sums, write_record
from ssbscreen.download.places import MIRROR_VARIABLE, is_remote, mirror, missing_files, places, present_files, size_of
from ssbscreen.download.transfer import TransferError, TransferOptions, download, sha256_of
from ssbscreen.files.data_card import Card, card_of
from ssbscreen.files.paths import cache_dir

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FetchReport:
    """What fetching did.

    Attributes:
        name: of the data set.
        place: where its files come from: "repository", "cache", "mirror" or "origin".
        folder: that holds them now.
        n_bytes: of its files.
        tried: what did not work before, one sentence each.
    """

    name: str
    place: str
    folder: Path
    n_bytes: int
    tried: tuple[str, ...] = ()


def locate(card: Card) -> Path:
    """Folder that holds the files of a data set: in the repository, the cache or the mirror.

    A mirror on this machine is read in place, one behind an address is copied into the cache. The
    origin is asked only by `fetch`.

    Raises:
        DataUnavailable: it is in none of them; the message says what to do.
    """
    for _, folder in places(card):
        if not missing_files(card, folder):
            return folder
    tried = [f"not complete in {folder}" for place, folder in places(card) if place != "repository"]
    if is_remote(mirror()):
        try:
            return _from_remote_mirror(card, TransferOptions())
        except TransferError as error:
            tried.append(f"mirror: {error}")
    raise DataUnavailable(_advice(card, tried, is_origin_tried=False))


def fetch(name: str, is_refresh: bool = False, options: TransferOptions | None = None) -> FetchReport:
    """Get a data set from the cache, else the mirror, else its origin.

    Args:
        name: of the data set.
        is_refresh: whether to pass over what lies in the cache.
        options: patience and limits of the downloads.

    Raises:
        DataUnavailable: none of them has it; the message says what was tried and what to do.
        IntegrityError: a mirror on this machine does not agree with its own hashes.
    """
    card = card_of(name)
    options = options or TransferOptions()
    tried: list[str] = []
    for place, folder in places(card):
        if place == "cache" and is_refresh:
            continue
        if missing := missing_files(card, folder):
            if place == "mirror":
                tried.append(f"mirror {folder}: {', '.join(missing)} not there")
            continue
        if place == "mirror":
            check_sums(folder, tuple(card.files))
            write_record(card.name, folder, present_files(card, folder), "mirror")
        return FetchReport(name, place, folder, size_of(card, folder), tuple(tried))
    if is_remote(mirror()):
        try:
            folder = _from_remote_mirror(card, options)
            return FetchReport(name, "mirror", folder, size_of(card, folder), tuple(tried))
        except TransferError as error:
            tried.append(f"mirror: {error}")
    try:
        folder = _from_origin(card, options)
        return FetchReport(name, "origin", folder, size_of(card, folder), tuple(tried))
    except (TransferError, IntegrityError) as error:
        tried.append(f"origin: {error}")
    raise DataUnavailable(_advice(card, tried, is_origin_tried=True))


def _advice(card: Card, tried: list[str], *, is_origin_tried: bool) -> str:
    what = "; ".join(tried) if tried else "nothing was set up to look in"
    todo = (
        f"set {MIRROR_VARIABLE} to a folder or address that holds {card.name}/"
        f"{next(iter(card.files))}, or put the files into {cache_dir() / card.name}"
    )
    if not is_origin_tried:
        todo = f"run 'ssbscreen data fetch {card.name}', " + todo
    return f"Data set '{card.name}' cannot be reached ({what}). Origin: {card.origin}. To get it, {todo}."


def _from_remote_mirror(card: Card, options: TransferOptions) -> Path:
    folder = cache_dir() / card.name
    base = f"{mirror()}/{card.name}"
    sums: dict[str, str] = {}
    try:
        download(f"{base}/{SUMS}", folder / SUMS, options=options)
        sums = read_sums(folder)
    except TransferError:
        _log.debug("mirror %s keeps no %s", base, SUMS)
    for file, entry in card.files.items():
        try:
            download(f"{base}/{file}", folder / file, sums.get(file, ""), options)
        except TransferError:
            if not entry.optional:
                raise
    write_record(card.name, folder, present_files(card, folder), f"mirror {base}")
    return folder


def _from_origin(card: Card, options: TransferOptions) -> Path:
    """Raw files from their origin, turned into the files of the card."""
    if not card.origin_files and not card.matminer:
        raise TransferError("the card names no address")
    raw = cache_dir() / ".raw" / card.name
    cache_dir().mkdir(parents=True, exist_ok=True)
    built = Path(tempfile.mkdtemp(prefix=f".{card.name}-", dir=cache_dir()))
    try:
        try:
            for file, entry in card.origin_files.items():
                _first_reachable(file, (entry.url, *entry.also), entry.sha256, raw, options)
            origin.build(card, raw, built)
        except TransferError as error:
            if not card.matminer:
                raise
            origin.build_by_matminer(card, raw, built, str(error))
        if missing := missing_files(card, built):
            raise IntegrityError(f"the origin's files do not give {', '.join(missing)}")
        folder = cache_dir() / card.name
        folder.mkdir(exist_ok=True)
        for path in present_files(card, built):
            os.replace(path, folder / path.name)
        (folder / SUMS).unlink(missing_ok=True)
        write_record(card.name, folder, present_files(card, folder), "origin")
        shutil.rmtree(raw, ignore_errors=True)
        return folder
    finally:
        shutil.rmtree(built, ignore_errors=True)


def _first_reachable(file: str, urls: tuple[str, ...], sha256: str, raw: Path, options: TransferOptions) -> None:
    reasons: list[str] = []
    for index, url in enumerate(urls):
        try:
            if (raw / file).is_file() and sha256 and sha256_of(raw / file) == sha256:
                return
            download(url, raw / file, sha256 if index == 0 else "", options)
            return
        except TransferError as error:
            reasons.append(str(error))
    raise TransferError("; ".join(reasons))
