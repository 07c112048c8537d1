"""What all parts of the service share, and its first questions: is it there, which runs has it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ssbscreen import __version__
from ssbscreen.app.server.column_words import columns_of
from ssbscreen.app.server.problems import MEDIA_TYPE, Problem, ProblemDetails
from ssbscreen.app.server.runs import OpenRun, Runs
from ssbscreen.app.server.security import Access
from ssbscreen.app.server.workers import Workers
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.query.score_terms_file import SCORE_TERMS

PREFIX = "/api/v1"
_ERROR = {"model": ProblemDetails, "content": {MEDIA_TYPE: {}}}
_ERRORS = {
    401: "a token is asked for and was not sent",
    404: "no such run or candidate",
    409: "the run is damaged or being replaced",
    413: "too much was sent or asked for",
    414: "the address is too long",
    421: "the service does not answer under this host name",
    422: "a parameter or expression does not fit",
    500: "the service failed",
    503: "too busy, or it took too long",
}
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": words, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}
    for status, words in _ERRORS.items()
}
RESPONSES[400] = {
    "description": "no HTTP, or an address longer than 64 kB: refused before it is read, in plain text",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
RunName = Annotated[str, InPath(description="name of a run, or latest", max_length=200, examples=["latest"])]


@dataclass(frozen=True)
class Service:
    """What answers are made of.

    Attributes:
        runs: finished runs.
        access: who may ask.
        workers: processes for what takes long.
    """

    runs: Runs
    access: Access
    workers: Workers

    async def open(self, name: str) -> OpenRun:
        """A run by name, opened aside: the first time reads files."""
        return await run_in_threadpool(self.runs.open, name)


async def _service(request: Request) -> Service:
    """What the app was made with (`service.create_app`)."""
    service: Service = request.app.state.service
    return service


ServiceOf = Annotated[Service, Depends(_service)]


def answer(value: Any) -> Response:
    """A response of plain values; what is no number is null."""
    return Response(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


class Health(BaseModel):
    """Whether the service answers."""

    status: str = Field(description="ok")


class Version(BaseModel):
    """Version of the package."""

    version: str


class RunWords(BaseModel):
    """One finished run."""

    name: str = Field(description="as in the addresses")
    created: str = Field(description="when it was finished, UTC, ISO 8601; empty where the run does not say")
    screen: str = Field(description="name of the screen")
    role: str = Field(description="role that was screened for")
    profile: str = Field(description="name of the application profile")
    pool: list[str] = Field(description="inputs and sources of the candidates")
    roles: dict[str, int] = Field(description="rows of the ranking by role")
    ranked: dict[str, int] = Field(description="rows with a rank by role")
    counts: dict[str, int] = Field(description="candidates left after every stage")
    version: str = Field(description="version of the package that made it")
    reference: str = Field(description="competing phases of the phase diagrams")
    has_score_terms: bool = Field(description="whether its criteria can be weighed anew")


class RunList(BaseModel):
    """All finished runs."""

    items: list[RunWords]
    damaged: list[str] = Field(description="what is wrong with runs that cannot be opened")


class ColumnOut(BaseModel):
    """One column of a ranking."""

    name: str
    unit: str = Field(description="natural unit; empty for none")
    description: str
    roles: list[str] = Field(description="roles in whose rows it is filled")
    kind: str = Field(description="number, integer, flag or text")
    criterion: str = Field(description="criterion or quantity that it belongs to; empty for none")
    part: str = Field(description="value, low, high, desirability, imputed, evidence or n_studies; empty for none")
    most: float | None = Field(
        default=None, description='largest value that says something, to be printed as "over" it beyond; null for none'
    )


class ColumnList(BaseModel):
    """All columns of a ranking, in order."""

    items: list[ColumnOut]


# the model of one of them brings the schema of all into the description of the service
_OWN_RESPONSES: dict[int | str, dict[str, Any]] = {500: _ERROR | {"description": _ERRORS[500]}}
_OWN_RESPONSES |= {status: words for status, words in RESPONSES.items() if status != 500}
routes = APIRouter(tags=["runs"], responses=_OWN_RESPONSES)


@routes.get("/health", response_model=Health, summary="Whether the service answers")
async def health() -> Response:
    return answer({"status": "ok"})


@routes.get("/version", response_model=Version, summary="Version of the package")
async def version() -> Response:
    return answer({"version": __version__})


@routes.get("/runs", response_model=RunList, summary="Finished runs, the newest first")
async def runs(service: ServiceOf) -> Response:
    return answer(await run_in_threadpool(_all_runs, service.runs))


@routes.get("/runs/{run}/columns", response_model=ColumnList, summary="What each column means")
async def columns(service: ServiceOf, run: RunName) -> Response:
    opened = await service.open(run)
    return answer({"items": await run_in_threadpool(lambda: [asdict(column) for column in columns_of(opened)])})


def _all_runs(runs: Runs) -> dict[str, Any]:
    items, damaged = [], []
    for name in runs.paths():
        try:
            items.append(run_words(runs.open(name)))
        except (Problem, SsbscreenError, OSError) as error:
            damaged.append(f"{name}: {error}")
    return {"items": items, "damaged": damaged}


def run_words(run: OpenRun) -> dict[str, Any]:
    """What a run says of itself."""
    settings, said = run.config.get("settings") or {}, run.config.get("run") or {}
    roles = {role: rows.stop - rows.start for role, rows in run.table.roles.items()}
    return {
        "name": run.name,
        "created": (run.mark.finished if run.mark else "") or str(said.get("finished", "")),
        "screen": str(settings.get("screen", "")),
        "role": run.role,
        "profile": str(settings.get("profile", "")),
        "pool": [str(name) for name in said.get("inputs") or []],
        "roles": roles,
        "ranked": {role: _n_ranked(run, role) for role in roles},
        "counts": dict(run.mark.counts) if run.mark else {},
        "version": str(said.get("version", "")),
        "reference": str(said.get("reference", "")),
        "has_score_terms": (run.folder.path / SCORE_TERMS).is_file(),
    }


def _n_ranked(run: OpenRun, role: str) -> int:
    rows, column = run.table.rows_of(role), run.table.column("rank")
    n = rows.stop - rows.start
    if column.kind == "number":
        return int(np.isfinite(column.values[rows]).sum())
    return n if column.missing is None else int(n - column.missing[rows].sum())
