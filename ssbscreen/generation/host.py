"""A structure type as a host for other ions: its charge balance, its room for lithium and its bonds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pymatgen.core import Composition

from ssbscreen.generation.ions import Ion, dopants, is_open_shell, is_plausible, log_probability, radius, replacements
from ssbscreen.readers.prototype_file import Prototype

_LI = Ion("Li", 1)
_MIN_LITHIUM = 0.4  # share of its own lithium that a structure type keeps
_SPLIT_SITE = 1.75  # angstrom; lithium sites closer than this share one atom
_BOND = 1.25  # contacts up to this multiple of the shortest one are bonds
_MIN_LOG_LIKELIHOOD = -14.0
_DOPANTS = 3  # dopants of each of them
_DOPING_STEPS = (0.1, 0.25)  # share of the host ion
_ALIOVALENT_ANION_STEPS = (0.05, 0.1)  # halides dissolve less in oxides and sulfides

Replacement = Mapping[Ion, tuple[tuple[Ion, float], ...]]
"""What stands where each ion stood, with shares that sum to 1; ions not named stay."""


@dataclass(frozen=True)
class Draft:
    """Replacements in one structure type, before they are built.

    Attributes:
        replacement: what stands where each ion stood.
        log_likelihood: sum of the log probabilities of the whole-ion replacements, natural log.
        lithium: per formula unit of the structure type.
        dopant: words on the doping step, empty for a base compound.
    """

    replacement: Replacement
    log_likelihood: float
    lithium: float
    dopant: str = ""


class Host:
    """A structure type with its ions, its room for lithium and its bonds, ready for substitution."""

    def __init__(self, prototype: Prototype) -> None:
        self.prototype = prototype
        self.amounts = _ion_amounts(prototype)  # per formula unit, without lithium
        self.ions = tuple(self.amounts)
        self.lithium = float(prototype.composition["Li"])
        orbits = prototype.orbits
        self._occupancy = np.array([orbit.species.get("Li", 0.0) for orbit in orbits])  # (orbits,)
        self._headroom = self._free_for_lithium()  # (orbits,)
        size = np.array([len(orbit.frac) for orbit in orbits])
        self.max_lithium = self.lithium * (1 + float(self._headroom @ size) / float(self._occupancy @ size))
        self._shares = self._ion_shares()  # (orbits, ions + 1)
        self._bonds = self._bond_counts()  # (ions + 1, ions + 1)

    def _ion_shares(self) -> np.ndarray:
        """Occupancy of each orbit by each ion, lithium last.  # (orbits, ions + 1)"""
        total: dict[str, float] = {}
        for ion, amount in self.amounts.items():
            total[ion.element] = total.get(ion.element, 0.0) + amount
        part = [self.amounts[ion] / total[ion.element] for ion in self.ions] + [1.0]
        elements = [ion.element for ion in self.ions] + ["Li"]
        table = [[orbit.species.get(e, 0.0) for e in elements] for orbit in self.prototype.orbits]
        return np.array(table) * part

    def _free_for_lithium(self) -> np.ndarray:
        """Lithium that still fits on a site of each lithium orbit; split sites share one atom.  # (orbits,)"""
        orbits, lattice = self.prototype.orbits, self.prototype.lattice
        room = np.array([1 - sum(o.species.values()) if "Li" in o.species else 0.0 for o in orbits])
        holders = [i for i, orbit in enumerate(orbits) if "Li" in orbit.species]
        for i, j in itertools.product(holders, holders):
            gaps = orbits[j].frac - orbits[i].frac[0]
            length = np.linalg.norm((gaps - np.round(gaps)) @ lattice, axis=1)
            if ((length > 1e-3) & (length < _SPLIT_SITE)).any():
                room[i] = min(room[i], (1 - self._occupancy[i] - self._occupancy[j]) / 2)
        return np.asarray(np.maximum(room, 0.0))

    def _bond_counts(self) -> np.ndarray:
        """Bonds of each cation (rows) to each anion (columns), occupancies counted, lithium last."""
        orbits, lattice = self.prototype.orbits, self.prototype.lattice
        is_anion = np.array([ion.is_anion for ion in self.ions] + [False])
        cells = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
        holders = [j for j in range(len(orbits)) if self._shares[j][is_anion].sum() > 0]
        counts = np.zeros((len(is_anion), len(is_anion)))
        for i, orbit in enumerate(orbits):
            if self._shares[i][~is_anion].sum() == 0:
                continue
            vectors = [(orbits[j].frac - orbit.frac[0])[:, None] + cells for j in holders]
            lengths = [np.linalg.norm(v.reshape(-1, 3) @ lattice, axis=1) for v in vectors]
            limit = _BOND * min(length.min() for length in lengths)
            for j, length in zip(holders, lengths, strict=True):
                n_bonds = len(orbit.frac) * int((length < limit).sum())
                counts += n_bonds * np.outer(self._shares[i] * ~is_anion, self._shares[j] * is_anion)
        return counts

    def length_scale(self, replacement: Replacement) -> float:
        """Factor on the cell edges: mean cation-anion bond length as a sum of radii, new over old."""
        ions = (*self.ions, _LI)
        old = np.array([radius(ion) for ion in ions])
        new = np.array(
            [sum(share * radius(target) for target, share in replacement.get(ion, ((ion, 1.0),))) for ion in ions]
        )
        length = [(self._bonds * (r[:, None] + r[None])).sum() for r in (new, old)]
        return float(length[0] / length[1])

    def lithium_for(self, replacement: Replacement) -> float:
        """Lithium per formula unit that balances the charges after the replacements."""
        extra = sum(
            self.amounts[ion] * share * (target.charge - ion.charge)
            for ion, targets in replacement.items()
            for target, share in targets
        )
        return self.lithium - extra

    def has_room_for(self, lithium: float) -> bool:
        """Whether the lithium sites can hold that much, and enough lithium is left to move."""
        return _MIN_LITHIUM * self.lithium - 1e-9 <= lithium <= self.max_lithium + 1e-9

    def species(self, draft: Draft) -> tuple[dict[str, float], ...]:
        """Occupants of every orbit after the replacements."""
        if draft.lithium <= self.lithium:
            lithium = self._occupancy * (draft.lithium / self.lithium)
        else:
            filled = (draft.lithium - self.lithium) / (self.max_lithium - self.lithium)
            lithium = self._occupancy + self._headroom * filled
        out = []
        for own, shares in zip(lithium, self._shares, strict=True):
            occupants = {"Li": float(own)}
            for ion, amount in zip(self.ions, shares[:-1], strict=True):
                for target, share in draft.replacement.get(ion, ((ion, 1.0),)):
                    occupants[target.element] = occupants.get(target.element, 0.0) + float(amount) * share
            out.append({element: amount for element, amount in occupants.items() if amount > 1e-6})
        return tuple(out)

    def composition(self, draft: Draft) -> Composition:
        """Composition per formula unit of the structure type."""
        amounts = {"Li": draft.lithium}
        for ion, amount in self.amounts.items():
            for target, share in draft.replacement.get(ion, ((ion, 1.0),)):
                amounts[target.element] = amounts.get(target.element, 0.0) + amount * share
        return Composition({element: round(amount, 6) for element, amount in amounts.items() if amount > 1e-6})

    def bases(self) -> Iterator[Draft]:
        """Every plausible set of whole-ion replacements that balances and fits; the type itself first."""
        cations = [ion for ion in self.ions if not ion.is_anion]
        anions = [ion for ion in self.ions if ion.is_anion]
        yield Draft({}, 0.0, self.lithium)
        for n_cations in (0, 1, 2):
            for chosen in itertools.combinations(cations, n_cations):
                hosts = (*chosen, *anions)
                options = [replacements(ion) for ion in chosen] + [(ion, *replacements(ion)) for ion in anions]
                for picked, weight, lithium in self._balanced(hosts, options):
                    new = {a: b for a, b in zip(hosts, picked, strict=True) if a != b}
                    if new and is_plausible(tuple(new.get(ion, ion) for ion in self.ions)):
                        yield Draft({a: ((b, 1.0),) for a, b in new.items()}, weight, lithium)

    def _balanced(
        self, hosts: tuple[Ion, ...], options: list[tuple[Ion, ...]]
    ) -> Iterator[tuple[list[Ion], float, float]]:
        """Combinations of options that are likely enough and whose charge lithium can balance.

        Yields the ions that stand where `hosts` stood, their log likelihood, and lithium per formula unit.
        """
        if not all(options):
            return
        grid = np.indices([len(targets) for targets in options]).reshape(len(options), -1)  # (hosts, combinations)
        weight = np.zeros(grid.shape[1])
        lithium = np.full(grid.shape[1], self.lithium)
        for row, host, targets in zip(grid, hosts, options, strict=True):
            weight += np.array([0.0 if t == host else log_probability(host, t) for t in targets])[row]
            lithium -= self.amounts[host] * np.array([t.charge - host.charge for t in targets])[row]
        fits = (lithium >= _MIN_LITHIUM * self.lithium - 1e-9) & (lithium <= self.max_lithium + 1e-9)
        for k in np.flatnonzero(fits & (weight >= _MIN_LOG_LIKELIHOOD)):
            picked = [targets[i] for targets, i in zip(options, grid[:, k], strict=True)]
            yield picked, float(weight[k]), float(lithium[k])

    def doped(self, base: Draft) -> Iterator[Draft]:
        """Doping steps of a base compound, the likeliest dopants first."""
        now = {ion: base.replacement.get(ion, ((ion, 1.0),))[0][0] for ion in self.ions}
        options = sorted(
            ((log_probability(host, guest), ion, host, guest) for ion, host in now.items() for guest in dopants(host)),
            key=lambda option: (-option[0], str(option[1]), str(option[3])),
        )
        n_dopants = 0
        for _, ion, host, guest in options:
            if guest in now.values() or is_open_shell(guest):
                continue
            if not is_plausible((*now.values(), guest)):
                continue
            steps = []
            is_aliovalent_anion = host.is_anion and host.charge != guest.charge
            for share in _ALIOVALENT_ANION_STEPS if is_aliovalent_anion else _DOPING_STEPS:
                replacement = {**base.replacement, ion: ((host, 1 - share), (guest, share))}
                lithium = self.lithium_for(replacement)
                if self.has_room_for(lithium):
                    words = f"{share:.0%} of {host} by {guest}"
                    steps.append(Draft(replacement, base.log_likelihood, lithium, words))
            if steps:
                n_dopants += 1
                yield from steps
            if n_dopants == _DOPANTS:
                return


def _ion_amounts(prototype: Prototype) -> dict[Ion, float]:
    """Ions other than lithium per formula unit; a mixed-valent element counts as two ions."""
    amounts: dict[Ion, float] = {}
    for element, amount in prototype.composition.get_el_amt_dict().items():
        if element == "Li":
            continue
        state = prototype.oxidation_states[element]
        low = math.floor(state + 1e-9)
        for charge, share in ((low, 1 - (state - low)), (low + 1, state - low)):
            if share > 1e-6:
                amounts[Ion(element, charge)] = amount * share
    return amounts
