"""What a run is asked for, resolved once before anything is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssbscreen.core.errors import UsageError
from ssbscreen.ranking.criteria import Profile, Screen, load_profile, load_screen
from ssbscreen.screening.settings import Settings

Progress = Callable[[str, int, int], None]
"""Called with stage, work done and work in all."""


@dataclass(frozen=True)
class Plan:
    """What is screened, how, and where to.

    Attributes:
        settings: of the run.
        inputs: files, folders and named sets; the starter pool when empty.
        screen: criteria and role.
        profile: conditions of use.
        out: run folder.
        progress: what the stages report to.
        started: clock at the beginning, s.
    """

    settings: Settings
    inputs: tuple[str, ...]
    screen: Screen
    profile: Profile
    out: Path
    progress: Progress
    started: float


def make_plan(settings: Settings, inputs: Sequence[str], out: Path, progress: Progress) -> Plan:
    """Look up the screen and the profile by their names.

    Raises:
        UsageError: there is no such screen or profile, or the screen is one of cells.
    """
    screen, profile = load_screen(settings.screen), load_profile(settings.profile)
    if not screen.gates:
        raise UsageError(f"Screen '{screen.name}' names no gates: it ranks cells, which follow the screen of a pool.")
    return Plan(settings, tuple(inputs), screen, profile, out, progress, time.perf_counter())
