"""Diffusion in known lithium conductors by molecular dynamics with a pretrained potential, against published values.

`known_conductors.yaml` says which, how long, and what is known. Ordered structures of the data set `mp_crystals` (data
fetch mp_crystals) and prototypes; cells and then rattled supercells relaxed by the same potential. Runs are kept, so
that the same command goes on where it was stopped.

    python benchmarks/bench_diffusion.py --run Li7P3S11 --run Li3YBr6 --potential chgnet
    python benchmarks/bench_diffusion.py --run Li7P3S11 --kelvin 700
    python benchmarks/bench_diffusion.py --out docs/validation/diffusion.csv   # with the rows of runs that are not here

The line at 25 degree C stands without and with a prior of the activation energy: mean and standard deviation of the
measured energies of the other materials of its family, one median a material; of all lithium compounds where fewer than
ten are known.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from arguments import parse, run
from ase.io import read, write
from diffusion_scatter import (
    AGAINST,
    AT_MOST,
    CONDUCTOR,
    RUN,
    VALUE,
    Compared,
    Scatter,
    compared,
    merged,
    root_mean_square,
    scatter,
    within_a_decade,
)
from known_conductors import ROOM_K, Conductor, conductors, exchanged
from pymatgen.core import Composition

from ssbscreen.calculation import dynamics, trajectory
from ssbscreen.calculation.diffusivity import Diffusivity, diffusivity
from ssbscreen.calculation.dynamics import Dynamics
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS
from ssbscreen.calculation.straining import Effort, relax
from ssbscreen.calculation.trajectory import Trajectory
from ssbscreen.calculation.transport import Prior, conductivity, transport
from ssbscreen.core.constants import Z90, ZERO_CELSIUS
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError, unknown
from ssbscreen.core.laws import decades_per_ev
from ssbscreen.core.recognition import recognise_family
from ssbscreen.featurize.ordering import ordered_state
from ssbscreen.files.paths import cache_dir
from ssbscreen.screening.evidence.reported import reported
from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES
from ssbscreen.sources.snapshot import SOURCE as SNAPSHOT

SHORTEST = 1.4  # ps that a run has come to, below which nothing is said of it
RELAXED = Effort(max_atoms=200, max_seconds=3600.0, force=0.02, stress=0.2)
FROM_RATTLED = replace(RELAXED, max_steps=300, force=0.05)
FEW = 10  # materials of a family, below which it tells no spread
EFFORT = Dynamics(picoseconds=4.0, equilibration_ps=0.8, max_atoms=120)
STEPS_A_FRAME = 20.0  # fs, about
START = "start.extxyz"


def main() -> None:
    """Run what is lacking, then print what is there."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = conductors()
    parser.add_argument("--run", choices=tuple(known), action="append", default=[])
    parser.add_argument("--kelvin", type=float, action="append", default=[], help="of these runs alone")
    parser.add_argument("--potential", choices=tuple(POTENTIALS), default="chgnet")
    parser.add_argument("--coolest", type=float, default=750.0, help="K, run of a recipe from which 25 degree C is far")
    parser.add_argument("--out", type=Path, help="CSV of all runs")
    given = parse(parser)
    torch.set_num_threads(1)
    for name in given.run:
        simulate(known[name], given.potential, given.kelvin)
    found = [one for conductor in known.values() for one in results(conductor, given.potential)]
    for one in found:
        print(one.words())
    for conductor in known.values():
        at_room_temperature(conductor, [one for one in found if one.conductor == conductor])
    earlier = read_table(given.out) if given.out and given.out.is_file() else []
    rows = merged(earlier, [one.row() for one in found], list(known))
    say_scatter(rows, given.potential, given.coolest)
    if given.out:
        pd.DataFrame(rows).to_csv(given.out, index=False)


def simulate(conductor: Conductor, potential: str, kelvin: Sequence[float] = ()) -> None:
    """Runs of one conductor in the order of the file, or those at some temperatures, from a start that is kept.

    Raises:
        UsageError: the file has no run at one of the temperatures.
    """
    if lacking := set(kelvin) - set(conductor.runs):
        raise unknown("temperature", f"{min(lacking):g}", [f"{k:g}" for k in conductor.runs])
    calculator, folder = load_calculator(POTENTIALS[potential]), folder_of(potential, conductor.name)
    frame = conductor.step_fs * round(STEPS_A_FRAME / conductor.step_fs)
    effort = replace(EFFORT, min_length=conductor.min_length, step_fs=conductor.step_fs, frame_fs=frame)
    if not (folder / START).is_file():
        crystal = structure_of(conductor.structure)
        if conductor.exchange:
            start = exchanged(dynamics.supercell(crystal, effort), conductor.exchange)
        else:
            start = dynamics.supercell(relax(crystal, calculator, RELAXED).crystal, effort)
        folder.mkdir(parents=True, exist_ok=True)
        write(
            folder / START, dynamics.atoms_of(relax(dynamics.rattled(start, effort), calculator, FROM_RATTLED).crystal)
        )
    cell = read(folder / START)
    print(conductor.name, cell.get_chemical_formula(), cell.cell.lengths().round(2), flush=True)
    for at, picoseconds in conductor.runs.items():
        if kelvin and at not in kelvin:
            continue
        longer = replace(effort, picoseconds=picoseconds)
        found = dynamics.run(cell, calculator, at, longer, folder / f"{at:.0f}K.npz", 1e6)
        print(f"  {at:g} K: {found.picoseconds:.1f} ps in {found.seconds:.0f} s", flush=True)


@dataclass(frozen=True)
class Result:
    """One run beside what is known at its temperature."""

    conductor: Conductor
    run: Trajectory
    found: Diffusivity

    @property
    def density(self) -> float:
        """Lithium a cubic centimetre."""
        return float((self.run.numbers == 3).sum()) / (self.run.volume * 1e-24)

    def sigma(self, diffusion: float) -> float:
        """S/cm of a coefficient in cm2/s, Haven ratio 1."""
        return conductivity(diffusion, self.density, self.found.kelvin)

    @property
    def measured(self) -> float:
        """S/cm at the temperature of the run."""
        return self.conductor.measured_at(self.found.kelvin)

    def beside(self, known: float) -> Compared | None:
        """Over a known conductivity; None where the run says nothing."""
        if self.found.is_bound:
            return Compared(self.conductor.name, float(np.log10(self.sigma(self.found.at_most) / known)), 0.0, True)
        if not self.found.counts:
            return None
        low, middle, high = self.found.tracer
        std = np.log10(high / low) / (2.0 * Z90)
        return Compared(self.conductor.name, float(np.log10(self.sigma(middle) / known)), float(std), False)

    def row(self) -> dict[str, str]:
        """As the documentation shows it."""
        one, published = self.found, self.conductor.published_at(self.found.kelvin)
        low, middle, high = (f"{self.sigma(d):.2g}" for d in one.tracer)
        value = f"{AT_MOST}{self.sigma(one.at_most):.2g}" if one.is_bound else f"{middle} ({low} to {high})"
        over = [self.beside(known) for known in (self.measured, published[0] if published else np.nan)]
        return {
            CONDUCTOR: self.conductor.name,
            "atoms": str(len(self.run.numbers)),
            RUN: f"{one.kelvin:.0f} K, {self.run.picoseconds:.1f} ps",
            "hops": f"{one.hops:.0f}",
            "exponent": f"{one.exponent:.2f} +- {one.exponent_std:.2f}",
            VALUE: value if one.counts or one.is_bound else "none",
            "measured, brought there": f"{self.measured:.2g}",
            AGAINST["measured"]: _signed(over[0]),
            "dynamics of others": f"{published[0]:.2g}" if published else "",
            AGAINST["dynamics of others"]: _signed(over[1]) if published else "",
            "source": published[1] if published else "",
        }

    def words(self) -> str:
        """In a line, with the reason why it is no value."""
        row = self.row()
        return "; ".join([*(f"{k} {v}" if k != CONDUCTOR else v for k, v in row.items() if v), self.found.warning])


def _signed(over: Compared | None) -> str:
    if over is None:
        return ""
    return f"{AT_MOST if over.is_bound else ''}{over.decades:+.2f}"


def results(conductor: Conductor, potential: str) -> list[Result]:
    """Runs that are there, the coolest first."""
    found = []
    for path in sorted(folder_of(potential, conductor.name).glob("*K.npz"), key=lambda p: float(p.stem[:-1])):
        one = trajectory.read(path)
        if one is not None and one.picoseconds >= SHORTEST:
            found.append(Result(conductor, one, diffusivity(one, float(path.stem[:-1]), EFFORT.equilibration_ps)))
    return found


def at_room_temperature(conductor: Conductor, found: Sequence[Result]) -> None:
    """The line through all temperatures, without and with a prior of its slope."""
    if not found:
        return
    sigma, activation = conductor.known()
    for prior in (None, prior_of(conductor.formula)):
        held = f"{conductor.name}, prior {prior.mean:.2f} +- {prior.std:.2f} eV" if prior else conductor.name
        try:
            result = transport([one.found for one in found], found[0].density, prior)
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


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows that an earlier call wrote."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def say_scatter(rows: Sequence[Mapping[str, str]], potential: str, coolest: float) -> None:
    """Against measurements and against dynamics of others, and the noise that follows at 25 degree C."""
    sizes: dict[str, Scatter] = {}
    for name, column in AGAINST.items():
        found = [one for row in rows if (one := compared(row, column)) is not None]
        values = [one for one in found if not one.is_bound]
        if not values:
            continue
        sizes[name], near = scatter(found), within_a_decade(found)
        size = sizes[name]
        print(
            f"against {name}: {len(values)} values of {len({one.conductor for one in values})} conductors, "
            f"{len(near)} of {len({one.conductor for one in near})} within a decade, "
            f"{len(found) - len(values)} bounds; root mean square of the values {root_mean_square(found):.2f} decades, "
            f"of the potential {size.size:.2f} ({size.low:.2f} to {size.high:.2f}); mean "
            f"{np.mean([one.decades for one in values]):+.2f}"
        )
    activation = POTENTIALS[potential].noise.get("activation_energy")
    if "measured" in sizes and activation:
        way = activation * abs(decades_per_ev(coolest - ZERO_CELSIUS, ROOM_K - ZERO_CELSIUS))
        print(
            f"noise of a conductivity at 25 degree C: {np.hypot(sizes['measured'].size, way):.1f} decades, "
            f"{sizes['measured'].size:.2f} at the runs and {way:.2f} by {activation:g} eV from {coolest:g} K on"
        )


def prior_of(formula: str) -> Prior:
    """Activation energy that a material of this family has, by the others of it."""
    own = Composition(formula)
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
    print(f"{formula}: prior by {len(known)} {family if len(of_family) >= FEW else 'lithium'} compounds")
    return Prior(float(known.mean()), float(known.std(ddof=1)))


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
