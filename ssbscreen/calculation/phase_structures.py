"""Crystals of phases that the reference knows by formula and energy alone."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import DataUnavailable, InputError
from ssbscreen.core.formula import Key, composition_key
from ssbscreen.readers.structure_json import candidate_of
from ssbscreen.sources.prototypes import load_prototypes
from ssbscreen.sources.snapshot import SOURCE

_N_UNLABELLED = 3  # smallest polymorphs that are tried where none has an energy


class PhaseStructures:
    """Crystals by composition, from the structure types that are shipped and, where it was fetched, from `mp_crystals`.

    Attributes:
        title: where they are from.
    """

    def __init__(self, elements: Collection[str]) -> None:
        """Read what holds no other element.

        Args:
            elements: of all systems that will be asked for.
        """
        self._by_key: dict[Key, list[tuple[float, int, Candidate]]] = {}
        for row in load_prototypes():
            crystal = row.primitive.crystal
            if crystal.is_ordered:
                candidate = Candidate(f"prototype {row.name}", crystal=crystal, composition=row.composition)
                self._add(candidate, float("inf"))
        self.title = "structure types of data/prototypes"
        try:
            folder = SOURCE.folder()
        except DataUnavailable:
            self.title += "; mp_crystals is not here (ssbscreen data fetch mp_crystals)"
            return
        self.title += " and mp_crystals"
        energies = _energies(folder / "labels.csv.gz")
        wanted = frozenset(elements)
        for record in _records(folder / "structures.jsonl.gz"):
            if wanted.issuperset(record["species"]):
                try:
                    candidate = candidate_of(record, source=SOURCE.name)
                except InputError:
                    continue  # the data set's own rows that cannot be read are told by `data verify`
                self._add(candidate, energies.get(candidate.candidate_id, float("inf")))

    def of(self, fractions: Mapping[str, float], max_atoms: int) -> tuple[Candidate, ...]:
        """Crystals to try for a composition: that of the least known energy and the smallest; none if it is unknown."""
        known = [row for row in self._by_key.get(composition_key(fractions), ()) if row[1] <= max_atoms]
        least = sorted((row for row in known if row[0] < float("inf")), key=lambda row: row[:2])[:1]
        small = sorted(known, key=lambda row: (row[1], row[0]))[: 1 if least else _N_UNLABELLED]
        return tuple({row[2].candidate_id: row[2] for row in (*least, *small)}.values())

    def _add(self, candidate: Candidate, energy: float) -> None:
        assert candidate.composition is not None
        assert candidate.crystal is not None
        key = composition_key(candidate.composition.get_el_amt_dict())
        self._by_key.setdefault(key, []).append((energy, candidate.crystal.n_sites, candidate))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rb") as lines:
        yield from map(orjson.loads, lines)


@lru_cache(maxsize=1)
def _energies(path: Path) -> dict[str, float]:
    """Labelled formation energies, eV/atom."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return {
            row["material_id"]: float(row["formation_energy_eV_per_atom"])
            for row in rows
            if row["formation_energy_eV_per_atom"]
        }
