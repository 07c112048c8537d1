"""Hull quantities of a pool: missing stays missing, scales are respected, what was made counts as made."""

import numpy as np
import pytest
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.core.reference import ReferencePhases, ScaleShift
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.negative_electrode import negative_electrode
from ssbscreen.screening.hulls.formation_energies import energy_draws
from ssbscreen.screening.hulls.hull_quantities import compute_hulls
from ssbscreen.screening.hulls.references import references_of
from ssbscreen.sources.reference_phases import EMBEDDED, SOURCE

LIF = Crystal.from_structure(
    Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.03), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
)
MIXED = Crystal.from_structure(
    Structure(Lattice.cubic(4.0), [{"Li": 0.5, "Na": 0.5}, "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
)
# formation enthalpies at 298 K, kJ/mol: LiF -616.0, NaF -576.6, Li2O -597.9, Li2S -441.4 (CRC Handbook, rounded)
PHASES = ReferencePhases(
    ("LiF", "NaF", "Li2O", "Li2S"), np.array([-616.0 / 2, -576.6 / 2, -597.9 / 3, -441.4 / 3]) / 96.485, "test", "1"
)

NOT_MADE = np.zeros(5, dtype=bool)


def column(mean, std):
    n = len(mean)
    return PropertyPrediction(
        "formation_energy",
        np.array(mean),
        np.array(std),
        np.zeros(n),
        np.array(mean),
        np.array(mean),
        np.ones(n, bool),
        "m",
        np.full(n, "", dtype=object),
    )


def test_energies_only_for_ordered_crystals_and_on_the_scale_of_the_reference():
    candidates = [Candidate("a", crystal=LIF), Candidate("b", crystal=MIXED), Candidate("c", Composition("LiF"))]
    shifted = ReferencePhases(
        PHASES.formulas, PHASES.formation_energy, "test", "2", (ScaleShift("halide", -0.1, 0.3, 10),)
    )
    given = column([-3.0, -3.0, -3.0], [0.4, 0.4, 0.4])
    draws = energy_draws(candidates, NOT_MADE[:3], ["halide"] * 3, given, PhaseLibrary(shifted), 0, 4000)
    assert np.isnan(draws[1]).all()
    assert draws[0].mean() == pytest.approx(-2.9, abs=0.03)
    assert draws[0].std() == pytest.approx(0.5, rel=0.05)  # 0.4 of the model and 0.3 of the scale
    again = energy_draws(
        candidates[::-1], NOT_MADE[:3], ["halide"] * 3, column([-3.0] * 3, [0.4] * 3), PhaseLibrary(shifted), 0, 4000
    )
    assert np.array_equal(again[2], draws[0])
    # of a bare composition the reference knows the energy: that of LiF, with the error of calculated reactions
    assert draws[2].mean() == pytest.approx(-616.0 / 2 / 96.485, abs=0.002)
    assert draws[2].std() == pytest.approx(0.024, rel=0.05)


def test_what_was_made_takes_the_energy_of_the_reference_and_a_guess_does_not():
    crystals = [Candidate(name, crystal=LIF) for name in "abc"]
    draws = energy_draws(
        [*crystals, Candidate("d", polymer=Polymer("*CCO*"))],
        np.array([True, False, False, False]),
        ["halide"] * 4,
        column([-9.0] * 4, [0.1] * 4),
        PhaseLibrary(PHASES),
        0,
        500,
    )
    assert draws[0].mean() == pytest.approx(-616.0 / 2 / 96.485, abs=0.01)
    assert draws[1:3].mean() == pytest.approx(-9.0, abs=0.02)
    assert np.isnan(draws[3]).all()


def test_known_distance_and_missing_rows():
    candidates = [
        Candidate("a", crystal=LIF),
        Candidate("p", polymer=Polymer("*CCO*")),
        Candidate("made", Composition("Li0.5Na0.5F")),
        Candidate("guess", Composition("Li0.5Na0.5F")),
        Candidate("far", crystal=LIF),
    ]
    energies = np.full((5, 200), np.nan)
    energies[[0, 4]] = -616.0 / 2 / 96.485 + 0.05
    is_made = np.array([False, False, True, False, True])
    hulls = compute_hulls(candidates, energies, references_of(PHASES), is_made)
    above = hulls.draws.values["energy_above_hull"]
    assert above[0] == pytest.approx(np.full(200, 0.05), abs=1e-4)
    assert ((above[1] >= 0) & (above[1] <= 0.025 + 1e-6)).all()  # chain and salt are mixed, whatever a hull says
    assert hulls.evidence["energy_above_hull"].kind.tolist() == [
        "calculated",
        "family",
        "family",
        "family",
        "calculated",
    ]
    assert np.isnan(above[3]).all()
    assert ((above[2] >= 0) & (above[2] <= 0.025 + 1e-6)).all()
    assert above[4] == pytest.approx(np.full(200, 0.025))  # made, whatever the calculation says
    window = hulls.draws.values["oxidation_limit"]
    assert np.isnan(window[1]).all()
    # LiF decomposes into Li and F2 at its formation enthalpy: 616.0 kJ/mol over Faraday's constant
    assert window[2, 0] == pytest.approx(6.38, abs=0.02)
    moisture = hulls.draws.values["moisture_reaction_energy"]
    assert np.isnan(moisture[1]).all()
    assert (moisture[0] <= 0).all()
    sheet = hulls.sheet.set_index("candidate_id")
    assert "polymer" in sheet.loc["p", "reason"]
    assert "made" in sheet.loc["made", "reason"]
    assert "calculated 50 meV/atom" in sheet.loc["far", "reason"]
    assert sheet.loc["guess", "uses_hull_energy"]


def test_what_the_electrolyte_meets_is_that_of_the_profile():
    candidates = [Candidate("y", Composition("Li3YCl6")), Candidate("lgps", Composition("Li10GeP2S12"))]
    references = references_of(SOURCE.load_phases(EMBEDDED))

    def found(key, name):
        hulls = compute_hulls(
            candidates, np.full((2, 1), np.nan), references, NOT_MADE[:2], electrode=negative_electrode(key)
        )
        return hulls.draws.values[name][:, 0], hulls

    lithium, of_lithium = found("lithium", "p_li_mixed_conducting")
    indium, of_indium = found("lithium_indium", "p_li_mixed_conducting")
    film, of_film = found("lipon_interlayer", "p_li_mixed_conducting")
    assert indium[0] < 0.2 < 0.7 < lithium[0]
    assert min(lithium[1], indium[1]) > 0.5
    assert film[0] == film[1] < 0.3
    assert of_indium.evidence["p_li_mixed_conducting"].n_studies.tolist() == [0, 0]
    assert len(set(of_film.evidence["p_li_mixed_conducting"].n_studies.tolist())) == 1  # reports of the film
    assert of_lithium.evidence["p_li_mixed_conducting"].n_studies[1] > 0
    for key in ("reduction_limit", "oxidation_limit"):  # against lithium, whatever the electrode
        assert found("lithium_indium", key)[0] == pytest.approx(found("lithium", key)[0])
    assert len(set(found("lipon_interlayer", "li_decomposition_energy")[0].tolist())) == 1


def test_what_no_reaction_with_air_can_say_is_said_as_such():
    """Hydrates of chlorides are in no table; of hydrides hydrogen is said, and no amount of toxic gas."""
    candidates = [Candidate(name, Composition(name)) for name in ("Li3YCl6", "LiCB11H12", "LiBH4", "Li3PS4")]
    hulls = compute_hulls(
        candidates, np.full((4, 2), np.nan), references_of(SOURCE.load_phases(EMBEDDED)), NOT_MADE[:4]
    )
    halide, carborate, hydride, sulfide = hulls.sheet["gases_in_air"]
    assert halide == "unknown: hydrates of halides are not in the reference"
    assert carborate.startswith("unknown: ")
    assert hydride == "4 H2 per formula unit, which burns"
    assert np.isnan(hulls.draws.values["moisture_gas"][2]).all()
    assert (hulls.draws.values["moisture_reaction_energy"][2] < -0.1).all()
    assert "H2S" in sulfide
