"""Experimental band gaps by composition (matbench_expt_gap)."""

from __future__ import annotations

import logging

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import measure
from ssbscreen.download import fetch
from ssbscreen.files.data_card import Card, card_of
from ssbscreen.readers.composition_text import parse_composition

_log = logging.getLogger(__name__)


class Matbench:
    """Reads `expt_gap.csv.gz`."""

    name = "matbench"
    dataset = "expt_gap"

    @property
    def card(self) -> Card:
        return card_of(self.dataset)

    def load(self) -> Records:
        """Composition-only candidates with their measured gap; official test folds are groups."""
        table = pd.read_csv(fetch.locate(self.card) / "expt_gap.csv.gz")
        candidates: list[Candidate] = []
        measurements: list[Measurement] = []
        rejected: list[Rejected] = []
        for entry, formula, gap, fold in zip(
            table["mbid"], table["composition"], table["gap expt"], table["fold"], strict=True
        ):
            try:
                composition = parse_composition(str(formula))
                value = measure(
                    str(entry),
                    "band_gap",
                    gap,
                    "eV",
                    method="experiment",
                    source=self.name,
                    groups={"official_fold": "" if fold != fold else str(int(fold))},
                )
            except InputError as error:
                rejected.append(Rejected(f"expt_gap:{entry}", str(error)))
                continue
            candidates.append(
                Candidate(
                    candidate_id=str(entry),
                    composition=composition,
                    source=self.name,
                    provenance="measured band gap",
                    is_known=True,
                )
            )
            measurements.append(value)
        _log.info("matbench: %d rows, %d kept, %d set aside", len(table), len(candidates), len(rejected))
        return Records(tuple(candidates), tuple(measurements), tuple(rejected))


SOURCE = Matbench()
