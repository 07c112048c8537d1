"""On what values rest."""

import numpy as np
import pytest

from ssbscreen.core.evidence import Evidence, EvidenceKind, weakest


def evidence(*entries: tuple[EvidenceKind, int]) -> Evidence:
    return Evidence.of(np.array([k for k, _ in entries], dtype=object), np.array([n for _, n in entries]))


MEASURED, CALCULATED, PREDICTED, FAMILY, IMPUTED, _ = EvidenceKind


def test_a_value_made_of_others_rests_on_the_weakest_of_them():
    one = evidence((MEASURED, 6), (MEASURED, 6), (MEASURED, 2), (IMPUTED, 0))
    two = evidence((MEASURED, 3), (PREDICTED, 0), (IMPUTED, 0), (IMPUTED, 0))
    found = weakest([one, two], 4)
    assert list(found.kind) == [MEASURED, PREDICTED, MEASURED, CALCULATED]
    assert list(found.n_studies) == [3, 0, 2, 0]


def test_rows_are_taken_and_replaced():
    one, other = evidence((MEASURED, 6), (PREDICTED, 0)), evidence((FAMILY, 0), (CALCULATED, 0))
    assert list(one.take(np.array([1, 0, 0])).kind) == [PREDICTED, MEASURED, MEASURED]
    mixed = one.where(np.array([True, False]), other)
    assert list(mixed.kind) == [FAMILY, PREDICTED]
    assert list(mixed.n_studies) == [0, 0]


def test_kinds_and_studies_belong_together():
    with pytest.raises(ValueError, match="2 kinds for 1"):
        Evidence.of(np.array([MEASURED, MEASURED], dtype=object), np.array([1]))
