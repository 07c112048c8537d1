"""A crystal as plain arrays: fast to read, to cache and to turn into a graph; may be disordered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from pymatgen.core import Composition, Element

from ssbscreen.core.errors import InputError

if TYPE_CHECKING:
    from pymatgen.core import Structure

SYMBOLS: tuple[str, ...] = ("X", *(Element.from_Z(z).symbol for z in range(1, 104)))
ATOMIC_NUMBER: dict[str, int] = {symbol: z for z, symbol in enumerate(SYMBOLS)} | {"D": 1, "T": 1}
ATOMIC_MASS = np.array([0.0] + [float(Element.from_Z(z).atomic_mass) for z in range(1, 104)])
_AMU_PER_A3 = 1.66053906660  # g/cm3 of one u per cubic angstrom (CODATA 2018 atomic mass constant)


@dataclass(frozen=True)
class Crystal:
    """Periodic structure with occupancies.

    Attributes:
        lattice: rows are the lattice vectors, angstrom.  # (3, 3)
        frac: fractional coordinates of the sites.  # (n_sites, 3)
        occupant_site: site index of each occupant, non-decreasing.  # (n_occupants,)
        occupant_z: atomic number of each occupant, 1 to 103.  # (n_occupants,)
        occupancy: share of each occupant, (0, 1]; the rest of a site is vacant.  # (n_occupants,)
    """

    lattice: np.ndarray
    frac: np.ndarray
    occupant_site: np.ndarray
    occupant_z: np.ndarray
    occupancy: np.ndarray

    @classmethod
    def ordered(cls, lattice: np.ndarray, frac: np.ndarray, numbers: np.ndarray) -> Crystal:
        """Crystal with one fully occupying element a site."""
        n = len(numbers)
        return cls(
            np.asarray(lattice, dtype=np.float64),
            np.asarray(frac, dtype=np.float64).reshape(n, 3),
            np.arange(n),
            np.asarray(numbers, dtype=np.int64),
            np.ones(n),
        )

    @classmethod
    def from_structure(cls, structure: Structure) -> Crystal:
        """Arrays of a pymatgen structure; oxidation states and labels are dropped.

        Raises:
            InputError: no sites, a dummy species, or nothing but empty sites (pymatgen refuses overfull ones).
        """
        if len(structure) == 0:
            raise InputError("The structure has no sites; give at least one atom.")
        sites: list[int] = []
        numbers: list[int] = []
        shares: list[float] = []
        for index, site in enumerate(structure):
            merged: dict[int, float] = {}
            for species, share in site.species.items():
                symbol = getattr(species, "symbol", str(species))
                if symbol not in ATOMIC_NUMBER or symbol == "X":
                    raise InputError(f"Site {index} holds '{species}', which is no element; replace it.")
                z = ATOMIC_NUMBER[symbol]
                merged[z] = merged.get(z, 0.0) + float(share)
            for z, share in sorted(merged.items()):
                if share > 0:
                    sites.append(index)
                    numbers.append(z)
                    shares.append(min(share, 1.0))
        if not numbers:
            raise InputError("Every site of the structure is empty; give occupancies above 0.")
        return cls(
            np.array(structure.lattice.matrix, dtype=np.float64),
            np.array(structure.frac_coords, dtype=np.float64),
            np.array(sites),
            np.array(numbers),
            np.array(shares),
        )

    def to_structure(self) -> Structure:
        """The same crystal as a pymatgen structure."""
        from pymatgen.core import Lattice, Structure

        species: list[dict[str, float]] = [{} for _ in range(self.n_sites)]
        for site, z, share in zip(self.occupant_site, self.occupant_z, self.occupancy, strict=True):
            species[site][SYMBOLS[z]] = float(share)
        keep = [i for i, occupants in enumerate(species) if occupants]
        return Structure(Lattice(self.lattice), [species[i] for i in keep], self.frac[keep])

    @property
    def n_sites(self) -> int:
        """Number of crystallographic sites in the cell."""
        return len(self.frac)

    @property
    def is_ordered(self) -> bool:
        """Whether every site holds exactly one element."""
        return len(self.occupancy) == self.n_sites and bool(np.all(self.occupancy > 0.999))

    @property
    def volume(self) -> float:
        """Volume of the cell, cubic angstrom."""
        return float(abs(np.linalg.det(self.lattice)))

    @cached_property
    def n_atoms(self) -> float:
        """Atoms in the cell, occupancies counted."""
        return float(self.occupancy.sum())

    @property
    def density(self) -> float:
        """Mass density, g/cm3."""
        mass = float((ATOMIC_MASS[self.occupant_z] * self.occupancy).sum())
        return _AMU_PER_A3 * mass / self.volume

    @cached_property
    def amounts(self) -> np.ndarray:
        """Atoms of each element in the cell, indexed by atomic number.  # (104,)"""
        return np.bincount(self.occupant_z, weights=self.occupancy, minlength=104)

    @property
    def composition(self) -> Composition:
        """Composition of the cell."""
        counts = self.amounts
        return Composition({SYMBOLS[z]: float(counts[z]) for z in np.flatnonzero(counts > 0)})

    def to_record(self) -> dict[str, Any]:
        """JSON-ready form, read back by `from_record`."""
        return {
            "lattice": self.lattice.tolist(),
            "frac": self.frac.tolist(),
            "site": self.occupant_site.tolist(),
            "z": self.occupant_z.tolist(),
            "occupancy": self.occupancy.tolist(),
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Crystal:
        """Crystal from the form that `to_record` writes."""
        return cls(
            np.array(record["lattice"], dtype=np.float64),
            np.array(record["frac"], dtype=np.float64),
            np.array(record["site"], dtype=np.int64),
            np.array(record["z"], dtype=np.int64),
            np.array(record["occupancy"], dtype=np.float64),
        )
