"""One end of an insertion electrode as numbers: coordination, bond valences, distances and electrostatics of its sites.

Energies are electrostatic (Ewald) with the charges of `core.redox`, so no quantum-mechanical energy enters.
"""

from __future__ import annotations

import numpy as np
from pymatgen.analysis.bond_valence import BV_PARAMS
from pymatgen.core import Element
from pymatgen.optimization.neighbors import find_points_in_spheres

from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS, Crystal
from ssbscreen.core.errors import InputError
from ssbscreen.core.redox import Charges, fixed_charge
from ssbscreen.featurize.ewald import site_energies

_CUTOFF = 4.0  # angstrom; every first shell of an anion or cation lies within
_NEAR = 1.25  # times the effective bond length: still the first shell
_LEAST_VALENCE = 1e-6  # below it an anion binds no other cation; what is left is rounding
_SOFTNESS = 0.31  # angstrom, as in pymatgen
_SHELL = (
    "coordination",
    "least coordination",
    "bond length",
    "shortest bond",
    "bond standard deviation",
    "next electronegativity",
    "next bond valence",
)
NAMES: tuple[str, ...] = (
    *(f"active {n}" for n in _SHELL),
    *(f"metal {n}" for n in _SHELL),
    *(f"Li {n}" for n in _SHELL),
    "active valence",
    "active valence standard deviation",
    "metal valence",
    "Li valence",
    "anion valence",
    "anion valence standard deviation",
    "least anion valence",
    "instability cations",
    "instability anions",
    "metal-metal",
    "Li-metal",
    "Li-Li",
    "anion-anion",
    "active-cation",
    "Li potential",
    "active potential",
    "metal potential",
    "anion potential",
    "highest anion potential",
    "log volume per framework atom",
    "log volume per atom",
)
_RADIUS, _SIZE, _ELECTRONEGATIVITY = (np.full(104, np.nan) for _ in range(3))
for _z in range(1, 104):
    _element = Element.from_Z(_z)
    _value = _element.data.get("X")
    _ELECTRONEGATIVITY[_z] = float(_value) if isinstance(_value, int | float) else 0.0
    if _element in BV_PARAMS:
        _RADIUS[_z], _SIZE[_z] = BV_PARAMS[_element]["r"], BV_PARAMS[_element]["c"]
_LI = ATOMIC_NUMBER["Li"]


def site_charges(crystal: Crystal, found: Charges) -> np.ndarray:
    """Charge of every atomic number in the crystal; what is left over goes to the anions, else to all.  # (104,)"""
    amounts = {SYMBOLS[z]: float(crystal.amounts[z]) for z in np.flatnonzero(crystal.amounts)}
    charge = np.zeros(104)
    for symbol in amounts:
        kept = found.states.get(symbol)
        charge[ATOMIC_NUMBER[symbol]] = kept if kept is not None else fixed_charge(symbol, amounts) or 0
    left = float((charge * crystal.amounts).sum())
    bearers = [ATOMIC_NUMBER[s] for s in found.anions] or [ATOMIC_NUMBER[s] for s in amounts]
    charge[bearers] -= left / float(crystal.amounts[bearers].sum())
    return charge


def describe_end(crystal: Crystal, found: Charges, active: frozenset[str]) -> tuple[np.ndarray, float]:
    """Descriptors of one end in the order of `NAMES`, NaN where a part is absent, and its electrostatic energy.

    Args:
        crystal: ordered.
        found: charges of its composition.
        active: elements that give electrons on charge.

    Returns:
        # (40,) and the Ewald energy, eV a framework atom.

    Raises:
        InputError: a disordered crystal.

    Source: effective coordination numbers after Hoppe, as in pymatgen.analysis.local_env; bond valences
    s = exp((R - d) / b) with the element parameters of O'Keeffe and Brese and b = 0.31 as in
    pymatgen.analysis.bond_valence.
    """
    if not crystal.is_ordered:
        raise InputError("is disordered; the descriptors of an electrode's sites need an ordered structure")
    z = crystal.occupant_z
    charge = site_charges(crystal, found)[z]
    is_anion = np.isin(z, [ATOMIC_NUMBER[s] for s in found.anions])
    if not is_anion.any():
        is_anion = _ELECTRONEGATIVITY[z] >= _ELECTRONEGATIVITY[z].max() - 0.05
    is_li = z == _LI
    is_metal = np.isin(z, [ATOMIC_NUMBER[s] for s in found.metals])
    is_active = np.isin(z, [ATOMIC_NUMBER[s] for s in active])
    if not is_active.any():
        is_active = is_metal if is_metal.any() else ~is_anion & ~is_li
    bonds = _Bonds(crystal, z, is_anion, is_li)
    potential, energy = _electrostatics(crystal, charge)
    deviation = np.abs(bonds.valence - np.abs(charge))
    numbers = [
        *bonds.shell(is_active),
        *bonds.shell(is_metal),
        *bonds.shell(is_li),
        _mean(bonds.valence, is_active),
        _std(bonds.valence, is_active),
        _mean(bonds.valence, is_metal),
        _mean(bonds.valence, is_li),
        _mean(bonds.valence, is_anion),
        _std(bonds.valence, is_anion),
        float(bonds.valence[is_anion].min()),
        float(np.sqrt(_mean(deviation**2, ~is_anion))),
        float(np.sqrt(_mean(deviation**2, is_anion))),
        bonds.nearest(is_metal, is_metal),
        bonds.nearest(is_li, is_metal),
        bonds.nearest(is_li, is_li),
        bonds.nearest(is_anion, is_anion),
        bonds.nearest(is_active, ~is_anion),
        _mean(potential, is_li),
        _mean(potential, is_active),
        _mean(potential, is_metal),
        _mean(potential, is_anion),
        float(potential[is_anion].max()) if np.isfinite(potential[is_anion]).all() else np.nan,
        float(np.log(crystal.volume / max(float((~is_li).sum()), 1.0))),
        float(np.log(crystal.volume / len(z))),
    ]
    return np.array(numbers), energy / max(float((~is_li).sum()), 1.0)


class _Bonds:
    """Pairs of sites within the cutoff, and what they make of each site."""

    def __init__(self, crystal: Crystal, z: np.ndarray, is_anion: np.ndarray, is_li: np.ndarray) -> None:
        lattice = np.ascontiguousarray(crystal.lattice, dtype=float)
        points = np.ascontiguousarray((crystal.frac % 1.0) @ lattice)
        centre, other, _, distance = find_points_in_spheres(
            all_coords=points,
            center_coords=points,
            r=_CUTOFF,
            pbc=np.ones(3, dtype=np.int64),
            lattice=lattice,
            tol=1e-8,
        )
        keep = distance > 0.5
        self.n, self.centre, self.other, self.distance = len(z), centre[keep], other[keep], distance[keep]
        a, b = z[self.centre], z[self.other]
        length = (
            _RADIUS[a]
            + _RADIUS[b]
            - _RADIUS[a]
            * _RADIUS[b]
            * (np.sqrt(_SIZE[a]) - np.sqrt(_SIZE[b])) ** 2
            / (_SIZE[a] * _RADIUS[a] + _SIZE[b] * _RADIUS[b])
        )
        strength = np.where(
            is_anion[self.centre] != is_anion[self.other], np.exp((length - self.distance) / _SOFTNESS), 0.0
        )
        self.strength = np.nan_to_num(strength)
        self.valence = np.bincount(self.centre, weights=self.strength, minlength=self.n)
        self._first_shell(z, is_anion, is_li)

    def _first_shell(self, z: np.ndarray, is_anion: np.ndarray, is_li: np.ndarray) -> None:
        """Effective coordination of every cation, and the cations that its anions bind besides."""
        bond = ~is_anion[self.centre] & is_anion[self.other]
        i, j, d, s = self.centre[bond], self.other[bond], self.distance[bond], self.strength[bond]
        shortest = np.full(self.n, np.inf)
        np.minimum.at(shortest, i, d)
        mean = np.where(np.isfinite(shortest), shortest, 1.0)
        weight = np.exp(1.0 - (d / mean[i]) ** 6)
        for _ in range(6):
            total = np.bincount(i, weights=weight, minlength=self.n)
            mean = np.where(
                total > 0, np.bincount(i, weights=weight * d, minlength=self.n) / np.maximum(total, 1e-9), mean
            )
            weight = np.exp(1.0 - (d / mean[i]) ** 6)
        near = d < _NEAR * mean[i]
        i, j, d, s = i[near], j[near], d[near], s[near]
        count = np.maximum(np.bincount(i, minlength=self.n), 1)
        away = d - (np.bincount(i, weights=d, minlength=self.n) / count)[i]
        std = np.sqrt(np.bincount(i, weights=away**2, minlength=self.n) / count)
        back = ~is_anion[self.other] & is_anion[self.centre] & ~is_li[self.other]  # from an anion to its cations
        bound = np.bincount(self.centre[back], weights=self.strength[back], minlength=self.n)
        pull = np.bincount(
            self.centre[back], weights=(self.strength * _ELECTRONEGATIVITY[z[self.other]])[back], minlength=self.n
        )
        own = np.where(is_li[i], 0.0, s)
        others = np.bincount(i, weights=np.maximum(bound[j] - own, 0.0), minlength=self.n)
        pulled = np.bincount(i, weights=np.maximum(pull[j] - own * _ELECTRONEGATIVITY[z[i]], 0.0), minlength=self.n)
        self._columns = (
            np.bincount(self.centre[bond], weights=weight, minlength=self.n),
            mean,
            shortest,
            std,
            np.where(others > _LEAST_VALENCE, pulled / np.maximum(others, _LEAST_VALENCE), 0.0),
            others / count,
        )
        self._has_shell = np.isfinite(shortest)

    def shell(self, mask: np.ndarray) -> list[float]:
        """Means over some cations of what `_SHELL` names."""
        mask = mask & self._has_shell
        if not mask.any():
            return [float("nan")] * len(_SHELL)
        coordination, *rest = (column[mask] for column in self._columns)
        return [float(coordination.mean()), float(coordination.min()), *(float(column.mean()) for column in rest)]

    def nearest(self, of: np.ndarray, to: np.ndarray) -> float:
        """Mean distance from sites of one kind to the nearest of another, the cutoff where there is none."""
        if not of.any():
            return float("nan")
        out = np.full(self.n, _CUTOFF)
        keep = of[self.centre] & to[self.other]
        np.minimum.at(out, self.centre[keep], self.distance[keep])
        return float(out[of].mean())


def _electrostatics(crystal: Crystal, charge: np.ndarray) -> tuple[np.ndarray, float]:
    """Potential at every site, V, NaN on uncharged ones, and the energy of the cell, eV."""
    if not np.any(np.abs(charge) > 1e-6):
        return np.full(len(charge), np.nan), float("nan")
    own = site_energies(crystal.lattice, crystal.frac, charge)
    is_charged = np.abs(charge) > 1e-6
    potential = np.where(is_charged, 2.0 * own / np.where(is_charged, charge, 1.0), np.nan)
    return potential, float(own.sum())


def _mean(values: np.ndarray, mask: np.ndarray) -> float:
    keep = mask & np.isfinite(values)
    return float(values[keep].mean()) if keep.any() else float("nan")


def _std(values: np.ndarray, mask: np.ndarray) -> float:
    return float(values[mask].std()) if mask.any() else float("nan")
