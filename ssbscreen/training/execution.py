"""Where a training runs, where it can resume, who hears of it, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from ssbscreen.training.tracker import NullTracker, Tracker

CPU = torch.device("cpu")
Progress = Callable[[str, int, int], None]
"""Called with a stage, steps done and steps in all."""


class Stopwatch:
    """Wall time since it was made, and what earlier calls spent on the epochs that are not run again."""

    def __init__(self) -> None:
        self._start, self._earlier = time.monotonic(), 0.0

    def add(self, seconds: float) -> None:
        """Seconds of earlier calls."""
        self._earlier += seconds

    @property
    def seconds(self) -> float:
        """In all."""
        return time.monotonic() - self._start + self._earlier


@dataclass(frozen=True)
class Execution:
    """Where a training runs and who hears of it.

    Attributes:
        device: of the networks.
        devices: GPUs, or processes on a CPU, that share each training.
        checkpoints: folder of resumable checkpoints; none are written when None.
        tracker: of parameters and metrics per epoch.
        progress: see `Progress`.
        clock: of everything that runs here.
    """

    device: torch.device = CPU
    devices: int = 1
    checkpoints: Path | None = None
    tracker: Tracker = field(default_factory=NullTracker)
    progress: Progress | None = None
    clock: Stopwatch = field(default_factory=Stopwatch)
