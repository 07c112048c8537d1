"""Lithium conductors whose diffusion is known: what is run, what was measured and what others computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms
from pydantic import BaseModel, ConfigDict, Field
from pymatgen.core import Composition

from ssbscreen.core.constants import ZERO_CELSIUS
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.laws import decades_gained
from ssbscreen.files.yaml import read_yaml
from ssbscreen.screening.evidence.reported import reported

FILE = Path(__file__).with_name("known_conductors.yaml")
ROOM_K = 25.0 + ZERO_CELSIUS


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Measured(_Row):
    """What a paper says, in the stead of the medians of all sources here: S/cm at 25 degree C, eV."""

    conductivity: float | None = Field(default=None, gt=0.0)
    activation: float | None = Field(default=None, gt=0.0)
    cite: str


class Published(_Row):
    """Conductivity by molecular dynamics of others, S/cm, and where its activation energy (eV) holds."""

    conductivity: float = Field(gt=0.0)
    kelvin: float = Field(gt=0.0)
    activation: float | None = Field(default=None, gt=0.0)
    from_k: float = 0.0
    to_k: float = 0.0
    cite: str

    def at(self, kelvin: float) -> float | None:
        """S/cm at a temperature; None where it was not computed."""
        if self.activation is not None and self.from_k <= kelvin <= self.to_k:
            return brought(self.conductivity, self.activation, self.kelvin, kelvin)
        return self.conductivity if kelvin == self.kelvin else None


class Conductor(_Row):
    """One conductor and its runs; `known_conductors.yaml` explains each key."""

    name: str
    formula: str
    structure: str
    exchange: float = Field(default=0.0, ge=0.0, le=1.0)
    min_length: float = Field(gt=0.0)
    runs: dict[float, float]
    step_fs: float = 2.0
    measured: Measured | None = None
    published: tuple[Published, ...] = ()

    def known(self) -> tuple[float, float]:
        """Measured conductivity at 25 degree C (S/cm) and activation energy (eV)."""
        sigma, activation = medians(self.formula)
        if self.measured:
            return self.measured.conductivity or sigma, self.measured.activation or activation
        return sigma, activation

    def measured_at(self, kelvin: float) -> float:
        """Measured conductivity brought to a temperature by the measured activation energy, S/cm."""
        return brought(*self.known(), ROOM_K, kelvin)

    def published_at(self, kelvin: float) -> tuple[float, str] | None:
        """What others computed at a temperature, S/cm, and where it stands."""
        found = [(value, one.cite) for one in self.published if (value := one.at(kelvin)) is not None]
        return found[0] if found else None


def conductors(path: Path = FILE) -> dict[str, Conductor]:
    """All of them by name, in the order of the file."""
    return {one.name: one for one in read_yaml(path, tuple[Conductor, ...])}


def brought(conductivity: float, activation: float, from_k: float, to_k: float) -> float:
    """A conductivity at another temperature: sigma T follows Arrhenius' law."""
    gained = decades_gained(activation, to_k - ZERO_CELSIUS, from_k - ZERO_CELSIUS)
    return conductivity * from_k / to_k * 10.0 ** float(gained)


def medians(formula: str) -> tuple[float, float]:
    """Median conductivity at 25 degree C (S/cm) and activation energy (eV) of every source here; NaN without one."""
    wanted = Composition(formula).fractional_composition
    rows = [
        row
        for row in reported(("ionic_conductivity", "activation_energy"))
        if not row.is_calculated and not row.refusal
        if row.candidate.composition is not None and row.candidate.composition.fractional_composition == wanted
    ]
    sigma = [
        r.value for r in rows if r.property == "ionic_conductivity" and abs((r.temperature_c or 25.0) - 25.0) < 6.0
    ]
    energies = [row.value for row in rows if row.property == "activation_energy"]
    return float(10.0 ** np.median(sigma)) if sigma else np.nan, float(np.median(energies)) if energies else np.nan


def exchanged(cell: Atoms, share: float) -> Atoms:
    """An argyrodite in which a share of the halide ions has changed places with as many free S."""
    to_p = cell.get_all_distances(mic=True)[:, cell.numbers == ATOMIC_NUMBER["P"]].min(axis=1)
    free = np.flatnonzero((cell.numbers == ATOMIC_NUMBER["S"]) & (to_p > 2.6))
    halide = np.flatnonzero(np.isin(cell.numbers, [ATOMIC_NUMBER["Cl"], ATOMIC_NUMBER["Br"]]))
    n = round(share * len(halide))
    cell.numbers[free[:n]], cell.numbers[halide[:n]] = cell.numbers[halide[:n]], ATOMIC_NUMBER["S"]
    return cell
