"""Questions about single candidates and about a run as a whole: cards, comparison, gates, sensitivity, criteria."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ssbscreen.app.server.answering import RESPONSES, RunName, Service, ServiceOf, answer
from ssbscreen.app.server.asking import Candidate, Role
from ssbscreen.app.server.card import better_known, card_of, criterion_words
from ssbscreen.app.server.downloads import MEDIA_TYPES, described
from ssbscreen.app.server.finding import find_row
from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.core.chemistry import family_titles
from ssbscreen.query.plain import plain
from ssbscreen.query.report.summary import test_titles

MOST_COMPARED = 5
MOST_TESTS = 50


class Card(BaseModel):
    """Everything that a run knows of one candidate."""

    id: str = Field(description="candidate_id")
    role: str
    name: str = Field(description="label, else formula")
    row: dict[str, Any] = Field(description="its row of the ranking, without what is missing")
    criteria: list[dict[str, Any]] = Field(
        description="name, label, value (median), low, high (5th and 95th percentile), unit, most, desirability, "
        "evidence, n_studies, is_imputed, weight, group, direction, good, bad, limit, is_vital, partner, citation, test"
    )
    shown: list[dict[str, Any]] = Field(description="quantities that do not count: name, label, unit, value, low, high")
    words: dict[str, str] = Field(description="what is known in words")
    limits: dict[str, str] = Field(description="criterion that limits it, label, partners needed, test that settles it")
    next_test: str = Field(description="measurement that would change the leading list most for its cost")
    sources: list[dict[str, Any]] = Field(description="reported values with reference and link")
    with_lithium: dict[str, Any] = Field(description="products at 0 V and what was taken as energy")
    partners: dict[str, Any] = Field(description="best cathode and the best cells")
    variants: list[dict[str, Any]] = Field(description="other rows of the same material")
    best_known: dict[str, Any] | None = Field(description="id, name and criteria of the best made one of its class")


class Reactions(BaseModel):
    """Reactions of a candidate."""

    id: str
    items: list[dict[str, Any]] = Field(description="contact, condition, energy, unit, reaction")


class Comparison(BaseModel):
    """Cards side by side."""

    items: list[Card]


class Rows(BaseModel):
    """A table as rows."""

    items: list[dict[str, Any]]


class Sensitivity(BaseModel):
    """How much the ranking depends on choices."""

    role: str = Field(description="role of the run")
    analyses: dict[str, list[dict[str, Any]]] = Field(description="rows by title of the analysis")


class CriteriaOut(BaseModel):
    """Criteria of a role."""

    role: str
    screen: str
    min_coverage: float = Field(description="least weight of the known criteria that gives a rank")
    floor: float = Field(description="smallest desirability")
    groups: dict[str, float] = Field(description="weight of each group; they sum to 1")
    items: list[dict[str, Any]] = Field(
        description="name, label, unit, group, weight, direction, good, bad, limit, is_vital, citation, test"
    )
    tests: dict[str, str] = Field(description="titles of the tests that test and next_test name")
    families: dict[str, str] = Field(description="titles of the families that family names")


class Budget(StrEnum):
    """What can be paid for."""

    measurements = "measurements"
    calculations = "calculations"


class StructureForm(StrEnum):
    """Form of a structure."""

    cif = "cif"
    json = "json"
    pymatgen = "pymatgen"
    xyz = "xyz"


routes = APIRouter(prefix="/runs/{run}", responses=RESPONSES)


@routes.get("/candidate", response_model=Card, tags=["candidates"], summary="One candidate")
async def candidate(service: ServiceOf, run: RunName, id: Candidate, role: Role = None) -> Response:
    opened = await service.open(run)
    return answer(await run_in_threadpool(_card, opened, id, role))


@routes.get("/candidate/reactions", response_model=Reactions, tags=["candidates"], summary="Its reactions")
async def reactions(service: ServiceOf, run: RunName, id: Candidate, role: Role = None) -> Response:
    opened = await service.open(run)
    row = await run_in_threadpool(_row, opened, id, role)
    own = str(row["candidate_id"])
    return answer({"id": own, "items": await _reactions(service, opened, row)})


@routes.get(
    "/candidate/structure",
    responses=described("the structure", StructureForm),
    tags=["candidates"],
    summary="Its structure",
    response_class=Response,
)
async def structure(
    service: ServiceOf,
    run: RunName,
    id: Candidate,
    format: Annotated[
        StructureForm, Query(description="json: lattice and sites; pymatgen: as_dict")
    ] = StructureForm.cif,
    role: Role = None,
) -> Response:
    opened = await service.open(run)
    row = await run_in_threadpool(_row, opened, id, role)
    asked = {"kind": "structures", "run": str(opened.folder.path), "ids": [str(row["candidate_id"])]}
    content = await service.workers.ask(asked | {"format": format.value, "is_single": True})
    return Response(content, media_type=MEDIA_TYPES[format])


@routes.get("/compare", response_model=Comparison, tags=["candidates"], summary="Candidates side by side")
async def compare(
    service: ServiceOf,
    run: RunName,
    id: Annotated[list[str], Query(description="candidate_id, formula or name; up to five", max_length=MOST_COMPARED)],
    role: Role = None,
) -> Response:
    opened = await service.open(run)
    return answer({"items": [await run_in_threadpool(_card, opened, name, role) for name in id]})


@routes.get("/attrition", response_model=Rows, tags=["runs"], summary="What each gate removed")
async def attrition(service: ServiceOf, run: RunName) -> Response:
    opened = await service.open(run)
    return answer({"items": await run_in_threadpool(lambda: plain(opened.folder.attrition()))})


@routes.get("/sensitivity", response_model=Sensitivity, tags=["runs"], summary="What the order depends on")
async def sensitivity(
    service: ServiceOf,
    run: RunName,
    role: Role = None,
    limit: Annotated[int, Query(ge=1, le=10_000, description="rows of each analysis, the best ranked first")] = 100,
) -> Response:
    opened = await service.open(run)
    if role is not None and role != opened.role:
        opened.table.rows_of(role)
        return answer({"role": role, "analyses": {}})
    return answer({"role": opened.role, "analyses": await run_in_threadpool(_sensitivity, opened, limit)})


@routes.get("/suggest", response_model=Rows, tags=["runs"], summary="What to measure next")
async def suggest(
    service: ServiceOf,
    run: RunName,
    n: Annotated[int, Query(ge=1, le=MOST_TESTS, description="tests in the batch")] = 10,
    budget: Annotated[Budget, Query(description="what can be paid for")] = Budget.measurements,
) -> Response:
    opened = await service.open(run)
    asked = {"kind": "suggest", "run": str(opened.folder.path), "n": n, "budget": budget.value}
    asked["finished"] = opened.mark.finished if opened.mark else ""  # an answer is kept as long as its run
    return Response(await service.workers.ask(asked), media_type="application/json")


@routes.get("/criteria", response_model=CriteriaOut, tags=["runs"], summary="Criteria of a role")
async def criteria(service: ServiceOf, run: RunName, role: Role = None) -> Response:
    opened = await service.open(run)
    return answer(await run_in_threadpool(criteria_of_role, opened, role or opened.role))


def _row(run: OpenRun, name: str, role: str | None) -> dict[str, Any]:
    return run.table.row(find_row(run, name, role))


def _card(run: OpenRun, name: str, role: str | None) -> dict[str, Any]:
    index = find_row(run, name, role)
    card = card_of(run, index)
    best = better_known(run, str(card["role"]), str(card["row"].get("chemistry_class", "")))
    card["best_known"] = None if best is None else _short(card_of(run, best))
    return card


def _short(card: dict[str, Any]) -> dict[str, Any]:
    return {name: card[name] for name in ("id", "name", "role", "criteria")}


async def _reactions(service: Service, run: OpenRun, row: dict[str, Any]) -> Any:
    own = str(row["candidate_id"])
    found = await run_in_threadpool(run.folder.reactions, own)
    if len(found) or row["role"] == "pair" or row.get("chemistry_class") == "polymer":
        return [{k: v for k, v in entry.items() if k != "candidate_id"} for entry in plain(found)]
    import orjson

    names = ("candidate_id", "formula", "best_cathode", "energy_above_hull_value", "energy_above_hull_imputed")
    asked = {"kind": "reactions", "run": str(run.folder.path), "row": {n: row[n] for n in names if n in row}}
    computed = orjson.loads(await service.workers.ask(asked))
    return [{k: v for k, v in entry.items() if k != "candidate_id"} for entry in computed]


def _sensitivity(run: OpenRun, limit: int) -> dict[str, Any]:
    return {title: plain(table.head(limit)) for title, table in run.folder.sensitivity().items()}


def criteria_of_role(run: OpenRun, role: str) -> dict[str, Any]:
    """Criteria of a role with their weights.

    Raises:
        UsageError: the run has no such role.
        Problem: it does not keep the criteria of this role.
    """
    run.table.rows_of(role)
    screen = run.screens.get(role)
    if screen is None:
        raise Problem(
            409,
            "criteria-not-kept",
            f"The run '{run.name}' does not keep the criteria of the role {role}, as runs of older versions. "
            "Make it again with `ssbscreen screen`.",
            remedy="make the run again",
        )
    weights = screen.weights
    items = [criterion_words(c.name, screen) | {"weight": w} for c, w in zip(screen.criteria, weights, strict=True)]
    total = sum(screen.groups.values())
    return {
        "role": role,
        "screen": screen.name,
        "min_coverage": screen.min_coverage,
        "floor": screen.floor,
        "groups": {name: weight / total for name, weight in screen.groups.items()},
        "items": items,
        "tests": test_titles(),
        "families": family_titles(),
    }
