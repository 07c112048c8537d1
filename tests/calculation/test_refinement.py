"""A refinement on Lennard-Jones crystals: energies and distances that are known, the funnel, and resuming."""

from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones
from pydantic import ValidationError
from typer.testing import CliRunner

from ssbscreen.calculation import potentials, refinement, workbench
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import STEPS, RefineSettings, load_refine_settings, steps_of
from ssbscreen.calculation.refined_values import account_table, funnel_table, values_table
from ssbscreen.calculation.refinement import Leader, Refined, refine
from ssbscreen.calculation.steps import Diffusion
from ssbscreen.calculation.transport import Prior
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.cli.main import app
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import UsageError
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.files.paths import configs_dir
from ssbscreen.physics.hull import PhaseLibrary

NOISE = {"energy_above_hull": 0.03, "bulk_modulus": 0.1, "shear_modulus": 0.2, "ionic_conductivity": 1.0}
TOY = replace(POTENTIALS["sevenn"], name="toy", title="toy", scales={}, noise=NOISE)
SPACING = 4.4  # angstrom, near the rest of the toy crystal


class Toy(LennardJones):
    """All atoms alike; counts its calls."""

    n_calls = 0

    def __init__(self):
        super().__init__(epsilon=0.2, sigma=SPACING / np.sqrt(2) / 1.09, rc=7.0, smooth=True)

    def calculate(self, *args, **kwargs):
        type(self).n_calls += 1
        super().calculate(*args, **kwargs)


def crystal_of(atoms):
    return Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)


def fcc(symbol):
    return crystal_of(bulk(symbol, "fcc", a=SPACING))


def layered(first="Li", second="Cl"):
    """Face-centred sites filled layer by layer."""
    atoms = bulk("Li", "fcc", a=SPACING, cubic=True)
    atoms.symbols[[2, 3]] = second
    atoms.symbols[[0, 1]] = first
    return crystal_of(atoms)


def shared():
    """Face-centred sites that lithium and sodium share."""
    given = layered()
    sites, z = np.array([0, 0, 1, 1, 2, 3]), np.array([3, 11, 3, 11, 17, 17])
    return Crystal(given.lattice, given.frac, sites, z, np.array([0.5, 0.5, 0.5, 0.5, 1.0, 1.0]))


class Structures:
    """Crystals of everything but fluorine."""

    title = "made up"

    def __init__(self, elements):
        pass

    def of(self, fractions, max_atoms):
        if "F" in fractions:
            return ()
        crystal = fcc(*fractions) if len(fractions) == 1 else layered(*fractions)
        return (Candidate("-".join(fractions), crystal=crystal),)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(refinement, "get_potential", lambda name: TOY)
    monkeypatch.setattr("ssbscreen.calculation.refined_values.get_potential", lambda name: TOY)
    monkeypatch.setattr(refinement, "PhaseStructures", Structures)
    monkeypatch.setattr(workbench, "cache_dir", lambda: tmp_path / "cache")
    Toy.n_calls = 0
    return lambda: Workbench(tmp_path / "steps", calculators={"toy": Toy()})


@pytest.fixture(scope="module")
def library():
    phases = ReferencePhases(("LiCl", "NaCl", "LiF"), np.array([-2.0, -2.1, -3.0]), "made up", "1")
    return PhaseLibrary(phases)


@pytest.fixture(scope="module")
def given():
    plain = load_refine_settings().model_dump()
    plain["relax"] |= {"force": 0.005, "stress": 0.02}
    plain["order"] |= {"n_orderings": 2, "max_atoms": 8}
    plain["phonons"] |= {"min_length": 6.0}
    return RefineSettings.model_validate(plain)


def leaders():
    loose = layered()
    loose = Crystal.ordered(loose.lattice * 1.35, loose.frac, loose.occupant_z)
    return [
        Leader(Candidate("layers", crystal=layered(), composition=layered().composition), 1),
        Leader(Candidate("mixed", crystal=shared(), composition=shared().composition), 2),
        Leader(Candidate("loose", crystal=loose, composition=loose.composition), 3),
        Leader(Candidate("fluoride", crystal=layered("Li", "F"), composition=layered("Li", "F").composition), 4),
    ]


def test_atoms_that_are_all_alike_have_no_distance_to_the_hull(bench, library, given):
    """Compound and elements are the same crystal to the toy: distance 0, orderings of one energy."""
    pytest.importorskip("phonopy", reason="the extra 'foundation' is not installed")
    steps = steps_of(["hull", "phonons"])
    found = refine(leaders(), steps, given, bench(), library)
    by_id = {one.leader.candidate.candidate_id: one for one in found}
    assert by_id["layers"].results["hull"].distance == pytest.approx(0.0, abs=2e-4)
    mixed = by_id["mixed"].results["order"]
    assert len(mixed.energies) == 2
    assert np.ptp(mixed.energies) < 2e-4
    assert mixed.weights == pytest.approx((0.5, 0.5), abs=0.01)
    # an entropy between that of two orderings of four atoms and the ideal one lowers the free energy at 25 degree C
    kt = 8.617333e-5 * 298.15
    assert mixed.energy - mixed.free_energy == pytest.approx(kt * 0.5 * (np.log(2) / 4 + np.log(2) / 2), rel=0.02)
    assert by_id["mixed"].results["hull"].distance == pytest.approx(mixed.free_energy - mixed.energy, abs=3e-4)
    assert by_id["layers"].results["phonons"].lowest > 0.3
    assert by_id["loose"].left == "relax"
    assert "volume" in by_id["loose"].reason
    assert "product F" in by_id["fluoride"].results["hull"].reason
    account = account_table(found, given)
    funnel = funnel_table(account, steps).set_index("step")
    assert list(funnel["entered"]) == [4, 4, 3, 3]
    assert funnel.loc["relax", ["went on", "left"]].tolist() == [3, 1]
    assert "loose: its volume" in funnel.loc["relax", "why"]
    assert funnel.loc["hull", "nothing came out"] == 1
    assert "nothing for fluoride: its product F" in funnel.loc["hull", "why"]
    values = values_table(found, given).set_index(["candidate_id", "property"])
    # the distance is added to the products of the reference, the elements at 0
    assert values.loc[("layers", "formation_energy"), "value"] == pytest.approx(0.0, abs=2e-4)
    assert values.loc[("layers", "formation_energy"), "noise"] == 0.03
    assert values.loc[("mixed", "formation_energy"), "noise"] > 0.03
    assert set(values["method"]) == {"calculation: toy"}


def test_a_crystal_that_was_built_is_marked_wherever_its_values_stand(bench, library, given):
    built = replace(leaders()[1], origin="structure by prototype salt")
    found = refine([built, leaders()[0]], steps_of(["hull"]), given, bench(), library)
    account = account_table(found, given).set_index(["candidate_id", "step"])["text"]
    assert account["mixed", "order"].startswith("structure by prototype salt; 2 orderings")
    assert account["layers", "order"] == "ordered as given"
    notes = values_table(found, given).set_index("candidate_id")["note"]
    assert notes["mixed"].startswith("structure by prototype salt; ")
    assert not notes["layers"].startswith("structure by")


def test_finished_steps_are_read_and_shards_share_the_work(bench, library, given):
    steps = steps_of(["hull"])
    first, second = bench(), bench()
    refine(leaders(), steps, given, first, library, shard=(1, 2))
    refine(leaders(), steps, given, second, library, shard=(2, 2))
    n_calls = Toy.n_calls
    whole = bench()
    found = refine(leaders(), steps, given, whole, library)
    assert (Toy.n_calls, whole.n_new) == (n_calls, 0)
    assert first.n_new + second.n_new == whole.n_kept == 11
    assert [one.left for one in found] == [None, None, "relax", None]
    (next((whole.folder / "hull").glob("*.json"))).write_text("{half")
    assert refine(leaders()[:1], steps, given, bench(), library)[0].results["hull"].distance == pytest.approx(
        0, abs=2e-4
    )


def test_no_value_counts_whose_error_was_never_measured(bench, library, given, monkeypatch):
    unmeasured = replace(TOY, noise={})
    for place in ("ssbscreen.calculation.refined_values.get_potential",):
        monkeypatch.setattr(place, lambda name: unmeasured)
    found = refine(leaders()[:1], steps_of(["hull"]), given, bench(), library)
    assert not len(values_table(found, given))
    assert "never measured" in account_table(found, given)["text"].iloc[-1]


def test_an_activation_energy_with_a_prior_is_no_evidence(given, monkeypatch):
    measured = replace(TOY, noise={"ionic_conductivity": 1.0, "activation_energy": 0.1})
    monkeypatch.setattr("ssbscreen.calculation.refined_values.get_potential", lambda name: measured)
    alone = Diffusion(8, (), 0.3, 0.1, -3.0, 0.5, 1.0, 2, 1.0)
    for diffusion, keys in (
        (alone, ["ionic_conductivity", "activation_energy"]),
        (replace(alone, prior_share=0.4), ["ionic_conductivity"]),
    ):
        one = Refined(leaders()[0], {"diffusion": diffusion})
        table = values_table([one], given)
        assert list(table["property"]) == keys
        assert ("40% of the activation energy from the prior" in table["note"].iloc[0]) == (len(keys) == 1)
        assert ("from the prior" in account_table([one], given)["text"].iloc[-1]) == (len(keys) == 1)


def test_a_prior_is_read_from_the_settings_and_off_unless_given():
    plain = load_refine_settings().model_dump()
    assert RefineSettings.model_validate(plain).diffusion.prior() is None
    stated = plain["diffusion"] | {"activation_prior": {"mean": 0.4, "std": 0.2}}
    assert RefineSettings.model_validate(plain | {"diffusion": stated}).diffusion.prior() == Prior(0.4, 0.2)


def test_steps_and_settings_are_checked(tmp_path):
    assert steps_of(["elastic"]) == ("order", "relax", "elastic")
    assert steps_of(list(STEPS)) == STEPS
    with pytest.raises(UsageError, match="elastic"):
        steps_of(["elastics"])
    with pytest.raises(UsageError, match="names nothing"):
        steps_of([])
    for name in ("refine.yaml", "refine_gpu.yaml", "refine_quick.yaml"):
        settings = load_refine_settings(configs_dir() / name)
        potentials.get_potential(settings.potential)
        potentials.get_potential(settings.diffusion.potential)
    plain = load_refine_settings().model_dump()
    with pytest.raises(ValidationError):
        RefineSettings.model_validate(plain | {"hulls": {}})


@pytest.mark.parametrize("name", ["refine.yaml", "refine_gpu.yaml", "refine_quick.yaml"])
def test_every_recipe_takes_in_each_step_what_order_lets_through(name):
    given = load_refine_settings(configs_dir() / name)
    for part in (given.relax, given.elastic, given.phonons, given.diffusion):
        assert part.max_atoms >= given.order.max_atoms


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b"])
def test_a_shard_is_a_part(shard, tmp_path):
    result = CliRunner().invoke(app, ["refine", str(tmp_path), "--shard", shard])
    assert isinstance(result.exception, UsageError)
    assert "K/N" in str(result.exception)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    result = CliRunner().invoke(app, ["refine", str(tmp_path)])
    assert isinstance(result.exception, UsageError)
