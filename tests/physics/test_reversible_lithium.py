"""Reversible shares: Faraday's law on published capacities, what counts as lithium that could leave, made-up truth."""

import numpy as np
import pytest

from ssbscreen.physics.reversible_lithium import LITHIUM_RICH, Known, ReversibleShare, host_of, share_of_capacity


@pytest.mark.parametrize(
    ("amounts", "mass", "capacity", "share"),
    [
        ({"Li": 1, "Co": 1, "O": 2}, 97.87, 140.0, 0.51),  # half of the lithium, as every textbook says
        ({"Li": 1, "Fe": 1, "P": 1, "O": 4}, 157.76, 160.0, 0.94),  # theoretical 170 mAh/g
        ({"Li": 2, "Fe": 1, "Si": 1, "O": 4}, 161.81, 140.0, 0.845),  # 84 % of one lithium, Nyten 2005
    ],
)
def test_share_of_a_published_capacity(amounts, mass, capacity, share):
    host = host_of(amounts, "any")
    assert share_of_capacity(capacity, mass, host) == pytest.approx(share, abs=0.01)


def test_the_second_lithium_of_the_iron_silicate_does_not_count():
    assert host_of({"Li": 2, "Fe": 1, "Si": 1, "O": 4}, "silicate").lithium == pytest.approx(1.0)
    assert host_of({"Li": 2, "Mn": 1, "Si": 1, "O": 4}, "silicate").lithium == pytest.approx(2.0)


def test_oxygen_pays_in_lithium_rich_oxides_only():
    rich = host_of({"Li": 1.2, "Ni": 0.13, "Co": 0.13, "Mn": 0.54, "O": 2}, "layered")
    assert rich.group[0] == LITHIUM_RICH
    assert rich.lithium == pytest.approx(0.8, abs=0.02)  # of 1.2, and 246 mAh/g are 0.79 of them
    assert rich.metals == pytest.approx(0.4, abs=0.02)
    plain = host_of({"Li": 1, "Co": 1, "O": 2}, "layered")
    assert plain.group == ("layered", "Co")
    assert plain.lithium == plain.metals
    phosphate = host_of({"Li": 3, "V": 2, "P": 3, "O": 12}, "nasicon")
    assert phosphate.group[0] == "nasicon"  # more lithium than metal, but no oxide
    antifluorite = host_of({"Li": 6, "Co": 1, "O": 4}, "antifluorite")
    assert antifluorite.lithium == antifluorite.metals  # oxygen leaves such additives and does not come back
    assert host_of({"Li": 7, "La": 3, "Zr": 2, "O": 12}, "garnet") is None


def _known(n, share_of, seed=0):
    rng = np.random.default_rng(seed)
    families = ["layered", "olivine", "spinel", "borate"]
    return [
        Known({f"X{i}": 1.0}, (families[i % 4], "Fe"), share_of[families[i % 4]] + 0.02 * rng.standard_normal())
        for i in range(n)
    ]


def test_families_are_told_apart_and_a_cathode_does_not_judge_itself():
    shares = {"layered": 0.55, "olivine": 0.9, "spinel": 0.8, "borate": 0.4}
    known = _known(40, shares)
    model = ReversibleShare([*known, Known({"Y": 1.0}, ("layered", "Fe"), 0.05)])
    host = host_of({"Li": 1, "Fe": 1, "P": 1, "O": 4}, "olivine")
    assert model.of(host, {"Z": 1.0}, 1e-3).mean == pytest.approx(0.9, abs=0.05)
    layered = host_of({"Li": 1, "Co": 1, "O": 2}, "layered")
    with_itself = model.of(layered, {"Z": 1.0}, 1e-3)
    without = model.of(layered, {"Y": 1.0}, 1e-3)
    assert without.mean > with_itself.mean


def test_no_more_lithium_than_there_is():
    model = ReversibleShare(_known(40, dict.fromkeys(["layered", "olivine", "spinel", "borate"], 0.99)))
    share = model.of(host_of({"Li": 1, "Fe": 1, "P": 1, "O": 4}, "olivine"), {"Z": 1.0}, 1e-3)
    assert 0.0 < share.mean < 1.0
    assert share.std > 0.0
