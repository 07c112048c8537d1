"""`create_app`: finished runs over HTTP, read only. Nothing here loads torch."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ssbscreen import __version__
from ssbscreen.app.server import answering, candidates, details, pages, plots, weights
from ssbscreen.app.server.answering import PREFIX, Service
from ssbscreen.app.server.asking import only_known_parameters
from ssbscreen.app.server.optimade_app import MOUNT, create_optimade
from ssbscreen.app.server.problems import Problem, of_error, of_validation
from ssbscreen.app.server.runs import Runs
from ssbscreen.app.server.security import Access, Guard
from ssbscreen.app.server.workers import Workers
from ssbscreen.core.errors import SsbscreenError

log = logging.getLogger(__name__)
_THREADS = 8  # that read tables at once
_DESCRIPTION = (
    "Finished screens of solid electrolytes and cathodes, read only. Values are in natural units (S/cm, not log10); "
    "`_low` and `_high` bound the central 90 %; in `where` and `sort`, NAME means NAME_value. Errors are problem "
    "details (RFC 9457)."
)


def create_app(
    runs: Path, access: Access | None = None, *, address: str = "", time_limit: float | None = None
) -> Guard:
    """The service over the finished runs below a folder.

    Args:
        runs: the folder, or one run.
        access: who may ask; whoever is on this machine by default.
        address: of the service, as OPTIMADE says it to its clients.
        time_limit: s of a picture or other long answer.
    """
    access = access or Access()
    service = Service(Runs(runs), access, Workers(time_limit) if time_limit else Workers())
    return Guard(_api(service, address), access)


def _api(service: Service, address: str) -> FastAPI:
    app = FastAPI(
        title="ssbscreen",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        strict_content_type=True,
    )
    app.state.service = service
    for part in (answering, candidates, details, weights, plots):
        app.include_router(part.routes, prefix=PREFIX, dependencies=[Depends(only_known_parameters)])
    app.include_router(pages.routes)
    app.mount(MOUNT, create_optimade(service.runs, address))
    if pages.WEB.is_dir():
        app.mount("/static", pages.static_files())
    _say_problems(app)
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


def _say_problems(app: FastAPI) -> None:
    async def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def own(_: Request, error: Exception) -> Response:
        assert isinstance(error, SsbscreenError)
        return of_error(error).response()

    async def validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return of_validation(list(error.errors())).response()

    async def http(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return _of_http(error).response()

    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("failed to answer %s", request.url.path, exc_info=error)
        return Problem(500, "failed", "The service failed to answer; its log says why.").response()

    handlers: dict[Any, Any] = {
        Problem: problem,
        SsbscreenError: own,
        RequestValidationError: validation,
        HTTPException: http,
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _of_http(error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return Problem(404, "not-found", "Nothing is here; /api/v1/openapi.json lists what there is.", headers=headers)
    if error.status_code == 405:
        allowed = {name.lower(): value for name, value in headers.items()}.get("allow", "GET")
        words = f"This address does not answer that method. Allowed: {allowed}."
        return Problem(405, "method-not-allowed", words, allowed=allowed, headers=headers)
    if error.status_code == 400:  # of the framework, for a body that is no text
        return Problem(
            422, "unreadable-body", "The body is no JSON in UTF-8.", allowed="JSON in UTF-8", remedy="send other bytes"
        )
    if error.status_code == 413:
        return Problem(413, "too-large", str(error.detail), headers=headers)
    return Problem(error.status_code, "refused", str(error.detail), headers=headers)
