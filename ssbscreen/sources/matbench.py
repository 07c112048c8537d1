"""Experimental band gaps by composition (matbench_expt_gap)."""

from __future__ import annotations

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import measure
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.composition_text import parse_composition


class Matbench(DataSet):
    """Reads `expt_gap.csv.gz`."""

    name = "matbench"
    dataset = "expt_gap"

    def load(self) -> Records:
        """Composition-only candidates with their measured gap; official test folds are groups."""
        table = pd.read_csv(self.folder() / "expt_gap.csv.gz")
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
        return self.records(len(table), candidates, measurements, rejected)


SOURCE = Matbench()
