"""Test rows that stay the same when rows are added, so that scores of different months can be compared.

They are fixed for ever by a hash of their group, and only rows of the original sources can be test rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TEST_SHARE, CALIBRATION_SHARE = 0.15, 0.10


@dataclass(frozen=True)
class FrozenRows:
    """Split of a dataset that does not change when rows are added.

    Attributes:
        test, calibration: rows of the original sources.
        train: old rows that share no label with a test or calibration row.
        new: new rows that share no label with a test or calibration row; the others teach the final model only.
    """

    test: np.ndarray
    calibration: np.ndarray
    train: np.ndarray
    new: np.ndarray


def frozen_rows(
    groups: Mapping[str, np.ndarray], is_new: np.ndarray, group: str, *, is_eligible: np.ndarray | None = None
) -> FrozenRows:
    """Divide rows by the hash of their last group label, and keep relatives of the test rows out of the training.

    Args:
        groups: group name -> label of every row.
        is_new: rows of new measurements.  # (n,) bool
        group: as in `SplitConfig`, such as "formula+doi"; the last one is hashed, every one ties rows together.
        is_eligible: rows of the original sources, all old ones by default; only these are held out.  # (n,) bool
    """
    names = group.split("+")
    labels = [np.asarray(groups[name]).astype(str) for name in names]
    own = np.char.add("row ", np.arange(len(is_new)).astype(str))
    labels = [np.where(column == "", own, column) for column in labels]
    place = np.array([_unit(label) for label in labels[-1]])
    old = ~np.asarray(is_new, dtype=bool)
    may = old if is_eligible is None else old & np.asarray(is_eligible, dtype=bool)
    is_test = may & (place < TEST_SHARE)
    is_calibration = may & (place >= TEST_SHARE) & (place < TEST_SHARE + CALIBRATION_SHARE)
    held = is_test | is_calibration
    tied = np.zeros(len(held), dtype=bool)
    for column in labels:
        tied |= np.isin(column, column[held])
    crossing = np.zeros(len(held), dtype=bool)  # calibration rows that share a label with a test row
    for column in labels:
        crossing |= np.isin(column, column[is_test])
    return FrozenRows(
        np.flatnonzero(is_test),
        np.flatnonzero(is_calibration & ~crossing),
        np.flatnonzero(old & ~tied),
        np.flatnonzero(~old & ~tied),
    )


def _unit(label: str) -> float:
    """Number in [0, 1) that only depends on the text."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") / 2**64
