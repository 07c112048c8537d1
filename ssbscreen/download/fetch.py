"""Where the files of a data set are found and how they get there: cache, then mirror, then origin."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.core.errors import DataUnavailable, IntegrityError
from ssbscreen.download import origin
from ssbscreen.download.hashes import SUMS, check_sums, read_record, read_sums, write_record
from ssbscreen.download.transfer import TransferError, TransferOptions, download, sha256_of
from ssbscreen.files.data_card import Card, card_of
from ssbscreen.files.paths import cache_dir, data_dir

_log = logging.getLogger(__name__)
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


@dataclass(frozen=True)
class FileCheck:
    """Result of recomputing the hash of one file.

    Attributes:
        file: name.
        state: "ok", "changed", "missing", or "unrecorded" where no hash is known to compare with.
        found: SHA-256 of the file now, empty when missing.
        expected: hash it should have, empty when not known.
        basis: where the expected hash stands: "card", "mirror" or "fetched".
    """

    file: str
    state: str
    found: str
    expected: str
    basis: str


@dataclass(frozen=True)
class VerifyReport:
    """Checks of all files of a data set; empty when it is not here."""

    name: str
    folder: Path | None
    checks: tuple[FileCheck, ...]

    @property
    def is_ok(self) -> bool:
        """Whether the data set is here and no file changed or is missing."""
        return self.folder is not None and all(c.state in ("ok", "unrecorded") for c in self.checks)


def mirror() -> str:
    """Folder or address of the mirror, empty when none is set."""
    return os.environ.get(MIRROR_VARIABLE, "").strip().rstrip("/")


def _is_remote(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _missing(card: Card, folder: Path) -> tuple[str, ...]:
    return tuple(n for n, file in card.files.items() if not file.optional and not (folder / n).is_file())


def _present(card: Card, folder: Path) -> list[Path]:
    return [folder / n for n in card.files if (folder / n).is_file()]


def _places(card: Card) -> list[tuple[str, Path]]:
    places = [("repository", data_dir() / card.name), ("cache", cache_dir() / card.name)]
    if mirror() and not _is_remote(mirror()):
        places.append(("mirror", Path(mirror()).expanduser() / card.name))
    return places


def status(name: str) -> DataStatus:
    """Where a data set is now; nothing is fetched."""
    card = card_of(name)
    for place, folder in _places(card):
        if not _missing(card, folder):
            n_bytes = sum(p.stat().st_size for p in _present(card, folder))
            return DataStatus(name, card.title, place, folder, n_bytes, ())
    missing = _missing(card, cache_dir() / name)
    return DataStatus(name, card.title, "missing", None, 0, missing)


def locate(card: Card) -> Path:
    """Folder that holds the files of a data set: in the repository, the cache or the mirror.

    A mirror on this machine is read in place, one behind an address is copied into the cache. The
    origin is asked only by `fetch`.

    Raises:
        DataUnavailable: it is in none of them; the message says what to do.
    """
    for _, folder in _places(card):
        if not _missing(card, folder):
            return folder
    tried = [f"not complete in {folder}" for place, folder in _places(card) if place != "repository"]
    if _is_remote(mirror()):
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
    for place, folder in _places(card):
        if place == "cache" and is_refresh:
            continue
        if missing := _missing(card, folder):
            if place == "mirror":
                tried.append(f"mirror {folder}: {', '.join(missing)} not there")
            continue
        if place == "mirror":
            check_sums(folder, tuple(card.files))
            write_record(card.name, folder, _present(card, folder), "mirror")
        return FetchReport(name, place, folder, _size(card, folder), tuple(tried))
    if _is_remote(mirror()):
        try:
            folder = _from_remote_mirror(card, options)
            return FetchReport(name, "mirror", folder, _size(card, folder), tuple(tried))
        except TransferError as error:
            tried.append(f"mirror: {error}")
    try:
        folder = _from_origin(card, options)
        return FetchReport(name, "origin", folder, _size(card, folder), tuple(tried))
    except (TransferError, IntegrityError) as error:
        tried.append(f"origin: {error}")
    raise DataUnavailable(_advice(card, tried, is_origin_tried=True))


def verify(name: str) -> VerifyReport:
    """Recompute the hashes of the files in use and compare them with the card, the mirror or the record."""
    card = card_of(name)
    now = status(name)
    if now.folder is None:
        return VerifyReport(name, None, ())
    recorded = read_record(card.name)
    sums = read_sums(now.folder)
    checks: list[FileCheck] = []
    for file, entry in card.files.items():
        path = now.folder / file
        if not path.is_file():
            if not entry.optional:
                checks.append(FileCheck(file, "missing", "", entry.sha256, "card" if entry.sha256 else ""))
            continue
        if now.place == "repository" and entry.sha256:
            expected, basis = entry.sha256, "card"
        elif file in sums:
            expected, basis = sums[file], "mirror"
        elif recorded.folder == str(now.folder) and file in recorded.sha256:
            expected, basis = recorded.sha256[file], "fetched"
        else:
            expected, basis = "", ""
        found = sha256_of(path)
        state = "unrecorded" if not expected else ("ok" if found == expected else "changed")
        checks.append(FileCheck(file, state, found, expected, basis))
    return VerifyReport(name, now.folder, tuple(checks))


def _size(card: Card, folder: Path) -> int:
    return sum(p.stat().st_size for p in _present(card, folder))


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
    write_record(card.name, folder, _present(card, folder), f"mirror {base}")
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
        if missing := _missing(card, built):
            raise IntegrityError(f"the origin's files do not give {', '.join(missing)}")
        folder = cache_dir() / card.name
        folder.mkdir(exist_ok=True)
        for path in _present(card, built):
            os.replace(path, folder / path.name)
        (folder / SUMS).unlink(missing_ok=True)
        write_record(card.name, folder, _present(card, folder), "origin")
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
