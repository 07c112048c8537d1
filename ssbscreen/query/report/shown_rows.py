"""Rows of a ranking that the report shows, and what it shows of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.core.evidence import EvidenceKind
from ssbscreen.core.printable import printable
from ssbscreen.query.columns import CAUTIONED, caution_text, criteria_of, name_of
from ssbscreen.query.report.shown_criteria import ShownCriterion
from ssbscreen.query.series import collapsed, without_variants

MOST_ROWS = 5000  # of one role in the page; more would make it heavy for a phone
NONE = "none"
EVIDENCE = (NONE, *(str(kind) for kind in EvidenceKind))
"""What a value rests on, best first, as the codes of the page count it."""
_PLACE: dict[str, int] = {kind: i for i, kind in enumerate(EVIDENCE)}
PARTS = ("value", "low", "high", "desirability", "evidence", "n_studies", "imputed")
_BASE = (
    *("rank", "rank_low", "rank_high", "tie_group", "candidate_id", "formula", "chemistry_class", "family", "role"),
    *("score", "score_low", "score_high", "p_all", "pareto_front", "limiting_criterion", "coverage", "in_domain"),
    *("next_test", "label", "is_made", "made_source", "variant_of", "family_series", "material", "needs"),
    *("p_first_10", "p_first_100"),
)
_DIGITS = 4  # of numbers for other programs; all of them stand in ranking.parquet
_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")  # a text cell that begins so is a formula to a spreadsheet


@dataclass(frozen=True)
class ShownRows:
    """The best rows of one role, without repeats and unmade variants.

    Attributes:
        role: theirs.
        frame: rows in the order of their rank; those without one come last.
        series_more: further ranked rows of the series that a row stands for; -1 for rows that stand behind another.
        criteria: criteria of the role.
        n_all: rows of the role that stand for themselves, shown or not.
    """

    role: str
    frame: pd.DataFrame
    series_more: np.ndarray
    criteria: tuple[ShownCriterion, ...]
    n_all: int

    def texts(self, column: str) -> list[str]:
        """One column as text that shows every letter; empty where missing."""
        if column not in self.frame:
            return [""] * len(self.frame)
        return ["" if value is None or value != value else printable(str(value)) for value in self.frame[column]]

    def names(self) -> list[str]:
        """Names in use, else formulas."""
        return [
            printable(name_of(row, 200)) for _, row in self.frame[_present(self.frame, ("label", "formula"))].iterrows()
        ]

    def cautions(self) -> list[str]:
        """What a reader should know before believing the place of each row; empty where there is nothing."""
        told = self.frame[_present(self.frame, CAUTIONED)]
        return [caution_text(row) for _, row in told.iterrows()]

    def numbers(self, column: str) -> np.ndarray:
        """One column as floats, NaN where missing.  # (n,)"""
        if column not in self.frame:
            return np.full(len(self.frame), np.nan)
        return pd.to_numeric(self.frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)

    def flags(self, column: str) -> np.ndarray:
        """One column as yes or no, no where missing.  # (n,)"""
        if column not in self.frame:
            return np.zeros(len(self.frame), dtype=bool)
        return self.frame[column].eq(True).to_numpy(dtype=bool, na_value=False)

    def evidence(self, criterion: str) -> np.ndarray:
        """Place in `EVIDENCE` of what each value rests on.  # (n,)"""
        column = f"{criterion}_evidence"
        if column in self.frame:
            named = np.array([_PLACE.get(e, 0) for e in self.texts(column)], dtype=int)
        else:  # a run of version 0.1
            named = np.full(len(self.frame), _PLACE[EvidenceKind.PREDICTED])
        is_out = named == _PLACE[EvidenceKind.NOT_APPLICABLE]
        named = np.where(self.flags(f"{criterion}_imputed") & ~is_out, _PLACE[EvidenceKind.IMPUTED], named)
        is_without = is_out | (named == _PLACE[EvidenceKind.IMPUTED])
        return np.where(np.isfinite(self.numbers(f"{criterion}_value")) | is_without, named, 0)


def shown_rows(
    frame: pd.DataFrame, role: str, criteria: tuple[ShownCriterion, ...], most: int = MOST_ROWS
) -> ShownRows:
    """Rows of one role that the report shows.

    Args:
        frame: a ranking.
        role: of them.
        criteria: criteria of the role.
        most: rows at most.
    """
    own = frame[frame["role"] == role]
    standing = without_variants(own)
    order = np.argsort(standing["rank"].to_numpy(dtype=float, na_value=np.inf), kind="stable")
    best = standing.iloc[order[:most]]
    more = pd.Series(-1, index=best.index)
    representatives = collapsed(own)
    stands = representatives.index.intersection(best.index)
    more[stands] = representatives.loc[stands, "series_more"] if "series_more" in representatives else 0
    kept = best[_present(best, (*_BASE, *(f"{criterion.name}_{part}" for criterion in criteria for part in PARTS)))]
    return ShownRows(role, kept, more.to_numpy(), criteria, len(standing))


def needed_columns(names: list[str]) -> list[str]:
    """Columns of a ranking that the report reads."""
    scored = [name.removesuffix("_desirability") for name in names if name.endswith("_desirability")]
    wanted = {*_BASE, *(f"{name}_{part}" for name in scored for part in PARTS)}
    return [name for name in names if name in wanted]


def criteria_names(frame: pd.DataFrame, role: str) -> tuple[str, ...]:
    """Criteria by which the rows of a role are scored."""
    return criteria_of(frame[frame["role"] == role])


def plain_table(rows: ShownRows) -> pd.DataFrame:
    """The rows as a table for a spreadsheet or a script: the page's columns in natural units.

    Texts that a spreadsheet would run as a formula begin with an apostrophe.
    """
    dropped = {f"{criterion.name}_imputed" for criterion in rows.criteria} | {
        "variant_of",
        "material",
        "needs",
        "made_source",
    }
    table = rows.frame[[c for c in rows.frame.columns if c not in dropped]].reset_index(drop=True)
    for column in table.select_dtypes("float"):
        table[column] = _rounded(table[column].to_numpy(dtype=float))
    for column in table.select_dtypes(["object", "string"]):
        table[column] = [_harmless(value) if isinstance(value, str) else value for value in table[column]]
    return table


def _rounded(values: np.ndarray) -> np.ndarray:
    """The same numbers at `_DIGITS` significant digits."""
    return np.array([float(f"{value:.{_DIGITS - 1}e}") for value in values])


def _harmless(text: str) -> str:
    text = printable(text)
    return f"'{text}" if text.startswith(_SPREADSHEET) else text


def _present(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    return [column for column in columns if column in frame]
