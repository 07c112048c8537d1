"""The steps of a refinement, each from a crystal and settings to one typed result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ssbscreen.calculation import dynamics
from ssbscreen.calculation.calculated import Calculated, calculate
from ssbscreen.calculation.diffusivity import Diffusivity, diffusivity
from ssbscreen.calculation.kept import name_of
from ssbscreen.calculation.orderings import difference, mix, orderings
from ssbscreen.calculation.phonons import Phonons, phonons
from ssbscreen.calculation.potentials import Potential
from ssbscreen.calculation.refine_settings import RefineSettings
from ssbscreen.calculation.straining import Effort, check_crystal
from ssbscreen.calculation.transport import transport
from ssbscreen.calculation.workbench import Workbench
from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import InputError

ION = "Li"
_RATTLED_FORCE = 0.05  # eV/angstrom, at which a rattled supercell is at rest: it is about to be heated
_RATTLED_STEPS = 300


@dataclass(frozen=True)
class Ordered:
    """Orderings of a crystal at rest.

    Attributes:
        crystal: record of the one of least energy.
        energies: of each that came to rest, eV/atom.
        weights: of Boltzmann at the temperature of annealing.
        energy: mean with these weights, eV/atom.
        free_energy: at 25 degree C, the frozen disorder's entropy in it, eV/atom.
        free_std: half of what the limits of the entropy differ by, eV/atom.
        entropy_found, entropy_ideal: limits of the entropy per atom, units of Boltzmann's constant.
        anneal_c: degree C.
        n_failed: orderings that did not come to rest.
        seconds: of processor time.
        rounded: largest difference of an atomic fraction from the disordered crystal.
    """

    crystal: dict[str, Any]
    energies: tuple[float, ...]
    weights: tuple[float, ...]
    energy: float
    free_energy: float
    free_std: float
    entropy_found: float
    entropy_ideal: float
    anneal_c: float
    n_failed: int
    seconds: float
    rounded: float = 0.0


@dataclass(frozen=True)
class Diffusion:
    """Molecular dynamics of one candidate.

    Attributes:
        n_atoms: of the supercell.
        runs: records of `Diffusivity`.
        activation_energy, activation_std: eV.
        conductivity, conductivity_std: log10 of S/cm at 25 degree C, and decades.
        haven_ratio: of short runs no more than a hint.
        n_temperatures: that counted.
        seconds: of processor time.
        reason: why there is no conductivity; empty where there is one.
        prior_share: of the activation energy, how much of it was held before the runs.
        n_bounds: temperatures that gave an upper bound only.
    """

    n_atoms: int
    runs: tuple[dict[str, Any], ...]
    activation_energy: float
    activation_std: float
    conductivity: float
    conductivity_std: float
    haven_ratio: float
    n_temperatures: int
    seconds: float
    reason: str = ""
    prior_share: float = 0.0
    n_bounds: int = 0

    def at(self) -> tuple[Diffusivity, ...]:
        """Diffusion at each temperature."""
        return tuple(_read_run(run) for run in self.runs)


def _read_run(record: dict[str, Any]) -> Diffusivity:
    plain: dict[str, Any] = {key: tuple(x) if isinstance(x, list) else x for key, x in record.items()}
    return Diffusivity(**plain)


def check_size(crystal: Crystal, given: RefineSettings) -> None:
    """Say why a crystal is not calculated, without calculating anything: what the step `order` or `relax` would say.

    Raises:
        InputError: whole atoms do not give its composition in a cell of the size allowed, or its cell is too large.
    """
    check_crystal(orderings(crystal, 1, given.order.max_atoms)[0], given.relax.effort())


def orderings_of(crystal: Crystal, given: RefineSettings) -> tuple[Crystal, ...]:
    """Orderings that are tried.

    Raises:
        InputError: whole atoms do not give its composition.
    """
    return orderings(crystal, given.order.n_orderings, given.order.max_atoms)


def order_effort(given: RefineSettings) -> Effort:
    """How far orderings are relaxed."""
    return given.relax.effort(given.order.max_atoms)


def order(crystal: Crystal, anneal_c: float, bench: Workbench, potential: Potential, given: RefineSettings) -> Ordered:
    """Orderings at rest; an ordered crystal is its own.

    Raises:
        InputError: whole atoms do not give the composition, or no ordering comes to rest.
    """
    begin = time.process_time()
    effort, tried = order_effort(given), orderings_of(crystal, given)
    if crystal.is_ordered:
        return Ordered(crystal.to_record(), (), (1.0,), float("nan"), float("nan"), 0.0, 0.0, 0.0, anneal_c, 0, 0.0)
    found = [bench.at_rest(one, potential, effort) for one in tried]
    rested = [one for one in found if not one.reason]
    if not rested:
        raise InputError(f"none of {len(tried)} orderings comes to rest; the first: {found[0].reason}")
    energies = np.array([one.energy for one in rested])
    record = rested[int(energies.argmin())].crystal
    assert record is not None
    mixture = mix(energies, tried[0].n_atoms, crystal, anneal_c)
    free, doubt = mixture.free_energy(ROOM_TEMPERATURE_C)
    return Ordered(
        record,
        tuple(energies.tolist()),
        tuple(mixture.weights.tolist()),
        mixture.energy,
        free,
        doubt,
        mixture.entropy_found,
        mixture.entropy_ideal,
        anneal_c,
        len(found) - len(rested),
        time.process_time() - begin,
        difference(tried[0], crystal),
    )


def soft_modes(crystal: Crystal, bench: Workbench, potential: Potential, given: RefineSettings) -> Phonons:
    """Phonons of a crystal at rest."""
    part = given.phonons
    return phonons(
        crystal,
        bench.calculator(potential),
        min_length=part.min_length,
        max_atoms=part.max_atoms,
        max_seconds=part.max_seconds,
    )


def stiffness(crystal: Crystal, bench: Workbench, potential: Potential, given: RefineSettings) -> Calculated:
    """Elastic tensor of a crystal at rest.

    Raises:
        InputError: it is not that of a stable crystal, or takes too long.
    """
    part = given.elastic
    found = calculate(
        crystal, bench.calculator(potential), Effort(max_atoms=part.max_atoms, max_seconds=part.max_seconds)
    )
    if found.reason or found.tensor is None:
        raise InputError(found.reason or found.tensor_reason)
    return found


def _at_rest(crystal: Crystal, bench: Workbench, potential: Potential, effort: Effort) -> Crystal:
    """A crystal relaxed by a potential.

    Raises:
        InputError: it does not come to rest.
    """
    rested = bench.at_rest(crystal, potential, effort)
    if rested.reason:
        raise InputError(f"by {potential.title}: {rested.reason}")
    assert rested.crystal is not None
    return Crystal.from_record(rested.crystal)


def diffuse(
    crystal: Crystal, bench: Workbench, potential: Potential, given: RefineSettings, seed: int = 0
) -> Diffusion:
    """Molecular dynamics of a crystal, relaxed by the potential of the runs: its cell, then the rattled supercell.

    Raises:
        Unfinished: the time is over; the runs go on when called again.
        InputError: no lithium, too large a supercell, or atoms that fly apart.
    """
    if ATOMIC_NUMBER[ION] not in crystal.occupant_z:
        raise InputError(f"holds no {ION}, whose diffusion is computed")
    effort = given.diffusion.dynamics(bool((crystal.occupant_z == 1).any()), seed)
    cell = dynamics.supercell(_at_rest(crystal, bench, potential, given.relax.effort()), effort)
    loose = given.relax.effort(effort.max_atoms)
    loose = replace(loose, force=max(loose.force, _RATTLED_FORCE), max_steps=max(loose.max_steps, _RATTLED_STEPS))
    cell = dynamics.atoms_of(_at_rest(dynamics.rattled(cell, effort), bench, potential, loose))
    settings: Mapping[str, Any] = {k: v for k, v in asdict(effort).items() if k != "temperatures_k"}
    found, seconds = [], 0.0
    for kelvin in sorted(effort.temperatures_k, reverse=True):
        name = name_of(crystal=crystal, weights=potential.sha256, effort=settings, kelvin=kelvin)
        path = bench.folder / "diffusion" / f"{name}.npz"
        run = dynamics.run(cell, bench.calculator(potential), kelvin, effort, path, 3600.0 * given.diffusion.max_hours)
        found.append(diffusivity(run, kelvin, effort.equilibration_ps, ION))
        seconds += run.seconds
    runs = tuple(asdict(one) for one in found)
    n_ions = int((cell.numbers == ATOMIC_NUMBER[ION]).sum())
    try:
        result = transport(found, n_ions / (cell.get_volume() * 1e-24), given.diffusion.prior())
    except InputError as error:
        nan = float("nan")
        return Diffusion(len(cell), runs, nan, nan, nan, nan, nan, 0, seconds, str(error))
    found_values: dict[str, Any] = asdict(result)
    return Diffusion(len(cell), runs, **found_values, seconds=seconds)
