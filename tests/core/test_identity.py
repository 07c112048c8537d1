"""One material however it is written: composition within the tolerance, and structure type."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.identity import (
    COMPOSITION_TOLERANCE,
    composition_groups,
    polymorph_words,
    same_material,
    series_of,
    structure_type_of,
)


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


SHARES = st.lists(st.floats(0.05, 1.0), min_size=3, max_size=5)


@given(SHARES, st.floats(0.1, 40.0), st.integers(0, 2), st.floats(-3.0, 3.0))
def test_two_compositions_are_one_where_every_fraction_agrees_to_the_tolerance(amounts, scale, moved, step):
    """The scale of a formula changes nothing; a fraction moved by more than the tolerance makes another material."""
    shares = np.array(amounts) / sum(amounts)
    other = shares.copy()
    change = step * COMPOSITION_TOLERANCE
    other[moved] += change
    other[(moved + 1) % 3] -= change  # the sum stays 1
    if other.min() <= 1e-3 or abs(abs(step) - 1.0) < 1e-3:
        return
    names = ("Li", "P", "S", "Cl", "O")
    given_ = [Composition(dict(zip(names, x, strict=False))) for x in (shares * scale, other)]
    groups = composition_groups(given_)
    assert (groups[0] == groups[1]) == (abs(step) <= 1.0)
    assert list(composition_groups(given_[::-1])) == list(groups)


def test_composition_groups_equal_a_search_over_all_pairs():
    rng = np.random.default_rng(4)
    given_ = [
        Composition({"Li": 6 + 0.01 * a, "P": 1, "S": 5, "Cl": 1 + 0.01 * b}) for a, b in rng.integers(0, 9, (40, 2))
    ]
    rows = np.array([[c.get_atomic_fraction(el) for el in ("Li", "P", "S", "Cl")] for c in given_])
    joined = np.abs(rows[:, None] - rows[None]).max(axis=2) <= COMPOSITION_TOLERANCE
    for _ in range(len(given_)):  # chains
        joined = (joined.astype(int) @ joined.astype(int)) > 0
    groups = composition_groups(given_)
    assert ((groups[:, None] == groups[None]) == joined).all()


@pytest.mark.parametrize(
    ("formula", "series"),
    [
        ("LiCoO2", "layered Co"),
        ("LiNi0.8Mn0.1Co0.1O2", "layered Co-Mn-Ni"),
        ("LiNi0.333Mn0.333Co0.333O2", "layered Co-Mn-Ni"),  # a doping step of the same cathode
        ("LiNi0.8Co0.15Al0.05O2", "layered Co-Ni"),
        ("Li1.2Ni0.13Co0.13Mn0.54O2", "layered Co-Mn-Ni, lithium-rich"),
        ("LiFePO4", "olivine Fe"),
        ("LiMn0.6Fe0.4PO4", "olivine Fe-Mn"),
        ("Li1.3Al0.3Ti1.7P3O12", "nasicon"),  # no cathode: titanium has nothing left to give
        ("Li7La3Zr2O12", "garnet"),
    ],
)
def test_cathodes_of_one_structure_are_series_by_their_metals(formula, series):
    candidate = Candidate(formula, composition=Composition(formula))
    assert series_of(candidate, structure_type_of(candidate)) == series


@pytest.mark.parametrize(
    ("formulas", "series"),
    [
        (("Li7P2S8I", "Li7.1P2S8.1I0.9", "Li14P4S16BrI", "Li20P5S19OF5"), "thiophosphate P-S-halogen"),
        (("Li2.6Y0.8Ta0.2Cl3.4Br2.6", "Li2.6Y0.8Ta0.2Cl3.5Br2.5"), "complex_halide Y-halogen"),  # Ta is a trace
        (("Li6PS5Cl", "Li6.3Cu0.1P0.9S4.9Cl1.1", "Li5.54Bi0.02P0.98S4.47O0.03Cl1.5"), "argyrodite"),
    ],
)
def test_steps_of_a_solid_solution_are_one_series(formulas, series):
    candidates = [Candidate(formula, Composition(formula)) for formula in formulas]
    found = {series_of(candidate, structure_type_of(candidate)) for candidate in candidates}
    assert found == {series}


@pytest.mark.parametrize("formula", ["Li4P2S7", "Li2P4S11"])
def test_a_compound_is_called_alike_in_whole_amounts_and_in_shares(formula):
    """What somebody would write in whole amounts is no step of a solid solution because a table gives shares."""
    whole, shares = Composition(formula), Composition(formula).fractional_composition
    found = {series_of(c, structure_type_of(c)) for c in (Candidate("a", whole), Candidate("b", shares))}
    assert len(found) == 1
