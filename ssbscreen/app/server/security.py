"""What every request passes: host, size, and the token where one is asked for; and the headers of every response."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.exceptions import HTTPException

from ssbscreen.app.server.problems import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOCAL = "127.0.0.1"
COOKIE = "ssbscreen_session"
MAX_BODY = 64_000  # bytes of a request
MAX_TARGET = 16_000  # bytes of its path and query
LEAST_TOKEN = 16  # characters
_OPEN = ("/login", "/api/v1/health")
_METHODS = ("GET", "HEAD", "POST")
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Access:
    """Who may ask.

    Attributes:
        host: address that the service listens on.
        token: asked for with every request; empty on the own machine.
        names: further names under which the service is reached.
    """

    host: str = LOCAL
    token: str = ""
    names: tuple[str, ...] = ()

    def knows(self, host: str) -> bool:
        """Whether a Host header names this service: a foreign name that points here is refused (DNS rebinding)."""
        name = _without_port(host).lower()
        if name in self._own_names():
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not is_local(self.host)

    def _own_names(self) -> set[str]:
        own = {"localhost", self.host.lower(), *(name.lower() for name in self.names)}
        return own if is_local(self.host) else own | {socket.gethostname().lower(), socket.getfqdn().lower()}

    def session(self) -> str:
        """Content of the cookie of whoever gave the token."""
        return hmac.new(self.token.encode(), b"ssbscreen session", hashlib.sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        """Whether this is the token; takes as long for each wrong one."""
        return secrets.compare_digest(given.encode(), self.token.encode())

    def lets_in(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether a request carries the token or the cookie of one that did."""
        if not self.token:
            return True
        found = {name: value.decode("latin-1") for name, value in headers}
        scheme, _, given = found.get(b"authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(given.strip()):
            return True
        try:
            cookie = SimpleCookie(found.get(b"cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return cookie is not None and secrets.compare_digest(cookie.value.encode(), self.session().encode())


def is_local(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rsplit(":", 1)[0] if host.count(":") == 1 else host


class Guard:
    """Asks before the service answers.

    Attributes:
        app: the service.
        access: who may ask.
    """

    def __init__(self, app: App, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse a request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # nothing here speaks over web sockets

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_headers(message.get("headers", []))
            await send(message)

        try:
            self._ask(scope)
            await self.app(scope, _limited(receive), guarded)
        except Problem as problem:
            await problem.response()(scope, receive, guarded)

    def _ask(self, scope: Scope) -> None:
        headers = scope["headers"]
        found = dict(headers)
        host = found.get(b"host", b"").decode("latin-1")
        if not self.access.knows(host):
            raise Problem(
                421,
                "unknown-host",
                f"This service does not answer as '{host[:80]}'. Start it with --allow-host NAME to allow that name.",
                given=host[:80],
                remedy="ask under its address, or start it with --allow-host",
            )
        if scope["method"] not in _METHODS:
            raise Problem(
                405,
                "method-not-allowed",
                f"{scope['method'][:20]} is not answered; the service only reads. Allowed: {', '.join(_METHODS)}.",
                allowed=", ".join(_METHODS),
                headers={"allow": ", ".join(_METHODS)},
            )
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > MAX_TARGET:
            raise Problem(414, "address-too-long", f"The address is longer than {MAX_TARGET} bytes; ask for less.")
        length = found.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise _too_large()
        if scope["path"] not in _OPEN and not self.access.lets_in(headers):
            if scope["path"] == "/":
                raise Problem(303, "log-in", "Log in first.", headers={"location": "/login"})
            raise Problem(
                401,
                "no-token",
                "This service asks for a token: send it as `Authorization: Bearer TOKEN`, or log in at /login.",
                remedy="send the token that `ssbscreen serve` was started with",
                headers={"www-authenticate": "Bearer"},
            )


def _too_large() -> Problem:
    return Problem(
        413, "too-large", f"The body is larger than {MAX_BODY} bytes; send less.", allowed=f"{MAX_BODY} bytes"
    )


def _limited(receive: Receive) -> Receive:
    """Refuses a body that grows beyond what it may have, whatever its headers say."""
    seen = 0

    async def limited() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise HTTPException(413, _too_large().detail)  # the framework lets no other error through here
        return message

    return limited


def _with_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    kept = list(headers)
    there = {name.lower() for name, _ in kept}
    added = [(name.encode(), value.encode()) for name, value in _HEADERS.items() if name.encode() not in there]
    if b"cache-control" not in there:
        added.append((b"cache-control", b"no-store"))
    return kept + added
