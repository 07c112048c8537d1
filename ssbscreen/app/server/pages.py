"""The page, its files, and the login with a token."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from ssbscreen.app.server.answering import ServiceOf
from ssbscreen.app.server.security import COOKIE

WEB = Path(__file__).resolve().parents[1] / "web"
_WRONG = 0.5  # s that a wrong token waits
_SESSION = 12 * 3600  # s
_FORM = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>ssbscreen: log in</title><h1>ssbscreen</h1><p>{words}</p>"
    '<form method="post" action="/login"><label>Token <input type="password" name="token" autocomplete="off" required '
    'autofocus></label> <button type="submit">Log in</button></form></html>'
)
_NO_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>ssbscreen</title><h1>ssbscreen</h1>'
    '<p>The service answers under <a href="/api/v1/runs">/api/v1/runs</a>; '
    '<a href="/api/v1/openapi.json">/api/v1/openapi.json</a> lists its questions.</p></html>'
)


def static_files() -> StaticFiles:
    """Files of the page."""
    return StaticFiles(directory=WEB, follow_symlink=False)


routes = APIRouter(include_in_schema=False)


@routes.get("/")
async def page() -> Response:
    index = WEB / "index.html"
    return FileResponse(index) if index.is_file() else HTMLResponse(_NO_PAGE)


@routes.get("/login")
async def form(service: ServiceOf) -> Response:
    if not service.access.token:
        return RedirectResponse("/", 303)
    return HTMLResponse(_FORM.format(words="This service asks for the token that it was started with."))


@routes.post("/login")
async def login(service: ServiceOf, request: Request) -> Response:
    if not service.access.token:
        return RedirectResponse("/", 303)
    body = (await request.body()).decode("utf-8", "replace")
    given = parse_qs(body, max_num_fields=5).get("token", [""])[0]
    if not service.access.is_token(given):
        await asyncio.sleep(_WRONG)
        return HTMLResponse(_FORM.format(words="That is not the token. Try again."), 401)
    response = RedirectResponse("/", 303)
    response.set_cookie(COOKIE, service.access.session(), max_age=_SESSION, httponly=True, samesite="strict")
    return response
