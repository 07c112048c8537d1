"""On what a value rests: measurements, a calculation, a model, the material's family, or nothing of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np


class EvidenceKind(StrEnum):
    """What a value rests on, the strongest first."""

    MEASURED = "measured"  # on this material
    CALCULATED = "calculated"  # by density-functional theory, or arithmetic on the composition alone
    PREDICTED = "predicted"  # by a model
    FAMILY = "family"  # cited or measured for the family or class as a whole
    IMPUTED = "imputed"  # nothing is known


_KINDS = tuple(EvidenceKind)
_RANK = {kind: i for i, kind in enumerate(_KINDS)}


@dataclass(frozen=True)
class Evidence:
    """On what the values of one property rest, one entry a candidate.

    Attributes:
        kind: of each value, the words of `EvidenceKind`.  # (n,) object
        n_studies: independent studies that measured it; 0 where it was not measured.  # (n,) int
    """

    kind: np.ndarray
    n_studies: np.ndarray

    def __post_init__(self) -> None:
        if len(self.kind) != len(self.n_studies):
            raise ValueError(f"{len(self.kind)} kinds for {len(self.n_studies)} numbers of studies.")

    def __len__(self) -> int:
        return len(self.kind)

    @classmethod
    def uniform(cls, kind: EvidenceKind, n: int) -> Self:
        """The same kind for n candidates, no study."""
        return cls(np.full(n, kind, dtype=object), np.zeros(n, dtype=np.int64))

    def take(self, rows: np.ndarray) -> Self:
        """The candidates at these rows; one may be taken more than once.  # (m,) int"""
        return type(self)(self.kind[rows], self.n_studies[rows])

    def where(self, mask: np.ndarray, other: Self) -> Self:
        """These values, those of another where the mask holds.  # (n,) bool"""
        return type(self)(
            np.where(mask, other.kind, self.kind).astype(object), np.where(mask, other.n_studies, self.n_studies)
        )


def weakest(inputs: Sequence[Evidence], n: int) -> Evidence:
    """What a value made of several others rests on: the weakest of them, and the fewest studies.

    An input that is imputed is passed over: a formula that gives a value all the same does not need it. Without any
    input a value is calculated, such as a molar mass.

    Args:
        inputs: aligned.
        n: candidates.
    """
    rank = np.full(n, _RANK[EvidenceKind.MEASURED])
    studies = np.full(n, np.iinfo(np.int64).max)
    used = np.zeros(n, dtype=bool)
    for evidence in inputs:
        own = np.array([_RANK[EvidenceKind(kind)] for kind in evidence.kind], dtype=np.int64)
        known = own != _RANK[EvidenceKind.IMPUTED]
        used |= known
        rank = np.where(known, np.maximum(rank, own), rank)
        studies = np.where(known, np.minimum(studies, evidence.n_studies), studies)
    rank = np.where(used, rank, _RANK[EvidenceKind.CALCULATED])
    return Evidence(np.array(_KINDS, dtype=object)[rank], np.where(used, studies, 0))
