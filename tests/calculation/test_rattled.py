"""The start of molecular dynamics: a minimum of the energy, and no saddle point that symmetry keeps."""

from dataclasses import replace

import numpy as np
import pytest
from ase.calculators.calculator import Calculator, all_changes
from ase.neighborlist import neighbor_list

from ssbscreen.calculation import dynamics
from ssbscreen.calculation.dynamics import Dynamics
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.refine_settings import load_refine_settings
from ssbscreen.calculation.steps import diffuse
from ssbscreen.calculation.straining import Effort, relax
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.crystal import Crystal

SPACING, WELL, SHRINKS = 4.0, 0.5, 0.2  # angstrom; angstrom; share of the volume per square angstrom
EFFORT = Dynamics(min_length=3.9, max_atoms=8)
CLOSE = Effort(force=0.005, stress=0.02, max_steps=300)


class DoubleWell(Calculator):
    """Lithium in the middle of eight chlorines is at a maximum; `WELL` from it the energy is least, the cell smaller.

    Energy of each lithium: 2 (u^2 - WELL^2)^2, and 4 / v0 (v - v0 (1 - SHRINKS u^2))^2 of the cell, eV.
    """

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        h, n = 1e-4, len(atoms)
        forces, stress = np.zeros((n, 3)), np.zeros((3, 3))
        for i, k in np.ndindex(n, 3):
            ends = []
            for sign in (1, -1):
                moved = atoms.copy()
                moved.positions[i, k] += sign * h
                ends.append(self.of(moved))
            forces[i, k] = -(ends[0] - ends[1]) / (2 * h)
        for i, k in np.ndindex(3, 3):
            ends = []
            for sign in (1, -1):
                strain = np.eye(3)
                strain[i, k] += sign * h
                moved = atoms.copy()
                moved.set_cell(atoms.cell @ strain, scale_atoms=True)
                ends.append(self.of(moved))
            stress[i, k] = (ends[0] - ends[1]) / (2 * h) / atoms.get_volume()
        stress = 0.5 * (stress + stress.T)
        voigt = stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
        self.results = {"energy": self.of(atoms), "forces": forces, "stress": voigt}

    @staticmethod
    def of(atoms):
        squared = displaced(atoms)
        n, v0 = len(squared), SPACING**3 * len(squared)
        cell = atoms.get_volume() - v0 * (1.0 - SHRINKS * squared.mean())
        return float(2.0 * ((squared - WELL**2) ** 2).sum() + 4.0 * n * cell**2 / v0**2 * SPACING)


def displaced(atoms):
    """Squared distance of each lithium from the middle of its eight chlorines, square angstrom."""
    i, j, vectors = neighbor_list("ijD", atoms, 5.3)
    lithium = np.flatnonzero(atoms.numbers == 3)
    return np.array([(vectors[(i == a) & (atoms.numbers[j] == 17)].mean(axis=0) ** 2).sum() for a in lithium])


def symmetric():
    return Crystal.ordered(np.eye(3) * SPACING, np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]), np.array([17, 3]))


def test_symmetry_keeps_a_saddle_point_and_a_rattled_supercell_leaves_it():
    kept = relax(symmetric(), DoubleWell(), CLOSE)
    assert kept.volume == pytest.approx(SPACING**3 / 2, rel=1e-3)
    cell = dynamics.supercell(kept.crystal, EFFORT)
    assert displaced(cell) == pytest.approx(0.0, abs=1e-6)
    found = dynamics.atoms_of(relax(dynamics.rattled(cell, EFFORT), DoubleWell(), CLOSE).crystal)
    assert displaced(found) == pytest.approx(WELL**2, rel=0.1)
    # the cell of the minimum: (1 - SHRINKS WELL^2) of the symmetric one
    assert found.get_volume() == pytest.approx(cell.get_volume() * (1 - SHRINKS * WELL**2), rel=0.01)


def test_displacements_belong_to_the_seed():
    cell = dynamics.supercell(symmetric(), EFFORT)
    first, again, other = (dynamics.rattled(cell, replace(EFFORT, seed=s)).frac for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(dynamics.rattled(cell, replace(EFFORT, rattle=0.0)).frac, cell.get_scaled_positions())


class Reached(Exception):
    """Molecular dynamics would begin."""


def test_molecular_dynamics_of_a_refinement_begins_at_the_minimum(tmp_path, monkeypatch):
    begun = []

    def begin(cell, *rest):
        begun.append(cell)
        raise Reached

    monkeypatch.setattr(dynamics, "run", begin)
    given = load_refine_settings()
    given = given.model_copy(
        update={"diffusion": given.diffusion.model_copy(update={"min_length": 3.9, "max_atoms": 8})}
    )
    toy = replace(POTENTIALS["sevenn"], name="toy", sha256="0" * 64)
    with pytest.raises(Reached):
        diffuse(symmetric(), Workbench(tmp_path, calculators={"toy": DoubleWell()}), toy, given)
    assert displaced(begun[0]).min() > 0.5 * WELL**2
