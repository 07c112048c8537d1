"""Views of lithium conductors against transport problems solved otherwise."""

import numpy as np
import pytest
from pymatgen.core import Composition, Element
from scipy.stats import wasserstein_distance

from ssbscreen.core.candidate import Candidate
from ssbscreen.featurize.composition import amount_matrix, fractions
from ssbscreen.featurize.conductor import (
    N_STRUCTURE,
    VIEWS,
    along_scale,
    family_code,
    family_words,
    formula_size,
    tree_features,
    views,
)

FORMULAS = ("Li7La3Zr2O12", "Li6.4La3Zr1.4Ta0.6O12", "Li10GeP2S12", "Li3YCl6", "LiF", "Li1.3Al0.3Ti1.7P3O12")


def pool():
    return [Candidate(f, Composition(f)) for f in FORMULAS]


def seen(candidates, structure=None, group=None):
    n = len(candidates)
    structure = np.full((n, 18), np.nan) if structure is None else structure
    group = np.zeros(n) if group is None else group
    return views(amount_matrix(candidates), np.array([family_code(c) for c in candidates]), structure, group)


def test_city_block_distances_are_earth_mover_distances_on_the_chemical_scale():
    found = along_scale(fractions(amount_matrix(pool())))
    for i, one in enumerate(FORMULAS):
        for j, other in enumerate(FORMULAS):
            a, b = Composition(one), Composition(other)
            expected = wasserstein_distance(
                [e.mendeleev_no for e in a],
                [e.mendeleev_no for e in b],
                [a.get_atomic_fraction(e) for e in a],
                [b.get_atomic_fraction(e) for e in b],
            )
            assert np.abs(found[i] - found[j]).sum() == pytest.approx(expected, abs=1e-9)


def test_every_element_has_a_place_on_the_scale():
    share = np.zeros((103, 104))
    share[np.arange(103), np.arange(1, 104)] = 1.0
    found = along_scale(share)
    assert np.isfinite(found).all()
    assert np.abs(found[Element("S").Z - 1] - found[Element("Se").Z - 1]).sum() == pytest.approx(
        abs(Element("S").mendeleev_no - Element("Se").mendeleev_no)
    )


def test_a_family_has_one_code_and_the_bits_of_others_are_about_equally_far_apart():
    codes = np.array([family_code(c) for c in pool()])
    assert codes[0] == codes[1]  # two garnets
    assert len(set(codes.tolist())) == 5
    bits = family_words(codes)
    assert (bits[:, -1] == codes % 2).all()
    apart = np.abs(bits[:, None] - bits[None]).sum(axis=2)
    others = apart[np.triu_indices(6, 1)]
    assert others[others > 0].min() >= 6
    assert others.max() <= 26


def test_what_is_absent_is_nan_in_views_and_a_value_of_its_own_for_trees():
    candidates = pool()
    structure = np.full((6, 18), np.nan)
    structure[0] = 0.5
    structure[0, 3] = np.nan  # one descriptor that this crystal lacks counts as typical
    found = seen(candidates, structure, np.array([230, 0, 0, 0, 0, 0]))
    assert set(found) == set(VIEWS)
    assert np.isfinite(found["structure"][0]).all()
    assert np.isnan(found["structure"][1:]).all()
    assert found["group"][0, 0] == 230
    assert np.isnan(found["group"][1:]).all()
    family = np.array([family_code(c) for c in candidates])
    trees = tree_features(amount_matrix(candidates), family, found)
    assert np.isfinite(trees).all()
    bare = tree_features(amount_matrix(candidates), family, seen(candidates))
    np.testing.assert_array_equal(trees[:, :-N_STRUCTURE], bare[:, :-N_STRUCTURE])
    assert (trees[0, -N_STRUCTURE:] != bare[0, -N_STRUCTURE:]).all()


@pytest.mark.parametrize(
    ("formula", "n_atoms"),
    [
        ("Li6PS5Cl", 13),
        ("Li7La3Zr2O12", 24),
        ("Li10GeP2S12", 25),
        ("Li1.3Al0.3Ti1.7P3O12", 183),
        ("LiF", 2),
        ("Li5.4PS4.4Cl1.6", 62),
        ("Li0.33La0.56TiO3", 44),
        ("Li0.998Mg0.001F", 200),
    ],
)  # a trace does not vanish by rounding
def test_the_smallest_formula_with_whole_numbers(formula, n_atoms):
    found = formula_size(fractions(amount_matrix([Candidate("c", Composition(formula))])))
    assert found[0] == n_atoms


def test_structure_types_are_told_from_groups_of_compounds():
    found = seen([Candidate(f, Composition(f)) for f in ("Li7La3Zr2O12", "LiTi2(PO4)3", "Li4P2O7", "Li3BO3")])
    assert found["kind"][:, 0].tolist() == [1.0, 1.0, 0.0, 0.0]


def test_views_do_not_depend_on_the_size_of_the_formula():
    one, other = seen([Candidate("a", Composition("Li3PS4"))]), seen([Candidate("a", Composition("Li6P2S8"))])
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-12)
