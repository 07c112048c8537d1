"""Curated, ordered, fingerprinted measurements of one or several properties."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ssbscreen.core.candidate import Candidate

EXACT, BELOW, ABOVE = 0, -1, 1  # codes of Dataset.bound: the truth is equal, at or below, at or above


@dataclass(frozen=True)
class Dataset:
    """Candidates (rows) against properties (columns); a missing value is NaN.

    Attributes:
        name: for logs and cards.
        candidates: one a row; a candidate measured under two conditions is two rows.
        properties: keys of the columns.
        values: stored units.  # (n_rows, n_properties)
        bound: EXACT, BELOW or ABOVE.  # (n_rows, n_properties) int8
        temperature_c: degree C, NaN where it has no meaning.  # (n_rows,)
        groups: split groups, group name -> label of every row.  # each (n_rows,)
        sources: names of the sources the rows came from.
        noise: standard deviation of values of lower fidelity, stored units, NaN for all others; None where there are
            only others.  # (n_rows, n_properties)
    """

    name: str
    candidates: tuple[Candidate, ...]
    properties: tuple[str, ...]
    values: np.ndarray
    bound: np.ndarray
    temperature_c: np.ndarray
    groups: dict[str, np.ndarray]
    sources: tuple[str, ...]
    noise: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.candidates)

    def column(self, key: str) -> np.ndarray:
        """Values of one property.  # (n_rows,)"""
        return np.asarray(self.values[:, self.properties.index(key)])

    def take(self, rows: np.ndarray) -> Dataset:
        """The rows of an index array, in its order."""
        rows = np.asarray(rows)
        return Dataset(
            self.name,
            tuple(self.candidates[int(i)] for i in rows),
            self.properties,
            self.values[rows],
            self.bound[rows],
            self.temperature_c[rows],
            {k: v[rows] for k, v in self.groups.items()},
            self.sources,
            None if self.noise is None else self.noise[rows],
        )

    @cached_property
    def fingerprint(self) -> str:
        """Hash of ids, formulas, values, bounds and temperatures; equal data give equal fingerprints."""
        digest = hashlib.sha256()
        digest.update("|".join(self.properties).encode())
        for candidate in self.candidates:
            digest.update(f"{candidate.candidate_id}\t{candidate.formula}\n".encode())
        digest.update(np.ascontiguousarray(np.nan_to_num(self.values, nan=1e30).round(9)).tobytes())
        digest.update(np.ascontiguousarray(self.bound.astype(np.int8)).tobytes())
        digest.update(np.ascontiguousarray(np.nan_to_num(self.temperature_c, nan=1e30).round(6)).tobytes())
        if self.noise is not None:
            digest.update(np.ascontiguousarray(np.nan_to_num(self.noise, nan=1e30).round(9)).tobytes())
        return digest.hexdigest()[:16]
