"""Pretrained potentials of the optional extra `foundation`: what taught them, how far to trust them."""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata, util
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ssbscreen.core.errors import DataUnavailable, IntegrityError, unknown
from ssbscreen.files.paths import data_dir

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
    """A pretrained potential that ships inside its package.

    Attributes:
        name: on the command line.
        title: with its version, as it stands in the column `method`.
        package: that holds it.
        weights: file below the package's folder.
        sha256: of that file; others are refused, since noise and elemental energies belong to these weights.
        licence: of package and weights.
        trained_on: data.
        cite: DOI.
        scales: property key -> correction of its softness, by the same benchmark.
        noise: property key -> root mean square difference from density-functional labels in stored units, of the
            density as a share of it, by `benchmarks/bench_label.py`.
    """

    name: str
    title: str
    package: str
    weights: str
    sha256: str
    licence: str
    trained_on: str
    cite: str
    scales: Mapping[str, Scale] = field(default_factory=dict)
    noise: Mapping[str, float] = field(default_factory=dict)


_MPTRJ = "MPtrj: relaxations of the Materials Project (GGA and GGA+U), September 2022"
POTENTIALS: Mapping[str, Potential] = MappingProxyType(
    {
        p.name: p
        for p in (
            Potential(
                "chgnet",
                "chgnet 0.3.0",
                "chgnet",
                "pretrained/0.3.0/chgnet_0.3.0_e29f68s314m37.pth.tar",
                "d14ab7c0f093efe64b60a7bcd540bca10e74fb7f46c86108a079af60524659d1",
                "modified BSD",
                _MPTRJ,
                "10.1038/s42256-023-00716-3",
            ),
            Potential(
                "sevenn",
                "sevennet-0 11Jul2024",
                "sevenn",
                "pretrained_potentials/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth",
                "7052cb42b7b3be42b40b97fa0d21077a48c54b5548948fc4dcf346629f813c36",
                "MIT",
                _MPTRJ,
                "10.1021/acs.jctc.4c00190",
                {"shear_modulus": Scale(0.276, 0.928)},
                {"bulk_modulus": 0.12, "shear_modulus": 0.26, "density": 0.042},
            ),
            Potential(
                "sevenn-l3i5",
                "sevennet-l3i5",
                "sevenn",
                "pretrained_potentials/SevenNet_l3i5/checkpoint_l3i5.pth",
                "a7ff190d41efe5b8317a03d20a468e4036a1a3e64e0b14fdbab64ac3f4bfc09d",
                "MIT",
                _MPTRJ,
                "10.1021/acs.jctc.4c00190",
                {"shear_modulus": Scale(0.220, 0.947)},
                {"bulk_modulus": 0.15, "shear_modulus": 0.25, "density": 0.045, "formation_energy": 0.21},
            ),
        )
    }
)


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


def load_calculator(potential: Potential, device: str = "cpu") -> Any:
    """ASE calculator with energy, forces and stress.

    Args:
        potential: one of `POTENTIALS`.
        device: "cpu" or "cuda".

    Raises:
        DataUnavailable: its package is not installed.
        IntegrityError: its weights are not those that its noise was measured with.
    """
    path = _weights(potential)
    if potential.package == "chgnet":
        import torch
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

        # the package's own loader unpickles whatever the file holds
        state = torch.load(path, map_location="cpu", weights_only=True)
        return CHGNetCalculator(CHGNet.from_dict(state["model"]), use_device=device)
    from sevenn.calculator import SevenNetCalculator

    return SevenNetCalculator(path, device=device)  # unpickles a file whose hash is known


def _weights(potential: Potential) -> Path:
    found = util.find_spec(potential.package)
    if found is None or found.origin is None:
        raise DataUnavailable(
            f"Potential '{potential.name}' needs the package {potential.package}, which is not "
            "installed; `pip install '.[foundation]'` in a clone (elsewhere 'ssbscreen[foundation]') brings it."
        )
    path = Path(found.origin).parent / potential.weights
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != potential.sha256:
        version = metadata.version(potential.package)
        raise IntegrityError(
            f"{path}: not the weights of {potential.title} (package {potential.package} {version}); "
            "noise and elemental energies would not be theirs. Install the version of the extra."
        )
    return path


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
