"""Relaxed cell and elastic tensor of a crystal by any ASE calculator: strain it, relax the ions, read the stress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.physics.elastic_tensor import fit_tensor, independent_strains, least_stiffness, strain_matrix

if TYPE_CHECKING:
    from ase import Atoms

SYMMETRY_TOLERANCE = 0.01  # angstrom, within which the input and the relaxed cell count as symmetric


@dataclass(frozen=True)
class Effort:
    """How far a calculation goes.

    Attributes:
        max_atoms: of the primitive cell.
        max_seconds: of processor time, for one candidate.
        max_steps: of the relaxation of the cell and of each relaxation of the ions.
        force: largest force on an ion at the end, eV/angstrom.
        stress: largest stress of the relaxed cell, GPa.
        strain: largest strain, applied with both signs.
        max_volume_change: beyond which the relaxed cell is another structure, share of the given volume.
        max_shift: of an ion under strain, angstrom, beyond which the crystal has left its structure.
    """

    max_atoms: int = 40
    max_seconds: float = 300.0
    max_steps: int = 200
    force: float = 0.005
    stress: float = 0.05
    strain: float = 0.01
    max_volume_change: float = 0.3
    max_shift: float = 0.5


@dataclass(frozen=True)
class Relaxed:
    """A primitive cell at rest.

    Attributes:
        crystal: relaxed.
        energy: eV/atom, on the scale of the calculator.
        volume: cubic angstrom/atom.
        volume_change: relative to the given cell.
        space_group: international number of the relaxed cell.
        n_calls: forces computed.
    """

    crystal: Crystal
    energy: float
    volume: float
    volume_change: float
    space_group: int
    n_calls: int


@dataclass(frozen=True)
class Elastic:
    """An elastic tensor with ions relaxed.

    Attributes:
        tensor: symmetric, GPa.  # (6, 6)
        asymmetry: of the fitted tensor before it was made symmetric, relative.
        least_stiffness: smallest eigenvalue, GPa, above 0.
        n_strains: patterns that symmetry left, each with both signs.
        n_calls: forces computed.
    """

    tensor: np.ndarray
    asymmetry: float
    least_stiffness: float
    n_strains: int
    n_calls: int


class _Clock:
    """Ends a calculation that takes too long, between two steps.

    Processor time, so that what comes out does not depend on what else the machine does.
    """

    def __init__(self, seconds: float) -> None:
        self._end, self._seconds, self.n_calls = time.process_time() + seconds, seconds, 0

    def __call__(self) -> None:
        self.n_calls += 1
        if time.process_time() > self._end:
            raise InputError(
                f"took longer than {self._seconds:g} s of processor time; raise max_seconds or give a smaller cell"
            )


def check_crystal(crystal: Crystal | None, effort: Effort) -> None:
    """Say why a crystal cannot be calculated.

    Raises:
        InputError: no structure, disorder, sites too close, or a primitive cell that is too large.
    """
    if crystal is None:
        raise InputError("has no crystal structure; give one (CIF or other file)")
    if not crystal.is_ordered:
        raise InputError("is disordered; give an ordered approximant, a potential knows no partial occupancy")
    if len(crystal.frac) > effort.max_atoms and (n := len(primitive(crystal)[1])) > effort.max_atoms:
        raise InputError(f"has {n} atoms in its primitive cell, {effort.max_atoms} are allowed; raise max_atoms")


def check_change(change: float, effort: Effort) -> None:
    """Refuse a relaxed cell that is another structure.

    Raises:
        InputError: its volume changed by more than `max_volume_change`.
    """
    if not abs(change) <= effort.max_volume_change:
        raise InputError(
            f"its volume changes by {change:+.0%} on relaxation; the potential does not hold this structure"
        )


def primitive(crystal: Crystal) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors, fractional coordinates and atomic numbers of the primitive cell, in the orientation it was given."""
    import spglib

    cell: Any = (crystal.lattice, crystal.frac, crystal.occupant_z)
    found = spglib.standardize_cell(cell, to_primitive=True, no_idealize=True, symprec=SYMMETRY_TOLERANCE)
    lattice, frac, numbers = found if found is not None else cell
    return np.array(lattice, float), np.array(frac, float), np.array(numbers)


def point_group(lattice: np.ndarray, frac: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, int]:
    """Rotations of a crystal as orthogonal matrices, (n, 3, 3), and its space group; identity where none is found."""
    import spglib

    cell: Any = (lattice, frac, numbers)
    found = spglib.get_symmetry_dataset(cell, symprec=SYMMETRY_TOLERANCE)
    if found is None:
        return np.eye(3)[None], 1
    integer = np.unique(found.rotations, axis=0)
    columns = np.asarray(lattice).T
    turned = columns @ integer @ np.linalg.inv(columns)
    left, _, right = np.linalg.svd(turned)  # nearest orthogonal matrices: the cell is symmetric to a tolerance only
    return left @ right, int(found.number)


def relax(crystal: Crystal, calculator: Any, effort: Effort) -> Relaxed:
    """Relax cell and ions of the primitive cell.

    Raises:
        InputError: it does not converge, takes too long, or becomes another structure.
    """
    from ase import Atoms, units
    from ase.filters import FrechetCellFilter
    from ase.optimize.cellawarebfgs import CellAwareBFGS

    lattice, frac, numbers = primitive(crystal)
    atoms = Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True)
    atoms.calc = calculator
    clock, before = _Clock(effort.max_seconds), atoms.get_volume()
    whole: Any = FrechetCellFilter(atoms, exp_cell_factor=1.0)  # ASE's annotations know plain atoms only
    no_log: Any = None
    optimizer = CellAwareBFGS(whole, alpha=70.0, logfile=no_log)
    optimizer.attach(clock)
    if not optimizer.run(fmax=effort.force, smax=effort.stress * units.GPa, steps=effort.max_steps):
        raise InputError(f"its cell does not come to rest in {effort.max_steps} steps")
    change = atoms.get_volume() / before - 1.0
    check_change(change, effort)
    relaxed = Crystal.ordered(np.array(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)
    _, space_group = point_group(relaxed.lattice, relaxed.frac, relaxed.occupant_z)
    return Relaxed(
        relaxed,
        float(atoms.get_potential_energy()) / len(atoms),
        atoms.get_volume() / len(atoms),
        change,
        space_group,
        clock.n_calls,
    )


def elastic_tensor(relaxed: Crystal, calculator: Any, effort: Effort, *, is_reduced: bool = True) -> Elastic:
    """Elastic tensor by central differences of the stress, ions relaxed under every strain.

    Args:
        relaxed: cell at rest.
        calculator: of ASE, with forces and stress.
        effort: see `Effort`.
        is_reduced: leave out strains that the symmetry of the crystal makes superfluous.

    Raises:
        InputError: ions do not come to rest or leave their structure, it takes too long, or the tensor is not that
            of a stable crystal.
    """
    numbers = relaxed.occupant_z
    rotations = point_group(relaxed.lattice, relaxed.frac, numbers)[0] if is_reduced else np.eye(3)[None]
    patterns = independent_strains(rotations) if is_reduced else np.eye(6)
    strained = _Strained(relaxed, calculator, effort)
    stresses = np.array([strained.stress(pattern) for pattern in patterns])
    tensor, asymmetry = fit_tensor(effort.strain * np.array(patterns), stresses, rotations)
    lowest = least_stiffness(tensor)
    if lowest <= 0.0:
        raise InputError(f"its elastic tensor has an eigenvalue of {lowest:.1f} GPa: unstable in this potential")
    return Elastic(tensor, asymmetry, lowest, len(patterns), strained.clock.n_calls)


class _Strained:
    """A crystal under strain; what one strain has taught of the curvature is used for the next."""

    def __init__(self, relaxed: Crystal, calculator: Any, effort: Effort) -> None:
        self.clock = _Clock(effort.max_seconds)
        self._relaxed, self._calculator, self._effort = relaxed, calculator, effort
        self._curvature: np.ndarray | None = None

    def stress(self, pattern: np.ndarray) -> np.ndarray:
        """Half the difference of the stresses under both signs of a strain pattern, GPa.  # (6,)"""
        shift = np.zeros_like(self._relaxed.frac)
        ahead, shift = self._one(self._effort.strain * pattern, shift)
        # to first order the ions go the other way under the other sign
        back, _ = self._one(-self._effort.strain * pattern, -shift)
        return 0.5 * (ahead - back)

    def _one(self, strain: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stress (GPa) with the ions at rest, and how far they moved (angstrom) from where the strain puts them."""
        from ase import Atoms, units

        relaxed, effort = self._relaxed, self._effort
        cell = relaxed.lattice @ (np.eye(3) + strain_matrix(strain))
        atoms = Atoms(numbers=relaxed.occupant_z, scaled_positions=relaxed.frac, cell=cell, pbc=True)
        before = atoms.get_positions()
        atoms.set_positions(before + start)
        atoms.calc = self._calculator
        self._curvature = _rest(atoms, self._curvature, effort, self.clock)
        shift = atoms.get_positions() - before
        moved = float(np.linalg.norm(shift - shift.mean(axis=0), axis=1).max())
        if moved > effort.max_shift:
            raise InputError(
                f"an ion moves by {moved:.2f} angstrom under a strain of {effort.strain:.1%}; the "
                "crystal leaves its structure"
            )
        return atoms.get_stress(voigt=True) / units.GPa, shift


def _rest(atoms: Atoms, curvature: np.ndarray | None, effort: Effort, clock: Callable[[], None]) -> np.ndarray | None:
    """Bring the ions to rest in a fixed cell; returns what was learned of the curvature, for the next strain."""
    from ase.optimize import BFGS

    optimizer = BFGS(atoms, logfile=None)
    if curvature is not None:
        optimizer.H0 = curvature
    optimizer.attach(clock)
    if not optimizer.run(fmax=effort.force, steps=effort.max_steps):
        raise InputError(f"its ions do not come to rest under strain in {effort.max_steps} steps")
    return curvature if optimizer.state is None else np.array(optimizer.H)
