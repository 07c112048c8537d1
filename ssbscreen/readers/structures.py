"""Crystals out of the text of one file: what a format of structures is, and what every structure must keep to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.readers.reading import Limits, Reading, reader_of, unreadable

if TYPE_CHECKING:
    from pymatgen.core import Structure

SOURCE_NAME = "structure_files"  # of candidates


@dataclass(frozen=True)
class Frame:
    """One structure of a file.

    Attributes:
        crystal: the structure.
        space_group: international number, None when the file names none.
        note: on how it was read, for the provenance; begins with a comma.
    """

    crystal: Crystal
    space_group: int | None = None
    note: str = ""


@dataclass(frozen=True)
class StructureFormat:
    """A kind of file that holds structures as text.

    Attributes:
        endings, beginnings: of the names of such files, lower case.
        parse: structures of a text, in order; raises InputError when the text as a whole cannot be used.
    """

    endings: tuple[str, ...]
    parse: Callable[[str, Limits], Sequence[Frame | Structure]]
    beginnings: tuple[str, ...] = ()
    is_in_folders = True

    def frames(self, text: str, limits: Limits) -> list[Frame | str]:
        """All structures of a text, in order, or the reason why one of several is unusable.

        Raises:
            InputError: the text as a whole cannot be used.
        """
        parsed = self.parse(text, limits)
        out: list[Frame | str] = []
        for item in parsed:
            try:
                frame = item if isinstance(item, Frame) else Frame(Crystal.from_structure(item))
                check_crystal(frame.crystal, limits)
                out.append(frame)
            except InputError as error:
                if len(parsed) == 1:
                    raise
                out.append(str(error))
        return out

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """Candidates of a file, numbered where it holds several; see `reading.Reader`."""
        try:
            with _time_limit(reading.limits.seconds):
                frames = self.frames(_text(path, reading.limits), reading.limits)
        except InputError as error:
            return Records((), (), (Rejected(name, str(error)),))
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for index, frame in enumerate(frames):
            candidate_id = name if len(frames) == 1 else f"{name}#{index}"
            if isinstance(frame, str):
                rejected.append(Rejected(candidate_id, frame))
            else:
                candidates.append(
                    Candidate(
                        candidate_id,
                        crystal=frame.crystal,
                        source=SOURCE_NAME,
                        provenance="structure file" + frame.note,
                        space_group=frame.space_group,
                    )
                )
        return Records(tuple(candidates), (), tuple(rejected))


def read_frame(path: Path, limits: Limits) -> Frame:
    """The one structure of a file.

    Raises:
        InputError: the file holds none or several, or cannot be used.
    """
    reader = reader_of(path)
    if not isinstance(reader, StructureFormat):
        raise unreadable(path)
    frames = reader.frames(_text(path, limits), limits)
    if len(frames) != 1 or isinstance(frames[0], str):
        raise InputError(f"holds {len(frames)} structures; a row takes a file with one")
    return frames[0]


def check_crystal(crystal: Crystal, limits: Limits) -> None:
    """Raises InputError for too many sites or a density that no solid has."""
    if crystal.n_sites > limits.n_sites:
        raise InputError(f"the cell holds {crystal.n_sites} sites, more than the limit of {limits.n_sites}")
    if not (np.isfinite(crystal.frac).all() and np.isfinite(crystal.lattice).all()):
        raise InputError("a coordinate or lattice vector is not a number")
    density = crystal.density if crystal.volume > 1e-3 else float("inf")
    if not 0.02 < density < 40.0:
        raise InputError(f"a density of {density:.3g} g/cm3 is impossible; check cell (angstrom) and sites")


def _text(path: Path, limits: Limits) -> str:
    try:
        size = path.stat().st_size
        if size > limits.n_bytes:
            raise InputError(f"{size / 1e6:.1f} MB is more than the limit of {limits.n_bytes / 1e6:.0f} MB")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})") from error
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


def structure_of(item: Any) -> Structure:
    """pymatgen structure of its dictionary, bare or under the key `structure`.

    Raises:
        InputError: no such dictionary.
    """
    from pymatgen.core import Structure

    if isinstance(item, dict) and isinstance(item.get("structure"), dict):
        item = item["structure"]
    if not isinstance(item, dict) or "lattice" not in item or "sites" not in item:
        raise InputError("no pymatgen structure; give a dictionary with the keys lattice and sites")
    try:
        return Structure.from_dict(item)
    except Exception as error:  # from_dict raises whatever the content provokes
        raise InputError(f"the structure cannot be read ({first_line(error)})") from error


def first_line(error: Exception) -> str:
    """What an error says, shortened to one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Stop reading after some seconds, where the platform can interrupt (main thread, POSIX)."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise InputError(f"reading takes longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
