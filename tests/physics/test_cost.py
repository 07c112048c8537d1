"""Cost and supply risk against pymatgen's own analysers, and the rules for missing values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.analysis.cost import CostAnalyzer, CostDBElements
from pymatgen.analysis.hhi import HHIModel
from pymatgen.core import Composition

from ssbscreen.physics.cost import (
    REVISED_PRICES,
    SYMBOLS,
    element_matrix,
    element_prices,
    raw_material_cost,
    raw_material_costs,
    scarce_elements,
    separator_cost,
    shipped_prices,
    supply_risks,
    weight_average,
)

FORMULAS = ("Li7La3Zr2O12", "Li6PS5Cl", "Li10GeP2S12", "Li3YCl6", "Li1.3Al0.3Ti1.7(PO4)3", "LiF", "Li2ZrCl6")


@pytest.mark.parametrize("formula", FORMULAS)
def test_shipped_prices_give_pymatgen_costs(formula: str) -> None:
    expected = CostAnalyzer(CostDBElements()).get_cost_per_kg(formula)
    cost = weight_average(element_matrix([Composition(formula)]), shipped_prices())
    assert cost[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("formula", FORMULAS)
def test_supply_risk_is_pymatgen_hhi_of_production(formula: str) -> None:
    assert supply_risks([Composition(formula)])[0] == pytest.approx(HHIModel().get_hhi(formula)[0], rel=1e-9)


def test_cost_by_hand() -> None:
    # Li2S: 13.88 g Li at 83.5 and 32.06 g S at 0.124 USD/kg in 45.94 g
    assert raw_material_cost(Composition("Li2S")) == pytest.approx((13.88 * 83.5 + 32.06 * 0.12401) / 45.94, rel=1e-3)


def test_germanium_and_tantalum_make_electrolytes_dear() -> None:
    cost = {formula: raw_material_cost(Composition(formula)) for formula in FORMULAS}
    assert cost["Li10GeP2S12"] > 3 * cost["Li6PS5Cl"]
    assert raw_material_cost(Composition("Li6.4La3Zr1.4Ta0.6O12")) > 1.5 * cost["Li7La3Zr2O12"]


def test_missing_is_missing() -> None:
    compositions = [Composition("Li3PS4"), None, Composition("LiPm2"), Composition("LiBH4"), Composition("C2H4O")]
    costs = raw_material_costs(compositions, ["sulfide", "polymer", "other", "hydride", "polymer"])
    assert np.isnan(costs).tolist() == [False, True, True, False, True]
    assert np.isnan(supply_risks(compositions)).tolist() == [False, True, False, True, True]  # H has no index
    assert np.isnan(weight_average(np.zeros((1, len(SYMBOLS))), element_prices()))[0]


@given(st.sampled_from(FORMULAS), st.integers(2, 20))
def test_formula_unit_size_does_not_matter(formula: str, factor: int) -> None:
    one, many = Composition(formula), Composition(formula) * factor
    assert raw_material_cost(many) == pytest.approx(raw_material_cost(one))
    risk_of_many, risk_of_one = supply_risks([many, one])
    assert risk_of_many == pytest.approx(risk_of_one)


@given(st.lists(st.sampled_from(FORMULAS), min_size=1, max_size=5))
def test_average_lies_between_the_elements(formulas: list[str]) -> None:
    prices = dict(zip(SYMBOLS, element_prices(), strict=True))
    for formula, cost in zip(formulas, raw_material_costs([Composition(f) for f in formulas]), strict=True):
        elements = [prices[element.symbol] for element in Composition(formula).elements]
        assert min(elements) <= cost <= max(elements)


def test_revised_prices_replace_only_what_they_name() -> None:
    revised, shipped = element_prices(), shipped_prices()
    changed = {SYMBOLS[i] for i in np.flatnonzero(revised != shipped) if np.isfinite(shipped[i])}
    assert changed == {price.symbol for price in REVISED_PRICES}
    for price in REVISED_PRICES:
        ratio = price.usd_per_kg / shipped[SYMBOLS.index(price.symbol)]
        assert max(ratio, 1 / ratio) > 3, price.symbol


def test_scarce_elements_are_flagged() -> None:
    assert scarce_elements(Composition("Li10GeP2S12")) == ("Ge",)
    assert scarce_elements(Composition("Li2Sc0.333In0.333Cl4")) == ("In", "Sc")
    assert scarce_elements(Composition("Li6PS5Cl")) == ()


def test_powder_of_twenty_micrometres_of_garnet():
    """1 to 5 USD/m2 at 10 to 50 USD/kg, Balaish et al., Nat. Energy 6, 227 (2021), 10.1038/s41560-020-00759-5."""
    cheap, dear = (float(separator_cost(np.array(price), np.array(5.1), np.array(20.0))) for price in (10.0, 50.0))
    assert (round(cheap), round(dear)) == (1, 5)
