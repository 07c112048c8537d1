"""Reasons why lines of one file were rejected: the first ones in words, the rest counted."""

from __future__ import annotations

from ssbscreen.core.candidate import Rejected

MAX_REASONS = 1000  # of one file, in words
MAX_BAD_START = 1000  # rejected lines before the first good one, after which the file is held for something else


class Reasons:
    """Collects what is rejected of one file.

    Args:
        name: of the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._kept: list[Rejected] = []
        self._beyond = 0

    def add(self, where: str, reason: str) -> None:
        """Note a line and why it is rejected."""
        if len(self._kept) < MAX_REASONS:
            self._kept.append(Rejected(where, reason))
        else:
            self._beyond += 1

    def add_untried(self, count: int) -> None:
        """Count lines that were not tried."""
        self._beyond += count

    @property
    def is_hopeless(self) -> bool:
        """Whether so much was rejected that a file without one good line is not read on."""
        return len(self._kept) + self._beyond >= MAX_BAD_START

    def all(self) -> tuple[Rejected, ...]:
        """The reasons, and one that stands for the lines beyond them."""
        if not self._beyond:
            return tuple(self._kept)
        rest = Rejected(
            f"{self._name}: {self._beyond} further lines",
            "rejected like those above, whose reasons are given; no more reasons are kept of one file",
            self._beyond,
        )
        return (*self._kept, rest)
