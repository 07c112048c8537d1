"""What a data set is to the code: where records come from, found by the name of its file in `sources`."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ssbscreen.core import discovery
from ssbscreen.core.candidate import Records
from ssbscreen.files.data_card import Card

PACKAGE = "ssbscreen.sources"


@runtime_checkable
class Source(Protocol):
    """Where records come from: one module of `sources`, its instance named SOURCE.

    Attributes:
        name: of the source, equal to the name of its module.
        dataset: name of the data set (folder with a card) it reads; empty for the user's own files.
    """

    name: str
    dataset: str


@runtime_checkable
class RecordSource(Source, Protocol):
    """A source of candidates and measurements that needs no argument."""

    @property
    def card(self) -> Card: ...

    def load(self) -> Records:
        """All records; raises DataUnavailable when the data set cannot be reached."""
        ...


@runtime_checkable
class PoolSource(Source, Protocol):
    """A source of candidates to screen."""

    def pool(self) -> Records:
        """All candidates without measurements; raises DataUnavailable when the data set cannot be reached."""
        ...


def load_source(name: str) -> Source:
    """The source of that name.

    Raises:
        UsageError: no module of that name is a source.
    """
    source: Source = discovery.load(PACKAGE, name, "SOURCE")
    return source
