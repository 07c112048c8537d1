"""Voltages of chlorides and sulfides: thermochemistry by hand, and electrodes that were measured in cells."""

import numpy as np
import pytest

from ssbscreen.core.constants import FARADAY
from ssbscreen.physics.shipped_table import shipped_rows
from ssbscreen.physics.voltage_shift import SOFT_ANIONS, soft_anion, soft_anion_shift


def test_measured_voltages_follow_from_tabulated_enthalpies():
    """FeCl3 + Li = FeCl2 + LiCl and CrCl3 alike; kJ/mol of the CRC Handbook: FeCl3 -399.5, FeCl2 -341.8, CrCl3 -556.5,
    CrCl2 -395.4, LiCl -408.6."""
    rows = {(row["element"], row["high"]): float(row["measured_V"]) for row in shipped_rows("soft_anion_voltages.csv")}
    assert rows["Fe", "3.000"] == pytest.approx((341.8 + 408.6 - 399.5) * 1e3 / FARADAY, abs=0.03)
    assert rows["Cr", "3.000"] == pytest.approx((395.4 + 408.6 - 556.5) * 1e3 / FARADAY, abs=0.2)


@pytest.mark.parametrize(
    ("element", "kind", "calculated", "measured"),
    [
        ("Fe", "chloride", 2.587, 3.6),  # Li2FeCl4, cell of the chloride spinel (data/validation/other_quantities.csv)
        ("Ti", "sulfide", 1.882, 2.1),  # LiTiS2, voltage of TiS2 (Whittingham 1976, from memory)
    ],
)
def test_measured_electrodes_lie_in_the_interval(element, kind, calculated, measured):
    shift = soft_anion_shift(kind).of(element)
    assert abs(measured - calculated - shift.mean) < 1.645 * shift.total
    assert shift.mean > 0.0


def test_an_element_left_out_lies_in_the_interval_of_the_others():
    """Nine of ten couples of chlorides and sulfides whose metal the others do not hold."""
    from ssbscreen.physics.voltage_shift import VoltageShift

    inside = []
    for kind in ("chloride", "sulfide"):
        rows = [row for row in shipped_rows("soft_anion_voltages.csv") if row["anion"] in SOFT_ANIONS[kind]]
        values = np.array([float(row["measured_V"]) - float(row["calculated_V"]) for row in rows])
        elements = np.array([row["element"] for row in rows])
        for element in set(elements):
            shift = VoltageShift(values[elements != element], elements[elements != element]).of(element)
            inside += (abs(values[elements == element] - shift.mean) < 1.645 * shift.total).tolist()
    assert len(inside) > 25
    assert 0.8 <= np.mean(inside) <= 1.0


def test_surroundings():
    assert soft_anion({"Li": 2.0, "Fe": 1.0, "Cl": 4.0}) == "chloride"
    assert soft_anion({"Li": 2.0, "Fe": 1.0, "S": 2.0}) == "sulfide"
    assert soft_anion({"Li": 1.0, "Fe": 1.0, "P": 1.0, "O": 4.0}) is None
    assert soft_anion({"Li": 2.0, "Fe": 1.0, "S": 2.0, "O": 8.0}) is None  # a sulfate
    assert soft_anion({"Li": 1.0, "Fe": 1.0, "O": 1.0, "Cl": 1.0}) is None
    assert soft_anion({"Li": 1.0, "Fe": 1.0, "S": 1.0, "Cl": 1.0}) is None
