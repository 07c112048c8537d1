"""The shift between calculated and measured voltages, against made-up truth and the closed form of one level."""

import numpy as np
import pytest

from ssbscreen.physics.voltage_shift import VoltageShift, oxidised_element


def test_a_common_shift_without_metals_is_the_mean():
    rng = np.random.default_rng(0)
    differences = 0.3 + 0.05 * rng.standard_normal(40)
    shift = VoltageShift(differences, ["Fe", "Co", "Ni", "Mn"] * 10)
    assert shift.of("Fe").mean == pytest.approx(0.3, abs=0.03)
    assert shift.of("Cr").mean == pytest.approx(differences.mean(), abs=0.02)


def test_metals_that_differ_are_told_apart_and_few_values_are_drawn_to_all():
    rng = np.random.default_rng(1)
    true = {"Fe": 0.1, "Co": 0.6, "Ni": 0.4, "Mn": 0.3, "Ti": 0.8}
    elements = [name for name in true for _ in range(12)] + ["V"]
    differences = [true.get(name, 1.5) + 0.1 * rng.standard_normal() for name in elements]
    shift = VoltageShift(differences, elements)
    for name, value in true.items():
        assert shift.of(name).mean == pytest.approx(value, abs=0.1)
    assert 0.5 < shift.of("V").mean < differences[-1]  # one value alone is drawn towards the others
    assert shift.of("V").std > shift.of("Fe").std
    assert shift.of("Cr").std > shift.of("V").std  # nothing is known of chromium
    assert shift.of("Cr").total > shift.of("Cr").scatter


@pytest.mark.parametrize(
    ("amounts", "left", "element"),
    [
        ({"Li": 1, "Fe": 1, "P": 1, "O": 4}, 0.0, "Fe"),
        ({"Li": 1, "Ni": 0.5, "Mn": 1.5, "O": 4}, 0.0, "Ni"),  # manganese is tetravalent already
        ({"Li": 1, "Ni": 0.8, "Mn": 0.1, "Co": 0.1, "O": 2}, 0.0, "Ni"),
        ({"Li": 2, "Mn": 1, "O": 3}, 0.0, "Mn"),  # Mn4+ could only go higher
    ],
)
def test_the_metal_that_gives_the_electrons(amounts, left, element):
    assert oxidised_element(amounts, left) == element
