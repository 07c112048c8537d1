"""Diffusion in known lithium conductors by molecular dynamics with a pretrained potential, against published values.

Ordered structures of the data set `mp_crystals` (data fetch mp_crystals) and prototypes; cells and then rattled
supercells relaxed by the same potential. Runs are kept, so that the same command goes on where it was stopped.

    python benchmarks/bench_diffusion.py --run Li6PS5Cl --potential chgnet
    python benchmarks/bench_diffusion.py --run "Li6PS5Cl half exchanged"

The line at 25 degree C stands without and with a prior of the activation energy: mean and standard deviation of the
measured energies of the other materials of its family, one median a material; of all lithium compounds where fewer than
ten are known.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from arguments import parse, run
from ase import Atoms
from ase.build import make_supercell
from pymatgen.core import Composition

from ssbscreen.calculation import dynamics, trajectory
from ssbscreen.calculation.diffusivity import diffusivity
from ssbscreen.calculation.dynamics import Dynamics
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.straining import Effort, relax
from ssbscreen.calculation.transport import Prior, conductivity, transport
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.laws import decades_gained
from ssbscreen.core.recognition import recognise_family
from ssbscreen.featurize.ordering import ordered_state
from ssbscreen.files.paths import cache_dir
from ssbscreen.screening.evidence.reported import reported
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES
from ssbscreen.sources.snapshot import SOURCE as SNAPSHOT

HALF = "half exchanged"  # of Cl with the free S; measured in Li6PS5Cl, and what its conductivity comes from
STRUCTURES = {  # conductor -> mp_crystals id or prototype, temperatures in K, least distance of images (angstrom), ps
    f"Li6PS5Cl {HALF}": ("mp-985592", (450.0, 600.0, 750.0, 1000.0), 7.0, 12.0),
    "Li6PS5Cl": ("mp-985592", (600.0, 750.0, 900.0), 8.5, 4.0),
    "Li10GeP2S12": ("mp-696128", (850.0, 1050.0), 8.5, 4.0),
    "Li3YCl6": ("prototype li3ycl6", (600.0, 750.0, 900.0), 6.0, 10.0),
    "Li3N": ("mp-2251", (800.0, 1000.0), 7.5, 40.0),
    "Li7La3Zr2O12": ("mp-942733", (1200.0, 1500.0), 8.5, 4.0),
}
ACTIVATION = {"Li10GeP2S12": [0.22]}  # eV; Kuhn et al., Energy Environ. Sci. 6, 3548 (2013), abstract
SHORTEST = 1.4  # ps that a run has come to, below which nothing is said of it
RELAXED = Effort(max_atoms=200, max_seconds=3600.0, force=0.02, stress=0.2)
FROM_RATTLED = replace(RELAXED, max_steps=300, force=0.05)
FEW = 10  # materials of a family, below which it tells no spread
EFFORT = Dynamics(picoseconds=4.0, equilibration_ps=0.8, max_atoms=120)


def main() -> None:
    """Run what is lacking, then print what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", choices=tuple(STRUCTURES), action="append", default=[])
    parser.add_argument("--potential", choices=tuple(POTENTIALS), default="chgnet")
    given = parse(parser)
    torch.set_num_threads(1)
    for name in given.run:
        simulate(name, given.potential)
    for name in STRUCTURES:
        report(name, given.potential)


def simulate(name: str, potential: str) -> None:
    """Runs of one conductor, the hottest first."""
    calculator = load_calculator(POTENTIALS[potential])
    source, temperatures, length, picoseconds = STRUCTURES[name]
    effort = replace(EFFORT, min_length=length, picoseconds=picoseconds)
    if name.endswith(HALF):
        start = half_exchanged(structure_of(source), effort)
    else:
        start = dynamics.supercell(relax(structure_of(source), calculator, RELAXED).crystal, effort)
    cell = dynamics.atoms_of(relax(dynamics.rattled(start, effort), calculator, FROM_RATTLED).crystal)
    print(name, cell.get_chemical_formula(), cell.cell.lengths().round(2), flush=True)
    for kelvin in reversed(temperatures):
        found = dynamics.run(cell, calculator, kelvin, effort, folder_of(potential, name) / f"{kelvin:.0f}K.npz", 1e6)
        print(f"  {kelvin:g} K: {found.picoseconds:.1f} ps in {found.seconds:.0f} s", flush=True)


def half_exchanged(crystal: Crystal, effort: Dynamics) -> Atoms:
    """Two cells of an argyrodite with one Cl in the place of one free S."""
    cell = make_supercell(dynamics.supercell(crystal, effort), [[0, -1, 0], [-1, 0, 0], [1, 0, -2]])
    to_p = cell.get_all_distances(mic=True)[:, cell.numbers == ATOMIC_NUMBER["P"]].min(axis=1)
    free = np.flatnonzero((cell.numbers == ATOMIC_NUMBER["S"]) & (to_p > 2.6))
    chlorine = np.flatnonzero(cell.numbers == ATOMIC_NUMBER["Cl"])
    cell.numbers[[free[0], chlorine[0]]] = ATOMIC_NUMBER["Cl"], ATOMIC_NUMBER["S"]
    return cell


def report(name: str, potential: str) -> None:
    """Conductivity of each run beside the measured one, which is brought to its temperature by the measured energy."""
    sigma, activation = measured(name)
    found, density = [], float("nan")
    for path in sorted(folder_of(potential, name).glob("*K.npz"), key=lambda p: float(p.stem[:-1])):
        run_there, kelvin = trajectory.read(path), float(path.stem[:-1])
        if run_there is None or run_there.picoseconds < SHORTEST:
            continue
        one = diffusivity(run_there, kelvin, EFFORT.equilibration_ps)
        density = float((run_there.numbers == 3).sum()) / (run_there.volume * 1e-24)
        low, middle, high = (conductivity(d, density, kelvin) for d in one.tracer)
        # sigma T follows Arrhenius' law
        there = sigma * (298.15 / kelvin) * 10.0 ** float(decades_gained(activation, kelvin - 273.15, 25.0))
        # an upper bound is compared with nothing: below it every measurement agrees
        said = (
            f"at most {conductivity(one.at_most, density, kelvin):.2g} S/cm, measured {there:.2g}"
            if one.is_bound
            else f"{middle:.2g} ({low:.2g} to {high:.2g}) S/cm, measured {there:.2g}, {np.log10(middle / there):+.2f} "
            f"decades; Haven ratio {one.haven_ratio:.1f}"
        )
        print(
            f"{name} {kelvin:.0f} K, {run_there.picoseconds:.1f} ps, {len(run_there.numbers)} atoms: {said}; "
            f"{one.hops:.0f} hops, exponent {one.exponent:.2f} +- {one.exponent_std:.2f}; "
            f"{run_there.seconds / 60.0:.0f} min {one.warning}"
        )
        found.append(one)
    if not found:
        return
    for prior in (None, prior_of(name)):
        held = f"{name}, prior {prior.mean:.2f} +- {prior.std:.2f} eV" if prior else name
        try:
            result = transport(found, density, prior)
        except InputError as error:
            print(f"{held}: {error}")
            continue
        print(
            f"{held}: {result.activation_energy:.2f} +- {result.activation_std:.2f} eV (measured {activation:.2f}), "
            f"10^({result.conductivity:.2f} +- {result.conductivity_std:.2f}) S/cm at 25 degree C (measured "
            f"{sigma:.1g}, {result.conductivity - np.log10(sigma):+.2f} decades), "
            f"{result.n_temperatures} temperatures, {result.n_bounds} upper bounds, "
            f"share of the prior {result.prior_share:.0%}"
        )


def prior_of(name: str) -> Prior:
    """Activation energy that a material of this family has, by the others of it."""
    own = Composition(name.split()[0])
    by_material: dict[str, list[float]] = {}
    for row in reported(("activation_energy",)):
        composition = row.candidate.composition
        if row.is_calculated or row.refusal or composition is None or "Li" not in composition:
            continue
        if composition.fractional_composition != own.fractional_composition:
            by_material.setdefault(composition.reduced_formula, []).append(row.value)
    family = recognise_family(own)
    of_family = [x for formula, x in by_material.items() if recognise_family(Composition(formula)) == family]
    known = np.array([np.median(x) for x in (of_family if len(of_family) >= FEW else by_material.values())])
    print(f"{name}: prior by {len(known)} {family if len(of_family) >= FEW else 'lithium'} compounds")
    return Prior(float(known.mean()), float(known.std(ddof=1)))


def measured(name: str) -> tuple[float, float]:
    """Median conductivity at 25 degree C (S/cm) and activation energy (eV) of every source here."""
    wanted = Composition(name.split()[0]).fractional_composition
    rows = [
        row
        for row in reported(("ionic_conductivity", "activation_energy"))
        if not row.is_calculated and not row.refusal
        if row.candidate.composition is not None and row.candidate.composition.fractional_composition == wanted
    ]
    sigma = [
        r.value for r in rows if r.property == "ionic_conductivity" and abs((r.temperature_c or 25.0) - 25.0) < 6.0
    ]
    energies = [row.value for row in rows if row.property == "activation_energy"] or ACTIVATION.get(name, [np.nan])
    return float(10.0 ** np.median(sigma)), float(np.median(energies))


def folder_of(potential: str, name: str) -> Path:
    """Where runs are kept."""
    return cache_dir() / "diffusion" / potential / name


def structure_of(source: str) -> Crystal:
    """Ordered structure of a conductor."""
    if source.startswith("prototype "):
        wanted = source.removeprefix("prototype ")
        found = next(c for c in PROTOTYPES.load().candidates if wanted in c.candidate_id)
        assert found.crystal is not None
        return ordered_state(found.crystal)
    found = next(c for c in SNAPSHOT.pool().candidates if c.candidate_id == source)
    assert found.crystal is not None
    return found.crystal


if __name__ == "__main__":
    run(main)
