"""Candidates of the newest run as entries of OPTIMADE: what a formula says, and our columns under a prefix."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from optimade.models.utils import anonymous_element_generator

from ssbscreen.app.server.column_words import columns_of
from ssbscreen.app.server.optimade_fields import Field, numbers, objects
from ssbscreen.app.server.rows import records
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.core.errors import InputError
from ssbscreen.core.formula import parse_formula

PREFIX = "ssbscreen"
PAPERS = "references.id"
"""How a filter names the papers of a structure."""
LARGEST_MULTIPLE = 2000  # formula units that make amounts whole
_CLOSE = 1e-6  # of a whole number
_TYPES = {"number": "float", "integer": "integer", "flag": "boolean", "text": "string"}
_OURS = (
    *("rank", "rank_low", "rank_high", "tie_group", "score", "p_all", "chemistry_class", "family", "role", "label"),
    *("is_made", "limiting_criterion", "coverage", "in_domain", "next_test", "best_cathode"),
)


@dataclass(frozen=True)
class FormulaWords:
    """What a formula says in OPTIMADE's terms; None where it says nothing, as for polymers."""

    elements: tuple[str, ...] | None = None
    ratios: tuple[float, ...] | None = None
    reduced: str | None = None
    anonymous: str | None = None


def formula_words(formula: str) -> FormulaWords:
    """Elements in alphabetical order with their shares, and formulas of whole numbers where amounts have a multiple."""
    try:
        amounts = {symbol: x for symbol, x in sorted(parse_formula(formula).items()) if x > 0}
    except (InputError, ValueError):
        return FormulaWords()
    if not amounts:
        return FormulaWords()
    total = sum(amounts.values())
    whole = _whole(tuple(amounts.values()))
    ratios = tuple(x / total for x in amounts.values())
    if whole is None:
        return FormulaWords(tuple(amounts), ratios)
    reduced = "".join(f"{symbol}{n if n > 1 else ''}" for symbol, n in zip(amounts, whole, strict=True))
    letters = anonymous_element_generator()
    anonymous = "".join(f"{next(letters)}{n if n > 1 else ''}" for n in sorted(whole, reverse=True))
    return FormulaWords(tuple(amounts), ratios, reduced, anonymous)


def _whole(amounts: tuple[float, ...]) -> tuple[int, ...] | None:
    """Smallest whole numbers in the same proportion; None where there are none up to a multiple."""
    for multiple in range(1, LARGEST_MULTIPLE + 1):
        scaled = [x * multiple for x in amounts]
        if all(abs(x - round(x)) < _CLOSE * multiple and round(x) > 0 for x in scaled):
            counts = [round(x) for x in scaled]
            common = gcd(*counts)
            return tuple(n // common for n in counts)
    return None


def finished_of(run: OpenRun) -> datetime:
    """When a run was finished; the beginning of time where it does not say."""
    said = run.mark.finished if run.mark else ""
    return datetime.fromisoformat(said).astimezone(UTC) if said else datetime(1970, 1, 1, tzinfo=UTC)


class Entries:
    """Rows of one role of a run.

    Attributes:
        run: that ranked them.
    """

    def __init__(self, run: OpenRun) -> None:
        self.run = run
        rows = run.table.rows_of(run.role)
        self._rows = np.arange(rows.start, rows.stop, dtype=np.int32)
        self._fields: dict[str, Field | None] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def words(self) -> list[FormulaWords]:
        """Of every row; a formula that stands twice is read once."""
        known: dict[str, FormulaWords] = {}
        found = []
        for formula in self.run.table.column("formula").plain(self._rows):
            if formula not in known:
                known[formula] = formula_words(formula)
            found.append(known[formula])
        return found

    @cached_property
    def columns(self) -> dict[str, str]:
        """Property of ours, without its prefix -> column of the ranking behind it; names of OPTIMADE are lower-case."""
        medians = {
            name.removesuffix("_value").lower(): name for name in self.run.table.names if name.endswith("_value")
        }
        return medians | {name.lower(): name for name in self.run.table.names}

    @cached_property
    def modified(self) -> datetime:
        """When the run was finished."""
        return finished_of(self.run)

    def field(self, name: str) -> Field | None:
        """Field of a filter; None for one that no row has."""
        if name not in self._fields:
            self._fields[name] = self._made(name)
        return self._fields[name]

    def _made(self, name: str) -> Field | None:
        if name == "id":
            return objects(name, self.run.table.column("candidate_id").plain(self._rows))
        if name == "type":
            return objects(name, ["structures"] * len(self))
        if name == "last_modified":
            return objects(name, [self.modified] * len(self))
        if name == "nelements":
            return numbers(name, [np.nan if w.elements is None else len(w.elements) for w in self.words])
        if name == "structure_features":
            return objects(name, [[]] * len(self), is_list=True)
        if name == PAPERS:
            ids = self.run.table.column("candidate_id").plain(self._rows)
            return objects(name, [list(self.run.papers.get(one, ())) for one in ids], is_list=True)
        lists = {"elements": "elements", "elements_ratios": "ratios"}
        if name in lists:
            return objects(name, [getattr(w, lists[name]) for w in self.words], is_list=True)
        texts = {"chemical_formula_reduced": "reduced", "chemical_formula_anonymous": "anonymous"}
        if name in texts:
            return objects(name, [getattr(w, texts[name]) for w in self.words])
        if name == "chemical_formula_descriptive":
            return objects(name, self.run.table.column("formula").plain(self._rows))
        column = self.columns.get(name)
        return None if column is None else self._own(name, column)

    def _own(self, name: str, column: str) -> Field:
        values = self.run.table.column(column).plain(self._rows)
        if self.run.table.kind_of(column) in ("number", "integer"):
            return numbers(name, [np.nan if value is None else value for value in values])
        return objects(name, values)

    def documents(self, places: np.ndarray, ours: list[str]) -> list[dict[str, Any]]:
        """Entries at some places, our columns under their names without prefix."""
        columns = {name: self.columns[name] for name in ours if name in self.columns}
        asked = tuple(dict.fromkeys(("candidate_id", "formula", *columns.values())))
        self.run.table.load(asked)
        found = records(self.run.table, self._rows[places], asked)
        return [self._document(int(i), row, columns, ours) for i, row in zip(places, found, strict=True)]

    def _document(self, i: int, row: dict[str, Any], columns: dict[str, str], ours: list[str]) -> dict[str, Any]:
        words = self.words[i]
        papers = self.run.papers.get(row["candidate_id"], ())
        own = {name: _finite(row.get(columns.get(name, ""))) for name in ours}
        return own | {
            "id": row["candidate_id"],
            "type": "structures",
            "immutable_id": None,
            "last_modified": self.modified,
            "elements": None if words.elements is None else list(words.elements),
            "nelements": None if words.elements is None else len(words.elements),
            "elements_ratios": None if words.ratios is None else list(words.ratios),
            "chemical_formula_descriptive": row["formula"],
            "chemical_formula_reduced": words.reduced,
            "chemical_formula_anonymous": words.anonymous,
            "structure_features": [],
            "relationships": {"references": {"data": [{"type": "references", "id": doi} for doi in papers]}},
        }


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def our_properties(run: OpenRun) -> list[dict[str, Any]]:
    """Our properties with their words: what every row has, and the median of each quantity in its natural unit."""
    found = []
    for column in columns_of(run):
        is_ours = column.name in _OURS or (column.part == "value" and run.role in column.roles)
        if is_ours and not column.name.startswith("pair_"):
            name = column.name.removesuffix("_value").lower()
            told: dict[str, Any] = {"name": name, "type": _TYPES[column.kind], "description": column.description}
            told |= {"sortable": True} | ({"unit": column.unit} if column.unit else {})
            found.append(told)
    return [entry for entry in found if entry["name"].replace("_", "").isalnum()]
