"""The report's table of the negative side: what is known, in the order of the ranking, and nothing empty."""

import numpy as np
import pandas as pd

from ssbscreen.query.tables import lithium_table

FRAME = pd.DataFrame(
    {
        "candidate_id": ["a", "b", "c"],
        "formula": ["Li6PS5Cl", "Li3YCl6", "Li3PO4"],
        "rank": [1, 2, 3],
        "interphase_resistance_value": [1130.0, np.nan, np.nan],
        "kinetic_oxidation_limit_value": [np.nan] * 3,
        "stripping_pressure_value": [16.0, 17.0, 18.0],
    }
)


def test_only_columns_in_which_something_is_known():
    table = lithium_table(FRAME, 2)
    assert list(table.columns) == ["rank", "candidate", "interphase ohm cm2", "pressure asked MPa"]
    assert table["pressure asked MPa"].tolist() == ["16", "17"]
    assert table["interphase ohm cm2"].tolist() == ["1130", ""]


def test_without_such_columns_there_is_no_table():
    assert not len(lithium_table(FRAME[["candidate_id", "formula", "rank"]], 3))
    assert not len(lithium_table(FRAME.head(0), 3))
