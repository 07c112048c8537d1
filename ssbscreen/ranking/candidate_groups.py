"""Groups of candidates, each within the one before, as numbers: made once for all criteria of a screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

Path = tuple[str, ...]
"""Names of a group and of those that it lies in, the largest first."""


@dataclass(frozen=True)
class CandidateGroups:
    """Of every candidate, its group at each depth.

    Attributes:
        places: of each candidate among the groups of a depth, the largest first.  # each (n,) int
        paths: of these groups; an empty name stands for those that belong to none.
    """

    places: tuple[np.ndarray, ...]
    paths: tuple[tuple[Path, ...], ...]

    @classmethod
    def of(cls, groups: Sequence[np.ndarray]) -> Self:
        """From names, such as class and family; empty where a candidate belongs to none.  # each (n,)"""
        places: list[np.ndarray] = []
        paths: list[tuple[Path, ...]] = []
        larger, inside = np.zeros(len(groups[0]), dtype=np.intp), ((),)  # type: tuple[np.ndarray, tuple[Path, ...]]
        for group in groups:
            place, names = pd.factorize(group)
            distinct, larger = np.unique(larger * max(len(names), 1) + place, return_inverse=True)
            inside = tuple((*inside[i // len(names)], str(names[i % len(names)])) for i in distinct.tolist())
            places.append(larger.astype(np.min_scalar_type(len(distinct))))  # short numbers are put in order sooner
            paths.append(inside)
        return cls(tuple(places), tuple(paths))

    def members(self, rows: np.ndarray) -> Iterator[tuple[Path, np.ndarray]]:
        """All groups of some candidates, from all of them on, with those in each.  # ascending (m,) int"""
        yield (), rows
        for place, paths in zip(self.places, self.paths, strict=True):
            ordered = rows[np.argsort(place[rows], kind="stable")]
            for part in np.split(ordered, np.flatnonzero(np.diff(place[ordered])) + 1):
                if len(part) and "" not in (path := paths[place[part[0]]]):
                    yield path, part
