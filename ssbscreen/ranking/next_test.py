"""Which measurement a row should get next where no draws are kept: a key of the table of tests."""

from __future__ import annotations

from functools import cache

import numpy as np

from ssbscreen.ranking.scoring import Scores
from ssbscreen.ranking.tests_cost import TestTable, load_tests


@cache
def _shipped() -> TestTable:
    return load_tests()


def by_stake(scores: Scores, is_made: np.ndarray, tests: TestTable | None = None) -> np.ndarray:
    """The measurement whose criteria are the most at stake for its cost, empty where none shows a criterion.

    Args:
        scores: of n rows.
        is_made: whether a sample can be had for less, and making it proves nothing new.  # (n,) bool
        tests: `configs/tests_cost.yaml` when None.

    Returns:
        Names of measurements.  # (n,) str
    """
    table = tests or _shipped()
    kinds = [test for test in table.tests if test.kind == "measurement"]
    shows = np.array([[c.property in test.reveals for test in kinds] for c in scores.screen.criteria], dtype=float)
    sample = np.where(is_made, table.sample_known, table.sample_new)[:, None]
    costs = np.array([t.cost for t in kinds]) + sample * np.array([t.needs == "sample" for t in kinds])
    says_news = np.array([t.for_known for t in kinds]) | ~is_made[:, None]
    rate = np.where(says_news, np.sqrt(scores.stake**2 @ shows) / costs, 0.0)
    names = np.array([test.name for test in kinds], dtype=object)
    return np.where(rate.max(axis=1, initial=0.0) > 0.0, names[rate.argmax(axis=1)], "")
