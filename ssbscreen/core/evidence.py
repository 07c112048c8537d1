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
        number: place of the kind of each value in `KINDS`.  # (n,) uint8
        n_studies: independent studies that measured it; 0 where it was not measured.  # (n,) int
    """

    number: np.ndarray
    n_studies: np.ndarray

    def __post_init__(self) -> None:
        if len(self.number) != len(self.n_studies):
            raise ValueError(f"{len(self.number)} kinds for {len(self.n_studies)} numbers of studies.")

    def __len__(self) -> int:
        return len(self.number)

    @property
    def kind(self) -> np.ndarray:
        """Words of `EvidenceKind`.  # (n,) object"""
        return np.asarray(KINDS[self.number])

    @classmethod
    def of(cls, kinds: np.ndarray, n_studies: np.ndarray) -> Self:
        """From words of `EvidenceKind`.  # (n,), (n,)"""
        return cls(numbers_of(kinds), n_studies)

    @classmethod
    def uniform(cls, kind: EvidenceKind, n: int) -> Self:
        """The same kind for n candidates, no study."""
        return cls(np.full(n, _RANK[kind], dtype=np.uint8), np.zeros(n, dtype=np.int64))

    def take(self, rows: np.ndarray | slice) -> Self:
        """The candidates at these rows; one may be taken more than once.  # (m,) int or a slice"""
        return type(self)(self.number[rows], self.n_studies[rows])

    def where(self, mask: np.ndarray, other: Self) -> Self:
        """These values, those of another where the mask holds.  # (n,) bool"""
        return type(self)(np.where(mask, other.number, self.number), np.where(mask, other.n_studies, self.n_studies))

    def rests_on(self, *kinds: EvidenceKind) -> np.ndarray:
        """Whether each value is of one of these kinds.  # (n,) bool"""
        return np.isin(self.number, [_RANK[kind] for kind in kinds])


def weakest(inputs: Sequence[Evidence], n: int) -> Evidence:
    """What a value made of several others rests on: the weakest of them, and the fewest studies.

    An input that is imputed is passed over: a formula that gives a value all the same does not need it. Without any
    input a value is calculated, such as a molar mass.

    Args:
        inputs: aligned.
        n: candidates.
    """
    number = np.full(n, _RANK[EvidenceKind.MEASURED], dtype=np.uint8)
    studies = np.full(n, np.iinfo(np.int64).max)
    used = np.zeros(n, dtype=bool)
    for evidence in inputs:
        known = evidence.number != _RANK[EvidenceKind.IMPUTED]
        used |= known
        number = np.where(known, np.maximum(number, evidence.number), number)
        studies = np.where(known, np.minimum(studies, evidence.n_studies), studies)
    number = np.where(used, number, np.uint8(_RANK[EvidenceKind.CALCULATED]))
    return Evidence(number, np.where(used, studies, 0))


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
