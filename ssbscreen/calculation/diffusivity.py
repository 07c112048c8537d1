"""Diffusion coefficients of a trajectory, of single ions and of their charge, and whether the trajectory is worth one.

Slope and covariance of the mean squared displacement are estimated by kinisi, the error by the number of hops where
that is larger. What does not diffuse long enough gives an upper bound and no value.
"""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ssbscreen.calculation.displacement import displacement, hops, log_error, most_diffusion, why_no_line
from ssbscreen.calculation.trajectory import Trajectory
from ssbscreen.core.constants import Z90
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError

MELTED = 1.5  # angstrom, root mean square shift of the framework's mean sites from the first to the last third
_DRIFTS = 4.0  # standard errors of the mean energy between the halves of a run
_LEAST_DRIFT = 0.002  # eV/atom; a smaller one changes no diffusion
_N_BLOCKS = 5  # of each half
_LEVELS = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Diffusivity:
    """Diffusion at one temperature.

    Attributes:
        kelvin: temperature asked for.
        mean_kelvin: kinetic temperature of the averaged part.
        tracer: of single ions, cm2/s: 5th, 50th and 95th percentile.
        charge: of the centre of all ions, as the conductivity takes it, cm2/s: the same.
        picoseconds: averaged over.
        msd: mean squared displacement at half of that time, square angstrom.
        framework_shift: of the mean sites of all other atoms, angstrom.
        energy_drift: from the first to the second half, eV/atom.
        warning: why the value is not to be trusted; empty where nothing speaks against it.
        hops: of all ions, that the tracer's diffusion makes.
        exponent, exponent_std: of the growth of the mean squared displacement, 1 where it is linear, and its error.
        at_most: upper bound of the tracer's coefficient where it is too slow for a value, cm2/s; NaN elsewhere.
    """

    kelvin: float
    mean_kelvin: float
    tracer: tuple[float, float, float]
    charge: tuple[float, float, float]
    picoseconds: float
    msd: float
    framework_shift: float
    energy_drift: float
    warning: str = ""
    hops: float = float("nan")
    exponent: float = float("nan")
    exponent_std: float = float("nan")
    at_most: float = float("nan")

    @property
    def is_bound(self) -> bool:
        """Whether it says no more than how slow diffusion is at least."""
        return math.isfinite(self.at_most)

    @property
    def counts(self) -> bool:
        """Whether it enters an activation energy."""
        return not self.warning

    @property
    def haven_ratio(self) -> float:
        """Tracer over charge, medians."""
        return self.tracer[1] / self.charge[1]


def diffusivity(trajectory: Trajectory, kelvin: float, equilibration_ps: float, ion: str = "Li") -> Diffusivity:
    """Diffusion of one kind of ion against the framework of all other atoms.

    Args:
        trajectory: finished.
        kelvin: temperature that was asked for.
        equilibration_ps: left out at the start.
        ion: symbol.

    Raises:
        InputError: no such ion, no framework, or too short a trajectory.
    """
    is_ion = trajectory.numbers == ATOMIC_NUMBER[ion]
    positions = trajectory.after(equilibration_ps).astype(np.float64)
    if not is_ion.any() or is_ion.all():
        raise InputError(f"needs {ion} and a framework beside it; there are {int(is_ion.sum())} of {len(is_ion)} atoms")
    if len(positions) < 4 * _N_BLOCKS:
        raise InputError(
            f"{len(positions)} frames after {equilibration_ps:g} ps are too few for a diffusion coefficient; give "
            "longer runs"
        )
    positions -= positions[:, ~is_ion].mean(axis=1, keepdims=True)
    picoseconds, n_ions = (len(positions) - 1) * trajectory.frame_fs * 1e-3, int(is_ion.sum())
    moved = displacement(positions[:, is_ion])
    tracer, charge = _by_kinisi(trajectory, positions, ion, moved.lags, moved.first)
    n_hops = hops(tracer[1], n_ions, picoseconds)
    shift, drift = _framework_shift(positions[:, ~is_ion]), _energy_drift(trajectory, equilibration_ps)
    warning, at_most = _unsteady(shift, drift), float("nan")
    if not warning and (warning := why_no_line(moved, n_hops, picoseconds, ion)) and not moved.speeds_up:
        at_most = max(tracer[2], most_diffusion(n_hops, n_ions, picoseconds))
    return Diffusivity(
        kelvin,
        float(trajectory.kinetic_k[-len(positions) :].mean()),
        _widened(tracer, log_error(n_hops)),
        charge,
        picoseconds,
        float(moved.msd[-1]),
        shift,
        drift[0],
        warning,
        n_hops,
        *moved.exponent(),
        at_most,
    )


def _widened(percentiles: tuple[float, float, float], error: float) -> tuple[float, float, float]:
    """Percentiles at least as far apart as an error of ln D makes them."""
    low, middle, high = percentiles
    return min(low, middle * math.exp(-Z90 * error)), middle, max(high, middle * math.exp(Z90 * error))


def _by_kinisi(
    trajectory: Trajectory, positions: np.ndarray, ion: str, lags: np.ndarray, first: int
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Percentiles of the tracer's and the charge's diffusion coefficient, cm2/s, by displacements over `lags` frames.

    Source: A. R. McCluskey et al., J. Chem. Theory Comput. 21, 79 (2025), 10.1021/acs.jctc.4c01249.
    """
    import scipp as sc
    from ase import Atoms
    from kinisi.analyze import DiffusionAnalyzer, JumpDiffusionAnalyzer

    frames = [Atoms(trajectory.numbers, positions=p, cell=trajectory.cell, pbc=True) for p in positions]
    frame_ps = trajectory.frame_fs * 1e-3
    given = {
        "specie": ion,
        "time_step": sc.scalar(frame_ps, unit="ps"),
        "step_skip": sc.scalar(1, unit="dimensionless"),
        "dt": sc.array(dims=["time interval"], values=lags * frame_ps, unit="ps"),
        "progress": False,
    }
    start = sc.scalar((lags[first] - 0.5) * frame_ps, unit="ps")
    with contextlib.redirect_stderr(io.StringIO()), _own_random_numbers():
        tracer = DiffusionAnalyzer.from_ase(frames, **given)
        tracer.diffusion(start, progress=False, random_state=np.random.RandomState(0))
        charge = JumpDiffusionAnalyzer.from_ase(frames, **given)
        charge.jump_diffusion(start, progress=False, random_state=np.random.RandomState(0))
    low, middle, high = (float(x) for x in np.quantile(tracer.D.values, _LEVELS))
    of_charge = tuple(float(x) for x in np.quantile(charge.D_J.values, _LEVELS))
    return (low, middle, high), (of_charge[0], of_charge[1], of_charge[2])


@contextlib.contextmanager
def _own_random_numbers() -> Iterator[None]:
    """Give numpy's global generator back as it was: kinisi seeds it."""
    state = np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _framework_shift(positions: np.ndarray) -> float:
    """Root mean square distance of the mean sites of the first and the last third, angstrom."""
    third = max(1, len(positions) // 3)
    shift = positions[-third:].mean(axis=0) - positions[:third].mean(axis=0)
    return float(np.sqrt((shift**2).sum(axis=-1).mean()))


def _energy_drift(trajectory: Trajectory, equilibration_ps: float) -> tuple[float, float]:
    """Difference of the mean energies of both halves, eV/atom, and its standard error from means of blocks."""
    energy = trajectory.energy[round(equilibration_ps * 1e3 / trajectory.frame_fs) :] / len(trajectory.numbers)
    halves = [np.array([b.mean() for b in np.array_split(half, _N_BLOCKS)]) for half in np.array_split(energy, 2)]
    error = float(np.sqrt(sum(half.var(ddof=1) / _N_BLOCKS for half in halves)))
    return float(halves[1].mean() - halves[0].mean()), error


def _unsteady(shift: float, drift: tuple[float, float]) -> str:
    """Why a trajectory is none of the crystal at rest; empty where it is."""
    if shift > MELTED:
        return f"the framework melts or changes: its mean sites move by {shift:.1f} angstrom"
    if abs(drift[0]) > max(_DRIFTS * drift[1], _LEAST_DRIFT):
        return f"the energy still drifts by {1e3 * drift[0]:+.1f} meV/atom between the halves; give a longer run"
    return ""
