"""Where the project's own files lie, and where what a user makes is kept: outside of them."""

from __future__ import annotations

import logging
import os
import tempfile
from functools import cache
from pathlib import Path

import platformdirs

_log = logging.getLogger(__name__)
_PACKAGE = Path(__file__).resolve().parents[1]
_APP = "ssbscreen"
_NO_HOMES = (Path("/"), Path("/.local"))  # above `.cache` and `share` where HOME is "/", as for unknown users


def project_root() -> Path:
    """Folder that holds `data/`, `models/` and `configs/`.

    The folder of SSBSCREEN_HOME where it holds configs of its own; then the checkout that the package lies in; then
    the copies that are packed into an installed wheel.
    """
    own, checkout = _own_home(), _PACKAGE.parent
    if own is not None and (own / "configs").is_dir():
        return own
    return checkout if (checkout / "configs").is_dir() else _PACKAGE / "_share"


def data_dir() -> Path:
    """Data cards and starter data, tracked in the repository."""
    return project_root() / "data"


def models_dir() -> Path:
    """Shipped models: a card and safetensors weights each; SSBSCREEN_MODELS moves it."""
    return _named("SSBSCREEN_MODELS") or project_root() / "models"


def configs_dir() -> Path:
    """Commented YAML configs: model trainings, screens, profiles."""
    return project_root() / "configs"


def state_dir() -> Path:
    """What a user imports, trains and tracks: SSBSCREEN_HOME, else the system's folder for the data of users.

    A user without a folder that can be made gets a temporary one, and is told so.
    """
    return _own_home() or _of_system("data", "SSBSCREEN_HOME")


def cache_dir() -> Path:
    """Fetched data sets and what is computed from them: SSBSCREEN_CACHE, SSBSCREEN_HOME, else the system's folder."""
    if named := _named("SSBSCREEN_CACHE"):
        return named
    if own := _own_home():
        return own / "cache"
    return _of_system("cache", "SSBSCREEN_CACHE")


def is_lasting(folder: Path) -> bool:
    """Whether a folder is none of those that replace a home which cannot be written."""
    return not folder.is_relative_to(temporary_home())


@cache
def temporary_home() -> Path:
    """A folder of this user alone for whoever has no home: containers, cron jobs, read-only systems."""
    folder = Path(tempfile.gettempdir()) / f"{_APP}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_symlink() and folder.stat().st_uid == os.getuid():
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix=f"{_APP}-"))


def _own_home() -> Path | None:
    return _named("SSBSCREEN_HOME")


def _named(variable: str) -> Path | None:
    given = os.environ.get(variable)
    return Path(given).expanduser().resolve() if given else None


def _of_system(kind: str, variable: str) -> Path:
    name = platformdirs.user_data_path if kind == "data" else platformdirs.user_cache_path
    try:
        folder = name(_APP, appauthor=False)
    except RuntimeError:  # neither HOME nor a line in the table of users
        folder = Path("~")
    return _made(folder, kind, variable)


@cache
def _made(folder: Path, kind: str, variable: str) -> Path:
    """The folder, made where it is missing; a temporary one where that cannot be, or where the home is no home."""
    try:
        if not folder.is_absolute() or folder.parent.parent in _NO_HOMES or not is_lasting(folder):
            raise FileNotFoundError("there is no home folder")  # HOME is missing, "/", or our own stopgap
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "cache" and not os.access(folder, os.W_OK):  # data that can only be read are still data
            raise PermissionError("it cannot be written")
        return folder
    except OSError as error:
        other = temporary_home() / kind
        other.mkdir(parents=True, exist_ok=True)
        _log.warning(
            "The %s folder '%s' is not used (%s): '%s' is, until it is cleared; set %s to keep it elsewhere.",
            kind,
            folder,
            error.strerror or error,
            other,
            variable,
        )
        return other
