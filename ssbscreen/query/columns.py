"""Columns of a ranking: which there are, what they are called, their units, and their values as text."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

from ssbscreen.core.errors import unknown
from ssbscreen.core.number_text import is_missing, number
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.query.records import Row

if TYPE_CHECKING:
    import pandas as pd

_SHORT_TITLES = {
    "li_decomposition_energy": "Reaction with Li",
    "p_li_mixed_conducting": "Mixed conduction",
    "interface_reaction_energy": "Interface reaction",
    "area_specific_resistance": "Area resistance",
    "critical_current": "Critical current",
    "oxidation_margin": "Oxidation margin",
    "youngs_modulus": "Young's modulus",
    "max_delta_volume": "Volume change",
}


_LARGE = 300  # ranked materials, above which the first ten are too few for a chance that tells rows apart
_LITTLE = 0.5  # coverage below which a reader should know of it


_SHORT = 10


def first_of(n_ranked: int) -> int:
    """Length of the leading list in which the chance of a row to stand is printed.

    100, or 10 of a short ranking; 0, for none, where no more than ten have a rank and the chance of each is 1.
    """
    if n_ranked <= _SHORT:
        return 0
    return 100 if n_ranked > _LARGE else _SHORT


def first_title(n_first: int) -> str:
    """Title of that chance; empty for a list of length 0."""
    return f"among first {n_first}" if n_first else ""


def first_note(n_first: int) -> str:
    """What that chance is, as a footnote of every table that shows it; empty for a list of length 0."""
    if not n_first:
        return ""
    return (
        f"Among first {n_first}: share of the random draws in which the row is among the first {n_first}. It is low "
        "even for leaders, since poorly known rows do well in some draws; the rank goes by all draws together."
    )


NOT_APPLICABLE = "does not apply"  # the word of `core.evidence.EvidenceKind`, which would load the chemistry


def does_not_apply(row: Row, criterion: str) -> bool:
    """Whether a criterion says nothing about the class of a row."""
    return bool(row.get(f"{criterion}_evidence") == NOT_APPLICABLE)


COLUMNS_LISTED_BY = "`ssbscreen query --format csv --top 1` (with the same --run) has all of them in its first line"


def column_of(name: str, columns: Collection[str]) -> str:
    """Column of a table that a name means: itself, else `<name>_value`.

    Raises:
        UsageError: neither exists; the nearest known name is given.
    """
    for column in (name, f"{name}_value"):
        if column in columns:
            return column
    raise unknown("column", name, [c.removesuffix("_value") for c in columns], COLUMNS_LISTED_BY)


def criteria_of(frame: pd.DataFrame) -> tuple[str, ...]:
    """Names of the criteria that the rows of a ranking are scored by, in its column order."""
    names = [c.removesuffix("_desirability") for c in frame.columns if c.endswith("_desirability")]
    return tuple(name for name in names if frame.empty or _is_scored(frame, name).any())


def _is_scored(frame: pd.DataFrame, criterion: str) -> pd.Series:
    """Rows that are scored by a criterion: an imputed one has no desirability, but is said to be imputed."""
    has_desirability, flag = frame[f"{criterion}_desirability"].notna(), f"{criterion}_imputed"
    return has_desirability | frame[flag].notna() if flag in frame else has_desirability


def shown_of(row: pd.Series) -> tuple[str, ...]:
    """Quantities that a row shows without being scored by them, in column order."""
    names = [str(c).removesuffix("_value") for c in row.index if str(c).endswith("_value")]
    return tuple(n for n in names if not is_missing(row[f"{n}_value"]) and is_missing(row.get(f"{n}_desirability")))


def has_own(frame: pd.DataFrame, criterion: str) -> pd.Series:
    """Rows with a value of their own, not an imputed one."""
    has_value = frame[f"{criterion}_value"].notna()
    flag = f"{criterion}_imputed"
    return has_value & frame[flag].eq(False) if flag in frame else has_value  # missing where the role has no such row


def title_of(criterion: str) -> str:
    """Title of a criterion for axes and tables."""
    row = PROPERTIES.get(criterion)
    return row.title if row else criterion.replace("_", " ").capitalize()


def short_title_of(criterion: str) -> str:
    """Title of a criterion for a narrow column."""
    return _SHORT_TITLES.get(criterion, title_of(criterion))


def unit_of(criterion: str) -> str:
    """Natural unit of a criterion that is named by its property key, or of that of its best pair; empty for others."""
    row = PROPERTIES.get(criterion) or PROPERTIES.get(criterion.removeprefix("pair_"))
    return row.unit if row else ""


def name_of(row: Row, width: int = 34) -> str:
    """Short name of a candidate: its label, else its formula, cut to `width` characters."""
    return shortened(label_of(row) or str(row["formula"]), width)


def shortened(text: str, width: int) -> str:
    """A text of at most `width` characters, its end marked where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def label_of(row: Row) -> str:
    """Name in use, empty where there is none."""
    label = row.get("label")
    return label if isinstance(label, str) else ""


def rank_text(row: Row) -> str:
    """Rank; "none" for a candidate without one."""
    return "none" if is_missing(row["rank"]) else str(int(row["rank"]))


def share_text(share: object) -> str:
    """A share as a whole percentage, "<1%" for less than half of one; empty when missing.

    Halves go up, also where the nearest binary number lies just below one, as in `percent` of the page.
    """
    if is_missing(share):
        return ""
    percent = 100.0 * float(share)  # type: ignore[arg-type]
    return "<1%" if 0.0 < percent < 0.5 else f"{math.floor(percent + 0.5 + 1e-9)}%"


def first_text(row: Row, n_first: int) -> str:
    """Chance to stand among the first; empty without a rank, and for runs of older versions."""
    return share_text(row.get(f"p_first_{n_first}"))


CAUTIONED = ("is_made", "in_domain", "coverage")  # columns of a ranking that `cautions` reads


def cautions(row: Row) -> tuple[str, ...]:
    """What a reader should know before believing the place of a row; empty where there is nothing."""
    known, said = row.get("coverage"), []
    if not is_missing(row.get("is_made")) and not row["is_made"]:
        said.append("not on record")
    if not is_missing(row.get("in_domain")) and not row["in_domain"]:
        said.append("outside domain")
    if known is not None and not is_missing(known) and known < _LITTLE:
        said.append(f"{share_text(known)} known")
    return tuple(said)


def caution_text(row: Row) -> str:
    """The same in one cell."""
    return ", ".join(cautions(row))


def most_of(criterion: str) -> float | None:
    """Largest value of a criterion, or of that of its best pair, that says something; None for no such end."""
    row = PROPERTIES.get(criterion) or PROPERTIES.get(criterion.removeprefix("pair_"))
    return row.most if row else None


def value_text(criterion: str, value: object) -> str:
    """A value at three significant digits, "over" the largest that says something; empty when missing."""
    most = most_of(criterion)
    is_beyond = most is not None and not is_missing(value) and float(value) > most  # type: ignore[arg-type]
    return f"over {number(most)}" if is_beyond else number(value)


def interval_text(row: Row, criterion: str) -> str:
    """Median and 5 to 95 % interval of one criterion of one row; "missing" without a prediction.

    An interval without width is not printed.
    """
    value, low, high = (row.get(f"{criterion}{part}") for part in ("_value", "_low", "_high"))
    if is_missing(value):
        return NOT_APPLICABLE if does_not_apply(row, criterion) else "missing"
    text, *ends = (value_text(criterion, one) for one in (value, low, high))
    mark = " (imputed)" if bool(row.get(f"{criterion}_imputed", False)) else ""
    if is_missing(low) or set(ends) == {text}:
        return text + mark
    return f"{text} [{ends[0]}, {ends[1]}]{mark}"


def interval_with_unit(row: Row, criterion: str) -> str:
    """The same with its unit, where it has one."""
    unit = unit_of(criterion)
    return interval_text(row, criterion) + (f" {unit}" if unit and unit != "1" else "")
