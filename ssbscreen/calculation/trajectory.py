"""A trajectory at one temperature: what is kept of it, and how far it has come."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from ssbscreen.files.writing import write_arrays

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trajectory:
    """Positions of all atoms in a cell of fixed shape, and the state from which the run goes on.

    Attributes:
        cell: angstrom, rows are the vectors.  # (3, 3)
        numbers: atomic numbers.  # (n_atoms,)
        positions: Cartesian, never folded back into the cell, angstrom; the first frame is the start.
            # (n_frames, n_atoms, 3)
        energy: potential energy at each frame, eV.  # (n_frames,)
        kinetic_k: kinetic temperature at each frame, K.  # (n_frames,)
        frame_fs: time between two frames.
        momenta: at the last frame, ASE's units.  # (n_atoms, 3)
        last: positions at the last frame in double precision.  # (n_atoms, 3)
        seconds: of processor time so far.
    """

    cell: np.ndarray
    numbers: np.ndarray
    positions: np.ndarray
    energy: np.ndarray
    kinetic_k: np.ndarray
    frame_fs: float
    momenta: np.ndarray
    last: np.ndarray
    seconds: float

    @property
    def n_frames(self) -> int:
        """Frames kept, the start included."""
        return len(self.positions)

    @property
    def picoseconds(self) -> float:
        """Time since the start."""
        return (self.n_frames - 1) * self.frame_fs * 1e-3

    @property
    def volume(self) -> float:
        """Of the cell, cubic angstrom."""
        return abs(float(np.linalg.det(self.cell)))

    def after(self, picoseconds: float) -> np.ndarray:
        """Positions from a time on, the motion of the framework's centre not taken out.  # (n, n_atoms, 3)"""
        return self.positions[round(picoseconds * 1e3 / self.frame_fs) :]


def keep(trajectory: Trajectory, path: Path) -> None:
    """Write a trajectory, whole or not at all."""
    write_arrays({name: np.asarray(value) for name, value in vars(trajectory).items()}, path, is_compressed=True)


def read(path: Path) -> Trajectory | None:
    """A trajectory as far as it has come; None when there is none or the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        frame_fs, seconds = float(arrays.pop("frame_fs")), float(arrays.pop("seconds"))
        return Trajectory(**arrays, frame_fs=frame_fs, seconds=seconds)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, EOFError, BadZipFile) as error:
        log.warning("%s cannot be read (%s); the run starts anew", path, error)
        return None
