"""Rows of a ranking as tables of text: the columns that a person reads first."""

from __future__ import annotations

import pandas as pd

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.number_text import number
from ssbscreen.query.columns import (
    caution_text,
    first_text,
    first_title,
    name_of,
    rank_text,
    share_text,
    short_title_of,
)
from ssbscreen.query.series import MORE, more_text

LITHIUM_COLUMNS = {
    "p_li_mixed_conducting": "goes on",
    "reduction_margin": "margin V",
    "kinetic_reduction_limit": "kinetic from V",
    "kinetic_oxidation_limit": "to V",
    "interphase_resistance": "interphase ohm cm2",
    "lithium_lost": "binds mAh/cm2",
    "capacity_kept": "capacity kept",
    "stripping_pressure": "pressure asked MPa",
    "flow_before_fracture": "fracture over flow",
    "large_cell_current": "large cell A/cm2",
}


def top_table(frame: pd.DataFrame, n_top: int, n_first: int) -> pd.DataFrame:
    """The best candidates of one role.

    Args:
        frame: ranked rows, best first.
        n_top: rows of the table.
        n_first: length of the leading list whose chance is said, as `columns.first_of` has it.
    """
    return pd.DataFrame([_top_row(row, n_first) for _, row in frame.head(n_top).iterrows()])


def lithium_table(frame: pd.DataFrame, n_top: int) -> pd.DataFrame:
    """The best electrolytes with what happens at the negative electrode; only columns in which something is known."""
    best = frame.head(n_top)
    known = {
        title: best[f"{key}_value"]
        for key, title in LITHIUM_COLUMNS.items()
        if f"{key}_value" in best and best[f"{key}_value"].notna().any()
    }
    if not known:
        return pd.DataFrame()
    names = {"rank": best.apply(rank_text, axis=1), "candidate": best.apply(name_of, axis=1, args=(40,))}
    return pd.DataFrame({**names, **{title: values.map(number) for title, values in known.items()}})


def rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with numbers as people read them."""
    return frame.assign(**{str(column): frame[column].map(number) for column in frame.select_dtypes("float")})


def _top_row(row: pd.Series, n_first: int) -> dict[str, object]:
    return {
        "rank": rank_text(row),
        **({first_title(n_first): first_text(row, n_first)} if n_first else {}),
        "candidate": name_of(row, 40),
        "caution": caution_text(row),
        **({"series": more_text(row)} if MORE in row else {}),
        "class": row["chemistry_class"],
        "family": family_title(str(row["family"])),
        "score": number(row["score"]),
        "all limits hold": share_text(row["p_all"]),
        "limited by": short_title_of(str(row["limiting_criterion"])) if row["limiting_criterion"] else "",
        "coverage": share_text(row["coverage"]),
        "in domain": "yes" if row["in_domain"] else "no",
        "next test": str(row["next_test"]),
        "id": str(row["candidate_id"]),
    }
