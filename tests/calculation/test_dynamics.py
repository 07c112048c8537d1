"""Molecular dynamics of a crystal of Lennard-Jones atoms: temperature, resuming, supercells."""

from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.lj import LennardJones

from ssbscreen.calculation import trajectory
from ssbscreen.calculation.dynamics import Dynamics, Unfinished, _sublattices, run, supercell, without_stress
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError

EFFORT = Dynamics(picoseconds=1.2, equilibration_ps=0.0, step_fs=4.0, min_length=9.0, max_atoms=60, thermostat_fs=50.0)


def argon():
    atoms = bulk("Ar", a=5.26)
    return Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)


def potential():
    return LennardJones(epsilon=0.0104, sigma=3.40, rc=7.0, smooth=True)


def test_number_of_sublattices_of_each_index():
    # sum over divisors d of n of d times the sum of divisors of d: 1, 7, 13, 35, 31, 91
    assert [sum(1 for _ in _sublattices(n)) for n in range(1, 7)] == [1, 7, 13, 35, 31, 91]


def test_the_smallest_supercell_keeps_images_apart():
    cell = supercell(argon(), EFFORT)
    near = min(np.linalg.norm(np.array(v) @ cell.cell) for v in np.ndindex(3, 3, 3) if any(v))
    assert near >= EFFORT.min_length
    # a face-centred lattice of the same spacing is the densest of all, and no other lattice may hold fewer atoms
    assert len(cell) >= 9.0**3 / np.sqrt(2) / (5.26**3 / 4)
    with pytest.raises(InputError, match="at most 20"):
        supercell(argon(), Dynamics(min_length=12.0, max_atoms=20))


def test_a_stopped_run_goes_on_to_the_same_end(tmp_path):
    cell = supercell(argon(), EFFORT)
    whole = run(cell, potential(), 60.0, EFFORT, tmp_path / "whole.npz", 1e3)
    parts = tmp_path / "parts.npz"
    with pytest.raises(Unfinished, match="goes on"):
        run(cell, potential(), 60.0, EFFORT, parts, -1.0)
    clocked = Stopping(epsilon=0.0104, sigma=3.40, rc=7.0, smooth=True)
    with pytest.raises(KeyboardInterrupt):
        run(cell, clocked, 60.0, EFFORT, parts, 1e3)
    held = trajectory.read(parts)
    assert 1 < held.n_frames < whole.n_frames
    again = run(cell, potential(), 60.0, EFFORT, parts, 1e3)
    assert np.allclose(again.positions, whole.positions, atol=1e-4)
    assert whole.n_frames == EFFORT.n_frames
    # about 27 atoms, half of 1.2 ps: the mean kinetic temperature scatters by some 60 sqrt(2 / (78 * ~5))
    assert whole.kinetic_k[25:].mean() == pytest.approx(60.0, abs=12.0)
    assert np.abs(whole.momenta.sum(axis=0)).max() < 1e-6
    parts.write_bytes(b"half a file")
    assert trajectory.read(parts) is None


def test_a_run_is_not_continued_with_other_settings_or_atoms(tmp_path):
    cell, path = supercell(argon(), EFFORT), tmp_path / "run.npz"
    short = replace(EFFORT, picoseconds=0.02)
    run(cell, potential(), 60.0, short, path, 1e3)
    with pytest.raises(InputError, match="20 fs apart and 40 are asked for"):
        run(cell, potential(), 60.0, replace(short, frame_fs=40.0), path, 1e3)
    larger, other = cell.copy(), cell.copy()
    larger.set_cell(1.1 * cell.cell)
    other.numbers[0] = 10
    for atoms in (larger, other):
        with pytest.raises(InputError, match="another cell"):
            run(atoms, potential(), 60.0, short, path, 1e3)
    assert run(cell, potential(), 60.0, short, path, 1e3).n_frames == short.n_frames


def test_atoms_that_fly_apart_are_refused(tmp_path):
    cell = supercell(argon(), EFFORT)
    cell.positions[1] = cell.positions[0] + [1.2, 0, 0]
    with pytest.raises(InputError, match="fly apart"):
        run(cell, potential(), 60.0, EFFORT, tmp_path / "x.npz", 1e3)


class Stopping(LennardJones):
    """Stands for a process that is killed after a number of force calls."""

    n_left = 300

    def calculate(self, *args, **kwargs):
        self.n_left -= 1
        if not self.n_left:
            raise KeyboardInterrupt
        super().calculate(*args, **kwargs)


def test_chgnet_leaves_out_the_stress_of_a_run_with_the_same_forces_and_gives_it_again_afterwards():
    pytest.importorskip("chgnet", reason="the extra 'foundation' is not installed")
    atoms = bulk("LiF", "rocksalt", a=4.1) * (2, 2, 1)
    atoms.set_cell(atoms.cell @ np.array([[1.0, 0.1, 0.0], [0.0, 1.0, -0.2], [0.05, 0.0, 1.0]]), scale_atoms=True)
    atoms.rattle(0.3, seed=0)
    atoms.calc = calculator = load_calculator(POTENTIALS["chgnet"])
    energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()  # by the package
    assert np.abs(forces).max() > 1.0
    calculator.reset()
    with without_stress(calculator):
        assert atoms.get_forces() == pytest.approx(forces, abs=1e-5)
        assert atoms.get_potential_energy() == pytest.approx(energy, abs=1e-5)
        assert "stress" not in calculator.results
    assert atoms.get_stress() == pytest.approx(stress, abs=1e-6)
