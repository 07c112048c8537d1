"""Questions about many candidates: pages of the ranking, a scatter of two quantities, downloads."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from ssbscreen.app.server.answering import RESPONSES, RunName, Service, ServiceOf, answer
from ssbscreen.app.server.asking import LARGEST_OFFSET, AskedList, AskedRows, Columns, Limit, Offset, Role
from ssbscreen.app.server.downloads import MEDIA_TYPES, as_csv, as_json_list, described, parts_of
from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.rows import columns_asked, offset_of, page, records
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.app.server.selection import Question

LARGEST_SCATTER = 50_000
LARGEST_STRUCTURES = 200


class Candidates(BaseModel):
    """One page of a ranking."""

    items: list[dict[str, Any]] = Field(description="rows: column to value, null where missing")
    next_cursor: str | None = Field(description="cursor of the next page; null at the end")
    total: int = Field(description="rows of the whole answer")
    columns: list[str] = Field(description="columns of the rows, in order")


class Leaders(BaseModel):
    """The best of each class."""

    items: list[dict[str, Any]] = Field(description="rows in the order of their rank: column to value")


class Scatter(BaseModel):
    """Two quantities of many candidates, as arrays of one length."""

    role: str
    x: dict[str, Any] = Field(description="column, unit, and arrays value, low and high")
    y: dict[str, Any] = Field(description="the same of the other axis")
    ids: list[str] = Field(description="candidate_id")
    names: list[str] = Field(description="label, else formula")
    classes: list[str | None] = Field(description="chemistry class")
    ranks: list[int | None] = Field(description="rank, null without one")
    scores: list[float | None] = Field(description="score")
    total: int = Field(description="rows that could be shown; the best are, where there are more than the limit")


class Download(StrEnum):
    """Form of a download."""

    csv = "csv"
    json = "json"
    cif = "cif"
    pymatgen = "pymatgen"


async def rows_of(run: OpenRun, question: Question, columns: tuple[str, ...]) -> np.ndarray:
    """Rows that answer a question; found aside where they, or their columns, are not in memory yet."""
    kept = run.selections.kept(question)
    if kept is not None and run.table.has(*columns):
        return kept

    def find() -> np.ndarray:
        if run.table.fits(columns):
            run.table.load(columns)
        return run.selections.rows(question)

    return await run_in_threadpool(find)


routes = APIRouter(tags=["candidates"], prefix="/runs/{run}", responses=RESPONSES)


@routes.get("/candidates", response_model=Candidates, summary="Filter, sort and page a ranking")
async def candidates(
    service: ServiceOf,
    run: RunName,
    asked: AskedList,
    columns: Columns = None,
    limit: Limit = 50,
    offset: Offset = 0,
    cursor: Annotated[str | None, Query(description="next_cursor of the page before", max_length=200)] = None,
) -> Response:
    opened = await service.open(run)
    question = asked.of(opened)
    names = columns_asked(opened.table, columns)
    rows = await rows_of(opened, question, names)
    begin = offset if cursor is None else offset_of(cursor, question, opened)
    shown, following = page(rows, question, opened, begin, limit)
    if opened.table.has(*names):
        items = records(opened.table, shown, names)
    else:  # so many columns of a large run that they are read for these rows alone
        items = await run_in_threadpool(records, opened.table, shown, names)
    return answer({"items": items, "next_cursor": following, "total": len(rows), "columns": names})


@routes.get("/leaders", response_model=Leaders, summary="The first family series of each class, as the report names it")
async def leaders(service: ServiceOf, run: RunName, role: Role = None, columns: Columns = None) -> Response:
    opened = await service.open(run)
    names = columns_asked(opened.table, columns)
    rows = await run_in_threadpool(opened.selections.class_leaders, role or opened.role)
    return answer({"items": await run_in_threadpool(records, opened.table, rows, names)})


@routes.get("/scatter", response_model=Scatter, summary="Two quantities of many candidates")
async def scatter(
    service: ServiceOf,
    run: RunName,
    x: Annotated[str, Query(description="column or criterion", min_length=1, max_length=200)],
    y: Annotated[str, Query(description="column or criterion", min_length=1, max_length=200)],
    asked: AskedRows,
    limit: Annotated[int, Query(ge=1, le=LARGEST_SCATTER, description="points; the best ranked are kept")] = 5000,
) -> Response:
    opened = await service.open(run)
    question = asked.of(opened)
    return answer(await run_in_threadpool(_scatter, opened, question, x, y, limit))


@routes.get(
    "/export", responses=described("the file", Download), summary="Download rows or structures", response_class=Response
)
async def export(
    service: ServiceOf,
    run: RunName,
    asked: AskedList,
    format: Annotated[Download, Query(description="csv and json: rows; cif and pymatgen: structures")] = Download.csv,
    columns: Columns = None,
    limit: Annotated[int | None, Query(ge=1, le=LARGEST_OFFSET, description="rows; all by default")] = None,
) -> Response:
    opened = await service.open(run)
    question = asked.of(opened)
    names = columns_asked(opened.table, columns)
    rows = (await rows_of(opened, question, names[:1]))[:limit]
    ending = "json" if format is Download.pymatgen else format.value
    headers = {"content-disposition": f'attachment; filename="{question.role}.{ending}"'}
    if format in (Download.cif, Download.pymatgen):
        content = await _structures(service, opened, rows, format)
        return Response(content, media_type=MEDIA_TYPES[format], headers=headers)
    write = as_csv if format is Download.csv else as_json_list
    stream: Iterator[bytes] = write((part for _, part in parts_of(opened.table, rows, names)), names)
    return StreamingResponse(stream, media_type=MEDIA_TYPES[format], headers=headers)


async def _structures(service: Service, run: OpenRun, rows: np.ndarray, format: Download) -> bytes:
    if len(rows) > LARGEST_STRUCTURES:
        raise Problem(
            413,
            "too-many",
            f"{len(rows)} candidates are asked for; at most {LARGEST_STRUCTURES} structures are written at once. "
            "Narrow `where`, or give a `limit`.",
            given=str(len(rows)),
            allowed=f"at most {LARGEST_STRUCTURES}",
            remedy="narrow where, or give a limit",
        )
    if not len(rows):
        raise Problem(404, "nothing-found", "No candidate answers this question; widen `where`.")
    ids = run.table.column("candidate_id").plain(rows)
    return await service.workers.ask(
        {"kind": "structures", "run": str(run.folder.path), "ids": ids, "format": format.value}
    )


def _scatter(run: OpenRun, question: Question, x: str, y: str, limit: int) -> dict[str, Any]:
    table = run.table
    rows = run.selections.rows(question)
    axes = [_Axis(run, table.column_of(name)) for name in (x, y)]
    is_there = np.ones(len(rows), dtype=bool)
    for axis in axes:
        is_there &= axis.is_known(rows)
    rows = rows[is_there]
    shown = rows[:limit]
    names = ("candidate_id", "formula", "chemistry_class", "rank", "score")
    ids, formulas, classes, ranks, scores = (table.column(name).plain(shown) for name in names)
    labels = table.column("label").plain(shown) if "label" in table else formulas
    return {
        "role": question.role,
        "x": axes[0].told(shown),
        "y": axes[1].told(shown),
        "ids": ids,
        "names": [label or formula for label, formula in zip(labels, formulas, strict=True)],
        "classes": classes,
        "ranks": [None if rank is None or rank != rank else int(rank) for rank in ranks],
        "scores": scores,
        "total": len(rows),
    }


class _Axis:
    """One axis of a scatter.

    Raises:
        Problem: the column holds texts.
    """

    def __init__(self, run: OpenRun, column: str) -> None:
        self.table, self.column = run.table, column
        if run.table.kind_of(column) == "text":
            raise Problem(
                422,
                "no-number",
                f"'{column}' holds texts; an axis needs numbers. /columns says of which kind each column is.",
                given=column,
                allowed="a column of kind number, integer or flag",
            )

    def is_known(self, rows: np.ndarray) -> np.ndarray:
        """Rows with a value.  # (m,) bool"""
        column = self.table.column(self.column)
        values = column.values[rows].astype(float)
        return np.isfinite(values) if column.missing is None else np.isfinite(values) & ~column.missing[rows]

    def told(self, rows: np.ndarray) -> dict[str, Any]:
        """Column, unit and values with their interval, where there is one."""
        from ssbscreen.query.columns import unit_of

        name = self.column.removesuffix("_value")
        unit = unit_of(name) if self.column.endswith("_value") else ""
        told: dict[str, Any] = {"column": self.column, "unit": "" if unit == "1" else unit}
        told["value"] = self.table.column(self.column).plain(rows)
        for part in ("low", "high"):
            is_there = self.column.endswith("_value") and f"{name}_{part}" in self.table
            told[part] = self.table.column(f"{name}_{part}").plain(rows) if is_there else None
        return told
