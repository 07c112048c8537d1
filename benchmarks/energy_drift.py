"""How well the total energy is kept at constant volume and without a thermostat, by length of the integration's step.

    python benchmarks/energy_drift.py Li7P3S11 --kelvin 700 --step 3 --step 2

Goes on from the state that a run of `bench_diffusion.py` came to, so that the atoms are at its temperature. Printed are
the drift (slope of a line through all steps), the scatter about that line and the mean kinetic temperature. A step of
velocity Verlet makes a mode of angular frequency w stretch as if it were 1 / (1 - (w step / 2)^2) times as hot.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from arguments import parse, run
from ase import Atoms, units
from ase.md.verlet import VelocityVerlet
from bench_diffusion import folder_of
from known_conductors import conductors

from ssbscreen.calculation import trajectory
from ssbscreen.calculation.dynamics import without_stress
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.core.errors import DataUnavailable


def main() -> None:
    """Print a line for each length of the step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conductor", choices=tuple(conductors()))
    parser.add_argument("--kelvin", type=float, required=True)
    parser.add_argument("--step", type=float, action="append", required=True, help="fs")
    parser.add_argument("--picoseconds", type=float, default=1.2)
    parser.add_argument("--potential", choices=tuple(POTENTIALS), default="chgnet")
    given = parse(parser)
    torch.set_num_threads(1)
    path = folder_of(given.potential, given.conductor) / f"{given.kelvin:.0f}K.npz"
    held = trajectory.read(path)
    if held is None:
        raise DataUnavailable(f"{path} is not there; `bench_diffusion.py --run '{given.conductor}'` makes it.")
    calculator = load_calculator(POTENTIALS[given.potential])
    for step_fs in given.step:
        begin = time.process_time()
        atoms = Atoms(held.numbers, positions=held.last, cell=held.cell, pbc=True, calculator=calculator)
        atoms.set_momenta(held.momenta)
        with without_stress(calculator):
            times, energies, kinetic = kept_energy(atoms, step_fs, given.picoseconds)
        slope, start = np.polyfit(times, energies, 1)
        scatter = float(np.std(energies - start - slope * times))
        print(
            f"{given.conductor} {given.kelvin:g} K, {step_fs:g} fs: drift {1e3 * slope:+.2f} meV/atom "
            f"a ps, scatter about it {1e3 * scatter:.2f} meV/atom, mean kinetic temperature "
            f"{kinetic.mean():.0f} K, {len(times)} steps, {time.process_time() - begin:.0f} s",
            flush=True,
        )


def kept_energy(atoms: Atoms, step_fs: float, picoseconds: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (ps), total energies (eV/atom) and kinetic temperatures (K) of every step.  # 3 x (n,)"""
    n_steps = round(picoseconds * 1e3 / step_fs)
    motion, rows = VelocityVerlet(atoms, step_fs * units.fs), []
    for i in range(1, n_steps + 1):
        motion.run(1)
        kinetic = atoms.get_kinetic_energy()
        total = (atoms.get_potential_energy() + kinetic) / len(atoms)
        rows.append((i * step_fs * 1e-3, total, 2.0 * kinetic / ((3 * len(atoms) - 3) * units.kB)))
    times, energies, kelvin = np.array(rows).T
    return times, energies, kelvin


if __name__ == "__main__":
    run(main)
