"""What a user makes, each kind in its place: measurements, candidates, trained models, databases of runs and studies.

Versions until 0.2 kept all of it inside the project; what lies there is moved once, or used where it is.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from ssbscreen.files.paths import cache_dir, is_lasting, project_root, state_dir

_log = logging.getLogger(__name__)
_WAIT = 60.0  # s for another process that is moving the same


def measurements_dir() -> Path:
    """Versions of the measurements that were imported."""
    return _kept("measurements", "data/measurements")


def candidates_dir() -> Path:
    """Candidates that were imported under a name."""
    return _kept("candidates", "data/cache/imported")


def registry_dir() -> Path:
    """Models that were trained by `retrain`, and which of them is active."""
    return _kept("registry", "registry")


def tracking_database() -> Path:
    """SQLite file of MLflow; the files of its runs lie in `mlruns` beside it."""
    return _database("mlflow.db", "MLFLOW_TRACKING_URI")


def studies_database() -> Path:
    """SQLite file of Optuna."""
    return _database("optuna.db", "OPTUNA_STORAGE")


def last_runs_file() -> Path:
    """Which run folder was written last, and from which folder it was asked for."""
    return state_dir() / "last_runs.json"


def former_caches() -> tuple[Path, ...]:
    """Folders of fetched data sets of versions until 0.2; they are read where they are."""
    return tuple(root / "data" / "cache" for root in _former_roots() if (root / "data" / "cache").is_dir())


def _former_roots() -> tuple[Path, ...]:
    if named := os.environ.get("SSBSCREEN_HOME"):
        return (Path(named).expanduser().resolve(),)
    return project_root(), Path(os.path.expanduser("~/.cache/ssbscreen"))


def _kept(name: str, former: str) -> Path:
    """Folder of one kind, with what an older version left moved into it."""
    place, old = state_dir() / name, _first(former, Path.is_dir)
    if name == "candidates" and old is None and not os.environ.get("SSBSCREEN_HOME"):
        imported = cache_dir() / "imported"  # where SSBSCREEN_CACHE named a cache
        old = imported if imported.is_dir() else None
    if old is None or old == place:
        return place
    return _moved(old, place)


def _database(name: str, variable: str) -> Path:
    """A database, that of an older version where it lies: it names the folder of its files."""
    place, old = state_dir() / name, _first(name, Path.is_file)
    if old is None or old == place or place.exists():
        return place
    _say_once(f"'{old}' of an earlier version is used on; name another place with {variable}.")
    return old


def _first(former: str, is_there: Callable[[Path], bool]) -> Path | None:
    return next((root / former for root in _former_roots() if is_there(root / former)), None)


@cache
def _moved(old: Path, place: Path) -> Path:
    """The new folder after the move; the old one where it cannot be moved."""
    if not is_lasting(place) or not os.access(old.parent, os.W_OK):
        return place if place.is_dir() else old
    try:
        with FileLock(place.with_name(f".{place.name}.moving.lock"), timeout=_WAIT):
            if place.is_dir() and any(place.iterdir()):
                if old.is_dir():
                    _say_once(f"'{old}' of an earlier version is not read, since '{place}' holds {place.name} already.")
                return place
            if old.is_dir():
                _move(old, place)
                _say_once(f"'{old}' was moved to '{place}', where {place.name} are kept now.")
    except (OSError, Timeout) as error:
        _say_once(f"'{old}' is used where it is; it could not be moved to '{place}' ({error}).")
        return old
    return place


def _move(old: Path, place: Path) -> None:
    """Rename; from another disk, copy wholly before anything is removed."""
    if place.is_dir():
        place.rmdir()
    try:
        old.rename(place)
    except OSError:
        half = place.with_name(f".{place.name}.moving")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(old, half, symlinks=True)
        half.rename(place)
        shutil.rmtree(old, ignore_errors=True)


@cache
def _say_once(sentence: str) -> None:
    _log.warning(sentence)
