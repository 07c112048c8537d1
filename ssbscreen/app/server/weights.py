"""The ranking at other weights: worked out here, or what a browser needs to do so itself.

Over 300 lines since what is asked and what is answered stand here, each field with its description.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from ssbscreen.app.server.answering import RESPONSES, RunName, ServiceOf, answer
from ssbscreen.app.server.asking import LARGEST_OFFSET, LARGEST_PAGE, MAX_ELEMENTS, MAX_SEARCH, Asked, Role
from ssbscreen.app.server.downloads import MEDIA_TYPES, Rows, as_csv, as_json_list, described, parts_of
from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.rows import columns_asked, records
from ssbscreen.app.server.runs import OpenRun
from ssbscreen.app.server.selection import Question, View
from ssbscreen.query.expression import MAX_LENGTH
from ssbscreen.ranking.criteria import MAX_TRANSPORT_WEIGHT, Screen
from ssbscreen.ranking.score_terms import LARGEST_FACTOR, Reranked, ScoreTerms, rerank, weights_of

LARGEST_TERMS = 200_000  # rows of a role whose terms are sent to a browser
_KEPT = 8  # orders of one run at other weights that are held at once
Weight = Annotated[float, Field(ge=0, le=LARGEST_FACTOR)]


class OtherWeights(BaseModel):
    """Other weights for a ranking, and the rows that are wanted."""

    model_config = ConfigDict(extra="forbid")

    role: str | None = Field(default=None, max_length=60, description="the run's own by default")
    weights: dict[str, Weight] = Field(
        default_factory=dict,
        max_length=100,
        description="weight by criterion, on the scale of the screen's own, which sum to 1; the others keep theirs. "
        "All are brought to a sum of 1.",
        examples=[{"raw_material_cost": 0.1}],
    )
    factors: dict[str, Weight] = Field(
        default_factory=dict,
        max_length=100,
        description="factor by criterion or group, on top of the weights",
        examples=[{"cost": 2}],
    )
    where: str = Field(
        default="", max_length=MAX_LENGTH, description="filter, as in /candidates; ranks are those of all"
    )
    search: str = Field(default="", max_length=MAX_SEARCH, description="as in /candidates")
    has: str = Field(default="", max_length=MAX_ELEMENTS, description="elements to hold, as in /candidates")
    lacks: str = Field(default="", max_length=MAX_ELEMENTS, description="elements to lack, as in /candidates")
    view: View = Field(default=View.materials, description="rows before filtering, as in /candidates")
    columns: str | None = Field(default=None, max_length=12_000, description="columns joined by commas; * for all")


class RerankRequest(OtherWeights):
    """Other weights for a ranking, and the page that is wanted."""

    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="rows of the page")
    offset: int = Field(default=0, ge=0, le=LARGEST_OFFSET, description="rows left out before the page")


class RerankAnswer(BaseModel):
    """Rows at other weights, in their new order."""

    role: str
    weights: dict[str, float] = Field(description="weight of each criterion; they sum to 1")
    items: list[dict[str, Any]] = Field(
        description="rows with their new score and rank, and score_before and rank_before of the run; other columns, "
        "such as rank_low, are those of the run"
    )
    total: int = Field(description="rows of the whole answer")
    notes: list[str] = Field(description="what a reader should know of these weights")


class RowsForm(StrEnum):
    """Form of a file of rows."""

    csv = "csv"
    json = "json"


class TermsForm(StrEnum):
    """Form of the terms."""

    json = "json"
    head = "head"
    binary = "binary"


class Terms(BaseModel):
    """What the scores of a role are made of.

    score = exp(sum over criteria of weight times log_desirability, plus log_survival), weights summing to 1. A row has
    a rank where it is a representative and the weights of its known criteria sum to min_coverage or more; rows are
    ordered by descending score, equal ones by id.
    """

    role: str
    n: int = Field(description="rows")
    min_coverage: float
    criteria: list[dict[str, Any]] = Field(description="name, group and weight; the weights sum to 1")
    ids: list[str] = Field(description="candidate_id of each row, in the order of the ranking")
    known: list[int] = Field(
        description="bit i is set where the value of criterion i is the candidate's own, or stands for one that is"
    )
    applies: list[int] = Field(
        description="bit i is set where criterion i applies; where it does not, the others of its group that apply "
        "bear its weight in proportion to theirs, and all others where none of them counts"
    )
    is_representative: list[int] = Field(description="1 for rows that stand for themselves, the only ones with a rank")
    log_survival: list[float] | None = Field(description="mean natural log of what the limits leave; null in the head")
    log_desirability: list[list[float]] | None = Field(
        description="mean natural log of the desirability, one array a criterion; null in the head"
    )


_BOTH = ("rank", "rank_before", "score", "score_before")
_OF_THE_WEIGHTS = (
    *("rank_low", "rank_high", "rank_median", "tie_group", "p_first_10", "p_first_100", "score_low", "score_high"),
    *("series_rows", "pareto_front", "limiting_criterion", "next_test", "family_tests"),
)
"""Columns that say something of the order of the run, which a file at other weights would belie."""
_FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the terms; binary: float32, little endian, log_desirability criterion by criterion, then "
        "log_survival, n numbers each",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


routes = APIRouter(prefix="/runs/{run}", tags=["weights"], responses=RESPONSES)


@routes.post("/rerank", response_model=RerankAnswer, summary="The ranking at other weights")
async def other_weights(service: ServiceOf, run: RunName, asked: RerankRequest) -> Response:
    opened = await service.open(run)
    return answer(await run_in_threadpool(_reranked, opened, asked))


@routes.post(
    "/rerank/export",
    responses=described("the rows in their new order, with both ranks", RowsForm),
    summary="Download the ranking at other weights",
    response_class=Response,
)
async def download(
    service: ServiceOf,
    run: RunName,
    asked: OtherWeights,
    format: Annotated[RowsForm, Query(description="csv or json")] = RowsForm.csv,
) -> Response:
    opened = await service.open(run)
    found = await run_in_threadpool(_Reordered.of, opened, asked)
    write = as_csv if format is RowsForm.csv else as_json_list
    headers = {"content-disposition": f'attachment; filename="{found.role}-other-weights.{format.value}"'}
    return StreamingResponse(write(found.parts(), found.columns), media_type=MEDIA_TYPES[format], headers=headers)


@routes.get("/score_terms", response_model=Terms, responses=_FORMS, summary="Terms of the scores")
async def terms(
    service: ServiceOf,
    run: RunName,
    role: Role = None,
    format: Annotated[
        TermsForm, Query(description="head: all but the logarithms, which binary holds")
    ] = TermsForm.json,
) -> Response:
    opened = await service.open(run)
    return await run_in_threadpool(_terms, opened, role or opened.role, format)


@dataclass(frozen=True)
class _Reordered:
    """Rows of a role in their order at other weights.

    Attributes:
        run: that they belong to.
        role: theirs.
        rows: their numbers in the table, in the new order.
        ranks: new scores and ranks of all rows of the role.
        columns: of the answer.
    """

    run: OpenRun
    role: str
    rows: np.ndarray
    ranks: Reranked
    columns: tuple[str, ...]

    @classmethod
    def of(cls, run: OpenRun, asked: OtherWeights) -> _Reordered:
        """Rows that a question finds; columns that the weights of the run decide are left out."""
        role = asked.role or run.role
        start = run.table.rows_of(role).start
        terms = aligned_terms(run, role)
        found = _kept_ranks(run, terms, weights_of(terms.screen, asked.weights, asked.factors))
        wanted = Asked(role, asked.view, asked.where, asked.search, asked.has, asked.lacks)
        ordered = (found.order + start).astype(np.int32)
        ordered = ordered[_answers(run, wanted.of(run))[ordered - start]]
        names = [name for name in columns_asked(run.table, asked.columns) if not _is_of_the_weights(name)]
        return cls(run, role, ordered, found, tuple(dict.fromkeys((*_BOTH, *names))))

    def parts(self) -> Iterator[Rows]:
        """Records of all rows, part by part."""
        own = tuple(dict.fromkeys(("rank", "score", *(name for name in self.columns if name in self.run.table))))
        for numbers, part in parts_of(self.run.table, self.rows, own):
            yield self.renewed(numbers, part)

    def renewed(self, numbers: np.ndarray, part: Rows) -> Rows:
        """Records with their new rank and score, and those of the run beside them."""
        places = numbers - self.run.table.rows_of(self.role).start
        for row, place in zip(part, places, strict=True):
            row |= {"rank_before": row["rank"], "score_before": row["score"]}
            row |= {"rank": int(self.ranks.rank[place]) or None, "score": float(self.ranks.score[place])}
        return part


def _is_of_the_weights(name: str) -> bool:
    return name in _OF_THE_WEIGHTS or name.startswith("p_beats_")


def _reranked(run: OpenRun, asked: RerankRequest) -> dict[str, Any]:
    found = _Reordered.of(run, asked)
    names = columns_asked(run.table, asked.columns)
    shown = found.rows[asked.offset : asked.offset + asked.limit]
    items = found.renewed(shown, records(run.table, shown, tuple(dict.fromkeys((*names, "rank", "score")))))
    terms = aligned_terms(run, found.role)
    return {
        "role": found.role,
        "weights": dict(zip(terms.names, found.ranks.weights.tolist(), strict=True)),
        "items": items,
        "total": len(found.rows),
        "notes": _notes(terms.screen, found.ranks.weights),
    }


def _answers(run: OpenRun, question: Question) -> np.ndarray:
    """Which rows of a role answer a question.  # (n_role,) bool"""
    rows = run.table.rows_of(question.role)
    found = np.zeros(rows.stop - rows.start, dtype=bool)
    found[run.selections.rows(question) - rows.start] = True
    return found


def aligned_terms(run: OpenRun, role: str) -> ScoreTerms:
    """Terms of a role, rows as in the ranking.

    Raises:
        UsageError: the run does not keep them.
        Problem: they belong to another ranking.
    """
    terms, rows = run.terms(role), run.table.rows_of(role)
    if len(terms) != rows.stop - rows.start:
        raise Problem(409, "damaged-run", f"The terms of the scores of '{run.name}' belong to another ranking.")
    return terms


def _kept_ranks(run: OpenRun, terms: ScoreTerms, weights: np.ndarray) -> Reranked:
    """Ranks at these weights; those asked for last are kept, so that the next page is the same."""
    key = (terms.screen.role, weights.tobytes())
    with run.lock:
        kept = run.rerankings.get(key)
        if kept is None:
            kept = run.rerankings[key] = rerank(terms, weights)
            while len(run.rerankings) > _KEPT:
                run.rerankings.popitem(last=False)
        run.rerankings.move_to_end(key)
        return kept


def _notes(screen: Screen, weights: np.ndarray) -> list[str]:
    is_transport = np.array([criterion.group == "transport" for criterion in screen.criteria])
    share = float(weights[is_transport].sum())
    if share <= MAX_TRANSPORT_WEIGHT + 1e-9:
        return []
    return [
        f"Transport weighs {share:.2f} of all; a screen allows at most {MAX_TRANSPORT_WEIGHT}, since one number that "
        "is often measured would decide alone."
    ]


def _applies(terms: ScoreTerms, bits: np.ndarray) -> list[int]:
    if terms.applies is None:
        return [int(bits.sum())] * len(terms)
    return [int(number) for number in terms.applies.astype(object) @ bits]


def _terms(run: OpenRun, role: str, form: TermsForm) -> Response:
    run.table.rows_of(role)
    terms = aligned_terms(run, role)
    if len(terms) > LARGEST_TERMS:
        raise Problem(
            413,
            "too-many",
            f"The role {role} has {len(terms)} rows; the terms of at most {LARGEST_TERMS} are sent. Ask POST "
            f"/api/v1/runs/{run.name}/rerank instead.",
            given=str(len(terms)),
            allowed=f"at most {LARGEST_TERMS} rows",
            remedy="ask POST rerank",
        )
    logs = np.ascontiguousarray(terms.log_desirability.T, dtype="<f4")
    if form is TermsForm.binary:
        content = logs.tobytes() + terms.log_survival.astype("<f4").tobytes()
        return Response(content, media_type="application/octet-stream")
    is_full = form is TermsForm.json
    bits = 2 ** np.arange(len(terms.names), dtype=object)
    assert len(terms.names) <= math.floor(math.log2(2**53)), "a number of JavaScript holds 53 bits"
    criteria = [
        {"name": criterion.name, "group": criterion.group, "weight": weight}
        for criterion, weight in zip(terms.screen.criteria, terms.screen.weights, strict=True)
    ]
    return answer(
        {
            "role": role,
            "n": len(terms),
            "min_coverage": terms.screen.min_coverage,
            "criteria": criteria,
            "ids": [str(name) for name in terms.candidate_ids],
            "known": [int(number) for number in terms.has_own.astype(object) @ bits],
            "applies": _applies(terms, bits),
            "is_representative": terms.is_representative.astype(np.int8),
            "log_survival": terms.log_survival.astype(np.float32) if is_full else None,
            "log_desirability": logs.astype(np.float32) if is_full else None,
        }
    )
