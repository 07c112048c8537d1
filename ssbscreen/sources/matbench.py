"""Experimental band gaps by composition (matbench_expt_gap)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.download.origin import Builder, gzipped, matbench_folds, rows_of


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
                value = in_stored_unit(
                    Measurement(
                        str(entry),
                        "band_gap",
                        gap,
                        method="experiment",
                        source=self.name,
                        groups={"official_fold": "" if fold != fold else str(int(fold))},
                    ),
                    "eV",
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


def _build(raw: Path, out: Path) -> None:
    _write_gaps(out, rows_of(raw / "matbench_expt_gap.json.gz", ("composition", "gap expt")))


def _write_gaps(out: Path, rows: Iterator[Any]) -> None:
    table = list(rows)
    folds = matbench_folds(len(table))
    with gzipped(out / "expt_gap.csv.gz") as stream:
        writer = csv.writer(stream)
        writer.writerow(("mbid", "composition", "gap expt", "fold"))
        for i, (formula, gap) in enumerate(table):
            writer.writerow((f"mb-expt-gap-{i + 1:04d}", formula, gap, folds[i]))


def _build_from_table(frame: pd.DataFrame, out: Path) -> None:
    _write_gaps(out, zip(frame["composition"], frame["gap expt"], strict=True))


ORIGIN = {"expt_gap": Builder(_build, _build_from_table)}
