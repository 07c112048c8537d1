"""Voltages from enthalpies of binaries and disulfides: thermochemistry by hand, and chlorides measured in cells."""

import numpy as np
import pytest
from scipy.stats import t

from ssbscreen.core.constants import FARADAY
from ssbscreen.physics.anion_voltages import Voltage, binary_of, of_another, sulfur_voltage, with_sulfur
from ssbscreen.physics.shipped_table import shipped_rows


def test_disulfide_voltages_follow_from_tabulated_enthalpies():
    """FeS2 + 2 Li = FeS + Li2S and MnS2 alike; kJ/mol of the CRC Handbook: FeS2 -178.2, FeS -100.0, Li2S -441.4,
    MnS -214.2; MnS2 -223.8 of Mills (1974), as pymatgen ships it (these from memory)."""
    rows = {row["element"]: float(row["measured_V"]) for row in shipped_rows("sulfur_couples.csv")}
    assert rows["Fe"] == pytest.approx((100.0 + 441.4 - 178.2) * 1e3 / (2 * FARADAY), abs=0.08)
    assert rows["Mn"] == pytest.approx((214.2 + 441.4 - 223.8) * 1e3 / (2 * FARADAY), abs=0.15)


def test_nine_tenths_of_the_next_values_lie_in_the_interval():
    rng = np.random.default_rng(1)
    inside = [
        abs(rng.normal() - found.mean) < 1.645 * found.std
        for found in (of_another(rng.normal(size=5)) for _ in range(4000))
    ]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)
    four = of_another([0.0, 0.0, 2.0, 2.0])
    assert 1.645 * four.std == pytest.approx(t.ppf(0.95, 3) * np.sqrt(4 / 3) * np.sqrt(1.25), rel=1e-3)


def test_each_disulfide_lies_where_the_others_expect_it():
    values = [float(row["measured_V"]) for row in shipped_rows("sulfur_couples.csv")]
    assert len(values) >= 5
    for i, value in enumerate(values):
        others = of_another([*values[:i], *values[i + 1 :]])
        assert abs(value - others.mean) < 1.645 * others.std
    assert sulfur_voltage().mean - sulfur_voltage().std > 1.5  # cells of Li2TiS3 and Li3NbS4 run from 1.5 to 3.0 V
    assert sulfur_voltage().mean + sulfur_voltage().std < 3.0


def test_the_voltage_of_both_is_work_over_charge():
    found = with_sulfur(Voltage(1.8, 0.1), 1.0, 3.0)
    assert found.mean == pytest.approx((1.8 + 3.0 * sulfur_voltage().mean) / 4.0)
    assert with_sulfur(None, 0.0, 2.0) == sulfur_voltage()


@pytest.mark.parametrize(
    ("amounts", "left", "measured"),
    [
        ({"Li": 3.0, "Ti": 1.0, "Cl": 6.0}, 2.0, 3.27),  # Ti3+/4+
        ({"Li": 2.0, "Fe": 1.0, "Cl": 4.0}, 1.0, 3.64),  # Fe2+/3+
        ({"Li": 1.0, "W": 1.0, "Cl": 6.0}, 0.0, 3.61),  # W5+/6+
    ],
)
def test_binaries_of_the_couple_that_gives(amounts, left, measured):
    assert binary_of(amounts, left).measured == pytest.approx(measured)


def test_no_binary_where_charges_or_anions_do_not_match():
    assert binary_of({"Li": 3.0, "V": 1.0, "Cl": 6.0}, 2.0) is None  # no tetrachloride of vanadium in the table
    assert binary_of({"Li": 2.0, "Fe": 1.0, "Cl": 2.0, "Br": 2.0}, 1.0) is None
    assert binary_of({"Li": 2.0, "Fe": 1.0, "S": 2.0}, 1.0) is None
