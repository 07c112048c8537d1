"""What `predict` computes from predictions: against closed forms, published windows, and what it must refuse."""

import numpy as np
import pytest
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.cli.checks import NOT_SERVED
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import UsageError
from ssbscreen.core.prediction import Predictions, PropertyPrediction, missing
from ssbscreen.core.properties import PROPERTIES
from ssbscreen.readers.polymer_text import formulation
from ssbscreen.screening import derived_columns
from ssbscreen.screening.derived_columns import OF_PAIRS, check_served, served, with_cited, with_derived

LIF = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.03), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
K, G = 70.0, 50.0  # GPa
LEARNED = {"bulk_modulus": np.log10(K), "shear_modulus": np.log10(G), "formation_energy": -3.2}


@pytest.fixture(scope="module")
def candidates():
    return (
        Candidate("lif", composition=LIF.composition, crystal=Crystal.from_structure(LIF)),
        Candidate("li2s", composition=Composition("Li2S")),
        Candidate("alumina", composition=Composition("Al2O3")),
        Candidate("peo", polymer=formulation("*CCO*", "[Li+].[Cl-]", 1.0)),
    )


def ask_of(candidates, asked=None):
    """Models that know the crystal alone, with a small error."""

    def ask(keys):
        if asked is not None:
            asked.extend(keys)
        columns = {}
        for key in keys:
            column = missing(key, len(candidates), "model")
            if key in LEARNED:
                column.mean[0], column.std_aleatoric[0], column.std_epistemic[0] = LEARNED[key], 1e-4, 0.0
                column.lower[0], column.upper[0], column.in_domain[0] = LEARNED[key], LEARNED[key], True
            columns[key] = PropertyPrediction(key, model="model", **column.arrays)
        return Predictions(tuple(c.candidate_id for c in candidates), columns)

    return ask


@pytest.fixture(scope="module")
def found(candidates):
    keys = ("density", "youngs_modulus", "oxidation_limit", "reduction_limit", "fracture_toughness", "p_li_stable")
    empty = Predictions(tuple(c.candidate_id for c in candidates), {})
    return with_derived(candidates, empty, keys, ask_of(candidates)).by_property


def test_closed_forms(found):
    assert found["youngs_modulus"].mean[0] == pytest.approx(9 * K * G / (3 * K + G), rel=0.01)
    assert found["density"].mean[0] == pytest.approx(LIF.density, rel=0.01)
    # K_IC = V0^(1/6) G (K/G)^(1/2) for ionic crystals, Niu et al., J. Appl. Phys. 125, 065105 (2019)
    volume = LIF.volume / len(LIF) * 1e-30
    assert found["fracture_toughness"].mean[0] == pytest.approx(volume ** (1 / 6) * G * 1e3 * (K / G) ** 0.5, rel=0.1)


def test_published_windows(found):
    """LiF is stable against lithium and oxidises at 6.4 V, Li2S at 2.0 to 2.1 V (Zhu 2015, 10.1021/acsami.5b07517)."""
    assert found["reduction_limit"].mean[0] == pytest.approx(0.0, abs=0.02)
    assert found["oxidation_limit"].mean[0] == pytest.approx(6.4, abs=0.15)
    assert found["oxidation_limit"].mean[1] == pytest.approx(2.1, abs=0.2)
    assert found["p_li_stable"].mean[0] > 0.9


def test_a_bare_composition_has_a_density_and_no_modulus(found):
    assert found["density"].mean[1] == pytest.approx(1.66, rel=0.15)  # g/cm3, CRC Handbook
    assert found["density"].upper[1] - found["density"].lower[1] > found["density"].upper[0] - found["density"].lower[0]
    assert "estimated" in found["density"].note[1]
    assert not found["youngs_modulus"].is_present[1]
    assert "shear_modulus" in found["youngs_modulus"].note[1]


def test_reasons_are_those_of_the_candidate(found):
    assert "no lithium" in found["oxidation_limit"].note[2]
    assert found["oxidation_limit"].is_present[3]  # from the functional groups of the polymer
    assert np.isfinite(found["oxidation_limit"].mean[3])


def test_air_that_nothing_is_known_of_is_no_matter_of_the_hull():
    halide = (Candidate("halide", composition=Composition("Li3YCl6")),)
    empty = Predictions(("halide",), {})
    column = with_derived(halide, empty, ("moisture_reaction_energy",), ask_of(halide)).by_property
    assert "hydrates" in column["moisture_reaction_energy"].note[0]


def test_only_what_formulas_start_from_is_asked_of_the_models(candidates):
    asked = []
    empty = Predictions(tuple(c.candidate_id for c in candidates), {})
    with_derived(candidates, empty, ("hardness",), ask_of(candidates, asked))
    assert set(asked) == {"bulk_modulus", "shear_modulus", "glass_transition"}  # a polymer is glassy or soft


def test_what_is_predicted_stays(candidates, monkeypatch):
    monkeypatch.setattr(derived_columns, "load_reference", lambda which: pytest.fail("no hull is needed"))
    column = missing("density", len(candidates), "model")
    column.mean[:] = 7.0
    given = Predictions(tuple(c.candidate_id for c in candidates), {"density": column})
    assert with_derived(candidates, given, ("density",), ask_of(candidates)) is given


def test_errors_list_only_what_is_served():
    assert set(served()) == set(PROPERTIES) - NOT_SERVED
    assert set(OF_PAIRS) <= NOT_SERVED
    with pytest.raises(UsageError, match="cathode"):
        check_served(["interface_reaction_energy"])
    with pytest.raises(UsageError, match="models properties"):
        check_served(["lumo"])


def test_what_no_model_gives_is_cited_for_the_class_and_a_given_value_stays():
    """Median of 36 read activation energies of sulfides, 0.324 eV (`configs/family_values.yaml`)."""
    own = missing("activation_energy", 3, "model")
    own.mean[2], own.std_aleatoric[2], own.lower[2], own.upper[2] = 0.25, 0.01, 0.24, 0.26
    of = tuple(Candidate(name, composition=Composition("Li3PS4")) for name in "abc")
    found = with_cited(of, Predictions(("a", "b", "c"), {"activation_energy": own}), ["activation_energy"])
    column = found.by_property["activation_energy"]
    assert column.mean == pytest.approx([0.324, 0.324, 0.25], abs=0.015)
    assert (column.upper - column.lower)[0] > 0.2
    assert "family or class" in column.note[0]


def test_the_share_of_oxygen_needs_nothing_asked_beside_it(candidates):
    of = (Candidate("rich", composition=Composition("Li1.2Ni0.2Mn0.6O2")),)
    given = Predictions(("rich",), {})
    found = with_derived(of, given, ["oxygen_redox_share"], lambda keys: Predictions(("rich",), {}))
    assert 0.2 < found.by_property["oxygen_redox_share"].mean[0] < 0.5
