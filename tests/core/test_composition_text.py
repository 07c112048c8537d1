"""Glass notation against compositions worked out by hand."""

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import reduced_formula
from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.errors import InputError
from ssbscreen.core.oxidation import charge_remark
from ssbscreen.files.material_names import composition_of, named


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Li7La3Zr2O12", {"Li": 7, "La": 3, "Zr": 2, "O": 12}),
        ("Li1.3Al0.3Ti1.7(PO4)3", {"Li": 1.3, "Al": 0.3, "Ti": 1.7, "P": 3, "O": 12}),
        ("75Li2S-25P2S5", {"Li": 150, "P": 50, "S": 75 + 125}),
        ("75Li2S–25P2S5", {"Li": 150, "P": 50, "S": 200}),
        ("75 Li2S - 25 P2S5", {"Li": 150, "P": 50, "S": 200}),
        ("75Li2S-25P2S5 (mol%)", {"Li": 150, "P": 50, "S": 200}),
        ("0.7Li2S·0.3P2S5", {"Li": 1.4, "P": 0.6, "S": 0.7 + 1.5}),
        ("70Li2S-29P2S5-1P2O5", {"Li": 140, "P": 60, "S": 70 + 145, "O": 5}),
        ("Li2S-P2S5 (75:25)", {"Li": 150, "P": 50, "S": 200}),
        ("70Li2O-30B2O3", {"Li": 140, "B": 60, "O": 70 + 90}),
        ("80(0.75Li2S·0.25P2S5)·20LiI", {"Li": 80 * 1.5 + 20, "P": 40, "S": 80 * (0.75 + 1.25), "I": 20}),
        ("Li2O·2B2O3", {"Li": 2, "B": 4, "O": 7}),
        ("LiCl·H2O", {"Li": 1, "Cl": 1, "H": 2, "O": 1}),
        ("0.5Li2S + 0.5GeS2", {"Li": 1, "Ge": 0.5, "S": 1.5}),
        ("Li₇La₃Zr₂O₁₂", {"Li": 7, "La": 3, "Zr": 2, "O": 12}),
        ("0·Li2S-100P2S5".replace("0·", "0"), {"P": 200, "S": 500}),
    ],
)
def test_notation(text, amounts):
    assert parse_composition(text).as_dict() == pytest.approx(amounts)


def test_percent_and_fractions_mean_the_same():
    percent, fraction = parse_composition("60Li2S-40SiS2"), parse_composition("0.6Li2S-0.4SiS2")
    assert reduced_formula(percent) == reduced_formula(fraction) == "Li6Si2S7"
    assert parse_composition("75Li2S-25P2S5").reduced_formula == Composition("Li3PS4").reduced_formula


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "xLi2S-(1-x)P2S5",
        "Li1+xAlxTi2-x(PO4)3",
        "Li2S-P2S5",
        "75 wt% Li2S - 25 wt% P2S5",
        "Qq2O",
        "LiX",
        "lithium oxide",
        "Li2S-P2S5 (70:20:10)",
        "Li(",
        "75Li2S-",
        "=cmd()",
        "Li2O; DROP TABLE",
        "0Li2O",
        "70Li2S-30P2S5 (by weight)",  # and none that is dropped as a word on how it was made
        "70Li2S-30P2S5 (mass fraction)",
        "12",
        "LiO-2",
    ],
)
def test_what_is_no_composition_is_refused(text):
    with pytest.raises(InputError):
        parse_composition(text)


ARGYRODITE = {"Li": 6, "P": 1, "S": 5, "Cl": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Li₆PS₅Cl",
        "Li⁶PS⁵Cl",
        "Li<sub>6</sub>PS<sub>5</sub>Cl",
        "Li$_6$PS$_5$Cl",
        "Li$_{6}$PS$_{5}$Cl",
        "Li_6PS_5Cl",
        "Li\u00ad6PS5Cl",
        "Li\u20096PS\u20095Cl",
        "\ufeffLi6PS5Cl\u200b",
        "Li6PS5Cl.",
        "[Li6PS5]Cl",
        "{Li6PS5}Cl",
        "Ｌｉ６ＰＳ５Ｃｌ",
    ],
)
def test_marks_of_typesetting_change_nothing(text):
    assert parse_composition(text).as_dict() == pytest.approx(ARGYRODITE)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Li6,5La3Zr1,5Ta0,5O12", {"Li": 6.5, "La": 3, "Zr": 1.5, "Ta": 0.5, "O": 12}),
        ("Li1/3La5/9TiO3", {"Li": 1 / 3, "La": 5 / 9, "Ti": 1, "O": 3}),
        ("Li2S:P2S5 = 75:25", {"Li": 150, "P": 50, "S": 200}),
        ("75Li2S-25P2S5 glass", {"Li": 150, "P": 50, "S": 200}),
        ("amorphous 75Li2S-25P2S5", {"Li": 150, "P": 50, "S": 200}),
        ("Li7-3x-yAlxLa3Zr2-yTayO12 (x=0.1, y=0.4)", {"Li": 6.3, "Al": 0.1, "La": 3, "Zr": 1.6, "Ta": 0.4, "O": 12}),
        ("80(75Li2S-25P2S5)-20LiI", {"Li": 80 * 1.5 + 20, "P": 40, "S": 160, "I": 20}),  # percent of one mole
        ("(100-x)(75Li2S-25P2S5)-xLiI (x=20)", {"Li": 140, "P": 40, "S": 160, "I": 20}),
        ("LiBD4", {"Li": 1, "B": 1, "H": 4}),
        ("Li7La3Zr2O12-δ", {"Li": 7, "La": 3, "Zr": 2, "O": 12}),
        ("Li3xLa2/3-xTiO3 (x = 0.1)", {"Li": 0.3, "La": 2 / 3 - 0.1, "Ti": 1, "O": 3}),
        ("Li2Sc(2/3)Cl4", {"Li": 2, "Sc": 2 / 3, "Cl": 4}),
        ("Li(6-x)PS(5-x)Cl(1+x), x=0.5", {"Li": 5.5, "P": 1, "S": 4.5, "Cl": 1.5}),
        ("Li2ZrCl6 (ball-milled)", {"Li": 2, "Zr": 1, "Cl": 6}),
        ("70Li2S-30P2S5 gc", {"Li": 140, "P": 60, "S": 70 + 150}),
    ],
)
def test_other_writings(text, amounts):
    assert parse_composition(text).as_dict() == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("LGPS", "Li10GeP2S12"),
        ("Li10GeP2S12 (LGPS)", "Li10GeP2S12"),
        ("LLZO (Li6.4La3Zr1.4Ta0.6O12)", "Li6.4La3Zr1.4Ta0.6O12"),
        ("β-Li3PS4", "Li3PS4"),
        ("gamma-Li3PS4", "Li3PS4"),
        ("c-LLZO", "Li7La3Zr2O12"),
        ("cubic LLZO", "Li7La3Zr2O12"),
        ("75Li2S–25P2S5", "Li3PS4"),
    ],
)
def test_names_mean_the_same_in_tables_and_questions(text, formula):
    wanted = Composition(formula).fractional_composition
    for found in (composition_of(text), Composition(named(text).formula)):
        assert found.fractional_composition.almost_equals(wanted, rtol=1e-4)


@pytest.mark.parametrize(
    ("formula", "is_said"), [("Li6PS5Cl", False), ("Li6PS5", True), ("Li3Zr2O12", True), ("Li7La3Zr2O12", False)]
)
def test_charges_that_cannot_balance_are_said(formula, is_said):
    assert bool(charge_remark(Composition(formula).get_el_amt_dict())) is is_said
