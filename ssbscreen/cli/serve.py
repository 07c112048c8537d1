"""Verbs that let others ask finished runs: a web service, and a server for assistants."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen.cli.options import RUNS
from ssbscreen.core.errors import UsageError

app = typer.Typer()
PORT = 8484
RunsArgument = Annotated[Path, typer.Argument(metavar="RUNS", help="Folder of run folders, or one run folder.")]


@app.command()
def serve(
    runs: RunsArgument = RUNS,
    host: Annotated[
        str, typer.Option(help="Address to listen on; another than this machine's needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any that is free.")] = PORT,
    token: Annotated[
        str | None,
        typer.Option(help="Asked for with every request; better given as the environment variable SSBSCREEN_TOKEN."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Further name under which the service is reached.")
    ] = None,
) -> None:
    """Open finished runs in a browser.

    Also for programs, by HTTP and OPTIMADE. Read only.
    """
    from ssbscreen.app.server.serving import checked_access, serve

    given = token if token is not None else os.environ.get("SSBSCREEN_TOKEN", "")
    serve(_there(runs), checked_access(host, given, allow_host or ()), port)


def _there(runs: Path) -> Path:
    if not runs.is_dir():
        raise UsageError(
            f"'{runs}' is no folder; make a run first with `ssbscreen screen` (`make screen`), or name another."
        )
    return runs


@app.command()
def mcp(runs: RunsArgument = RUNS) -> None:
    """Answer questions of AI assistants about finished runs.

    By the model context protocol, on standard input and output. Read only.
    """
    folder = _there(runs)
    try:
        from ssbscreen.app.server.model_context import serve_standard_streams
    except ImportError as error:
        raise UsageError(
            f"The server for assistants needs packages that are not installed ({error.name}); install them with "
            "`make serve`, or pip install 'ssbscreen[serve]'."
        ) from None
    serve_standard_streams(folder)
