"""On what a value rests: measurements, a calculation, a model, the material's family, or nothing of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np

from ssbscreen.core.candidate import Bound, Candidate


class EvidenceKind(StrEnum):
    """What a value rests on, the strongest first."""

    MEASURED = "measured"  # on this material
    CALCULATED = "calculated"  # by density-functional theory, or arithmetic on the composition alone
    PREDICTED = "predicted"  # by a model
    FAMILY = "family"  # cited or measured for the family or class as a whole
    IMPUTED = "imputed"  # nothing is known
    NOT_APPLICABLE = "does not apply"  # the criterion says nothing about such a material


KINDS = np.array([*EvidenceKind], dtype=object)
"""All kinds, the strongest first; the number of a kind is its place here."""
_RANK: dict[str, int] = {kind: i for i, kind in enumerate(KINDS)}


def numbers_of(kinds: np.ndarray) -> np.ndarray:
    """Places in `KINDS` of words of `EvidenceKind`.  # (n,) uint8"""
    return np.fromiter((_RANK[kind] for kind in kinds), dtype=np.uint8, count=len(kinds))


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
        own = np.array([_RANK[kind] for kind in evidence.kind], dtype=np.int64)  # words hash as their kinds do
        known = own != _RANK[EvidenceKind.IMPUTED]
        used |= known
        rank = np.where(known, np.maximum(rank, own), rank)
        studies = np.where(known, np.minimum(studies, evidence.n_studies), studies)
    rank = np.where(used, rank, _RANK[EvidenceKind.CALCULATED])
    return Evidence(KINDS[rank], np.where(used, studies, 0))


@dataclass(frozen=True)
class Reported:
    """One value that a source gives for a material, counted or not.

    Attributes:
        candidate: the material as the source describes it.
        property: key of the property table.
        value: stored unit.
        bound: exact, below or above.
        temperature_c: degree C; None where the property has none or the source does not say.
        reference: DOI, address or laboratory; empty where no paper is named.
        source: name of the source.
        as_written: value and unit as the source writes them.
        method: experiment, DFT, ...
        noise: standard deviation beyond that of other values of its kind, stored unit.
        is_calculated: whether it was computed rather than measured.
        is_compiled: whether it was read in a compilation rather than in the paper.
        drop, drop_std: decades, with their doubt, by which it falls on cooling, where it is of a phase that is stable
            above a transition only; 0 elsewhere.
        dispute: who disputes it and why; empty where nobody does.
        refusal: why it is shown but never counted; empty where it may count.
    """

    candidate: Candidate
    property: str
    value: float
    bound: Bound
    temperature_c: float | None
    reference: str
    source: str
    as_written: str
    method: str = "experiment"
    noise: float = 0.0
    is_calculated: bool = False
    is_compiled: bool = False
    drop: float = 0.0
    drop_std: float = 0.0
    dispute: str = ""
    refusal: str = ""
