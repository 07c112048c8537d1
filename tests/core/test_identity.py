"""One material however it is written: composition within the tolerance, and structure type."""

import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.identity import polymorph_words, same_material


def bare(formula, label="", hint="", group=None):
    return Candidate(label or formula, Composition(formula), label=label, family_hint=hint, space_group=group)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("beta-Li3PS4", {"beta"}),
        ("γ-Li3PO4", {"gamma"}),
        ("Li7La3Zr2O12 (tetragonal)", {"tetragonal"}),
        ("75Li2S-25P2S5 glass", {"glass"}),
        ("Li2ZrOCl4 (amorphous)", {"glass"}),
        ("Li10GeP2S12", set()),
    ],
)
def test_names_say_which_polymorph(name, words):
    assert polymorph_words(name) == words


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (bare("Li6PS5Cl"), bare("Li12P2S10Cl2"), True),
        (bare("Li6PS5Cl"), bare("ClS5PLi6"), True),
        (bare("Li6PS5Cl"), bare("Li5.5PS4.5Cl1.5"), False),
        (bare("Li6.24La3Zr2Al0.24O11.98"), bare("Li6.24Al0.24La3Zr2O12"), True),
        (bare("Li6.4La3Zr1.4Ta0.6O12"), bare("Li6.5La3Zr1.5Ta0.5O12"), False),
        (bare("Li3PS4", "beta-Li3PS4"), bare("Li3PS4", "gamma-Li3PS4"), False),
        (bare("Li3PS4", "beta-Li3PS4"), bare("Li3PS4"), True),
        (bare("Li3PS4", "75Li2S-25P2S5 glass", "glass"), bare("Li3PS4", "beta-Li3PS4"), False),
        (bare("Li3PS4", hint="lgps"), bare("Li3PS4", hint="li3ps4"), False),
        # Awaka, J. Solid State Chem. 182, 2046 (2009), tetragonal; Awaka, Chem. Lett. 40, 60 (2011), cubic
        (bare("Li7La3Zr2O12", "LLZO (tetragonal)"), bare("Li7La3Zr2O12", group=230), False),
        (bare("Li7La3Zr2O12", "LLZO (tetragonal)"), bare("Li7La3Zr2O12", group=142), True),
    ],
)
def test_same_material(one, other, is_same):
    assert same_material(one, other) is is_same
    assert same_material(other, one) is is_same
