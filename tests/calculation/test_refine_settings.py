"""Settings given for a refinement: over the defaults, refused where they make no sense; and what `suggest` expects."""

import pytest

from ssbscreen.app.model_tables import potentials_table
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.core.errors import UsageError
from ssbscreen.ranking.tests_cost import load_tests


def given(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return load_refine_settings(path)


def test_a_file_may_change_single_settings(tmp_path):
    plain = load_refine_settings().model_dump()
    changed = given(tmp_path, "potential: sevenn\ndiffusion: {temperatures_k: [700, 900]}\n").model_dump()
    assert changed.pop("potential") == "sevenn"
    assert changed["diffusion"].pop("temperatures_k") == (700.0, 900.0)
    plain.pop("potential")
    plain["diffusion"].pop("temperatures_k")
    assert changed == plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("relax: {forse: 1}\n", "line 1: Unknown key of relax 'forse'. Did you mean 'force'"),
        ("relax: {force: -1}\n", "relax.force: Input should be greater than 0"),
        ("relax: 3\n", "line 1: relax"),
        ("potential: foo\n", "Unknown potential 'foo'. Allowed: chgnet"),
        ("diffusion: {potential: foo}\n", "Unknown potential 'foo'. Allowed: chgnet"),
        (
            "diffusion: {picoseconds: 1.0, equilibration_ps: 1.0}\n",
            "equilibration_ps 1 leaves nothing of picoseconds 1",
        ),
        ("diffusion: {temperatures_k: [800]}\n", "at least 2 items"),
        ("- relax\n", "no mapping of keys"),
    ],
)
def test_settings_that_make_no_sense_are_refused_in_one_clause(tmp_path, text, said):
    with pytest.raises(UsageError) as error:
        given(tmp_path, text)
    assert said in str(error.value)
    assert "Field required" not in str(error.value)


def test_suggestions_expect_of_a_calculation_what_its_potential_was_measured_to_give():
    settings = load_refine_settings()
    tests = {test.name: test.reveals for test in load_tests().tests}
    still, moving = POTENTIALS[settings.potential].noise, POTENTIALS[settings.diffusion.potential].noise
    assert {expected.noise for expected in tests["potential_hull"].values()} == {still["energy_above_hull"]}
    assert tests["potential_elastic"]["pugh_ratio"].noise == still["shear_modulus"]
    assert tests["potential_dynamics"]["ionic_conductivity"].noise == moving["ionic_conductivity"]


def test_errors_of_potentials_are_listed_with_their_units():
    table = potentials_table().set_index("potential")["errors measured"]
    assert "ionic_conductivity 2.6 decades, activation_energy 0.24 eV" in table["chgnet"]
    assert "bulk_modulus 0.15 decades" in table["sevenn-l3i5"]
    assert "density 0.045 of it" in table["sevenn-l3i5"]
    assert "energy_above_hull 0.032 eV/atom" in table["sevenn-l3i5"]
    assert table["orb-v3"] == "none"
