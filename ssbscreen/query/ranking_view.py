"""Rows of a ranking as a table for a terminal: the columns that say most where room is scarce, and those asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ssbscreen.core.chemistry import family_title
from ssbscreen.core.number_text import is_missing
from ssbscreen.query.columns import (
    caution_text,
    column_of,
    criteria_of,
    first_text,
    first_title,
    interval_text,
    label_of,
    name_of,
    rank_text,
    share_text,
    short_title_of,
    shortened,
    unit_of,
    value_text,
)
from ssbscreen.query.notes import MARGIN, MARGIN_NOTE
from ssbscreen.query.records import Records, Row
from ssbscreen.query.series import MORE, more_text
from ssbscreen.query.text_table import TextTable

PAIR_COLUMNS = {
    "interface_reaction_energy": "contact eV/atom",
    "oxidation_margin": MARGIN,
    "voltage_drop": "drop V",
    "cell_energy_grav": "Wh/kg",
    "cell_energy_vol": "Wh/L",
    "areal_capacity_500": "mAh/cm2 for 500 Wh/kg",
    "cell_cost": "USD/kWh",
    "thickness_swing": "swing um",
    "stack_pressure": "pressure MPa",
    "self_discharge": "loss a month",
    "heat_of_reaction": "heat J/g",
}
"""Title of each quantity that a table of cells shows, in its order."""

_READ = (
    *("rank", "score", "score_low", "score_high", "limiting_criterion", "p_all", "in_domain"),
    *("coverage", "next_test", "chemistry_class", "family", "family_series", "candidate_id", "formula", "label"),
    *("is_made", "p_first_10", "p_first_100"),
)
Cell = Callable[[Row], str]
CAUTION, _AMONG = "caution", "among"  # the second stands for the chance to be among the first, whatever its length
_NAME = 40  # characters of a name; only a SMILES is longer


def _score_interval(row: Row) -> str:
    low, high = row.get("score_low"), row.get("score_high")
    return "" if is_missing(low) else f"{low:.2f}-{high:.2f}"


_COMMON: dict[str, Cell] = {
    "rank": rank_text,
    "score": lambda row: "" if is_missing(row["score"]) else f"{row['score']:.2f}",
    "score interval": _score_interval,
    "limited by": lambda row: short_title_of(str(row["limiting_criterion"])) if row["limiting_criterion"] else "",
    CAUTION: caution_text,
    "all limits hold": lambda row: share_text(row["p_all"]),
    "in domain": lambda row: "yes" if row["in_domain"] else "no",
    "coverage": lambda row: share_text(row["coverage"]),
    "next test": lambda row: str(row["next_test"]),
}
_OF_CANDIDATES: dict[str, Cell] = _COMMON | {
    "candidate": lambda row: _name(row),
    "class": lambda row: str(row["chemistry_class"]),
    "family": lambda row: family_title(str(row["family"])),
    "series": more_text,
    "id": lambda row: str(row["candidate_id"]),
}
_OF_PAIRS: dict[str, Cell] = _COMMON | {
    "series": more_text,
    "electrolyte": lambda row: _short(
        label_of(row) or str(row["formula"]).split("|")[0], str(row["candidate_id"]).split("|")[0]
    ),
    "between": lambda row: "|".join(str(row["formula"]).split("|")[1:-1]),
    "cathode": lambda row: str(row["candidate_id"]).split("|")[-1],
    "id": lambda row: str(row["candidate_id"]).split("|")[0],
}
_IN_DRAWS = {"rank_low": "rank in draws 10 %", "rank_high": "rank in draws 90 %", "rank_median": "rank in draws median"}
_TITLES = _IN_DRAWS | {
    "p_all": "all limits hold",
    "limiting_criterion": "limited by",
    "chemistry_class": "class",
    "p_first_10": "among first 10",
    "p_first_100": "among first 100",
}
"""Titles of columns that somebody asks for by their keys."""
_SHARES = frozenset(("p_all", "p_first_10", "p_first_100", "coverage"))
_ORDER = (
    *("rank", "candidate", "score", "limited by", CAUTION, "series", "class", _AMONG, "score interval", "family"),
    *("all limits hold", "next test", "coverage", "in domain", "id"),
)
_PAIR_ORDER = (
    *("rank", "electrolyte", "cathode", "between", "score", "limited by", "score interval", "contact eV/atom"),
    *(CAUTION, "Wh/kg", "margin V", "drop V", "USD/kWh", _AMONG, "Wh/L"),
)
_HEADER = (
    *("rank", _AMONG, "candidate", CAUTION, "series", "electrolyte", "between", "cathode", "class", "family", "score"),
    *("score interval", "all limits hold", "limited by"),
)
_HEADER_END = ("in domain", "coverage", "next test", "id")


def columns_of_view(asked: Sequence[str], *, is_of_pairs: bool) -> tuple[str, ...]:
    """Columns of a ranking that its narrow table reads, with those of the columns or criteria that are asked for."""
    own = (*_READ, *(f"{key}_value" for key in PAIR_COLUMNS if is_of_pairs))
    return tuple(dict.fromkeys((*own, *asked, *(f"{name}_value" for name in asked))))


def ranking_view(
    found: Records, asked: Sequence[str] = (), *, is_of_pairs: bool, n_first: int = 100, is_wide: bool = False
) -> TextTable:
    """Rows of one role; what does not fit is left out from the least important column on.

    Args:
        found: rows of a ranking.
        asked: columns or criteria that are always shown.
        is_of_pairs: cells of electrolyte, coating or second electrolyte, and cathode.
        n_first: length of the leading list whose chance is said, as `columns.first_of` has it.
        is_wide: with the value and interval of every criterion.

    Raises:
        UsageError: an asked column that the ranking lacks.
    """
    cells = dict(_OF_PAIRS if is_of_pairs else _OF_CANDIDATES)
    own = {_title(name): _asked_cell(column_of(name, found.columns)) for name in asked}
    numbers = {title: _asked_cell(f"{key}_value") for key, title in PAIR_COLUMNS.items()} if is_of_pairs else {}
    criteria = (
        {_with_unit(c): _interval_cell(c) for c in criteria_of(found.frame()) if c not in asked} if is_wide else {}
    )
    cells |= numbers | criteria | own
    among = first_title(n_first)
    if among:
        cells[among] = lambda row: first_text(row, n_first)
    if not any(map(caution_text, found.rows)):
        del cells[CAUTION]
    names = [*(among if name == _AMONG else name for name in _HEADER), *own, *numbers, *criteria, *_HEADER_END]
    header = [name for name in dict.fromkeys(names) if name in cells and (name != "series" or MORE in found.columns)]
    needed = (*header[:1], *(("electrolyte", "cathode") if is_of_pairs else ("candidate",)), "score")
    order = [among if name == _AMONG else name for name in (_PAIR_ORDER if is_of_pairs else _ORDER)]
    return _table(found, {name: cells[name] for name in header}, order, (*needed, *own))


def cautions_in(view: TextTable, left_out: Sequence[str]) -> Iterator[str]:
    """Cautions of the rows of a table whose own column finds no room, each with the ranks that it holds for.

    Args:
        view: made by `ranking_view`.
        left_out: columns that find no room.
    """
    if CAUTION not in view.header or CAUTION not in left_out:
        return
    rank, said = view.header.index("rank"), view.header.index(CAUTION)
    texts = dict.fromkeys(row[said] for row in view.rows if row[said])
    for text in texts:
        yield f"caution, {text}: rank {', '.join(row[rank] for row in view.rows if row[said] == text)}"


def margin_note(view: TextTable, left_out: Sequence[str]) -> str:
    """What a margin below zero means, where a table of cells shows one; empty otherwise.

    Args:
        view: made by `ranking_view`.
        left_out: columns that find no room.
    """
    if MARGIN not in view.header or MARGIN in left_out:
        return ""
    place = view.header.index(MARGIN)
    return MARGIN_NOTE if any(row[place].startswith("-") for row in view.rows) else ""


def columns_view(found: Records, names: Sequence[str]) -> TextTable:
    """These columns or criteria alone.

    Raises:
        UsageError: a column that the ranking lacks.
    """
    cells = {_title(name): _asked_cell(column_of(name, found.columns)) for name in names}
    return _table(found, cells, (), tuple(cells))


def rank_note(names: Sequence[str]) -> str:
    """What the places in the draws are, where one of them is asked for; empty otherwise."""
    if not set(names) & set(_IN_DRAWS):
        return ""
    return (
        "Rank in draws: place of the row when all errors are drawn at random at once. Poorly known rows do well in "
        "some draws, so a leader may stand behind its own rank in nearly all of them."
    )


def _table(found: Records, cells: Mapping[str, Cell], order: Sequence[str], needed: Sequence[str]) -> TextTable:
    rows = tuple(tuple(cell(row) for cell in cells.values()) for row in found.rows)
    return TextTable("", tuple(cells), rows, tuple(order), tuple(needed))


def _name(row: Row) -> str:
    return _short(name_of(row, 1000), str(row["candidate_id"]))


def _short(name: str, own: str) -> str:
    """Label or formula, the id where that is shorter than a SMILES."""
    return shortened(own if len(name) > _NAME > len(own) else name, _NAME)


def _asked_cell(column: str) -> Cell:
    is_share = column in _SHARES

    def text(row: Row) -> str:
        value = row.get(column)
        if is_share:
            return "" if is_missing(value) else share_text(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return value_text(column.removesuffix("_value"), value)
        return "" if is_missing(value) else str(value)

    return text


def _interval_cell(criterion: str) -> Cell:
    return lambda row: interval_text(row, criterion)


def _title(name: str) -> str:
    return _TITLES.get(name) or _with_unit(name)


def _with_unit(name: str) -> str:
    unit = unit_of(name)
    return f"{name} {unit}" if unit and unit != "1" else name
