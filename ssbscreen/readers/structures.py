"""Crystals out of the text of one file: what a format of structures is, and what every structure must keep to."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.symmetry import reduced, space_group_of
from ssbscreen.readers.contacts import merge_alternatives, without_repeats
from ssbscreen.readers.plausibility import doubt_of, looks_cartesian
from ssbscreen.readers.reading import Limits, Reading, reader_of, unreadable
from ssbscreen.readers.text import read_text

if TYPE_CHECKING:
    from pymatgen.core import Structure

SOURCE_NAME = "structure_files"  # of candidates
MAX_STRUCTURES = 10_000  # of a file that is read as a whole; lists of more are given as JSON lines
FARTHEST = 1e5  # cells from the origin; beyond it the digits of a coordinate say too little within the cell
LONGEST = 1e4  # angstrom, of a lattice vector
SHORTEST = 1.5  # angstrom, of a translation in a crystal: no row of atoms is closer, hydrogen apart


@dataclass(frozen=True)
class Frame:
    """One structure of a file.

    Attributes:
        crystal: the structure.
        space_group: international number, None when the file names none.
        note: on how it was read, for the provenance; begins with a comma.
        name: by which the file itself calls it; empty where it gives none.
        doubt: as of `Candidate`.
    """

    crystal: Crystal
    space_group: int | None = None
    note: str = ""
    name: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class StructureFormat:
    """A kind of file that holds structures as text.

    Attributes:
        endings, beginnings: of the names of such files, lower case.
        parse: structures of a text, in order, or the reason why one cannot be used; raises InputError when the text as
            a whole cannot be used.
        recognises: whether the first lines of a text are of this kind.
    """

    endings: tuple[str, ...]
    parse: Callable[[str, Limits], Sequence[Frame | Structure | str]]
    beginnings: tuple[str, ...] = ()
    recognises: Callable[[str], bool] = lambda text: False
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
                if isinstance(item, str):
                    raise InputError(item)
                frame = item if isinstance(item, Frame) else Frame(Crystal.from_structure(item))
                out.append(checked(frame, limits))
            except InputError as error:
                if len(parsed) == 1:
                    raise
                out.append(str(error))
        return out

    def read(self, path: Path, name: str, reading: Reading) -> Records:
        """Candidates of a file, numbered where it holds several; see `reading.Reader`."""
        try:
            with _time_limit(reading.limits.seconds):
                frames = self.frames(read_text(path, reading.limits.n_bytes), reading.limits)
        except InputError as error:
            return Records((), (), (Rejected(name, str(error)),))
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for index, frame in enumerate(frames):
            numbered = name if len(frames) == 1 else f"{name}#{index}"
            if isinstance(frame, str):
                rejected.append(Rejected(numbered, frame))
            else:
                candidates.append(
                    Candidate(
                        frame.name or numbered,
                        crystal=frame.crystal,
                        source=SOURCE_NAME,
                        provenance="structure file" + frame.note,
                        space_group=frame.space_group,
                        doubt=frame.doubt,
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
    frames = reader.frames(read_text(path, limits.n_bytes), limits)
    if len(frames) != 1 or isinstance(frames[0], str):
        raise InputError(f"holds {len(frames)} structures; a row takes a file with one")
    return frames[0]


def checked(frame: Frame, limits: Limits) -> Frame:
    """The frame as all others are: listed once, split sites merged, in the reduced primitive cell, with its group.

    Raises:
        InputError: too many sites, numbers out of all bounds, atoms on one another or on their own images, or a
            density that no solid has.
    """
    crystal = frame.crystal
    if crystal.n_sites > limits.n_sites:
        raise InputError(too_many_sites(crystal.n_sites, limits))
    if not (np.isfinite(crystal.frac).all() and np.isfinite(crystal.lattice).all()):
        raise InputError("a coordinate or lattice vector is not a number")
    if np.abs(crystal.frac).max() > FARTHEST or np.abs(crystal.lattice).max() > LONGEST:
        raise InputError("a coordinate or lattice vector is out of all bounds; check the cell (angstrom)")
    if crystal.volume < 1e-3 or not 0.02 < crystal.density < 1000.0:  # distances in such a cell mean nothing
        raise InputError("the cell has no volume, or a density that no solid has; check the cell (angstrom)")
    if looks_cartesian(crystal.frac, crystal.lattice):
        raise InputError(
            f"the fractional coordinates reach {crystal.frac.max():.2f} and would make sense in angstrom; mark them as "
            "Cartesian, or bring them into the cell"
        )
    crystal, n_merged, n_close = merge_alternatives(without_repeats(crystal))
    if not 0.02 < crystal.density < 40.0:
        raise InputError(f"a density of {crystal.density:.3g} g/cm3 is impossible; check cell (angstrom) and sites")
    crystal = reduced(crystal)
    if (shortest := float(np.linalg.norm(crystal.lattice, axis=1).min())) < SHORTEST:
        raise InputError(f"an atom and its own image lie {shortest:.2f} angstrom apart; check the cell (angstrom)")
    note = f", {n_merged} split sites merged" if n_merged else ""
    note += f", {n_close} pairs closer than 0.5 angstrom" if n_close else ""
    group = space_group_of(crystal) or frame.space_group
    return replace(frame, crystal=crystal, space_group=group, note=frame.note + note, doubt=doubt_of(crystal))


def too_many_sites(n_sites: int, limits: Limits) -> str:
    """Reason for a cell that is too large."""
    return f"the cell holds {n_sites} sites, more than the limit of {limits.n_sites}; give a smaller cell"


def structure_of(item: Any, limits: Limits | None = None) -> Structure:
    """pymatgen structure of its dictionary, bare or under the key `structure`; properties of its sites are left out.

    Raises:
        InputError: no such dictionary.
    """
    from pymatgen.core import Structure

    if isinstance(item, dict) and isinstance(item.get("structure"), dict):
        item = item["structure"]
    if isinstance(item, dict) and item.get("@class") in ("Molecule", "IMolecule"):
        raise InputError("it is a molecule; properties of the bulk need a crystal")
    if not isinstance(item, dict) or "lattice" not in item or "sites" not in item:
        raise InputError(
            "no structure of a form that is read here; give lattice and sites as pymatgen writes them, or what the "
            "provider answers over OPTIMADE, and compositions without structure in a table"
        )
    if not all(_periodic(item["lattice"])):
        raise InputError("it is not periodic in three directions; properties of the bulk need a crystal")
    if isinstance(item["sites"], list) and len(item["sites"]) > (limits or Limits()).n_sites:
        raise InputError(too_many_sites(len(item["sites"]), limits or Limits()))
    try:
        return Structure.from_dict(_plain(item))
    except Exception as error:  # from_dict raises whatever the content provokes
        raise InputError(f"the structure cannot be read ({first_line(error)})") from error


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    """What makes the crystal; the rest may name classes, which pymatgen would import and call."""
    sites = [{key: site[key] for key in ("species", "abc", "xyz") if key in site} for site in item["sites"]]
    lattice = {key: value for key, value in item["lattice"].items() if not key.startswith("@")}
    return {"lattice": lattice, "sites": [{**site, "properties": {}} for site in sites]}


def _periodic(lattice: Any) -> tuple[bool, ...]:
    given = lattice.get("pbc") if isinstance(lattice, dict) else None
    return tuple(map(bool, given)) if isinstance(given, list | tuple) else (True,)


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
