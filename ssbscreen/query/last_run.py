"""Which run was screened last: noted beside the run, for the folder it was asked for from, and for the user."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from ssbscreen.files.user_state import last_runs_file
from ssbscreen.files.writing import point_to, write_text

LATEST = "latest"
_KEPT = 200  # folders that are remembered
_WAIT = 5.0  # s for another process that writes the file


def note(run: Path) -> None:
    """Make a run the last one: of the current folder, of the user, and of its folder (`latest`)."""
    with contextlib.suppress(OSError):  # somebody else's folder
        point_to(run.parent / LATEST, run.resolve().name)
    with contextlib.suppress(OSError, Timeout):
        path = last_runs_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_WAIT):
            known = _read()
            known.pop(str(Path.cwd()), None)
            known[str(Path.cwd())] = (str(run.resolve()), time.time())
            write_text(json.dumps(dict(list(known.items())[-_KEPT:]), indent=1), path)


def last_run(runs: Path) -> Path | None:
    """The run noted last in `runs` or from the current folder; else the last of the user; None where there is none.

    Args:
        runs: folder with `latest`, a link, or a text file with the folder's name where links are not allowed.
    """
    found: list[tuple[float, Path]] = []
    pointer, known = runs / LATEST, _read()
    if pointer.is_symlink() or pointer.is_file():
        name = os.readlink(pointer) if pointer.is_symlink() else pointer.read_text(encoding="utf-8").strip()
        found.append((pointer.lstat().st_mtime, (runs / name).resolve()))
    if (here := known.get(str(Path.cwd()))) is not None:
        found.append((here[1], Path(here[0])))
    if not found:
        found = [(when, Path(run)) for run, when in known.values()]
    there = [(when, run) for when, run in found if run.is_dir()]
    return max(there)[1] if there else None


def _read() -> dict[str, tuple[str, float]]:
    """Folder -> run and time, oldest first; nothing where the file is missing or damaged."""
    try:
        content = json.loads(last_runs_file().read_text(encoding="utf-8"))
        return {str(folder): (str(run), float(when)) for folder, (run, when) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
