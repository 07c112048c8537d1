"""Formulas as the field writes them: the names that the papers themselves use are the truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, reduced_formula
from ssbscreen.core.chemical_formula import chemical_formula, formula_of
from ssbscreen.core.formula import composition_key, parse_formula, usual_formula
from ssbscreen.sources.literature import SOURCE

# Written as in the titles and abstracts of the papers that made them.
AS_PUBLISHED = (
    "Li6PS5Cl Li5.5PS4.5Cl1.5 Li6PS5Cl0.5Br0.5 Li6.6Si0.6Sb0.4S5I Li10GeP2S12 Li9.54Si1.74P1.44S11.7Cl0.3 Li7P3S11 "
    "Li3PS4 Li3.25Ge0.25P0.75S4 Li4.4Al0.4Ge0.6S4 Li7La3Zr2O12 Li6.4La3Zr1.4Ta0.6O12 Li6.25Al0.25La3Zr2O12 "
    "Li6CaLa2Nb2O12 Li1.3Al0.3Ti1.7(PO4)3 Li1.5Al0.5Ge1.5(PO4)3 LiTi2(PO4)3 Na3Zr2Si2PO12 Li0.33La0.557TiO3 LiTa2PO8 "
    "Li0.5La0.5TiO3 LiFePO4 LiNi0.8Mn0.1Co0.1O2 LiNi0.8Co0.15Al0.05O2 LiNi0.5Mn1.5O4 Li2MnO3 Li4Ti5O12 LiMn2O4 "
    "Li1.2Ni0.13Mn0.54Co0.13O2 Li3YCl6 Li2.5Y0.5Zr0.5Cl6 Li3InCl6 Li2ZrCl6 LiAlCl4 LiNbOCl4 Li3OCl Li2OHCl LiBH4 "
    "Li4(BH4)(NH2)3 LiCB11H12 Li2PO2N Li2.9PO3.3N0.46 Li7PN4 LiSi2N3 Li8SiP4 LiNbO3 LiTaSiO5 LiAlSiO4 Li2B4O7 LiNO3 "
    "LiTi2(PS4)3 LiMn0.7Fe0.3PO4 Li2CO3 LiClO4 Li3V2(PO4)3 Li2FeSiO4 Li6NBr3 Li4B7O12Cl LiVPO4F LiPF6 Li2SO4 Fe2(SO4)3"
).split()


@pytest.mark.parametrize("formula", AS_PUBLISHED)
def test_formulas_are_written_as_published_whatever_the_scale(formula):
    composition = Composition(formula)
    assert formula_of(Candidate("x", composition)) == formula
    for cell in (composition * 4, composition * 0.37, Composition(reduced_formula(composition))):
        assert formula_of(Candidate("x", cell)) == formula


@pytest.mark.parametrize(
    "formula",
    [
        "Li6.4Al0.19La3Zr2O11.8",
        "Li9.6P3S12",
        "Li4PS3.8O0.2F",
        "Li6Mo0.05P0.95S4.85O0.15Cl1.05",
        "Li11AlP2S12",
        "Li7P2S8I",
    ],
)
def test_a_formula_that_no_type_scales_better_is_kept_as_it_was_given(formula):
    assert formula_of(Candidate("x", Composition(formula))) == formula


def test_a_formula_whose_type_would_write_thirds_is_kept():
    assert formula_of(Candidate("x", Composition("Li11AlP2S12"), family_hint="thio_lisicon")) == "Li11AlP2S12"


def test_the_gross_formula_of_a_mixed_oxide_reads_as_the_field_writes_it():
    assert formula_of(Candidate("x", Composition("Li10MnCo(Ni2O5)4"))) == "LiNi0.8Mn0.1Co0.1O2"


def test_a_formula_holds_the_composition_of_every_known_electrolyte():
    known = [c for c in SOURCE.load().candidates if c.composition is not None]
    assert len(known) > 200
    for candidate in known:
        found, given = Composition(formula_of(candidate)), candidate.composition
        assert set(found.get_el_amt_dict()) == set(given.get_el_amt_dict()), candidate.candidate_id
        for element in given:
            assert found.get_atomic_fraction(element) == pytest.approx(given.get_atomic_fraction(element), abs=6e-4)


@given(
    st.dictionaries(
        st.sampled_from(["Li", "La", "Zr", "Ta", "Al", "P", "Si", "S", "O", "N", "H", "B", "Cl", "F"]),
        st.floats(0.05, 12.0),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["other", "garnet", "argyrodite", "layered", "borohydride"]),
)
def test_any_composition_survives_its_formula(amounts, family):
    given_ = Composition(amounts)
    found = Composition(chemical_formula(given_, family))
    for element in given_:
        assert found.get_atomic_fraction(element) == pytest.approx(given_.get_atomic_fraction(element), abs=0.02)


@pytest.mark.parametrize(
    ("formula", "usual"),
    [
        ("H3N", "NH3"),
        ("H4NCl", "NH4Cl"),
        ("IH4N", "NH4I"),
        ("ErClO", "ErOCl"),
        ("Zr2Cl2O3", "Zr2O3Cl2"),
        ("LiClO4", "LiClO4"),
        ("S2Cl2", "SCl"),
    ],
)
def test_ammonia_ammonium_salts_and_oxyhalides_are_written_as_usual(formula, usual):
    assert usual_formula(formula) == usual
    assert composition_key(parse_formula(usual)) == composition_key(parse_formula(formula))
