"""Crystals brought to rest together: Lennard-Jones crystals of known energy, one by one or in a batch."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from ase.build import bulk
from scipy.optimize import minimize_scalar

from ssbscreen.calculation import batched, workbench
from ssbscreen.calculation.batched import load_model, relax_together
from ssbscreen.calculation.calculated import Calculated
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.straining import Effort
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import DataUnavailable

SIGMA, EPSILON, CUTOFF = 3.405, 0.0104, 8.5125
FINE = Effort(force=1e-3, stress=1e-3, max_steps=300)


def crystal_of(atoms):
    return Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)


def argon(a=5.2, n=1, rattle=0.0):
    """Face-centred cells, from 1 atom on; rattled ones are no primitive cell any more."""
    atoms = bulk("Ar", a=a) if n == 1 else bulk("Ar", a=a, cubic=True) * (n - 1, 1, 1)
    atoms.rattle(rattle, seed=n)
    return crystal_of(atoms)


def lattice_energy(a):
    """Energy of an atom by a sum over the sites of a face-centred lattice within the cutoff, eV."""
    places = np.array(list(np.ndindex(13, 13, 13))) - 6
    r = 0.5 * a * np.linalg.norm(places[places.sum(axis=1) % 2 == 0], axis=1)
    x = (SIGMA / r[(r > 0.0) & (r < CUTOFF)]) ** 6
    return float((2.0 * EPSILON * (x**2 - x)).sum())


@pytest.fixture
def model():
    pytest.importorskip("torch_sim", reason="the extra 'batched' is not installed")
    from torch_sim.models.lennard_jones import LennardJonesModel

    return LennardJonesModel(sigma=SIGMA, epsilon=EPSILON, cutoff=CUTOFF, compute_stress=True)


def test_a_batch_has_the_energy_of_the_lattice_and_that_of_each_alone(model):
    crystals = [argon(5.1), argon(5.4, 2, 0.03), argon(5.35, 3, 0.05), argon(5.5)]
    best = minimize_scalar(lattice_energy, bounds=(5.0, 5.5), method="bounded", options={"xatol": 1e-7})
    found = relax_together(crystals, model, FINE)
    assert [one.reason for one in found] == [""] * 4
    assert [one.energy for one in found] == pytest.approx([best.fun] * 4, abs=1e-6)
    assert [one.volume for one in found] == pytest.approx([best.x**3 / 4.0] * 4, rel=2e-3)
    assert {one.space_group for one in found[::3]} == {225}
    alone = [relax_together([crystal], model, FINE)[0] for crystal in crystals]
    assert [one.energy for one in alone] == pytest.approx([one.energy for one in found], abs=1e-6)
    assert [one.volume for one in alone] == pytest.approx([one.volume for one in found], rel=2e-3)
    assert found[1].volume_change == pytest.approx(found[1].volume / (5.4**3 / 4.0) - 1.0, rel=1e-6)


def test_each_crystal_has_its_own_reason(model):
    shared = Crystal(5.0 * np.eye(3), np.zeros((1, 3)), np.array([0, 0]), np.array([18, 36]), np.array([0.5, 0.5]))
    found = relax_together([argon(6.3), shared, argon(5.2), argon(5.2, 3, 0.01)], model, Effort(max_atoms=7))
    assert "volume changes" in found[0].reason
    assert "disordered" in found[1].reason
    assert found[2].reason == ""
    assert "8 atoms in its primitive cell" in found[3].reason
    assert "come to rest in 1 steps" in relax_together([argon(5.0)], model, Effort(max_steps=1))[0].reason


def test_what_the_optimiser_says_is_not_believed(model, monkeypatch):
    import torch_sim as ts

    monkeypatch.setattr(ts, "optimize", lambda cells, model, **_: ts.initialize_state(cells, model.device, model.dtype))
    found = relax_together([argon(5.0), argon(5.27)], model, Effort(stress=0.5))
    assert "come to rest" in found[0].reason
    assert found[1].reason == ""


def test_one_that_the_potential_does_not_know_takes_no_other_with_it(monkeypatch):
    def unknown(crystals, model, effort):
        if any(36 in c.occupant_z for c in crystals):
            raise KeyError("Kr")
        return [Calculated(energy=-1.0) for _ in crystals]

    monkeypatch.setattr(batched, "_at_rest", unknown)
    found = relax_together([argon(), crystal_of(bulk("Kr")), argon(5.4)], None, Effort())
    assert [one.energy for one in found[::2]] == [-1.0, -1.0]
    assert "KeyError" in found[1].reason


def test_crystals_at_rest_together_are_found_one_by_one(tmp_path, monkeypatch):
    batches = []

    def relax(crystals, model, effort):
        batches.append(len(crystals))
        return tuple(Calculated(energy=-float(c.n_atoms)) for c in crystals)

    monkeypatch.setattr(workbench, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(workbench, "batched", SimpleNamespace(ENGINE="torch_sim", relax_together=relax))
    potential = POTENTIALS["sevenn-l3i5"]
    bench = Workbench(tmp_path / "steps", is_batched=True, models={potential.name: None})
    crystals = [argon(), argon(5.4, 2), argon()]
    bench.rest_together(crystals, potential, FINE)
    bench.rest_together(crystals, potential, FINE)
    assert [bench.at_rest(c, potential, FINE).energy for c in crystals] == [-1.0, -4.0, -1.0]
    assert bench.at_rest(argon(5.3), potential, FINE).energy == -1.0
    assert batches == [2, 1]
    # what was relaxed singly is another calculation
    assert Workbench(tmp_path / "steps")._path(crystals[0], potential, FINE) != bench._path(
        crystals[0], potential, FINE
    )


def test_without_torch_sim_or_a_model_of_it_the_reason_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_sim", None)
    with pytest.raises(DataUnavailable, match=r"Python 3\.12"):
        load_model(POTENTIALS["sevenn-l3i5"])
    monkeypatch.setitem(sys.modules, "torch_sim", SimpleNamespace())
    with pytest.raises(DataUnavailable, match="not run by torch-sim"):
        load_model(POTENTIALS["chgnet"])
