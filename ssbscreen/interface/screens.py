"""`ssbscreen.screen` and `ssbscreen.rank`: the whole way from candidates to a ranking."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ssbscreen.interface.predicting import read
from ssbscreen.interface.run import Run

_RUNS = Path("runs")
Progress = Callable[[str, int, int], None]


def screen(
    inputs: Sequence[str | Path] = (),
    *,
    screen: str = "separator",
    profile: str = "ev",
    out: str | Path | None = None,
    config: str | Path | None = None,
    is_forced: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Run:
    """Rank files, folders and named sets, as `ssbscreen screen` does.

    Args:
        inputs: paths and names of sets; the starter pool by default.
        screen, profile: names of `configs/screens` and `configs/profiles`.
        out: run folder, runs/<screen>-<profile> by default; a finished one of the same input is read.
        config: YAML file with keys of `configs/defaults.yaml`.
        is_forced: whether a finished run of other input is replaced.
        progress: called with stage, done and total.
        settings: keys of `configs/defaults.yaml`, such as n_draws or exclude.

    Raises:
        UsageError: a name or key that does not exist, or the folder holds a finished run of other input.
        InputError: nothing is left to rank.
    """
    from ssbscreen.screening.screen import run_screen
    from ssbscreen.screening.settings import load_settings

    path = Path(config) if config is not None else None
    chosen = load_settings(path, screen=screen, profile=profile, **settings)
    folder = Path(out) if out is not None else _RUNS / f"{screen}-{profile}"
    names = [str(name) for name in inputs]
    return Run(run_screen(chosen, names, folder, progress or _quiet, is_forced=is_forced).run)


def rank(
    materials: object,
    screen: str = "separator",
    profile: str = "ev",
    *,
    beside: Sequence[str | Path] = (),
    out: str | Path | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Run:
    """Rank structures, formulas or polymers that a Python session holds.

    The candidates are kept with the user's own ones under a name made of their content, so that the same call reads
    the finished run, and `data import` finds them.

    Args:
        materials: as of `ssbscreen.predict`.
        screen, profile: names of `configs/screens` and `configs/profiles`.
        beside: files, folders and named sets that are ranked with them, such as "literature" for the known ones.
        out: run folder; one for these candidates by default.
        progress: called with stage, done and total.
        settings: keys of `configs/defaults.yaml`.

    Raises:
        UsageError: nothing was given, or a name or key that does not exist.
        InputError: nothing could be read, or nothing is left to rank.
    """
    from ssbscreen.files.candidate_json import to_plain
    from ssbscreen.screening.candidates.imported import write_imported

    candidates = read(materials).candidates
    content = json.dumps([to_plain(candidate) for candidate in candidates], sort_keys=True)
    name = "session-" + hashlib.sha256(content.encode()).hexdigest()[:12]
    write_imported(name, candidates)
    folder = Path(out) if out is not None else _RUNS / f"{screen}-{profile}-{name}"
    return _screen([name, *beside], screen=screen, profile=profile, out=folder, progress=progress, **settings)


_screen = screen  # `rank` has an argument of that name


def _quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody asked for."""
