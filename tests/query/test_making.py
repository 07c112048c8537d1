"""Lines on making: what was read for a class, and nothing where nothing was."""

import pandas as pd

from ssbscreen.query.making import making_lines


def lines(chemistry_class):
    return list(making_lines(pd.Series({"chemistry_class": chemistry_class})))


def test_densities_and_pores_of_oxides():
    densities, pores = lines("oxide")
    assert "LLZTO 98% dense, hot pressed" in densities
    assert "toughness 0.46 to 1.9" in pores  # two groups disagree, so the span is told


def test_other_classes_have_densities_alone():
    cold, handled, alloys = lines("sulfide")
    assert "LiGa on Li6PS5Cl over 50 mA/cm2" in alloys
    assert "Li7P3S11 -40 degree C, 16 h, 8 times the H2S of argyrodites" in handled
    assert cold == "densities read for its class: Li3PS4 90% dense, cold pressed at 510 MPa"


def test_polymers_are_used_warm_and_what_nobody_read_is_left_out():
    (warm,) = lines("polymer")
    assert "60 to 80 degree C" in warm
    assert lines("nitride") == []


def test_the_cost_of_a_route_is_told_where_it_was_read():
    row = pd.Series({"chemistry_class": "oxide", "process_route": "sintered"})
    assert any("7.5 (4 to 20) USD/m2" in line for line in making_lines(row))
    assert not any("USD/m2" in line for line in lines("sulfide"))
