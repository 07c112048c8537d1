"""Which measurement a row should get next where no draws are kept: a key of the table of tests."""

from __future__ import annotations

from functools import cache

import numpy as np

from ssbscreen.ranking.scoring import Scores
from ssbscreen.ranking.tests_cost import TestTable, load_tests


@cache
def _shipped() -> TestTable:
    return load_tests()


def by_stake(scores: Scores, tests: TestTable | None = None) -> np.ndarray:
    """The measurement whose criteria are the most at stake for its cost, empty where none shows a criterion.

    Args:
        scores: of n rows.
        tests: `configs/tests_cost.yaml` when None.

    Returns:
        Names of measurements.  # (n,) str
    """
    table = tests or _shipped()
    kinds = [test for test in table.tests if test.kind == "measurement"]
    shows = np.array([[c.property in test.reveals for test in kinds] for c in scores.screen.criteria], dtype=float)
    costs = np.array([test.cost + (table.sample_known if test.needs == "sample" else 0.0) for test in kinds])
    rate = np.sqrt(scores.stake**2 @ shows) / costs
    names = np.array([test.name for test in kinds], dtype=object)
    return np.where(rate.max(axis=1, initial=0.0) > 0.0, names[rate.argmax(axis=1)], "")
