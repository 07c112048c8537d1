"""Errors of the service as problem details (RFC 9457): what was given, what is allowed, what to do."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from ssbscreen.core.errors import DataUnavailable, InputError, IntegrityError, SsbscreenError, UsageError
from ssbscreen.core.printable import printable

MEDIA_TYPE = "application/problem+json"
_SAID = 600  # characters of what was given that are said again


class ProblemDetails(BaseModel):
    """Error of a request (RFC 9457)."""

    type: str = Field(description="urn:ssbscreen:problem: and a word for the kind of error")
    title: str = Field(description="the kind of error in words")
    status: int = Field(description="status code of the response")
    detail: str = Field(description="what was given, what is allowed and what to do")
    given: str | None = Field(default=None, description="the value that is refused")
    allowed: str | None = Field(default=None, description="what would have been accepted")
    remedy: str | None = Field(default=None, description="what to do")


class Problem(Exception):
    """An error with its response.

    Attributes:
        status: status code.
        kind: a word for the kind of error.
        detail: what was given, what is allowed and what to do.
        given, allowed, remedy: the same in parts, where there are any.
        headers: of the response.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        given: str | None = None,
        allowed: str | None = None,
        remedy: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.given, self.allowed, self.remedy = given, allowed, remedy
        self.headers = headers or {}

    def response(self) -> Response:
        """The response that says so."""
        values: dict[str, Any] = {
            "type": f"urn:ssbscreen:problem:{self.kind}",
            "title": self.kind.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": printable(self.detail),
        }
        parts = {"given": self.given, "allowed": self.allowed, "remedy": self.remedy}
        values |= {name: printable(text[:_SAID]) for name, text in parts.items() if text is not None}
        content = orjson.dumps(values)
        return Response(content, self.status, media_type=MEDIA_TYPE, headers=self.headers)


def of_error(error: SsbscreenError) -> Problem:
    """The problem behind an error of the package; its words name the cure already."""
    words = str(error).replace("--where ", "where ").replace("--where", "where")
    if isinstance(error, UsageError | InputError):
        return Problem(422, "bad-question", words)
    if isinstance(error, DataUnavailable):
        return Problem(503, "data-unavailable", words)
    if isinstance(error, IntegrityError):
        return Problem(500, "damaged-run", words)
    return Problem(500, "failed", words)


def of_validation(errors: list[Any]) -> Problem:
    """The problem behind parameters that do not fit."""
    first = errors[0]
    message = "no such parameter" if first.get("type") == "extra_forbidden" else str(first.get("msg", "does not fit"))
    place = ".".join(str(part) for part in first.get("loc", ())[1:]) or "the request"
    where = str(first.get("loc", ("request",))[0])
    given = printable(repr(first.get("input"))[:_SAID])
    more = f" {len(errors) - 1} more like it." if len(errors) > 1 else ""
    return Problem(
        422,
        "bad-parameter",
        f"{place} ({where}): {message}; given {given}.{more} /api/v1/openapi.json says what each parameter takes.",
        given=given,
        allowed=message,
    )
