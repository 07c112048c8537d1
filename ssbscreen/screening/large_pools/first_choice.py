"""Which candidates of a large pool go through the whole pipeline: a random sample, then those that may be good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

WIDTH = 1.0
"""Errors above its estimate at which a candidate is placed: what is not known well may be good, and is kept."""
LEAST_OF_A_KIND = 50  # candidates of each kind and class in the sample, where there are as many
ROWS_OF_A_MEASURED = 10  # rows of one formula that are kept because the material was measured, those that may be best


class Outcome(IntEnum):
    """What became of a candidate at the first pass."""

    GATE = 0
    REPEATED = 1
    SAMPLE = 2
    MEASURED = 3
    BEST = 4
    LEFT = 5


WORDS = {
    Outcome.GATE: "fails a gate",
    Outcome.REPEATED: "its id is already taken",
    Outcome.SAMPLE: "went on: in the random sample",
    Outcome.MEASURED: "went on: measured",
    Outcome.BEST: "went on: may be among the best",
    Outcome.LEFT: "left: estimate plus error below that of those that went on",
}


@dataclass(frozen=True)
class Read:
    """What is held in memory of every candidate that was read, 12 bytes each.

    Attributes:
        key: pseudorandom number that follows from seed and id.  # (n,) uint64
        passed: one bit a gate.  # (n,) uint16
        stratum: number of its kind and class.  # (n,) uint16
        measured: rows of measured ones.  # (m,)
        formula: number of the formula of each of these.  # (m,) uint64
        starts: first row of each part, and the number of rows.  # (n_parts + 1,)
    """

    key: np.ndarray
    passed: np.ndarray
    stratum: np.ndarray
    measured: np.ndarray
    formula: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.key)

    def is_repeated(self) -> np.ndarray:
        """Whether a candidate before has the same id.  # (n,) bool"""
        first = np.unique(self.key, return_index=True)[1]
        found = np.ones(len(self), dtype=bool)
        found[first] = False
        return found


def numbers_of(texts: Iterable[str], seed: int) -> np.ndarray:
    """Pseudorandom numbers of texts.  # (n,) uint64"""
    salt = str(seed).encode()
    digests = b"".join(hashlib.blake2b(t.encode(), digest_size=8, salt=salt[:16]).digest() for t in texts)
    return np.frombuffer(digests, dtype="<u8")


def sample_of(read: Read, may: np.ndarray, size: int, multiple: int) -> np.ndarray:
    """Rows of a random sample, ascending: the same whatever the order of the inputs.

    Args:
        read: all candidates.
        may: those that may be drawn.  # (n,) bool
        size: at least, where there are as many.
        multiple: the size is a multiple of it where that can be, so that its shards are those of the final pool.
    """
    rows = np.flatnonzero(may)
    order = rows[np.argsort(read.key[rows], kind="stable")]
    is_drawn = np.zeros(len(read), dtype=bool)
    is_drawn[order[:size]] = True
    for stratum in np.unique(read.stratum[rows]):
        is_drawn[order[read.stratum[order] == stratum][:LEAST_OF_A_KIND]] = True
    wanted = -(-int(is_drawn.sum()) // multiple) * multiple
    is_drawn[order[~is_drawn[order]][: wanted - int(is_drawn.sum())]] = True
    return np.flatnonzero(is_drawn)


def outcomes(
    read: Read, may: np.ndarray, is_repeated: np.ndarray, sample: np.ndarray, bound: np.ndarray, n_best: int
) -> np.ndarray:
    """What becomes of each candidate.

    Args:
        read: all candidates.
        may: those that passed all gates and repeat no id.  # (n,) bool
        is_repeated: # (n,) bool
        sample: rows.
        bound: log score that a candidate may have, infinite where nothing can be estimated.  # (n,)
        n_best: how many go on beside the sample and the measured ones.

    Returns:
        Numbers of `Outcome`.  # (n,) int8
    """
    found = np.full(len(read), Outcome.LEFT, dtype=np.int8)
    found[~may] = Outcome.GATE
    found[is_repeated] = Outcome.REPEATED
    found[sample] = Outcome.SAMPLE
    found[_measured(read, found, bound)] = Outcome.MEASURED
    left = np.flatnonzero(found == Outcome.LEFT)
    found[left[np.argsort(-bound[left], kind="stable")][:n_best]] = Outcome.BEST
    return found


def _measured(read: Read, found: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """Rows that are kept since their material was measured: of each formula those that may be best."""
    is_open = found[read.measured] == Outcome.LEFT
    rows, formula = read.measured[is_open], read.formula[is_open]
    order = np.lexsort((rows, -bound[rows], formula))
    rows, formula = rows[order], formula[order]
    begins = np.flatnonzero(np.r_[True, formula[1:] != formula[:-1]]) if len(rows) else np.array([], dtype=np.intp)
    nth = np.arange(len(rows)) - np.repeat(begins, np.diff(np.r_[begins, len(rows)]))
    return rows[nth < ROWS_OF_A_MEASURED]


def places(bound: np.ndarray, may: np.ndarray) -> np.ndarray:
    """Place of each by its bound, from 1; 0 for those that fail a gate.  # (n,) int32"""
    rows = np.flatnonzero(may)
    found = np.zeros(len(bound), dtype=np.int32)
    found[rows[np.argsort(-bound[rows], kind="stable")]] = np.arange(1, len(rows) + 1)
    return found


def joined(parts: Sequence[Read]) -> Read:
    """All parts in turn; their rows are numbered through."""
    starts = np.cumsum([0, *(len(part) for part in parts)])
    pairs = list(zip(parts, starts[:-1], strict=True))
    return Read(
        np.concatenate([p.key for p in parts]),
        np.concatenate([p.passed for p in parts]),
        np.concatenate([p.stratum for p in parts]),
        np.concatenate([p.measured + start for p, start in pairs]).astype(np.intp),
        np.concatenate([p.formula for p in parts]),
        starts,
    )
