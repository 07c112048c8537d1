"""The command line. Each verb is a thin call of one stage; heavy imports happen inside the verb."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from ssbscreen import __version__
from ssbscreen.cli import data, models, places, questions, ranking, refine, registry, screen, serve, suggest
from ssbscreen.core.errors import InputError, SsbscreenError, UsageError
from ssbscreen.core.printable import printable
from ssbscreen.files.paths import temporary_home

GROUPS = {
    "Rank materials": ("screen", "query", "show", "compare", "suggest", "diff", "report", "serve", "mcp"),
    "One question, without a run": ("window", "pair", "predict"),
    "Large pools, calculations": ("work", "refine", "label"),
    "Data and models": ("data", "models", "retrain", "train", "tune", "evaluate"),
    "This installation": ("init", "doctor", "where"),
}
"""Verbs in the order in which help lists them, under their headings."""
app = typer.Typer(
    name="ssbscreen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Rank solid-state battery materials against everything that makes a cell fail.",
    epilog="To begin: `ssbscreen screen` (a few minutes), then `ssbscreen show Li6PS5Cl`. "
    "`ssbscreen VERB --help` explains a verb.",
)
for verbs in (
    models.app,
    screen.app,
    ranking.app,
    refine.app,
    suggest.app,
    questions.app,
    data.app,
    places.app,
    serve.app,
):
    app.registered_commands.extend(verbs.registered_commands)


def _grouped() -> None:
    """Put the verbs under their headings, in order."""
    panels = {verb: panel for panel, verbs in GROUPS.items() for verb in verbs}
    order = list(panels)
    for command in app.registered_commands:
        command.name = command.name or command.callback.__name__  # type: ignore[union-attr]
        command.rich_help_panel = panels[command.name]
    app.registered_commands.sort(key=lambda command: order.index(str(command.name)))
    app.add_typer(data.data_app, name="data", rich_help_panel=panels["data"])
    app.add_typer(registry.models_app, name="models", rich_help_panel=panels["models"])


_grouped()


class _Once(logging.Filter):
    """Lets each message through once; several parts of a command may come to say the same."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        message = f"{record.levelno} {record.getMessage()}"
        is_new = message not in self._said
        self._said.add(message)
        return is_new


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ssbscreen {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what each stage does.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
        force=True,
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Once())
    if not verbose:
        warnings.simplefilter("ignore")  # what matters to a user is an error or a line in rejected.csv
        for noisy in ("alembic", "mlflow", "lightning", "lightning.pytorch", "lightning_fabric", "pymatgen", "urllib3"):
            logging.getLogger(noisy).setLevel(logging.ERROR)


def _need_a_home() -> None:
    """Libraries look for a home folder when they are imported; containers and cron jobs may have none."""
    try:
        has_home = Path.home() != Path("/")
    except RuntimeError:
        has_home = False
    if not has_home:
        os.environ["HOME"] = str(temporary_home())


def _shown(error: Exception) -> str:
    return "\n".join(printable(line) for line in str(error).split("\n"))


def main() -> None:
    """Run the command line; exit 0 fine, 2 bad use or nothing usable in the input, 1 anything else."""
    _need_a_home()
    try:
        app(prog_name="ssbscreen")
    except (UsageError, InputError) as error:
        typer.echo(f"ssbscreen: {_shown(error)}", err=True)
        sys.exit(2)
    except SsbscreenError as error:
        typer.echo(f"ssbscreen: {_shown(error)}", err=True)
        sys.exit(1)
    except OSError as error:
        place = f" '{error.filename}'" if error.filename else ""
        typer.echo(
            f"ssbscreen:{place} {error.strerror or error}; check that the folder exists, is writable and has room. "
            "What was finished is kept; the same command resumes.",
            err=True,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("ssbscreen: stopped; the same command resumes here.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
