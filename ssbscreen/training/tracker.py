"""Where trainings tell what happens, whoever listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from ssbscreen.training.run_notes import LoggedData


class Tracker(Protocol):
    """Where a run writes what happened."""

    def params(self, values: dict[str, object]) -> None:
        """Parameters, once a run."""
        ...

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Numbers, per epoch where a step is given."""
        ...

    def dataset(self, data: LoggedData) -> None:
        """The data of the run, by name and fingerprint."""
        ...

    def note(self, text: str) -> None:
        """Description of the run, Markdown."""
        ...

    def artifact(self, path: Path) -> None:
        """A file, or a folder with its files."""
        ...

    def child(self, name: str) -> AbstractContextManager[Tracker]:
        """A nested run, as a context manager that yields its tracker."""
        ...


class NullTracker:
    """Keeps nothing."""

    def params(self, values: dict[str, object]) -> None:
        """Dropped."""

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Dropped."""

    def dataset(self, data: LoggedData) -> None:
        """Dropped."""

    def note(self, text: str) -> None:
        """Dropped."""

    def artifact(self, path: Path) -> None:
        """Dropped."""

    @contextmanager
    def child(self, name: str) -> Iterator[Tracker]:
        """Itself."""
        yield self
