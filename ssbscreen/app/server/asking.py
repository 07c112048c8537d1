"""Parameters that several questions take, with the words that describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query, Request

from ssbscreen.app.server.runs import OpenRun
from ssbscreen.app.server.selection import Question, View
from ssbscreen.core.errors import UsageError, unknown
from ssbscreen.query.expression import MAX_LENGTH

LARGEST_PAGE = 1000
LARGEST_OFFSET = 100_000_000
MAX_SEARCH, MAX_ELEMENTS = 300, 400  # characters
_NAME = 300  # characters of an id or name


async def only_known_parameters(request: Request) -> None:
    """Refuse a parameter that the question does not take: ignored, it would look like a filter that was heard.

    Raises:
        UsageError: with the names that the question takes, and how rows are filtered by anything else.
    """
    if not request.query_params:
        return
    allowed = _query_names(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in allowed:
            more = " Any column filters: where=chemistry_class == 'halide'." if "where" in allowed else ""
            raise UsageError(f"{unknown('parameter', name, allowed)}{more}")


def _query_names(dependant: Any) -> list[str]:
    """Query parameters of an address and of all that it depends on."""
    own = [field.alias for field in dependant.query_params]
    return own + [name for inner in dependant.dependencies for name in _query_names(inner)]


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
Search = Annotated[
    str, Query(description="part of a name, formula, family or id, in any case, blanks left out", max_length=MAX_SEARCH)
]
Elements = Annotated[
    str,
    Query(
        description="symbols joined by commas: has, that a formula must hold; lacks, that it must not",
        max_length=MAX_ELEMENTS,
        examples=["Li,Cl"],
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


@dataclass(frozen=True)
class Asked:
    """Which rows of a run are wanted, in which order: what several questions take.

    Attributes:
        role, view, where, search, has, lacks, sort, order: as their parameters say.
    """

    role: str | None = None
    view: View = View.materials
    where: str = ""
    search: str = ""
    has: str = ""
    lacks: str = ""
    sort: str = ""
    order: Order = Order.asc

    def of(self, run: OpenRun) -> Question:
        """The question to a run; a leading - sorts downwards as on the command line.

        Raises:
            UsageError: a symbol that is no element.
        """
        return Question(
            role=self.role or run.role,
            view=self.view,
            where=self.where.strip(),
            sort=self.sort.removeprefix("-").strip(),
            is_down=(self.order is Order.desc) != self.sort.startswith("-"),
            search=self.search.strip(),
            has=symbols(self.has),
            lacks=symbols(self.lacks),
        )


def symbols(given: str) -> tuple[str, ...]:
    """Symbols joined by commas or blanks, sorted, so that the same question has one answer that is kept.

    Raises:
        UsageError: one is no element.
    """
    found = sorted({symbol.capitalize() for symbol in given.replace(",", " ").split()})
    if found:
        from ssbscreen.core.crystal import SYMBOLS  # loads the chemistry

        for symbol in found:
            if symbol not in SYMBOLS[1:]:
                raise unknown("element", symbol, SYMBOLS[1:], f"the symbols from {SYMBOLS[1]} to {SYMBOLS[-1]}")
    return tuple(found)


async def asked_rows(
    role: Role = None,
    where: Where = "",
    search: Search = "",
    has: Elements = "",
    lacks: Elements = "",
    view: ViewOf = View.materials,
) -> Asked:
    """Rows that are wanted."""
    return Asked(role, view, where, search, has, lacks)


async def asked_list(rows: Annotated[Asked, Depends(asked_rows)], sort: Sort = "", order: OrderOf = Order.asc) -> Asked:
    """Rows that are wanted, in an order."""
    return replace(rows, sort=sort, order=order)


AskedRows = Annotated[Asked, Depends(asked_rows)]
AskedList = Annotated[Asked, Depends(asked_list)]
