"""Crystal arrays against pymatgen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.core.candidate import Candidate, Polymer, reduced_formula
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError

LLTO = Structure(
    Lattice.cubic(3.87),
    [{"Li": 0.34, "La": 0.55}, "Ti", "O", "O", "O"],
    [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]],
)


@st.composite
def structures(draw):
    """Structures of one to six sites, ordered or mixed."""
    n = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    lattice = Lattice.from_parameters(*rng.uniform(3, 9, 3), *rng.uniform(70, 110, 3))
    species = []
    for _ in range(n):
        share = round(float(rng.uniform(0.1, 0.9)), 3)
        pair = rng.choice(["Li", "Na", "O", "S", "Cl", "Zr", "La", "P"], 2, replace=False)
        species.append(pair[0] if rng.random() < 0.5 else {pair[0]: share, pair[1]: round(1 - share, 3)})
    return Structure(lattice, species, rng.random((n, 3)))


@given(structures())
@settings(max_examples=40, deadline=None)
def test_agrees_with_pymatgen(structure):
    crystal = Crystal.from_structure(structure)
    assert crystal.density == pytest.approx(structure.density, rel=1e-4)
    assert crystal.volume == pytest.approx(structure.volume, rel=1e-9)
    assert crystal.composition.almost_equals(structure.composition, rtol=1e-6)
    assert crystal.is_ordered == structure.is_ordered
    back = Crystal.from_record(crystal.to_record()).to_structure()
    assert back.composition.almost_equals(structure.composition, rtol=1e-6)
    assert np.allclose(back.lattice.matrix, structure.lattice.matrix)


def test_vacancies_stay_vacancies():
    crystal = Crystal.from_structure(LLTO)
    assert not crystal.is_ordered
    assert crystal.n_sites == 5
    assert crystal.n_atoms == pytest.approx(4.89)


def test_oxidation_states_are_dropped():
    decorated = LLTO.copy()
    decorated.add_oxidation_state_by_element({"Li": 1, "La": 3, "Ti": 4, "O": -2})
    assert Crystal.from_structure(decorated).composition == Crystal.from_structure(LLTO).composition


@pytest.mark.parametrize(
    "structure", [Structure(Lattice.cubic(4), ["X"], [[0, 0, 0]]), Structure(Lattice.cubic(4), [], [])]
)
def test_refuses_what_is_no_crystal(structure):
    with pytest.raises(InputError):
        Crystal.from_structure(structure)


def test_candidate_needs_something():
    with pytest.raises(ValueError, match="needs a composition"):
        Candidate("nothing")
    assert Candidate("x", crystal=Crystal.from_structure(LLTO)).formula == "Li0.68La1.1Ti2O6"
    polymer = Candidate("p", polymer=Polymer("*CCO*", "[Li+].[Cl-]", 1.5))
    assert polymer.formula == "*CCO* + [Li+].[Cl-] 1.5 mol/kg"


def test_reduced_formula_ignores_rounding_dust():
    assert reduced_formula(Composition({"Li": 1.3, "Al": 0.3, "Ti": 1.7, "P": 3, "O": 12})) == reduced_formula(
        Composition({"Li": 2.6000001, "Al": 0.6, "Ti": 3.4, "P": 6, "O": 24})
    )
