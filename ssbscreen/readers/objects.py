"""Candidates out of what a Python session holds: structures, atoms, compositions, texts, paths, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pymatgen.core import Composition, SiteCollection, Structure

from ssbscreen.core.candidate import Candidate, Records, Rejected, reduced_formula
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.insertion import check_pair
from ssbscreen.core.printable import printable, shown
from ssbscreen.readers.atoms import frame_of
from ssbscreen.readers.formats.candidate_table import candidate_of, records_of
from ssbscreen.readers.inputs import load_inputs
from ssbscreen.readers.reading import Limits, Reading
from ssbscreen.readers.sheet import Sheet
from ssbscreen.readers.structures import Frame, checked

if TYPE_CHECKING:
    import pandas as pd

SOURCE_NAME = "session"  # of candidates
ENDS = ("charged", "discharged")  # of an electrode, as keys of a mapping
_ALLOWED = (
    "a pymatgen Structure, ASE Atoms, a Composition, a formula, a SMILES with two ends *, a path, a mapping such as "
    "{'smiles': ..., 'salt_smiles': ..., 'molality': ...} or {'charged': Structure, 'discharged': Structure}, or a "
    "list, Series or DataFrame of them"
)


def candidates_of(things: object, limits: Limits | None = None) -> Records:
    """Candidates of objects, in their order; what cannot be read is rejected with its reason.

    A text is a path where such a file or folder exists, a polymer where it holds two ends written `*`, else a formula
    or a name in use. A mapping is a row of a candidate table, or an electrode with its structures under `charged` and
    `discharged`. A DataFrame is a candidate table. Ids are the labels of a Series whose index is not 0, 1, 2 ..., else
    the texts and reduced formulas; repeated ones are numbered, Li3PS4#1.

    Args:
        things: one object, or an iterable of objects.
        limits: of structures and files.

    Raises:
        UsageError: there is nothing in it.
    """
    limits = limits or Limits()
    if _is_frame(things):
        return _of_table(things, limits)  # type: ignore[arg-type]
    found: dict[str, Candidate] = {}
    rejected: list[Rejected] = []
    is_empty = True
    for label, thing in _labelled(things):
        is_empty = False
        try:
            part = _records(thing, label, limits)
        except InputError as error:
            rejected.append(Rejected(printable(label or _name(thing), 300), str(error)))
            continue
        rejected += part.rejected
        for candidate in part.candidates:
            free = _free(candidate.candidate_id, found)
            found[free] = candidate if free == candidate.candidate_id else replace(candidate, candidate_id=free)
    if is_empty:
        raise UsageError(f"Nothing was given; give {_ALLOWED}.")
    return Records(tuple(found.values()), (), tuple(rejected))


def _is_frame(things: object) -> bool:
    return hasattr(things, "columns") and hasattr(things, "itertuples")


def _is_one(thing: object) -> bool:
    kinds = (str, Path, SiteCollection, Composition, Mapping)
    return isinstance(thing, kinds) or _is_atoms(thing) or not isinstance(thing, Iterable)


def _is_atoms(thing: object) -> bool:
    """Whether it is an ASE Atoms object, without loading ASE."""
    return any(kind.__module__ == "ase.atoms" for kind in type(thing).__mro__)


def _labelled(things: Any) -> Iterable[tuple[str, object]]:
    """(label, object); labels are empty but for a Series with an index of its own."""
    if _is_one(things):
        return (("", things),)
    index = getattr(things, "index", None)
    if index is None or callable(index) or list(index) == list(range(len(index))):
        return (("", thing) for thing in things)
    return ((str(label), thing) for label, thing in zip(index, things, strict=True))


def _of_table(frame: pd.DataFrame, limits: Limits) -> Records:
    """Rows of a DataFrame as those of a CSV; structure files are looked for in the working folder."""
    import pandas as pd

    texts = frame.map(lambda cell: "" if pd.api.types.is_scalar(cell) and pd.isna(cell) else str(cell).strip())
    rows = ((i + 1, {str(name): row[name] for name in frame.columns}) for i, (_, row) in enumerate(texts.iterrows()))
    sheet = Sheet(tuple(map(str, frame.columns)), rows, len(frame) + 1)
    found = records_of(sheet, Path("table"), "row", Reading(limits))
    return Records(tuple(replace(c, source=SOURCE_NAME) for c in found.candidates), (), found.rejected)


def _records(thing: object, label: str, limits: Limits) -> Records:
    """Candidates of one object.

    Raises:
        InputError: it is none that is known, or cannot be used.
    """
    if isinstance(thing, str | Path) and _is_path(thing):
        found = load_inputs([Path(thing).expanduser()], limits)
        if label and len(found.candidates) == 1:
            return replace(found, candidates=(replace(found.candidates[0], candidate_id=label),))
        return found
    return Records((_candidate(thing, label or _name(thing), limits),), (), ())


def _is_path(thing: str | Path) -> bool:
    try:
        return isinstance(thing, Path) or (thing.strip() != "" and Path(thing).expanduser().exists())
    except (OSError, ValueError, RuntimeError):  # longer than a name may be, or with a character that none may hold
        return False


def _candidate(thing: object, name: str, limits: Limits) -> Candidate:
    if isinstance(thing, str):
        if not thing.strip():
            raise InputError("it is an empty text")
        is_polymer = thing.count("*") > 1 or all(end in thing for end in ("[Cu]", "[Au]"))
        return _of_row({"smiles" if is_polymer else "composition": thing.strip()}, name, limits)
    if isinstance(thing, Composition):
        return _of_row({"composition": thing.formula.replace(" ", "")}, name, limits)
    if isinstance(thing, Mapping):
        if set(ENDS) & set(thing):
            return _electrode(thing, name, limits)
        return _of_row({str(k): "" if v is None else str(v) for k, v in thing.items()}, name, limits)
    frame = _frame(thing, limits)
    return Candidate(
        name,
        crystal=frame.crystal,
        source=SOURCE_NAME,
        provenance="object" + frame.note,
        space_group=frame.space_group,
        doubt=frame.doubt,
    )


def _of_row(row: Mapping[str, str], name: str, limits: Limits) -> Candidate:
    candidate, fault = candidate_of({"candidate_id": name} | dict(row), Path(), limits)
    if fault:
        raise InputError(fault)
    return replace(candidate, source=SOURCE_NAME, provenance="object")


def _frame(thing: object, limits: Limits) -> Frame:
    if _is_atoms(thing):
        return checked(frame_of(thing), limits)  # type: ignore[arg-type]
    if isinstance(thing, Structure) or (isinstance(thing, SiteCollection) and hasattr(thing, "lattice")):
        return checked(Frame(Crystal.from_structure(thing)), limits)  # type: ignore[arg-type]
    raise InputError(f"{shown(type(thing).__name__)} is no material that is known here; give {_ALLOWED}")


def _electrode(ends: Mapping[Any, Any], name: str, limits: Limits) -> Candidate:
    if set(ends) != set(ENDS):
        raise InputError(f"an electrode is given by {' and '.join(ENDS)}, not by {', '.join(map(str, ends))}")
    charged, discharged = (_frame(ends[end], limits) for end in ENDS)
    check_pair(discharged.crystal, charged.crystal)
    return Candidate(
        name, crystal=discharged.crystal, charged=charged.crystal, source=SOURCE_NAME, provenance="object, pair"
    )


def _name(thing: object) -> str:
    """What an object is called where nobody named it."""
    if isinstance(thing, str | Path):
        return printable(str(thing).strip(), 200)
    if isinstance(thing, Composition):  # which is a mapping too
        return reduced_formula(thing)
    if isinstance(thing, Mapping):
        own = thing.get("candidate_id") or thing.get("composition") or thing.get("smiles")
        return printable(str(own), 200) if own else _name(thing.get("discharged"))
    if _is_atoms(thing):
        return reduced_formula(Composition(thing.get_chemical_formula()))  # type: ignore[attr-defined]
    composition = getattr(thing, "composition", None)
    return reduced_formula(composition) if isinstance(composition, Composition) else type(thing).__name__


def _free(name: str, taken: Mapping[str, object]) -> str:
    if name not in taken:
        return name
    return next(free for number in range(1, len(taken) + 2) if (free := f"{name}#{number}") not in taken)
