"""What a ranking says, in words: what leads in each class, what holds the class back, what to measure next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from ssbscreen.core.chemistry import CLASSES
from ssbscreen.core.printable import printable
from ssbscreen.query.columns import cautions, first_of, first_text, most_of, name_of, short_title_of, title_of
from ssbscreen.query.report.numbers import shown, shown_interval
from ssbscreen.query.report.shown_criteria import ShownCriterion
from ssbscreen.query.series import class_leaders, collapsed

LEADERS = 20  # family series that the words about the whole list stand on
OF_CLASS = 10  # family series that the words about a class stand on
_PERSONS = ("Young", "Poisson", "Pugh", "Vickers", "Vogel")  # whose names titles begin with
_TITLES = {one.key: one.title for one in CLASSES}


@dataclass(frozen=True)
class Share:
    """How many of some rows something holds for.

    Attributes:
        what: criterion or test, in words.
        n, of: rows for which it holds, and all.
    """

    what: str
    n: int
    of: int

    @property
    def what_inside(self) -> str:
        """The same inside a sentence."""
        return _lower(self.what)


@dataclass(frozen=True)
class ClassSummary:
    """The best of one chemistry class.

    Attributes:
        key, title: of the class.
        n_ranked, n_made, n_series: ranked materials, those of them that were made, and family series.
        leader: name of its first family series, by the best member that was made, else by the best.
        candidate_id: its id.
        is_made: whether it was made.
        rank, among_first, tie_group: its place, and its chance to stand among the first `Summary.n_first`, in words.
        cautions: what a reader should know before believing it.
        score, score_low, score_high: its score.
        limited_by: its limiting criterion, in words.
        limit_value: its value of that criterion with interval and what was required.
        held_back: limiting criteria of the leading series of the class.
        next_test: what would say most about the leader.
        needs: what has to stand beside it, by its weak points; empty for nothing.
    """

    key: str
    title: str
    n_ranked: int
    n_made: int
    n_series: int
    leader: str
    candidate_id: str
    is_made: bool
    rank: int
    among_first: str
    cautions: tuple[str, ...]
    tie_group: int
    score: float
    score_low: float
    score_high: float
    limited_by: str
    limit_value: str
    held_back: tuple[Share, ...]
    next_test: str
    needs: str


@dataclass(frozen=True)
class Summary:
    """A ranking in words.

    Attributes:
        role: of the rows.
        n_ranked, n_made, n_series: ranked materials, those of them that were made, and family series.
        n_first: length of the leading list in which the chance of a row to stand is said.
        n_measured: of the leading series those with a measured value of the first criterion.
        measured: title of that criterion.
        n_leaders: leading series that the words stand on.
        n_tied: materials in the first tie group.
        classes: the best of each, in the order of their ranks.
        held_back: limiting criteria of the leading series.
        next_tests: tests that would say most about them.
        best_cell: the best pair in words; empty where there are none.
    """

    role: str
    n_ranked: int
    n_first: int
    n_made: int
    n_series: int
    n_measured: int
    measured: str
    n_leaders: int
    n_tied: int
    classes: tuple[ClassSummary, ...]
    held_back: tuple[Share, ...]
    next_tests: tuple[Share, ...]
    best_cell: str

    def sentences(self) -> tuple[str, ...]:
        """The ranking in a few sentences; one that says so where nothing has a rank."""
        if not self.classes:
            return (f"No {self.role} candidate has a rank: too little of the weight is known of any.",)
        first = self.classes[0]
        tied = self.n_tied - 1
        alone = f"{_many(tied, 'material shares', 'materials share')} its tie group, too close to tell apart"
        lines = [
            f"{first.leader} ({first.title.lower()}) leads the {self.n_ranked:,} ranked {self.role} candidates "
            f"with a score of {first.score:.2f} ({first.score_low:.2f} to {first.score_high:.2f}); "
            + (f"{alone}." if tied else "no other material shares its tie group."),
            f"What limits the first {self.n_leaders} family series: {self._listed(self.held_back)}.",
            f"To measure next on them: {self._listed(self.next_tests)}.",
            f"{self.n_made:,} of the ranked materials are on record as made"
            + (
                f"; of the first {self.n_leaders} series {self.n_measured} have a measured {self.measured.lower()}."
                if self.measured
                else "."
            ),
        ]
        return (*lines, *([self.best_cell] if self.best_cell else []))

    def _listed(self, shares: Iterable[Share]) -> str:
        return ", ".join(f"{share.what_inside} ({share.n})" for share in shares)


def summary(frame: pd.DataFrame, role: str, criteria: tuple[ShownCriterion, ...], tests: Mapping[str, str]) -> Summary:
    """Words about the rows of one role.

    Args:
        frame: a ranking of all roles.
        role: that the run was asked for.
        criteria: its criteria.
        tests: names of tests and their titles.
    """
    ranked = frame[(frame["role"] == role) & frame["rank"].notna()]
    series = collapsed(ranked).sort_values("rank", kind="stable")
    leaders = series.head(LEADERS)
    n_first, best = first_of(len(ranked)), class_leaders(ranked)
    classes = [_of_class(row, series, ranked, criteria, tests, n_first) for _, row in best.iterrows()]
    first = criteria[0].name if criteria else ""
    evidence = f"{first}_evidence"
    return Summary(
        role=role,
        n_ranked=len(ranked),
        n_first=n_first,
        n_made=_n_made(ranked),
        n_series=len(series),
        n_measured=int(leaders[evidence].eq("measured").sum()) if evidence in leaders else 0,
        measured=title_of(first) if evidence in leaders else "",
        n_leaders=len(leaders),
        n_tied=int((ranked["tie_group"] == ranked["tie_group"].min()).sum()) if len(ranked) else 0,
        classes=tuple(classes),
        held_back=_shares(leaders["limiting_criterion"].map(_criterion)),
        next_tests=_shares(leaders["next_test"].map(lambda name: tests.get(str(name), str(name)))),
        best_cell=_best_cell(frame) if role != "pair" else "",
    )


def test_titles() -> dict[str, str]:
    """Names of the kinds of tests and how they are printed."""
    from ssbscreen.ranking.tests_cost import load_tests

    return {test.name: test.title for test in load_tests().tests}


def _of_class(
    best: pd.Series,
    series: pd.DataFrame,
    ranked: pd.DataFrame,
    criteria: tuple[ShownCriterion, ...],
    tests: Mapping[str, str],
    n_first: int,
) -> ClassSummary:
    """Words about the class of a leader, out of all leading and all ranked rows."""
    key = str(best["chemistry_class"])
    series, ranked = (rows[rows["chemistry_class"] == key] for rows in (series, ranked))
    leaders = series.head(OF_CLASS)
    limiting = str(best["limiting_criterion"] or "")
    criterion = next((w for w in criteria if w.name == limiting), None)
    ends = [best.get(f"{limiting}_{part}") for part in ("value", "low", "high")]
    value = (
        f"{shown_interval(ends[0], ends[1], ends[2], most_of(limiting))} {criterion.unit if criterion else ''}".strip()
    )
    return ClassSummary(
        key=key,
        title=_TITLES.get(key, key.capitalize()),
        n_ranked=len(ranked),
        n_made=_n_made(ranked),
        n_series=len(series),
        leader=printable(name_of(best, 60)),
        candidate_id=printable(str(best["candidate_id"])),
        is_made=bool(best.get("is_made", False)),
        rank=int(best["rank"]),
        among_first=first_text(best, n_first),
        cautions=cautions(best),
        tie_group=int(best["tie_group"]),
        score=float(best["score"]),
        score_low=float(best["score_low"]),
        score_high=float(best["score_high"]),
        limited_by=_criterion(limiting),
        limit_value=f"{value} ({criterion.text})" if value and criterion and criterion.text else value,
        held_back=_shares(leaders["limiting_criterion"].map(_criterion)),
        next_test=tests.get(str(best["next_test"]), printable(str(best["next_test"]))),
        needs=printable(str(best.get("needs") or "")),
    )


def _best_cell(frame: pd.DataFrame) -> str:
    pairs = frame[(frame["role"] == "pair") & frame["rank"].notna()]
    if not len(pairs):
        return ""
    best = pairs.sort_values("rank", kind="stable").iloc[0]
    electrolyte, *between, cathode = [part.rsplit("/", 1)[-1] for part in str(best["candidate_id"]).split("|")]
    with_film = f" with {between[0]} between" if between else ""
    energy = best.get("cell_energy_grav_value")
    figure = "" if energy is None or pd.isna(energy) else f" and {shown(energy)} Wh/kg of stack"
    name = name_of(best, 60).split("|")[0] or electrolyte
    return printable(
        f"The best of {len(pairs):,} cells is {name} against {cathode}{with_film}, score {best['score']:.2f} "
        f"({best['score_low']:.2f} to {best['score_high']:.2f}){figure}; limited by "
        f"{_lower(_criterion(str(best['limiting_criterion'])))}."
    )


def _criterion(name: object) -> str:
    return short_title_of(str(name)) if name else "nothing known"


def _shares(values: Iterable[str], most: int = 4) -> tuple[Share, ...]:
    values = list(values)
    return tuple(Share(printable(what), n, len(values)) for what, n in Counter(values).most_common(most))


def _n_made(rows: pd.DataFrame) -> int:
    return int(rows["is_made"].eq(True).sum()) if "is_made" in rows else 0


def _lower(title: str) -> str:
    """A title inside a sentence; it keeps the capital of a person."""
    return title if title.startswith(_PERSONS) else title[:1].lower() + title[1:]


def _many(n: int, one: str, more: str) -> str:
    return f"{n:,} further {one if n == 1 else more}"
