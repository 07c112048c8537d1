"""Crystal structures of the Materials Project with elastic moduli, formation energy and PBE gap."""

from __future__ import annotations

import csv
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
from ssbscreen.core.measure import in_stored_unit
from ssbscreen.download.data_set import DataSet
from ssbscreen.download.origin import Builder, fingerprint, gzipped, matbench_folds, rows_of, structure_line
from ssbscreen.readers.structure_json import candidate_of

_POOL_SITES = 200  # of the cells in the screening pool
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
                if c.crystal is not None
                and c.crystal.n_sites <= _POOL_SITES
                and bool(np.any(c.crystal.occupant_z == li))
            ]
        return Records(tuple(candidates), (), tuple(bad))

    def _read(self, path: Path, ids: Collection[str] | None) -> tuple[list[Candidate], list[Rejected]]:
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for number, record in _lines(path, ids):
            try:
                # the data set does not say which of its structures were made
                found = candidate_of(record, source=self.name, provenance="Materials Project", is_known=False)
                candidates.append(found)
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
                    in_stored_unit(
                        Measurement(material, key, values[i], method="DFT (PBE)", source="snapshot", groups=groups),
                        unit,
                    )
                )
            except InputError as error:
                rejected.append(Rejected(f"mp_crystals:{material} {key}", str(error)))
    return measurements, rejected


def _build(raw: Path, out: Path) -> None:
    """Structures and labels out of matbench: energies and gaps share structures, moduli bring their own."""
    gaps = {fingerprint(s): gap for s, gap in rows_of(raw / "matbench_mp_gap.json.gz", ("structure", "gap pbe"))}
    shear = {fingerprint(s): g for s, g in rows_of(raw / "matbench_log_gvrh.json.gz", ("structure", "log10(G_VRH)"))}
    pool: list[str] = []
    with gzipped(out / "structures.jsonl.gz") as lines, gzipped(out / "labels.csv.gz") as labels:
        writer = csv.writer(labels)
        writer.writerow(
            (
                "material_id",
                "bulk_modulus_GPa",
                "shear_modulus_GPa",
                "formation_energy_eV_per_atom",
                "band_gap_PBE_eV",
                "elastic_fold",
            )
        )
        for i, (structure, energy) in enumerate(rows_of(raw / "matbench_mp_e_form.json.gz", ("structure", "e_form"))):
            name = f"mb-mp-e-form-{i + 1:06d}"
            lines.write(structure_line(name, structure))
            gap = gaps.get(fingerprint(structure))
            writer.writerow((name, "", "", energy, "" if gap is None else gap, ""))
            elements = {entry["element"] for site in structure["sites"] for entry in site["species"]}
            if "Li" in elements and len(structure["sites"]) <= _POOL_SITES:
                pool.append(name)
        elastic = list(rows_of(raw / "matbench_log_kvrh.json.gz", ("structure", "log10(K_VRH)")))
        folds = matbench_folds(len(elastic))
        for i, (structure, bulk) in enumerate(elastic):
            name = f"mb-log-kvrh-{i + 1:05d}"
            lines.write(structure_line(name, structure))
            g = shear.get(fingerprint(structure))
            writer.writerow((name, 10.0**bulk, "" if g is None else 10.0**g, "", "", folds[i]))
    with gzipped(out / "li_candidates.txt.gz") as stream:
        stream.write("\n".join(pool) + "\n")


ORIGIN = {"mp_crystals": Builder(_build)}
