"""Compositions out of papers, data bases and spreadsheets, against amounts worked out by hand."""

import pytest

from ssbscreen.core.composition_text import parse_composition
from ssbscreen.core.errors import InputError
from ssbscreen.files.material_names import composition_of

ARGYRODITE = {"Li": 6, "P": 1, "S": 5, "Cl": 1}
LLTO = {"Li": 0.33, "La": 2 / 3 - 0.11, "Ti": 1, "O": 3}


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$\\mathrm{Li_6PS_5Cl}$", ARGYRODITE),
        ("\\ce{Li6PS5Cl}", ARGYRODITE),
        ("Li&lt;sub&gt;6&lt;/sub&gt;PS5Cl&nbsp;", ARGYRODITE),
        ("{'Li': 6.0, 'P': 1.0, 'S': 5.0, 'Cl': 1.0}", ARGYRODITE),
        ('{"Li": 6, "P": 1, "S": 5, "Cl": 1}', ARGYRODITE),
        ("Composition('Li6PS5Cl')", ARGYRODITE),
        ("Full Formula (Li6 P1 S5 Cl1)", ARGYRODITE),
        ("Comp: Li6 P1 S5 Cl1", ARGYRODITE),
        ("Li(10.35)[Sn0.27Si1.08]P1.65S12", {"Li": 10.35, "Sn": 0.27, "Si": 1.08, "P": 1.65, "S": 12}),
        ("Li6PS5Cl{0.5}Br{0.5}", {"Li": 6, "P": 1, "S": 5, "Cl": 0.5, "Br": 0.5}),
        ("Li(3)PS4", {"Li": 3, "P": 1, "S": 4}),
        ("Li6.5(1)La3Zr1.5(1)Ta0.5O12", {"Li": 6.5, "La": 3, "Zr": 1.5, "Ta": 0.5, "O": 12}),
        ("Li6.75La3(Zr1.75,Ta0.25)O12", {"Li": 6.75, "La": 3, "Zr": 1.75, "Ta": 0.25, "O": 12}),
        ("Li(Ni1/3Mn1/3Co1/3)O2", {"Li": 1, "Ni": 1 / 3, "Mn": 1 / 3, "Co": 1 / 3, "O": 2}),
        ("Li[Li1/3Ti5/3]O4", {"Li": 4 / 3, "Ti": 5 / 3, "O": 4}),
        ("LiNi½Mn1½O4", {"Li": 1, "Ni": 0.5, "Mn": 1.5, "O": 4}),
        ("La(2/3-x)Li(3x)TiO3 (x=0.11)", LLTO),
        ("Li3xLa(2/3)-x□(1/3)-2xTiO3 (x=0.11)", LLTO),
        ("LiBH4·1/2NH3", {"Li": 1, "B": 1, "H": 5.5, "N": 0.5}),
        ("1/3Li2S-1/3Li2Se-1/3LiI", {"Li": 5 / 3, "S": 1 / 3, "Se": 1 / 3, "I": 1 / 3}),
        ("3Li2S+P2S5", {"Li": 6, "P": 2, "S": 8}),
        ("70Li2S:30P2S5", {"Li": 140, "P": 60, "S": 220}),
        ("(Li2S)0.75(P2S5)0.25", {"Li": 1.5, "P": 0.5, "S": 2}),
        ("0.4LiI-0.6Li4SnS4", {"Li": 2.8, "I": 0.4, "Sn": 0.6, "S": 2.4}),
        ("alpha Li3N", {"Li": 3, "N": 1}),
        ("Li1.5Al0.5Ge1.5(PO4)3 (LAGP)", {"Li": 1.5, "Al": 0.5, "Ge": 1.5, "P": 3, "O": 12}),
        ("LATP (Li1.4Al0.4Ti1.6(PO4)3)", {"Li": 1.4, "Al": 0.4, "Ti": 1.6, "P": 3, "O": 12}),
        ("LPSC", ARGYRODITE),
        ("Sc7CI12", {"Sc": 7, "C": 1, "I": 12}),
    ],
)
def test_writings_of_papers_and_programs(text, amounts):
    assert composition_of(text).as_dict() == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LLZTO (Ta0.6)", "beside the name LLZTO"),
        ("LAGP (x=0.5)", "write the formula"),
        ("Al-doped LLZO", "LLZO stands for Li7La3Zr2O12"),
        ("Li3PO4 (ICSD 79427)", "candidate_id"),
        ("Li3PO4 1", "two numbers or one"),
        ("Li6PS5Cl-550C", "temperature"),
        ("Li1.4Al0.4Ti1.6(PO4)3 + 3% LiF", "one component alone"),
        ("Li(acac)", "molecule acac"),
        ("LiOAc", "molecule OAc"),
        ("LiI(HPN)2", "molecule HPN"),
        ("Li6PS5Cl0.5Br0.5·THF", "molecule THF"),
        ("Li3PS4 (thf)", "molecule thf"),
        ("LiFeP04", "write O where oxygen is meant"),
        ("LiC02", "begins with 0"),
        ("Li6PS5CI", "capital i"),
        ("Li3PO4[12]", "no chemical formula"),
        ("Li(Ni,Mn,Co)O2", "','"),
        ("LiNbO3@NMC811", "row of its own"),
        ("Li6PS5Cl/C", "row of its own"),
        ("Li3PO4 Pnma", "'Pnma'"),
        ("LI7LA3ZR2O12", "write symbols as in Li6PS5Cl"),
        ("Li+ La3+ Zr4+ O2-", "charges"),
        ("Li1+x+yAlx(Ti2-yGey)2-xSiyP3-yO12", "numbers in place of variables"),
        ("Li+7La+33Zr+42Cl", "no chemical formula"),
    ],
)
def test_what_would_be_read_wrongly_is_refused_with_what_to_do(text, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        composition_of(text)


def test_a_share_of_all_components_is_no_share_of_one():
    for text in ("75%Li2S-25%P2S5", "75 mol% Li2S + 25 mol% P2S5", "75Li2S-25P2S5 (mol%)"):
        assert parse_composition(text).as_dict() == pytest.approx({"Li": 150, "P": 50, "S": 200})
