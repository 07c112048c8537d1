"""Well-known electrolytes with published values come out with their known weakness as limiting criterion.

Values: conductivity of Li10GeP2S12 (10.1038/nmat3066), Li7La3Zr2O12 (10.1002/anie.200701144), Li3YCl6
(10.1002/adma.201803075), moduli of Deng et al. (10.1149/2.0061602jes) and Ni et al. (2012), windows and decomposition
energies of Zhu, He, Mo (10.1021/acsami.5b07517). Which of them form a mixed-conducting interphase (metals or reduced
Ge, Ti, Y) and which passivate (Li2S, Li3P, LiCl) is given here; computing it is tested with the phase diagrams.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from pymatgen.core import Composition
from ranking_pools import column, separator

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.prediction import Predictions
from ssbscreen.ranking.criteria import load_profile
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.ranker import Ranking, rank
from ssbscreen.ranking.reference_materials import ReferenceMaterials
from ssbscreen.screening.evidence.plating import plating_of

NAN = float("nan")
KEYS = (
    "ionic_conductivity",
    "electronic_resistivity",
    "bulk_modulus",
    "shear_modulus",
    "fracture_toughness",
    "density",
    "energy_above_hull",
    "reduction_limit",
    "oxidation_limit",
    "li_decomposition_energy",
    "p_li_mixed_conducting",
)
ERRORS = (0.4, 1.0, 0.06, 0.08, 0.1, 0.02, 0.01, 0.15, 0.1, 0.05, 0.05)


@dataclass(frozen=True)
class Known:
    """Natural units in the order of `KEYS`, and the criteria that the field names as its weakness."""

    formula: str
    values: tuple[float, ...]
    weaknesses: frozenset[str]


KNOWN = (
    Known(
        "Li7La3Zr2O12",
        (3e-4, 1e9, 102.8, 59.6, 1.17, 5.1, 0.007, 0.05, 2.9, -0.02, 0.02),
        # lithium plates inside it, Han et al. 2019, 10.1038/s41560-018-0312-z
        frozenset(
            {
                "critical_current",
                "stability_parameter",
                "electronic_resistivity",
                "oxidation_limit",
                "processing_temperature",
            }
        ),
    ),
    Known(
        "Li10GeP2S12",
        (1.2e-2, 1e9, 23.9, 8.1, 0.23, 2.0, 0.025, 1.71, 2.14, -1.0, 0.98),
        frozenset({"p_li_mixed_conducting"}),
    ),
    Known(
        "Li6PS5Cl",
        (2e-3, 1e9, 29.0, 9.3, 0.26, 1.86, 0.02, 1.71, 2.01, -0.96, 0.02),
        frozenset({"oxidation_limit", "fracture_toughness", "li_decomposition_energy", "reduction_limit"}),
    ),
    Known(
        "Li1.3Al0.3Ti1.7P3O12",
        (7e-4, 1e10, 95.0, 57.6, 1.12, 2.9, 0.02, 2.17, 4.21, -1.53, 0.99),
        frozenset({"p_li_mixed_conducting"}),
    ),
    Known(
        "Li3YCl6",
        (5e-4, 1e10, 27.0, 11.0, 0.25, 2.5, 0.02, 0.62, 4.2, -0.5, 0.97),
        frozenset({"p_li_mixed_conducting"}),
    ),
)
PEO = Candidate("PEO-LiTFSI", polymer=Polymer("*CCO*", "[Li+].O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F", 1.0))


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    candidates = [*(Candidate(k.formula, Composition(k.formula)) for k in KNOWN), PEO]
    of = facts_of(candidates)
    columns = []
    for i, (key, error) in enumerate(zip(KEYS, ERRORS, strict=True)):
        natural = np.array([*(k.values[i] for k in KNOWN), 1e-6 if key == "ionic_conductivity" else NAN])
        is_log = key in ("ionic_conductivity", "electronic_resistivity", "bulk_modulus", "shear_modulus")
        columns.append(column(key, np.log10(natural) if is_log else natural, error))
    predictions = Predictions(tuple(of.candidate_ids), {c.property: c for c in columns})
    profile = load_profile("ev")
    plating, cells = plating_of(of, None, None, hide_outcomes=True)
    quantities = Quantities(
        of,
        predictions,
        profile.operating,
        0,
        400,
        family_values=load_family_values(),
        evidence={"critical_current": cells},
        plating=plating,
    )
    return rank(
        quantities,
        separator(),
        profile,
        reference_materials=ReferenceMaterials({"Li7La3Zr2O12": 0, "Li6PS5Cl": 2, "Li3YCl6": 4}),
    )


@pytest.mark.parametrize("known", KNOWN, ids=lambda k: k.formula)
def test_known_weakness_limits(ranking, known):
    row = ranking.table.set_index("candidate_id").loc[known.formula]
    assert row["limiting_criterion"] in known.weaknesses
    assert row["coverage"] > 0.9  # moisture is not given here, and the fire grade is of the class


def test_polymer_is_ranked_and_limited_by_conductivity(ranking):
    """PEO-LiTFSI at room temperature; its mechanics, density and window are cited values of the family."""
    row = ranking.table.set_index("candidate_id").loc["PEO-LiTFSI"]
    assert row["chemistry_class"] == "polymer"
    assert row["coverage"] < 0.5  # what is cited for its family is no knowledge of this very material
    assert row["rank"] >= 1
    assert row["limiting_criterion"] == "ionic_conductivity"
    assert np.isnan(row["fracture_toughness_value"])  # no formula for polymers
    assert np.isnan(row["raw_material_cost_value"])


def test_those_that_survive_lithium_stand_first(ranking):
    assert set(ranking.table["candidate_id"][:2]) == {"Li7La3Zr2O12", "Li6PS5Cl"}
    failing = ranking.table.set_index("candidate_id").loc[["Li10GeP2S12", "Li1.3Al0.3Ti1.7P3O12"], "p_all"]
    assert (failing < 0.1).all()


def test_cell_energy_with_the_thickness_that_was_made(ranking):
    """By hand at 5 mAh/cm2: Li6PS5Cl at 35 micrometre 438 Wh/kg, LLZO at 45 296; 20 micrometre gave 468 and 369."""
    energy = ranking.table.set_index("candidate_id")["cell_energy_grav_value"]
    assert energy["Li6PS5Cl"] == pytest.approx(438, abs=4)
    assert energy["Li7La3Zr2O12"] == pytest.approx(296, abs=4)
    assert energy["Li6PS5Cl"] > energy["Li10GeP2S12"] > energy["Li7La3Zr2O12"]
