"""A structure type as a file: space group, lattice and Wyckoff sites, built into a crystal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import gemmi
import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pymatgen.core import Composition, Lattice

from ssbscreen.core.crystal import ATOMIC_NUMBER, Crystal
from ssbscreen.core.errors import IntegrityError
from ssbscreen.core.orbits import Orbit, build_crystal, orbit_of, primitive_cell
from ssbscreen.files.yaml import read_yaml

if TYPE_CHECKING:
    from pymatgen.core import Structure


def _number(value: object) -> object:
    """Fractions may be written as text, such as 1/3, because a rounded third leaves its special position."""
    if isinstance(value, str):
        try:
            return float(Fraction(value))
        except (ZeroDivisionError, OverflowError):
            raise ValueError(f"'{value:.40}' is no finite number") from None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15:
        return float(value)
    return value


Number = Annotated[float, BeforeValidator(_number)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SpaceGroup(_Row):
    """Space group with its setting and origin, in the notation of gemmi ("F d -3 m:2", "R -3 c:H")."""

    number: int = Field(ge=1, le=230)
    symbol: str


class LatticeParameters(_Row):
    """Cell edges in angstrom and angles in degrees."""

    a: Number
    b: Number
    c: Number
    alpha: Number
    beta: Number
    gamma: Number


class Site(_Row):
    """One Wyckoff site.

    Attributes:
        wyckoff: multiplicity and letter, such as "24d".
        species: occupancy of each element, summing to at most 1.
        xyz: fractional coordinates of one representative.
    """

    label: str
    wyckoff: str = Field(pattern=r"^\d+[a-zA-Z]$")
    species: dict[str, Number] = Field(min_length=1)
    xyz: list[Number] = Field(min_length=3, max_length=3)

    @property
    def multiplicity(self) -> int:
        """Number of images in the cell, as the Wyckoff symbol states it."""
        return int(self.wyckoff[:-1])


class Reference(_Row):
    """Where a structure was published and where its coordinates come from; `doi` only where it was seen."""

    text: str = Field(min_length=5)
    doi: str = ""
    coordinates: str = Field(min_length=5)


class PrototypeFile(_Row):
    """The content of one `data/prototypes/<name>.yaml`."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    formula: str
    chemistry_class: str
    family: str
    roles: list[str] = Field(min_length=1)
    space_group: SpaceGroup
    lattice: LatticeParameters
    z: Number
    oxidation_states: dict[str, Number]
    sites: list[Site] = Field(min_length=1)
    density_g_cm3: Number
    density_source: str
    reference: Reference
    note: str = ""


@dataclass(frozen=True)
class Prototype:
    """A structure type, built.

    Attributes:
        record: the file it was read from.
        lattice: rows are the lattice vectors, angstrom.  # (3, 3)
        orbits: Wyckoff sites with their images.
    """

    record: PrototypeFile
    lattice: np.ndarray
    orbits: tuple[Orbit, ...]

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def composition(self) -> Composition:
        """Composition of the nominal formula."""
        return Composition(self.record.formula)

    @property
    def oxidation_states(self) -> Mapping[str, float]:
        """Oxidation state of each element (an average where it is mixed-valent)."""
        return MappingProxyType(self.record.oxidation_states)

    @cached_property
    def crystal(self) -> Crystal:
        """The structure with its partial occupancies."""
        return build_crystal(self.lattice, self.orbits, tuple(orbit.species for orbit in self.orbits))

    @cached_property
    def primitive(self) -> Prototype:
        """The same structure in a primitive cell: lattice points of the centring are kept once."""
        lattice, orbits = primitive_cell(self.record.space_group.symbol[0], self.lattice, self.orbits)
        return Prototype(self.record, lattice, orbits)

    @property
    def structure(self) -> Structure:
        """The same as a pymatgen structure."""
        return self.crystal.to_structure()


def read_prototype(path: Path) -> Prototype:
    """Prototype from its YAML file.

    Raises:
        IntegrityError: the file breaks the form, names a space group that does not exist, fills a site to
            more than 1, or states a Wyckoff multiplicity that its coordinates do not have.
    """
    record = read_yaml(path, PrototypeFile, error=IntegrityError)
    group = gemmi.find_spacegroup_by_name(record.space_group.symbol)
    if group is None or group.number != record.space_group.number:
        raise IntegrityError(
            f"{path.name}: '{record.space_group.symbol}' is not a symbol of space group "
            f"{record.space_group.number}; write it with setting and origin, such as 'F d -3 m:2'."
        )
    cell = record.lattice
    lattice = Lattice.from_parameters(cell.a, cell.b, cell.c, cell.alpha, cell.beta, cell.gamma).matrix
    orbits = []
    for site in record.sites:
        if unknown := [element for element in site.species if element not in ATOMIC_NUMBER]:
            raise IntegrityError(f"{path.name}: site {site.label} holds '{unknown[0]}', which is no element.")
        if sum(site.species.values()) > 1 + 1e-6:
            raise IntegrityError(f"{path.name}: site {site.label} is filled to more than 1.")
        images = orbit_of(group, np.array(site.xyz), lattice)
        if len(images) != site.multiplicity:
            raise IntegrityError(
                f"{path.name}: site {site.label} at {site.xyz} has {len(images)} images, "
                f"its Wyckoff symbol {site.wyckoff} promises {site.multiplicity}."
            )
        orbits.append(Orbit(site.label, MappingProxyType(dict(site.species)), images))
    return Prototype(record, lattice, tuple(orbits))
