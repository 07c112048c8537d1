"""Runs the service until it is stopped."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Sequence
from pathlib import Path

from ssbscreen.app.server.security import LEAST_TOKEN, Access, is_local
from ssbscreen.core.errors import UsageError

log = logging.getLogger(__name__)
_AT_ONCE = 512  # connections
_WAITING = 1024  # connections that wait to be taken
_KEEP_ALIVE = 15  # s
_SHUTDOWN = 5  # s


def checked_access(host: str, token: str, names: Sequence[str]) -> Access:
    """Who may ask.

    Raises:
        UsageError: other machines could ask without a token, or the token is too short to be one.
    """
    if token and len(token) < LEAST_TOKEN:
        raise UsageError(
            f"The token has {len(token)} characters; give at least {LEAST_TOKEN}, as `python -c 'import secrets; "
            "print(secrets.token_urlsafe())'` prints."
        )
    if not is_local(host) and not token:
        raise UsageError(
            f"--host {host} lets other machines ask; that needs a token: --token, or the environment variable "
            "SSBSCREEN_TOKEN. Without --host only this machine (127.0.0.1) can ask."
        )
    return Access(host, token, tuple(names))


def serve(runs: Path, access: Access, port: int) -> None:
    """Answer until interrupted.

    Args:
        runs: folder of runs, or one run.
        access: who may ask, and on which address.
        port: 0 for any that is free.

    Raises:
        UsageError: the packages are missing, or the address cannot be used.
    """
    try:
        import uvicorn

        from ssbscreen.app.server.service import create_app
    except ImportError as error:
        raise UsageError(
            f"The service needs packages that are not installed ({error.name}); install them with `make serve`, or "
            "pip install 'ssbscreen[serve]'."
        ) from None
    place = _socket(access.host, port)
    shown = f"[{access.host}]" if ":" in access.host else access.host
    address = f"http://{shown}:{place.getsockname()[1]}"
    app = create_app(runs, access, address=address)
    log.warning("serving %s at %s/ (stop with Ctrl-C)", runs, address)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_SHUTDOWN,
        server_header=False,
        proxy_headers=False,
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[place])


def _socket(host: str, port: int) -> socket.socket:
    try:
        is_six = ipaddress.ip_address(host).version == 6
    except ValueError:
        is_six = False
    found = socket.socket(socket.AF_INET6 if is_six else socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(_WAITING)
    except OSError as error:
        found.close()
        raise UsageError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}); give another --port, or --port 0 for any "
            "that is free."
        ) from None
    return found
