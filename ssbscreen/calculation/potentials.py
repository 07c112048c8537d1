"""Pretrained potentials by name: what taught them, under which licence, how far to trust them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import util
from types import MappingProxyType

from pydantic import ConfigDict

from ssbscreen.core.errors import IntegrityError, unknown
from ssbscreen.files.paths import data_dir
from ssbscreen.files.yaml import read_yaml

ELEMENTS = "elements.csv"  # in data/potentials: energies of the elements by each potential


@dataclass(frozen=True)
class Scale:
    """Line from the logarithm of a calculated modulus to that of the labels.

    Attributes:
        offset, slope: log10(label) = offset + slope * log10(calculated), moduli in GPa.
    """

    offset: float
    slope: float

    def corrected(self, calculated: float) -> float:
        """Modulus on the scale of the labels, GPa."""
        return float(10.0 ** (self.offset + self.slope * math.log10(calculated)))


@dataclass(frozen=True)
class Potential:
    """A pretrained potential: the card of `data/potentials/<name>.yaml`.

    Attributes:
        title: with its version, as it stands in the column `method`.
        package: to import.
        weights: file below the package's folder where `origin` is empty, else the name of the file.
        licence: of package and weights.
        trained_on: data.
        name: on the command line, that of the file.
        sha256: of the weights; others are refused, since noise and elemental energies belong to these. Empty where
            nobody could compute it here, so that the user must give it.
        distribution: what pip installs, where it is named otherwise than the package.
        origin: address of weights that no package carries.
        options: words of the loader, such as the task of a potential that learned several.
        cite: DOI.
        scales: property key -> correction of its softness, by the same benchmark.
        anions: element -> eV per anion, added to formation energies from the potential's own elements so that they lie
            on the scale of the labels; from `benchmarks/fit_anion_scale.py`.
        noise: property key -> root mean square difference from density-functional labels in stored units, of the
            density as a share of it; `energy_above_hull` is that of distances to the hull, eV/atom.
        measured: what the noise rests on.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    title: str
    package: str
    weights: str
    licence: str
    trained_on: str
    name: str = ""
    sha256: str = ""
    distribution: str = ""
    origin: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    cite: str = ""
    scales: Mapping[str, Scale] = field(default_factory=dict)
    anions: Mapping[str, float] = field(default_factory=dict)
    noise: Mapping[str, float] = field(default_factory=dict)
    measured: str = ""


def _cards() -> dict[str, Potential]:
    paths = sorted((data_dir() / "potentials").glob("*.yaml"), key=lambda path: path.stem)
    return {path.stem: replace(read_yaml(path, Potential, error=IntegrityError), name=path.stem) for path in paths}


POTENTIALS: Mapping[str, Potential] = MappingProxyType(_cards())


def get_potential(name: str) -> Potential:
    """Potential of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in POTENTIALS:
        raise unknown("potential", name, POTENTIALS)
    return POTENTIALS[name]


def is_installed(potential: Potential) -> bool:
    """Whether its package is there."""
    return util.find_spec(potential.package) is not None


@cache
def elemental_energies(name: str) -> Mapping[str, float]:
    """Energy of each element in its most stable crystal by a potential, eV/atom; empty where none were computed.

    Source: `benchmarks/elemental_energies.py`.
    """
    path = data_dir() / "potentials" / ELEMENTS
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {
            row["element"]: float(row["energy_eV_per_atom"])
            for row in csv.DictReader(lines)
            if row["potential"] == name
        }
