"""A data set of this project, as sources know it: its card, the folder of its files, and what came out of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.download import fetch
from ssbscreen.files.data_card import Card, card_of

_log = logging.getLogger(__name__)


class DataSet:
    """Base of the sources that read one.

    Attributes:
        name: of the source, equal to the name of its module.
        dataset: name of the folder with its card.
    """

    name: str
    dataset: str

    @property
    def card(self) -> Card:
        """What the data set is and where it comes from."""
        return card_of(self.dataset)

    def folder(self) -> Path:
        """Folder of its files; raises DataUnavailable when they can be reached nowhere."""
        return fetch.locate(self.card)

    def records(
        self,
        n_rows: int,
        candidates: Sequence[Candidate],
        measurements: Sequence[Measurement],
        rejected: Sequence[Rejected],
    ) -> Records:
        """What was read, with a line in the log.

        Args:
            n_rows: of the tables.
            candidates, measurements, rejected: that came out of them.
        """
        _log.info(
            "%s: %d rows, %d candidates, %d values, %d rejected",
            self.name,
            n_rows,
            len(candidates),
            len(measurements),
            len(rejected),
        )
        return Records(tuple(candidates), tuple(measurements), tuple(rejected))
