"""Every value that a source gives for a candidate, as lines: what counts, in which study, and what does not and why."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ssbscreen.core.number_text import number
from ssbscreen.core.properties import get_property

_SIGNS = {"below": "<", "above": ">"}
_NOT_SPOKEN = r"another value of it counts|, again"


def sources(evidence: pd.DataFrame) -> Iterator[str]:
    """Lines of one candidate's part of `evidence.parquet`, property by property; none where nothing was reported."""
    for key, rows in evidence.groupby("property", sort=False) if len(evidence) else ():
        is_more = rows["verdict"].str.contains(_NOT_SPOKEN)
        studies = rows.loc[rows["verdict"].str.startswith("study"), "verdict"].str.extract(r"^study (\d+)")[0].nunique()
        yield ""
        yield f"{_lower_first(get_property(str(key)).title)}, {studies} {'study' if studies == 1 else 'studies'}:"
        for _, row in rows[~is_more].iterrows():
            yield f"  {_line(row)}"
        if is_more.any():
            yield f"  {int(is_more.sum())} more of these studies: quoted again, or at other temperatures"


def _lower_first(title: str) -> str:
    """A title inside a line; a name such as Young keeps its capital."""
    first = title.split(" ", 1)[0]
    return title if "'" in first or not first[1:].islower() else title[:1].lower() + title[1:]


def _line(row: pd.Series) -> str:
    warm = "" if pd.isna(row["temperature_c"]) else f" at {number(row['temperature_c'])} degree C"
    value = f"{_SIGNS.get(str(row['bound']), '')}{row['as_written']}{warm}"
    method = "" if row["method"] == "experiment" else f", {row['method']}"
    return f"{value}{method}; {row['reference'] or 'paper not named'} ({row['source']}): {row['verdict']}"
