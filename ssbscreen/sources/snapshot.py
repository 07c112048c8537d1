"""Crystal structures of the Materials Project with elastic moduli, formation energy and PBE gap."""

from __future__ import annotations

import gzip
import logging
import math
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
from pymatgen.core import Composition, Element

from ssbscreen.core.candidate import Candidate, Measurement, Records, Rejected
from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.sources import fetch
from ssbscreen.sources.base import Card, card_of, measure

_log = logging.getLogger(__name__)
_ELEMENTS = {symbol: Element(symbol) for symbol in SYMBOLS[1:]}
LABELS: dict[str, tuple[str, str]] = {  # column -> property key, unit
    "bulk_modulus_GPa": ("bulk_modulus", "GPa"),
    "shear_modulus_GPa": ("shear_modulus", "GPa"),
    "formation_energy_eV_per_atom": ("formation_energy", "eV/atom"),
    "band_gap_PBE_eV": ("band_gap_pbe", "eV"),
}


class Snapshot:
    """Reads `structures.jsonl.gz` and `labels.csv.gz`; `li_candidates.txt.gz` names the screening pool."""

    name = "snapshot"
    dataset = "mp_crystals"

    @property
    def card(self) -> Card:
        return card_of(self.dataset)

    def load(self, properties: Collection[str] | None = None) -> Records:
        """All labelled structures, or those with a value of one of the given properties.

        Args:
            properties: keys; None means all four. Fewer properties read fewer structures.
        """
        folder = fetch.locate(self.card)
        measurements, rejected = _labels(folder / "labels.csv.gz", properties)
        wanted = {m.candidate_id for m in measurements}
        candidates, bad = self._read(folder / "structures.jsonl.gz", wanted)
        have = {c.candidate_id for c in candidates}
        kept = tuple(m for m in measurements if m.candidate_id in have)
        lost = len(wanted - have - {r.input.removeprefix("mp_crystals:") for r in bad})
        if lost:
            bad.append(Rejected("mp_crystals:labels.csv.gz", f"{lost} labelled ids have no structure"))
        _log.info("snapshot: %d structures, %d values, %d set aside", len(candidates), len(kept), len(bad))
        return Records(tuple(candidates), kept, (*rejected, *bad))

    def pool(self) -> Records:
        """The screening pool: all structures that hold lithium and at most 200 atoms."""
        folder = fetch.locate(self.card)
        listed = folder / "li_candidates.txt.gz"
        if listed.is_file():
            ids: set[str] | None = set(gzip.decompress(listed.read_bytes()).decode().split())
        else:
            ids = None
        candidates, bad = self._read(folder / "structures.jsonl.gz", ids)
        if ids is None:
            li = ATOMIC_NUMBER["Li"]
            candidates = [c for c in candidates if c.crystal is not None and c.crystal.n_sites <= 200
                          and bool(np.any(c.crystal.occupant_z == li))]
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
            if ids is not None and line.startswith(b'{"id":"') and line[7:line.index(b'"', 7)].decode() not in ids:
                continue
            record = orjson.loads(line)
            if ids is None or record["id"] in ids:
                yield number, record


def cell_vectors(lattice: list[float]) -> np.ndarray:
    """Lattice vectors of a, b, c (angstrom), alpha, beta, gamma (degree): a along x, b in the xy plane.  # (3, 3)

    Raises:
        InputError: lengths or angles that span no cell.
    """
    if len(lattice) != 6:
        raise InputError(f"lattice {lattice} spans no cell; give three lengths and three angles")
    a, b, c = lattice[:3]
    cos_a, cos_b, cos_g = (math.cos(math.radians(angle)) for angle in lattice[3:])
    sin_g = math.sqrt(max(0.0, 1.0 - cos_g**2))
    squared = 1.0 - cos_a**2 - cos_b**2 - cos_g**2 + 2.0 * cos_a * cos_b * cos_g
    if not (min(a, b, c) > 0 and sin_g > 1e-4 and squared > 1e-8):
        raise InputError(f"lattice {lattice} spans no cell; give three lengths > 0 and three possible angles")
    return np.array([
        [a, 0.0, 0.0], [b * cos_g, b * sin_g, 0.0],
        [c * cos_b, c * (cos_a - cos_b * cos_g) / sin_g, c * math.sqrt(squared) / sin_g],
    ])


def candidate_of(record: dict[str, Any], source: str, provenance: str = "", is_known: bool = True) -> Candidate:
    """Candidate of one line `{"id", "lattice": [a, b, c, alpha, beta, gamma], "species", "frac"}`.

    Raises:
        InputError: a key is missing, lengths differ, an element is unknown, or the cell is impossible.
    """
    try:
        candidate_id, lattice, species, frac = (record[k] for k in ("id", "lattice", "species", "frac"))
        numbers = np.array([ATOMIC_NUMBER[s] for s in species])
        coordinates = np.array(frac, dtype=np.float64)
        vectors = cell_vectors([float(x) for x in lattice])
    except KeyError as error:
        raise InputError(f"key or element {error} is missing or unknown; give id, lattice, species, frac") from error
    except (TypeError, ValueError) as error:
        raise InputError(f"the line cannot be read ({error}); give lattice as 6 numbers, frac as rows of 3") from error
    if not len(numbers) or coordinates.shape != (len(numbers), 3):
        raise InputError(f"{len(numbers)} species and coordinates of shape {coordinates.shape} do not fit; "
                         "give n and (n, 3)")
    if not np.isfinite(coordinates).all():
        raise InputError("a coordinate is not a number")
    counts: dict[str, int] = {}
    for symbol in species:
        counts[symbol] = counts.get(symbol, 0) + 1
    return Candidate(
        candidate_id=str(candidate_id),
        composition=Composition({_ELEMENTS.get(s, Element("H")): n for s, n in counts.items()}),
        crystal=Crystal.ordered(vectors, coordinates, numbers), source=source, provenance=provenance, is_known=is_known,
    )


def _labels(path: Path, properties: Collection[str] | None) -> tuple[list[Measurement], list[Rejected]]:
    """Measurements of all labels; moduli at or below 0 have no logarithm and are set aside."""
    table = pd.read_csv(path, dtype={"material_id": str})
    folds = (["" if f != f else str(int(f)) for f in table["elastic_fold"]] if "elastic_fold" in table
             else [""] * len(table))
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
                measurements.append(measure(material, key, values[i], unit, method="DFT (PBE)", source="snapshot",
                                            groups=groups))
            except InputError as error:
                rejected.append(Rejected(f"mp_crystals:{material} {key}", str(error)))
    return measurements, rejected
