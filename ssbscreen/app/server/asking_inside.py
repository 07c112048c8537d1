"""Asks an application inside its own process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from ssbscreen.app.server.security import App, Message


async def ask(
    app: App, method: str, path: str, asked: Mapping[str, Any], body: Mapping[str, Any] | None = None
) -> tuple[int, bytes]:
    """Status and content of an answer.

    Args:
        app: the application.
        method: GET or POST.
        path: of the address, not quoted.
        asked: parameters; a list is given several times.
        body: sent as JSON.
    """
    content = b"" if body is None else orjson.dumps(body)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": urlencode(dict(asked), doseq=True).encode(),
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 0),
    }
    answered: dict[str, Any] = {"status": 500, "content": bytearray()}

    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answered["status"] = message["status"]
        answered["content"] += message.get("body", b"")

    await app(scope, receive, send)
    return int(answered["status"]), bytes(answered["content"])
