"""Molecular dynamics at constant temperature and volume, in blocks from which a stopped run goes on."""

from __future__ import annotations

import contextlib
import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ssbscreen.calculation import trajectory
from ssbscreen.calculation.straining import primitive
from ssbscreen.calculation.trajectory import Trajectory
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms


class Unfinished(InputError):
    """The time allowed is over; what was computed is kept, and the same call goes on."""


BLOCK = 25  # frames between two states kept
_HOT = 3.0  # kinetic temperature over the one asked for, beyond which the run has failed


@dataclass(frozen=True)
class Dynamics:
    """How long, how hot and how large.

    Attributes:
        temperatures_k: each a run of its own.
        picoseconds: of each run, the equilibration included.
        equilibration_ps: left out of every average.
        step_fs: of the integration; 1 where hydrogen moves.
        frame_fs: between two frames kept.
        thermostat_fs: time constant of the thermostat.
        min_length: least distance of an atom from its own images, angstrom.
        max_atoms: of the supercell.
        rattle: standard deviation of the displacement along each axis before the supercell comes to rest, angstrom.
        seed: of displacements, velocities and thermostat.
    """

    temperatures_k: tuple[float, ...] = (700.0, 900.0, 1100.0)
    picoseconds: float = 12.0
    equilibration_ps: float = 1.0
    step_fs: float = 2.0
    frame_fs: float = 20.0
    thermostat_fs: float = 100.0
    min_length: float = 9.0
    max_atoms: int = 200
    rattle: float = 0.1
    seed: int = 0

    @property
    def n_frames(self) -> int:
        """Frames of a whole run, the start included."""
        return 1 + round(self.picoseconds * 1e3 / self.frame_fs)


def supercell(crystal: Crystal, effort: Dynamics) -> Atoms:
    """Smallest supercell in which every atom is `min_length` from its own images, of its shapes the roundest.

    Raises:
        InputError: it has more atoms than allowed.
    """
    from ase import Atoms
    from ase.build import make_supercell

    lattice, frac, numbers = primitive(crystal)
    cell = Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True)
    least = max(1, math.ceil(0.7 * effort.min_length**3 / cell.get_volume()))  # no lattice packs spheres closer
    for n in range(least, effort.max_atoms // len(cell) + 1):
        shape, length = _roundest(lattice, n)
        if length >= effort.min_length:
            return make_supercell(cell, shape)
    raise InputError(
        f"has {len(cell)} atoms in its primitive cell, and no supercell of at most {effort.max_atoms} whose images are "
        f"{effort.min_length:g} angstrom apart; raise max_atoms or lower min_length of the dynamics"
    )


def rattled(cell: Atoms, effort: Dynamics) -> Crystal:
    """A supercell with every atom displaced at random, so that a relaxation finds what symmetry hides.

    Forces have the symmetry of the crystal, so that a relaxation which starts from it ends on it, even where that is a
    saddle point: lithium in the middle between two sites, in too large a cell.
    """
    moved = cell.copy()
    moved.rattle(effort.rattle, seed=effort.seed)
    return Crystal.ordered(np.array(moved.cell), moved.get_scaled_positions(), moved.numbers)


def atoms_of(crystal: Crystal) -> Atoms:
    """An ordered crystal as ASE has it, its cell as it is."""
    from ase import Atoms

    return Atoms(numbers=crystal.occupant_z, scaled_positions=crystal.frac, cell=crystal.lattice, pbc=True)


def _roundest(lattice: np.ndarray, n: int) -> tuple[np.ndarray, float]:
    """Supercell of n cells with the longest shortest vector, and that length, angstrom.  # (3, 3) int

    Source: all sublattices of an index by their Hermite normal forms, Hart and Forcade, Phys. Rev. B 77, 224115 (2008).
    """
    from ase.geometry import minkowski_reduce

    best, longest = np.eye(3, dtype=int), 0.0
    for form in _sublattices(n):
        reduced, operation = minkowski_reduce(form @ lattice)
        length = float(np.linalg.norm(reduced, axis=1).min())
        if length > longest + 1e-6:
            best, longest = np.asarray(operation @ form), length
    return best, longest


def _sublattices(n: int) -> Iterator[np.ndarray]:
    """Hermite normal forms of an index, one a sublattice.  # (3, 3) int"""
    for a, b in itertools.product(range(1, n + 1), repeat=2):
        if n % (a * b) == 0:
            c = n // (a * b)
            for x, y, z in itertools.product(range(b), range(c), range(c)):
                yield np.array([[a, x, y], [0, b, z], [0, 0, c]])


def run(atoms: Atoms, calculator: Any, kelvin: float, effort: Dynamics, path: Path, max_seconds: float) -> Trajectory:
    """Bring a run to its end, from the state that is kept in its file.

    The thermostat is stochastic velocity rescaling, which keeps momentum, gives the canonical distribution and changes
    diffusion little; each block has a random stream of its own, so that a resumed run is the run that was not stopped.

    Args:
        atoms: supercell at rest.
        calculator: of ASE.
        kelvin: temperature.
        effort: see `Dynamics`.
        path: `.npz` of the run.
        max_seconds: of processor time, for this call.

    Raises:
        Unfinished: the time is over; the state is kept.
        InputError: the atoms fly apart, or the file holds another run.

    Source: Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007).
    """
    end, held = time.process_time() + max_seconds, trajectory.read(path)
    atoms = atoms.copy()
    atoms.calc = calculator
    if held is None:
        held = _start(atoms, kelvin, effort)
    _check_goes_on(held, atoms, effort, path)
    atoms.set_positions(held.last)
    atoms.set_momenta(held.momenta)
    with without_stress(calculator):
        while held.n_frames < effort.n_frames:
            if time.process_time() > end:
                raise Unfinished(
                    f"the run at {kelvin:g} K has come to {held.picoseconds:.2f} of {effort.picoseconds:g} ps in the "
                    "time allowed; the same command goes on"
                )
            held = _block(atoms, held, kelvin, effort)
            trajectory.keep(held, path)
    return held


@contextlib.contextmanager
def without_stress(calculator: Any) -> Iterator[None]:
    """Spare a calculator that can leave it out the stress, which constant volume does not ask for."""
    if not hasattr(calculator, "needs_stress"):
        yield
        return
    calculator.needs_stress = False
    try:
        yield
    finally:
        calculator.needs_stress = True


def _check_goes_on(held: Trajectory, atoms: Atoms, effort: Dynamics, path: Path) -> None:
    """Refuse to append to a run of other atoms, another cell or other times between frames.

    Raises:
        InputError: so it is.
    """
    if not (np.array_equal(held.numbers, atoms.numbers) and np.allclose(held.cell, atoms.cell, atol=1e-4)):
        raise InputError(f"{path} holds a run of another cell; give another file or remove it")
    if held.frame_fs != effort.frame_fs:
        raise InputError(
            f"{path} holds frames {held.frame_fs:g} fs apart and {effort.frame_fs:g} are asked for; give the settings "
            "it was begun with, or another file"
        )


def _start(atoms: Atoms, kelvin: float, effort: Dynamics) -> Trajectory:
    from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

    rng = np.random.default_rng([effort.seed, round(kelvin), 0])
    MaxwellBoltzmannDistribution(atoms, temperature_K=kelvin, rng=rng)
    Stationary(atoms)
    positions = atoms.get_positions()
    return Trajectory(
        np.array(atoms.cell),
        atoms.numbers.copy(),
        positions[None].astype(np.float32),
        np.array([atoms.get_potential_energy()]),
        np.array([_temperature(atoms)]),
        effort.frame_fs,
        atoms.get_momenta(),
        positions,
        0.0,
    )


def _block(atoms: Atoms, held: Trajectory, kelvin: float, effort: Dynamics) -> Trajectory:
    from ase import units
    from ase.md.bussi import Bussi

    begin = time.process_time()
    rng = np.random.default_rng([effort.seed, round(kelvin), held.n_frames])
    motion = Bussi(atoms, effort.step_fs * units.fs, kelvin, effort.thermostat_fs * units.fs, rng=rng)
    motion.ndof = 3 * len(atoms) - 3  # the centre of mass rests
    motion.target_kinetic_energy = 0.5 * units.kB * kelvin * motion.ndof
    n_steps, frames, energies, kinetic = round(effort.frame_fs / effort.step_fs), [], [], []
    for _ in range(min(BLOCK, effort.n_frames - held.n_frames)):
        motion.run(n_steps)
        frames.append(atoms.get_positions().astype(np.float32))
        energies.append(float(atoms.get_potential_energy()))
        kinetic.append(_temperature(atoms))
        if not math.isfinite(energies[-1]) or kinetic[-1] > _HOT * kelvin:
            raise InputError(
                f"its atoms fly apart at {kelvin:g} K ({kinetic[-1]:.0f} K after {held.picoseconds:.2f} ps); give a "
                "shorter step or another potential"
            )
    return replace(
        held,
        positions=np.concatenate([held.positions, frames]),
        energy=np.append(held.energy, energies),
        kinetic_k=np.append(held.kinetic_k, kinetic),
        momenta=atoms.get_momenta(),
        last=atoms.get_positions(),
        seconds=held.seconds + time.process_time() - begin,
    )


def _temperature(atoms: Atoms) -> float:
    """Kinetic temperature with the centre of mass at rest, K."""
    from ase import units

    return float(2.0 * atoms.get_kinetic_energy() / ((3 * len(atoms) - 3) * units.kB))
