"""One row a material and family series: a view of a ranking, which itself keeps every row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.number_text import is_missing
from ssbscreen.query.records import Row

if TYPE_CHECKING:
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


def collapsed(frame: pd.DataFrame, by: str = "rank") -> pd.DataFrame:
    """Every series by one row, in the order of the rows given.

    The representative is the best-ranked member that was made, else the best-ranked one. Cells are of one series where
    electrolytes of one series stand against one cathode. Rows without a rank are left out.

    Args:
        frame: rows of a ranking.
        by: column of the ranks.

    Returns:
        The representatives with a column `MORE`; the rows as given where the run does not know series.
    """
    if "family_series" not in frame:
        return frame
    rows = series_rows(frame, by)
    is_kept = rows.notna()
    return frame[is_kept].assign(**{MORE: (rows[is_kept] - 1).astype(int)})


def series_rows(frame: pd.DataFrame, by: str = "rank") -> pd.Series:
    """Ranked rows of the series of every row that stands for one, missing for the other rows.  # (n,) float

    Args:
        frame: rows of a ranking.
        by: column of the ranks.
    """
    import pandas as pd

    if "family_series" not in frame:
        return pd.Series(float("nan"), index=frame.index)
    places, sizes = SeriesOrder.of(frame, by).leaders()
    found = np.full(len(frame), np.nan)
    found[places] = sizes
    return pd.Series(found, index=frame.index)


def class_leaders(frame: pd.DataFrame) -> pd.DataFrame:
    """First family series of every chemistry class, best class first: what a card of a class names.

    Args:
        frame: rows of one role.
    """
    ranked = collapsed(frame[frame["rank"].notna()]).sort_values("rank", kind="stable")
    return ranked.drop_duplicates("chemistry_class")


@dataclass(frozen=True)
class SeriesOrder:
    """Ranked rows by family series, what was made first, then by rank; so that any part of them is collapsed at once.

    Attributes:
        places: of the rows.  # (m,)
        series: number of the series of each.  # (m,)
    """

    places: np.ndarray
    series: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame, by: str = "rank") -> SeriesOrder:
        """Order of the rows of a ranking that knows family series, by a column of ranks."""
        import pandas as pd

        is_pair = frame["role"].eq("pair").to_numpy(dtype=bool)
        cathode = np.full(len(frame), "", dtype=object)
        cathode[is_pair] = frame["candidate_id"][is_pair].astype(str).str.rsplit("|", n=1).str[-1].to_numpy()
        keys = [pd.factorize(values)[0] for values in (frame["role"], frame["family_series"], cathode)]
        series = (keys[0] * (keys[1].max(initial=0) + 1) + keys[1]) * (keys[2].max(initial=0) + 1) + keys[2]
        rank = pd.to_numeric(frame[by]).to_numpy(dtype=float, na_value=np.nan)
        is_unmade = ~frame["is_made"].fillna(False).to_numpy(dtype=bool)
        is_there = ~np.isnan(rank) & (keys[1] >= 0)
        order = np.lexsort((rank, is_unmade, series))
        order = order[is_there[order]]
        return cls(order, series[order])

    def leaders(self, is_kept: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Places of the rows that stand for a series, and how many rows of it there are.

        Args:
            is_kept: rows that are looked at, all by default.  # (n,) bool
        """
        inside = np.ones(len(self.places), dtype=bool) if is_kept is None else is_kept[self.places]
        places, series = self.places[inside], self.series[inside]
        first = np.flatnonzero(np.diff(series, prepend=-1))
        return places[first], np.diff(first, append=len(places))


def more_text(row: Row) -> str:
    """How many rows a row of a collapsed ranking stands for, such as "+18 Argyrodite"; empty for one alone."""
    more = row.get(MORE)
    if is_missing(more) or not more:
        return ""
    family, *elements = str(row["family_series"]).split(" ", 1)
    return " ".join((f"+{int(more)}", family_title(family), *elements))
