"""One file over HTTP: resumed after a cut, checked, moved into place only when complete."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded where something is fetched: most of what is asked for lies in the cache
    import requests

_log = logging.getLogger(__name__)
_CHUNK = 1 << 16


@dataclass(frozen=True)
class TransferOptions:
    """Patience and limits of a download.

    Attributes:
        connect_seconds: until the server answers.
        read_seconds: between two pieces of the answer.
        n_attempts: each resumes where the last one broke off.
        pause_seconds: before the second attempt, doubled for each further one.
        max_bytes: larger files are refused.
    """

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    n_attempts: int = 4
    pause_seconds: float = 1.0
    max_bytes: int = 4_000_000_000


class TransferError(Exception):
    """A file could not be had from an address; the text says why."""


def sha256_of(path: Path) -> str:
    """Hash of a file's content, lower-case hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def download(url: str, target: Path, sha256: str = "", options: TransferOptions | None = None) -> str:
    """Fetch a file to `target` and return its hash.

    What arrived before a cut stays in `<target>.part` and is continued by the next attempt or call.

    Raises:
        TransferError: not reachable, refused, too large, or not the content that was promised.
    """
    options = options or TransferOptions()
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    pause = options.pause_seconds
    for attempt in range(1, options.n_attempts + 1):
        try:
            _attempt(url, part, options)
            break
        except _Cut as error:
            if attempt == options.n_attempts:
                raise TransferError(f"{url}: {error} ({attempt} attempts)") from error
            _log.info("%s: %s, trying again", url, error)
            time.sleep(pause)
            pause *= 2
    found = sha256_of(part)
    if sha256 and found != sha256:
        _discard(part)
        raise TransferError(f"{url}: its SHA-256 is {found}, not {sha256} as promised")
    os.replace(part, target)
    _discard(part)
    return found


class _Cut(Exception):
    """The connection failed in a way that another attempt may mend."""


def _attempt(url: str, part: Path, options: TransferOptions) -> None:
    import requests

    have = part.stat().st_size if part.exists() else 0
    validator = _validator(part)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if validator:
            headers["If-Range"] = validator
    try:
        with requests.get(
            url,
            headers=headers,
            stream=True,
            allow_redirects=True,
            timeout=(options.connect_seconds, options.read_seconds),
        ) as answer:
            if answer.status_code == 416:  # nothing left, or the part does not fit this file: start over
                complete = answer.headers.get("Content-Range", "").removeprefix("bytes */") == str(have)
                if not complete:
                    _discard(part)
                    raise _Cut("the server refused to continue the partial file")
                return
            if answer.status_code >= 500 or answer.status_code == 429:
                raise _Cut(f"the server answered {answer.status_code} {answer.reason}")
            if answer.status_code not in (200, 206):
                raise TransferError(f"{url}: the server answered {answer.status_code} {answer.reason}")
            is_continued = answer.status_code == 206 and have > 0
            start = have if is_continued else 0
            length = answer.headers.get("Content-Length", "")
            total = start + int(length) if length.isdigit() else None
            if total is not None and total > options.max_bytes:
                raise TransferError(
                    f"{url}: {total / 1e6:.0f} MB is more than the limit of {options.max_bytes / 1e6:.0f} MB"
                )
            _remember(part, answer.headers.get("ETag") or answer.headers.get("Last-Modified") or "")
            _write(answer, part, start, total, url, options)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise _Cut(_reason(error)) from error
    except requests.RequestException as error:
        raise TransferError(f"{url}: {_reason(error)}") from error


def _write(
    answer: requests.Response, part: Path, start: int, total: int | None, url: str, options: TransferOptions
) -> None:
    done = start
    with part.open("ab" if start else "wb") as stream, _progress(url.rsplit("/", 1)[-1], total, start) as advance:
        for block in answer.iter_content(_CHUNK):
            done += len(block)
            if done > options.max_bytes:
                raise TransferError(f"{url}: more than the limit of {options.max_bytes / 1e6:.0f} MB")
            stream.write(block)
            advance(len(block))
    if total is not None and done < total:
        raise _Cut(f"the connection broke after {done} of {total} bytes")


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _sidecar(part: Path) -> Path:
    return part.with_name(part.name + ".tag")


def _validator(part: Path) -> str:
    return _sidecar(part).read_text(encoding="utf-8").strip() if _sidecar(part).exists() else ""


def _remember(part: Path, tag: str) -> None:
    if tag and not tag.startswith("W/"):  # a weak tag does not promise equal bytes
        _sidecar(part).write_text(tag, encoding="utf-8")
    else:
        _sidecar(part).unlink(missing_ok=True)


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _sidecar(part).unlink(missing_ok=True)


class _Advance:
    """Silent stand-in for a progress bar."""

    def __call__(self, n_bytes: int) -> None:
        return


@contextmanager
def _progress(title: str, total: int | None, start: int) -> Iterator[_Advance]:
    """Bar on a terminal, silence elsewhere."""
    if not sys.stderr.isatty():
        yield _Advance()
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task(title, total=total, completed=start)

        class Bar(_Advance):
            def __call__(self, n_bytes: int) -> None:
                bar.advance(task, n_bytes)

        yield Bar()
