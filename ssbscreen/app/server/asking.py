"""Parameters that several questions take, with the words that describe them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import Query

from ssbscreen.app.server.runs import OpenRun
from ssbscreen.app.server.selection import Question, View
from ssbscreen.query.expression import MAX_LENGTH

LARGEST_PAGE = 1000
LARGEST_OFFSET = 100_000_000
_NAME = 300  # characters of an id or name

Role = Annotated[
    str | None,
    Query(description="separator, catholyte, coating, cathode or pair; the run's own by default", max_length=60),
]
Where = Annotated[
    str,
    Query(
        description="filter in the language of `ssbscreen query --where`; a name means its median, natural units",
        max_length=MAX_LENGTH,
        examples=["ionic_conductivity > 1e-4 and chemistry_class == 'halide'"],
    ),
]
Sort = Annotated[
    str, Query(description="column, or criterion for its value; the ranking's own order by default", max_length=200)
]
ViewOf = Annotated[
    View,
    Query(
        description="materials: rows that stand for themselves; series: one row a family series; all: repeats "
        "and unmade variants too"
    ),
]
Columns = Annotated[
    str | None,
    Query(
        description="columns joined by commas, in this order; * for all; the usual ones by default", max_length=12_000
    ),
]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="rows of a page")]
Offset = Annotated[int, Query(ge=0, le=LARGEST_OFFSET, description="rows left out before the page")]
Candidate = Annotated[
    str,
    Query(
        description="candidate_id; a formula or name in use stands for the made material first",
        min_length=1,
        max_length=_NAME,
        examples=["Li6PS5Cl"],
    ),
]


class Order(StrEnum):
    """Which end of a sorted column comes first."""

    asc = "asc"
    desc = "desc"


OrderOf = Annotated[Order, Query(description="smallest or largest first; what is missing comes last either way")]


def question_of(
    run: OpenRun, role: str | None, view: View, where: str, sort: str = "", order: Order = Order.asc
) -> Question:
    """The question behind parameters; a leading - sorts downwards as on the command line."""
    is_down = (order is Order.desc) != sort.startswith("-")
    return Question(role or run.role, view, where.strip(), sort.removeprefix("-").strip(), is_down)
