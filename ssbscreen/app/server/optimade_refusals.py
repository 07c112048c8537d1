"""OPTIMADE requests that are refused: answered with the status of the client's fault, where the library says 500."""

from __future__ import annotations

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from optimade.exceptions import BadRequest, OptimadeHTTPException
from optimade.server.exception_handlers import general_exception
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ssbscreen.core.printable import shown


class Refusals:
    """Answers what the library's middleware refuses; else the server ends the connection and logs a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        try:
            await self.app(scope, receive, send)
        except OptimadeHTTPException as error:
            await general_exception(Request(scope), error)(scope, receive, send)


def bad_parameter(request: Request, error: RequestValidationError) -> Response:
    """Status 400 for a parameter that does not fit, with what was given."""
    first = error.errors()[0]
    detail = f"{first['loc'][-1]}: {first['msg']}; given '{shown(str(first.get('input')))}'."
    return general_exception(request, BadRequest(detail=detail))
