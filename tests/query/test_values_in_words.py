"""Values that a formula gives beyond the end of the device are printed as over that end, everywhere alike."""

import numpy as np
import pandas as pd
import pytest

from ssbscreen.query.columns import interval_text, interval_with_unit, value_text
from ssbscreen.query.report.numbers import said, shown_interval
from ssbscreen.query.report.shown_criteria import shown_criteria


@pytest.mark.parametrize(
    ("key", "ends", "text"),
    [
        ("voltage_drop", (2620.0, 310.0, 9e4), "over 5 V"),
        ("pair_voltage_drop", (2620.0, 310.0, 9e4), "over 5 V"),
        ("voltage_drop", (2620.0, 0.4, 9e4), "over 5 [0.4, over 5] V"),
        ("voltage_drop", (0.2, 0.1, 6.0), "0.2 [0.1, over 5] V"),
        ("voltage_drop", (5.0, 4.0, 5.0), "5 [4, 5] V"),
        ("area_specific_resistance", (9e15, 2e6, 1e17), "over 1e+06 ohm cm2"),
        ("critical_temperature_1mS", (np.inf, 900.0, np.inf), "over 1000 [900, over 1000] degree C"),
        ("processing_temperature", (25.0, 25.0, 25.0), "25 degree C"),  # without a width there is no interval
        ("electronic_resistivity", (1e13, 1e9, 1e16), "1e+13 [1e+09, 1e+16] ohm cm"),
    ],
)
def test_what_is_beyond_the_device_is_over_its_end(key, ends, text):
    row = pd.Series(dict(zip((f"{key}_value", f"{key}_low", f"{key}_high"), ends, strict=True)))
    assert interval_with_unit(row, key) == text


def test_missing_values_stay_missing():
    assert value_text("voltage_drop", None) == value_text("voltage_drop", np.nan) == said(np.nan, 5.0) == ""
    assert interval_text(pd.Series({"voltage_drop_value": np.nan}), "voltage_drop") == "missing"


def test_the_report_says_the_same():
    (criterion,) = shown_criteria(["voltage_drop"], {}, "pair")
    assert criterion.most == 5.0
    assert shown_interval(2620.0, 0.4, 9e4, criterion.most) == "over 5 (0.4 to over 5)"
    assert shown_interval(2620.0, 310.0, 9e4, criterion.most) == "over 5"
