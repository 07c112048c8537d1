"""One row a material and family series: a view of a ranking, which itself keeps every row."""

from __future__ import annotations

import pandas as pd

MORE = "series_more"
"""Column of a collapsed ranking: how many further ranked rows the series of a row has."""
SERIES_ROWS = "series_rows"
"""Column of a ranking on disk: ranked rows of the series that a row stands for; missing in rows that stand for none."""


def without_variants(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows that stand for themselves: no repeats of a material and no unmade structures of a made composition."""
    if "variant_of" not in frame:  # a run of version 0.2
        return frame
    return frame[frame["variant_of"].fillna("").eq("")]


def collapsed(frame: pd.DataFrame) -> pd.DataFrame:
    """Every series by one row, in the order of the rows given.

    The representative is the best-ranked member that was made, else the best-ranked one. Cells are of one series where
    electrolytes of one series stand against one cathode. Rows without a rank are left out.

    Args:
        frame: rows of a ranking.

    Returns:
        The representatives with a column `MORE`; the rows as given where the run does not know series.
    """
    if "family_series" not in frame:
        return frame
    rows = series_rows(frame)
    is_kept = rows.notna()
    return frame[is_kept].assign(**{MORE: (rows[is_kept] - 1).astype(int)})


def series_rows(frame: pd.DataFrame) -> pd.Series:
    """Ranked rows of the series of every row that stands for one, missing for the other rows.  # (n,) float"""
    if "family_series" not in frame:
        return pd.Series(float("nan"), index=frame.index)
    ranked = frame[frame["rank"].notna()]
    cathode = ranked["candidate_id"].astype(str).str.rsplit("|", n=1).str[-1].where(ranked["role"].eq("pair"), "")
    keys = [ranked["role"], ranked["family_series"], cathode.rename("cathode")]
    best = ranked.assign(is_unmade=~ranked["is_made"].fillna(False).astype(bool)).sort_values(
        ["is_unmade", "rank"], kind="stable"
    )
    first = best.groupby(keys, sort=False).head(1).index
    size = ranked.groupby(keys)["rank"].transform("size")
    return size[size.index.isin(first)].astype(float).reindex(frame.index)


def more_text(row: pd.Series) -> str:
    """How many rows a row of a collapsed ranking stands for, such as "+18 argyrodite"; empty for one alone."""
    more = row.get(MORE)
    return "" if more is None or pd.isna(more) or not more else f"+{int(more)} {row['family_series']}"
