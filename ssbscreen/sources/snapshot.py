"""Crystal structures of the Materials Project with elastic moduli, formation energy and PBE gap."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError
from ssbscreen.core.measure import measure
from ssbscreen.download.data_set import DataSet
from ssbscreen.readers.structure_json import candidate_of

LABELS: dict[str, tuple[str, str]] = {  # column -> property key, unit
    "bulk_modulus_GPa": ("bulk_modulus", "GPa"),
    "shear_modulus_GPa": ("shear_modulus", "GPa"),
    "formation_energy_eV_per_atom": ("formation_energy", "eV/atom"),
    "band_gap_PBE_eV": ("band_gap_pbe", "eV"),
}


class Snapshot(DataSet):
    """Reads `structures.jsonl.gz` and `labels.csv.gz`; `li_candidates.txt.gz` names the screening pool."""

    name = "snapshot"
    dataset = "mp_crystals"

    def load(self, properties: Collection[str] | None = None) -> Records:
        """All labelled structures, or those with a value of one of the given properties.

        Args:
            properties: keys; None means all four. Fewer properties read fewer structures.
        """
        folder = self.folder()
        measurements, rejected = _labels(folder / "labels.csv.gz", properties)
        wanted = {m.candidate_id for m in measurements}
        candidates, bad = self._read(folder / "structures.jsonl.gz", wanted)
        have = {c.candidate_id for c in candidates}
        kept = tuple(m for m in measurements if m.candidate_id in have)
        lost = len(wanted - have - {r.input.removeprefix("mp_crystals:") for r in bad})
        if lost:
            bad.append(Rejected("mp_crystals:labels.csv.gz", f"{lost} labelled ids have no structure"))
        return self.records(len(wanted), candidates, kept, (*rejected, *bad))

    def pool(self) -> Records:
        """The screening pool: all structures that hold lithium and at most 200 atoms."""
        folder = self.folder()
        listed = folder / "li_candidates.txt.gz"
        if listed.is_file():
            ids: set[str] | None = set(gzip.decompress(listed.read_bytes()).decode().split())
        else:
            ids = None
        candidates, bad = self._read(folder / "structures.jsonl.gz", ids)
        if ids is None:
            li = ATOMIC_NUMBER["Li"]
            candidates = [
                c
                for c in candidates
                if c.crystal is not None and c.crystal.n_sites <= 200 and bool(np.any(c.crystal.occupant_z == li))
            ]
        return Records(tuple(candidates), (), tuple(bad))

    def _read(self, path: Path, ids: Collection[str] | None) -> tuple[list[Candidate], list[Rejected]]:
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for number, record in _lines(path, ids):
            try:
                candidates.append(candidate_of(record, source=self.name, provenance="Materials Project"))
            except InputError as error:
                rejected.append(Rejected(f"mp_crystals:{record.get('id') or f'line {number}'}", str(error)))
        return candidates, rejected


SOURCE = Snapshot()


def _lines(path: Path, ids: Collection[str] | None) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, parsed line) of the wanted ids; others are skipped before they are parsed."""
    with gzip.open(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            if ids is not None and line.startswith(b'{"id":"') and line[7 : line.index(b'"', 7)].decode() not in ids:
                continue
            record = orjson.loads(line)
            if ids is None or record["id"] in ids:
                yield number, record


def _labels(path: Path, properties: Collection[str] | None) -> tuple[list[Measurement], list[Rejected]]:
    """Measurements of all labels; moduli at or below 0 have no logarithm and are rejected."""
    table = pd.read_csv(path, dtype={"material_id": str})
    folds = (
        ["" if f != f else str(int(f)) for f in table["elastic_fold"]] if "elastic_fold" in table else [""] * len(table)
    )
    measurements: list[Measurement] = []
    rejected: list[Rejected] = []
    for column, (key, unit) in LABELS.items():
        if column not in table or (properties is not None and key not in properties):
            continue
        is_elastic = key in ("bulk_modulus", "shear_modulus")
        values = table[column].to_numpy(dtype=float)
        for i in np.flatnonzero(np.isfinite(values)).tolist():
            material = str(table["material_id"].iat[i])
            groups = {"elastic_fold": folds[i]} if is_elastic and folds[i] else {}
            try:
                measurements.append(
                    measure(material, key, values[i], unit, method="DFT (PBE)", source="snapshot", groups=groups)
                )
            except InputError as error:
                rejected.append(Rejected(f"mp_crystals:{material} {key}", str(error)))
    return measurements, rejected
