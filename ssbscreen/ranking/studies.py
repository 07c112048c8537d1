"""From the values that sources give for one material to independent studies: one paper once, copies found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssbscreen.core.candidate import Bound
from ssbscreen.core.constants import ROOM_TEMPERATURE_C, ZERO_CELSIUS
from ssbscreen.core.evidence import Reported
from ssbscreen.core.laws import decades_gained
from ssbscreen.core.papers import papers_of
from ssbscreen.ranking.posterior import Study
from ssbscreen.ranking.scatter import Scatter

COPIED = 0.005  # stored units; two papers that give the very same number are one measurement
ROUNDED = 0.06  # the same where a paper is not named: a value read off a figure or rounded to two digits
SAME_TEMPERATURE = 15.0  # degree C; of a paper's values those this near the wanted temperature go before others
OTHER_TEMPERATURE, AGAIN = "another value of it counts", "again"
UNNAMED = "not counted: its paper is not named, so it may be one of the others"
FAR = 0.2  # decades of doubt of a conversion from which on a value counts as one at another temperature
MAX_CONVERSION = 1.0  # decades of doubt by which a value may be moved to another temperature


@dataclass(frozen=True)
class Activation:
    """Law by which values are moved to another temperature.

    Attributes:
        mean, std: apparent activation energy at the temperature asked for, eV.
        vogel_c: Vogel temperature, degree C; absolute zero for Arrhenius' law.
    """

    mean: float
    std: float
    vogel_c: float = -ZERO_CELSIUS


@dataclass(frozen=True)
class Grouped:
    """Independent studies of one material, and what became of each value.

    Attributes:
        studies: what counts.
        is_measured: of each study, False where it is a calculation.
        converted: each value at the wanted temperature.
        verdicts: of each value, in words: the study it counts in, or why it does not count.
        drop, drop_std: decades by which the values fell, where all of them are of a phase above a transition: what a
            model learned from them falls likewise. 0 elsewhere.
    """

    studies: tuple[Study, ...]
    is_measured: tuple[bool, ...]
    converted: tuple[float, ...]
    verdicts: tuple[str, ...]
    drop: float = 0.0
    drop_std: float = 0.0

    @property
    def n_measured(self) -> int:
        """Studies that measured the material."""
        return sum(self.is_measured)


def group(
    values: Sequence[Reported], scatter: Scatter, temperature_c: float | None, activation: Activation | None
) -> Grouped:
    """Group the values of one property of one material by study.

    Args:
        values: as sources give them; of two that are copies the first is kept.
        scatter: of the property.
        temperature_c: wanted, degree C; None where the property has none.
        activation: for other temperatures; None where the property has none.
    """
    moved = [_moved(value, temperature_c, activation) for value in values]
    verdicts = [
        value.refusal or _too_far(noise) or _not_calculated(value, scatter) or _above_only(value, temperature_c)
        for value, (_, noise) in zip(values, moved, strict=True)
    ]
    moved = [_cooled(value, at, temperature_c) for value, at in zip(values, moved, strict=True)]
    members = _by_study(values, [noise for _, noise in moved], verdicts)
    studies, measured = [], []
    for number, rows in enumerate(members, start=1):
        used = _used(rows, values, temperature_c)
        for i in rows:
            verdicts[i] = _verdict(i, number, used, values)
            if i in used and _is_below(values[i], temperature_c):
                verdicts[i] += f"; {values[i].drop:.1f} decades lower below the transition of its phase"
            if values[i].dispute:
                verdicts[i] += f"; disputed: {values[i].dispute}"
        studies.append(_study(used, values, moved, scatter))
        measured.append(not values[used[0]].is_calculated)
    counted = [values[i] for rows in members for i in rows]
    hot = counted[0] if counted and all(_is_below(value, temperature_c) for value in counted) else None
    fall = (hot.drop, hot.drop_std) if hot else (0.0, 0.0)
    return Grouped(tuple(studies), tuple(measured), tuple(v for v, _ in moved), tuple(verdicts), *fall)


def _by_study(values: Sequence[Reported], noises: Sequence[float], verdicts: list[str]) -> list[list[int]]:
    """Rows of each study; what names no paper stands back where others do, and its verdict says so.

    It counts beside papers that measured only at temperatures far from the one asked for.
    """
    members: list[list[int]] = []
    papers: list[frozenset[str]] = []
    for i, value in enumerate(values):
        if verdicts[i]:
            continue
        own = papers_of(value.reference)
        homes = (k for k, rows in enumerate(members) if _belongs(value, own, papers[k], [values[j] for j in rows]))
        home = next(homes, None)
        if home is None:
            members.append([i])
            papers.append(own)
        else:
            members[home].append(i)
            papers[home] |= own
    doubts = [min(noises[i] for i in rows) for rows, own in zip(members, papers, strict=True) if own]
    if not doubts or min(doubts) > FAR:
        return members
    for rows, own in zip(members, papers, strict=True):
        for i in rows if not own else ():
            verdicts[i] = UNNAMED
    return [rows for rows, own in zip(members, papers, strict=True) if own]


def _moved(value: Reported, wanted: float | None, activation: Activation | None) -> tuple[float, float]:
    """Value at the wanted temperature and the doubt of moving it, stored units."""
    if wanted is None or activation is None:
        return value.value, 0.0
    given = ROOM_TEMPERATURE_C if value.temperature_c is None else value.temperature_c
    decades = -float(decades_gained(1.0, given, wanted, activation.vogel_c))  # for each eV
    return value.value + activation.mean * decades, activation.std * abs(decades)


def _is_below(value: Reported, wanted: float | None) -> bool:
    """Whether a transition may lie between the temperature asked for and that of a value."""
    return value.drop > 0.0 and wanted is not None and (value.temperature_c or ROOM_TEMPERATURE_C) > wanted


def _above_only(value: Reported, wanted: float | None) -> str:
    if value.bound is Bound.ABOVE and _is_below(value, wanted):
        return "not counted: a lower bound on the phase above a transition is none on that below it"
    return ""


def _cooled(value: Reported, moved: tuple[float, float], wanted: float | None) -> tuple[float, float]:
    """A value of a phase that is stable above a transition only, brought below it: it falls by what others fell."""
    if not _is_below(value, wanted):
        return moved
    return moved[0] - value.drop, float(np.hypot(moved[1], value.drop_std))


def _too_far(noise: float) -> str:
    return f"not counted: measured too far from the temperature asked for ({noise:.1f} decades of doubt)" if (
        noise > MAX_CONVERSION
    ) else ""  # fmt: skip


def _not_calculated(value: Reported, scatter: Scatter) -> str:
    return "not counted: calculated" if value.is_calculated and scatter.calculated is None and not value.noise else ""


def _belongs(value: Reported, own: frozenset[str], papers: frozenset[str], members: Sequence[Reported]) -> bool:
    """Whether a value is of a study: the same paper, or a copy of one of its values at the same temperature.

    Values of one source that names no paper cannot be told apart and are one study.
    """
    if value.is_calculated != members[0].is_calculated:
        return False
    if own and papers:
        return bool(own & papers) or any(_is_copy(value, other, COPIED) for other in members)
    is_same_source = not own and not papers and members[0].source == value.source
    return is_same_source or any(_is_copy(value, other, ROUNDED) for other in members)


def _is_copy(value: Reported, other: Reported, tolerance: float) -> bool:
    return (
        abs(value.value - other.value) <= tolerance
        and value.bound is other.bound
        and _degrees(value, other) <= SAME_TEMPERATURE
        and value.source != other.source
    )


def _degrees(one: Reported, other: Reported) -> float:
    if one.temperature_c is None or other.temperature_c is None:
        return 0.0
    return abs(one.temperature_c - other.temperature_c)


def _used(rows: Sequence[int], values: Sequence[Reported], wanted: float | None) -> list[int]:
    """Rows of a study that stand for it: exact before bounds, the temperature asked for before others.

    Of several sources that quote the study the first alone speaks, so that copies do not shift its median.
    """
    exact = [i for i in rows if values[i].bound is Bound.EXACT] or list(rows[:1])
    if wanted is not None:
        away = {i: abs((values[i].temperature_c or ROOM_TEMPERATURE_C) - wanted) for i in exact}
        exact = [i for i in exact if away[i] <= SAME_TEMPERATURE] or [min(exact, key=lambda i: away[i])]
    return [i for i in exact if values[i].source == values[exact[0]].source]


def _verdict(i: int, number: int, used: Sequence[int], values: Sequence[Reported]) -> str:
    if i in used:
        return f"study {number}"
    again = values[i].source != values[used[0]].source
    return f"study {number}, {AGAIN if again else OTHER_TEMPERATURE}"


def _study(
    rows: Sequence[int], values: Sequence[Reported], moved: Sequence[tuple[float, float]], scatter: Scatter
) -> Study:
    first = values[rows[0]]
    noise = float(np.median([moved[i][1] for i in rows]))
    if first.is_calculated:
        noise = float(np.hypot(noise, scatter.calculated or 0.0))
    noise = float(np.hypot(noise, np.median([values[i].noise for i in rows])))
    return Study(
        float(np.median([moved[i][0] for i in rows])),
        first.bound,
        noise,
        scatter.compiled if all(values[i].is_compiled for i in rows) else 1.0,
        any(values[i].dispute for i in rows),
    )
