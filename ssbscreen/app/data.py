"""Data sets as the command line shows them: overview, fetch, verify, and the user's own candidates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssbscreen.calculation.potential_loading import fetch_weights, weights_of
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.core.errors import DataUnavailable, InputError, IntegrityError, UsageError, unknown
from ssbscreen.download import hashes
from ssbscreen.download.fetch import fetch
from ssbscreen.download.places import status
from ssbscreen.files.data_card import card_of
from ssbscreen.files.paths import data_dir
from ssbscreen.files.user_state import candidates_dir
from ssbscreen.files.writing import write_rejected
from ssbscreen.screening.candidates.imported import IMPORTED_ENDING, write_imported

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fetched:
    """Outcome of fetching one data set.

    Attributes:
        name: of the data set.
        is_there: whether it can be read now.
        place: where it lies: repository, cache, mirror or origin.
        message: what was tried, and what to do where it failed.
    """

    name: str
    is_there: bool
    place: str
    message: str


@dataclass(frozen=True)
class Verified:
    """Outcome of verifying one data set.

    Attributes:
        name: of the data set.
        is_fine: no file differs from its recorded hash and none is missing; a set that was never fetched is fine.
        message: what was compared.
    """

    name: str
    is_fine: bool
    message: str


@dataclass(frozen=True)
class Imported:
    """Outcome of importing candidates.

    Attributes:
        name: by which `screen --candidates` finds them.
        n_kept, n_rejected: candidates kept and inputs rejected.
        rejected_path: table of `input, reason`.
    """

    name: str
    n_kept: int
    n_rejected: int
    rejected_path: Path


def names() -> tuple[str, ...]:
    """All data sets with a card."""
    return tuple(sorted(path.parent.name for path in data_dir().glob("*/card.yaml")))


def chosen(given: Sequence[str]) -> tuple[str, ...]:
    """The given names, or all.

    Raises:
        UsageError: a name that is neither a data set nor a potential.
    """
    for name in given:
        if name not in (*names(), *POTENTIALS):
            raise unknown("data set", name, (*names(), *(p.name for p in POTENTIALS.values() if p.origin)))
    return tuple(given) or names()


def overview() -> pd.DataFrame:
    """One row a data set: where it lies, its size and licence."""
    rows = []
    for name in names():
        found, card = status(name), card_of(name)
        rows.append(
            {
                "name": name,
                "place": found.place,
                "MB": f"{found.n_bytes / 1e6:.1f}" if found.folder is not None else "",
                "licence": re.split(r"[;,(]| for | as ", card.licence)[0].strip(),
                "terms": card.licence,
                "title": card.title,
            }
        )
    for path in sorted(candidates_dir().glob(f"*{IMPORTED_ENDING}")):
        rows.append(
            {
                "name": path.name.removesuffix(IMPORTED_ENDING),
                "place": "imported",
                "MB": f"{path.stat().st_size / 1e6:.1f}",
                "licence": "yours",
                "terms": "yours",
                "title": "imported candidates",
            }
        )
    return pd.DataFrame(rows)


def fetch_all(given: Sequence[str], progress: Progress) -> list[Fetched]:
    """Fetch data sets, or weights of potentials, one after the other; one that fails does not stop the others."""
    outcomes, wanted = [], chosen(given)
    for done, name in enumerate(wanted):
        progress("fetch", done, len(wanted))
        try:
            if name in POTENTIALS:
                outcomes.append(Fetched(name, True, "origin", str(fetch_weights(POTENTIALS[name]))))
                continue
            report = fetch(name)
        except (DataUnavailable, IntegrityError) as error:
            outcomes.append(Fetched(name, False, "missing", str(error)))
        else:
            outcomes.append(Fetched(name, True, report.place, "; ".join(report.tried) or str(report.folder)))
    progress("fetch", len(wanted), len(wanted))
    return outcomes


def verify_all(given: Sequence[str]) -> list[Verified]:
    """Recompute hashes and compare."""
    outcomes = []
    for name in chosen(given):
        if name in POTENTIALS:
            outcomes.append(Verified(name, True, f"{weights_of(POTENTIALS[name])} has the hash that is known"))
            continue
        report = hashes.verify(name)
        if report.folder is None:
            outcomes.append(Verified(name, True, "not fetched"))
            continue
        states = Counter(check.state for check in report.checks)
        counts = ", ".join(
            f"{n} {'without a recorded hash' if state == 'unrecorded' else state}" for state, n in states.items()
        )
        bad = [
            f"{c.file} is {c.state} (hash of the {c.basis})" for c in report.checks if c.state in ("changed", "missing")
        ]
        outcomes.append(Verified(name, report.is_ok, "; ".join([counts, *bad])))
    return outcomes


def import_candidates(path: Path, name: str | None) -> Imported:
    """Check candidates of the user and keep them, in one form, among what the user made.

    Args:
        path: what `predict` accepts as INPUT.
        name: lower-case letters, digits, "-" and "_"; made from the file's name when None.

    Raises:
        UsageError: a name that is not allowed or belongs to a data set.
        InputError: nothing in it can be used.
    """
    from ssbscreen.readers.inputs import load_inputs

    if not path.exists():
        raise UsageError(f"'{path}' does not exist; give a file or a folder.")
    name = name or re.sub(r"[^a-z0-9_-]+", "_", path.name.split(".")[0].lower()).strip("_")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise UsageError(f"'{name}' is no usable name; use lower-case letters, digits, - and _, 64 at most.")
    if name in names():
        raise UsageError(f"'{name}' is the name of a data set; choose another one with --name.")
    records = load_inputs([path])
    rejected_path = candidates_dir() / f"{name}.rejected.csv"
    write_rejected(records.rejected, rejected_path)
    if not records.candidates:
        raise InputError(f"Nothing in '{path}' can be used; the reasons stand in {rejected_path}.")
    write_imported(name, records.candidates)
    return Imported(name, len(records.candidates), records.n_rejected, rejected_path)
