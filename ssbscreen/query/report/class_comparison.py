"""The best of each class beside each other, criterion by criterion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssbscreen.query.columns import has_own, most_of
from ssbscreen.query.report.numbers import said
from ssbscreen.query.report.shown_criteria import ShownCriterion
from ssbscreen.query.report.summary import OF_CLASS, ClassSummary
from ssbscreen.query.series import collapsed


@dataclass(frozen=True)
class Cell:
    """One criterion in one class.

    Attributes:
        text: median of the leading series with a value of their own; empty where none has one.
        percent: median desirability of these in percent.
        n, n_measured: series with a value of their own, and those of them that were measured.
    """

    text: str
    percent: float
    n: int
    n_measured: int


@dataclass(frozen=True)
class Comparison:
    """All classes that have a ranked candidate.

    Attributes:
        classes: in the order of their best.
        criteria: criteria that count.
        cells: one line a criterion, one cell a class.
    """

    classes: tuple[ClassSummary, ...]
    criteria: tuple[ShownCriterion, ...]
    cells: tuple[tuple[Cell, ...], ...]


def class_comparison(
    frame: pd.DataFrame, role: str, classes: tuple[ClassSummary, ...], criteria: tuple[ShownCriterion, ...]
) -> Comparison:
    """Medians of the leading family series of every class.

    Args:
        frame: a ranking.
        role: of the rows.
        classes: in the order of the columns.
        criteria: criteria of the role; those without weight are left out where others have one.
    """
    counted = tuple(w for w in criteria if w.weight > 0) or criteria
    series = collapsed(frame[(frame["role"] == role) & frame["rank"].notna()]).sort_values("rank", kind="stable")
    leaders = {c.key: series[series["chemistry_class"] == c.key].head(OF_CLASS) for c in classes}
    cells = tuple(tuple(_cell(leaders[c.key], criterion.name) for c in classes) for criterion in counted)
    return Comparison(classes, counted, cells)


def _cell(rows: pd.DataFrame, criterion: str) -> Cell:
    own = rows[has_own(rows, criterion)]
    if not len(own):
        return Cell("", 0.0, 0, 0)
    evidence = f"{criterion}_evidence"
    measured = int(own[evidence].eq("measured").sum()) if evidence in own else 0
    desirability = (
        float(np.nanmedian(own[f"{criterion}_desirability"].astype(float)))
        if own[f"{criterion}_desirability"].notna().any()
        else 0.0
    )
    return Cell(said(own[f"{criterion}_value"].median(), most_of(criterion)), 100.0 * desirability, len(own), measured)
