"""Insertion electrodes as descriptors: redox chemistry of the composition, sites of one or both ends.

The composition part needs the lithium content of both ends. Where only the discharged one is known, the charged end is
the framework with as much lithium as the redox-active metals cannot give (`core.redox.removable_lithium`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from pymatgen.core import Element
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER, SYMBOLS
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import LI, li_per_framework_atom, signed_volume_change
from ssbscreen.core.redox import (
    ANION_HOLES,
    EXCESS,
    RANGE,
    Charges,
    Couple,
    charges,
    exchanged_electrons,
    fixed_charge,
    ionization_energy,
    level,
    removable_lithium,
)
from ssbscreen.featurize import electrode_sites
from ssbscreen.featurize.base import ELECTRODE, ELECTRODE_PAIR, Encoded, encode_each
from ssbscreen.featurize.composition import magpie

COUPLES: tuple[Couple, ...] = (
    *((s, z) for s, (low, high) in RANGE.items() for z in range(low, high)),
    ANION_HOLES,
    EXCESS,
)
_CENTRES = ("P", "S", "Si", "B", "C", "N", "H", "As", "Se", "Ge")
_ANIONS = ("O", "F", "S", "Cl", "Se")
REDOX_NAMES: tuple[str, ...] = (
    "mean level",
    "highest level",
    "lowest level",
    "highest level given",
    "next level",
    "active electronegativity",
    "active group",
    "active row",
    "ionization energy",
    "lower charge",
    "active charge discharged",
    "active charge charged",
    "d electrons discharged",
    "d electrons charged",
    "Li per anion",
    "Li share",
    "Li left",
    "electrons per metal",
    "electrons per atom",
    "metals per anion",
    "inert per anion",
    "inert charge per anion",
    "inert electronegativity",
    "anion electronegativity",
    "n metals",
    "metal charge discharged",
    "metal charge charged",
    "metal electronegativity",
    "oxygen per centre",
    "early metals",
    *(f"{s} per anion" for s in _CENTRES),
    *(f"{s} among anions" for s in _ANIONS),
)
_SITES = tuple(electrode_sites.NAMES)
PAIR_NAMES: tuple[str, ...] = (
    *(f"discharged {n}" for n in _SITES),
    *(f"charged {n}" for n in _SITES),
    *(f"change of {n}" for n in _SITES),
    "electrostatic voltage",
    "volume change on charge",
)
SINGLE_NAMES: tuple[str, ...] = tuple(f"discharged {n}" for n in _SITES)


@dataclass(frozen=True)
class Electrode:
    """One encoded electrode.

    Attributes:
        couples: electrons of each couple of `COUPLES` for one Li.  # (n_couples,)
        redox: in the order of `REDOX_NAMES`.  # (n_redox,)
        magpie: of the discharged composition.  # (132,)
        sites: in the order of `PAIR_NAMES` or `SINGLE_NAMES`, NaN where there is no ordered structure.  # (n_sites,)
    """

    couples: np.ndarray
    redox: np.ndarray
    magpie: np.ndarray
    sites: np.ndarray


@dataclass(frozen=True)
class ElectrodeBatch:
    """Electrodes side by side, float64."""

    couples: Tensor
    redox: Tensor
    magpie: Tensor
    sites: Tensor

    def to(self, device: torch.device | str) -> ElectrodeBatch:
        """The same on a device."""
        return ElectrodeBatch(*(t.to(device) for t in (self.couples, self.redox, self.magpie, self.sites)))


class Electrodes:
    """Representation of insertion electrodes, by both ends or by the discharged one alone.

    Args:
        is_pair: whether both ends are asked for; else a charged structure is not looked at, only its lithium content.
    """

    name = "electrode"

    def __init__(self, is_pair: bool) -> None:
        self.is_pair = is_pair
        self.kind = ELECTRODE_PAIR if is_pair else ELECTRODE

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Every electrode; a disordered end counts as unknown where only the discharged one is asked for."""
        found = encode_each(candidates, self.kind, self._encode_one)
        if not found.items:
            return found
        statistics = magpie(np.stack([discharged for discharged, _, _, _ in found.items]))
        items = tuple(
            Electrode(couples, redox, statistics[i], sites) for i, (_, couples, redox, sites) in enumerate(found.items)
        )
        return Encoded(items, found.rows, found.rejected)

    def size(self, item: Electrode) -> int:
        """Every electrode costs the same."""
        return 1

    def collate(self, items: Sequence[Electrode]) -> ElectrodeBatch:
        """Descriptors as rows."""
        return ElectrodeBatch(
            *(
                torch.from_numpy(np.stack([getattr(item, name) for item in items]).astype(np.float64))
                for name in ("couples", "redox", "magpie", "sites")
            )
        )

    def _encode_one(self, candidate: Candidate) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        discharged = amounts_discharged(candidate)
        left = lithium_left(candidate)
        start, end = charges(_named(discharged)), charges(_named(with_lithium(discharged, left)))
        n = float(discharged[LI] - left)
        electrons = {c: e / n for c, e in exchanged_electrons(start, end).items()}
        couples = np.array([electrons.get(c, 0.0) for c in COUPLES])
        redox = redox_descriptors(discharged, left, start, end, electrons)
        return discharged, couples, redox, self._sites(candidate, start, end, electrons, n)

    def _sites(
        self, candidate: Candidate, start: Charges, end: Charges, electrons: dict[Couple, float], n: float
    ) -> np.ndarray:
        active = active_elements(electrons)
        crystal, charged = candidate.crystal, candidate.charged
        if not self.is_pair:
            if crystal is None or not crystal.is_ordered:
                return np.full(len(SINGLE_NAMES), np.nan)
            return electrode_sites.describe_end(crystal, start, active)[0]
        assert crystal is not None  # encode_each lets only pairs through
        assert charged is not None
        first, energy = electrode_sites.describe_end(crystal, start, active)
        second, energy_charged = electrode_sites.describe_end(charged, end, active)
        exchanged = li_per_framework_atom(crystal) - li_per_framework_atom(charged)
        return np.concatenate(
            [
                first,
                second,
                second - first,
                [(energy - energy_charged) / exchanged, signed_volume_change(crystal, charged)],
            ]
        )


def amounts_discharged(candidate: Candidate) -> np.ndarray:
    """Amounts of the discharged state, indexed by atomic number.  # (104,)"""
    if candidate.crystal is not None:
        return candidate.crystal.amounts
    row = np.zeros(104)
    assert candidate.composition is not None  # encode_each lets nothing else through
    for element, amount in candidate.composition.items():
        row[ATOMIC_NUMBER[element.symbol]] += float(amount)
    return row


def lithium_left(candidate: Candidate) -> float:
    """Lithium that stays on charge, in the amounts of the discharged state.

    Raises:
        InputError: no lithium, or no metal that could be oxidised.
    """
    discharged = amounts_discharged(candidate)
    if candidate.charged is not None:
        return li_per_framework_atom(candidate.charged) * float(discharged.sum() - discharged[LI])
    removed = removable_lithium(_named(discharged))
    if removed < 1e-6:
        raise InputError(
            "holds no metal that gives electrons when lithium leaves; give the discharged state of an "
            "insertion electrode"
        )
    return float(discharged[LI] - removed)


def with_lithium(amounts: np.ndarray, lithium: float) -> np.ndarray:
    """The same framework with another lithium content.  # (104,)"""
    changed = amounts.copy()
    changed[LI] = lithium
    return changed


def active_elements(electrons: dict[Couple, float], least: float = 0.15) -> frozenset[str]:
    """Elements that give at least so large a share of the electrons."""
    return frozenset(c[0] for c, share in electrons.items() if share > least and c not in (ANION_HOLES, EXCESS))


def redox_descriptors(
    discharged: np.ndarray, left: float, start: Charges, end: Charges, electrons: dict[Couple, float]
) -> np.ndarray:
    """Descriptors in the order of `REDOX_NAMES`.

    Args:
        discharged: amounts.  # (104,)
        left: lithium that stays, in the same amounts.
        start, end: charges of the discharged and the charged state.
        electrons: of each couple, for one Li.
    """
    amounts = _named(discharged)
    real = {c: e for c, e in electrons.items() if c not in (ANION_HOLES, EXCESS)}
    total = sum(abs(e) for e in real.values())
    weights: dict[str, float] = {}
    for (symbol, _), e in real.items():
        weights[symbol] = weights.get(symbol, 0.0) + abs(e) / total if total > 0 else 0.0

    def couple_mean(value: dict[Couple, float]) -> float:
        return sum(abs(e) * value[c] for c, e in real.items()) / total if total > 0 else np.nan

    def active_mean(value: dict[str, float]) -> float:
        return sum(w * value[s] for s, w in weights.items()) if total > 0 else np.nan

    levels = {c: level(c) for c in real}
    given = [level(c) for c in start.given if c not in (ANION_HOLES, EXCESS)]
    waiting = [
        level((s, z)) for s in end.metals for z in range(*RANGE[s]) if end.given.get((s, z), 0.0) < end.metals[s] - 1e-6
    ]
    n_anions = sum(start.anions.values()) or 1e-9
    n_metals = sum(start.metals.values())
    inert = {s: a for s, a in amounts.items() if s not in start.metals and s not in start.anions and s != "Li"}
    n_inert = sum(inert.values())
    centres = sum(inert.get(s, 0.0) for s in ("P", "S", "C", "N", "Se", "Cl", "As"))
    removed = float(discharged[LI] - left)
    return np.array(
        [
            couple_mean(levels),
            max(levels.values(), default=np.nan),
            min(levels.values(), default=np.nan),
            max(given, default=np.nan),
            min(waiting, default=np.nan),
            active_mean(_tabled(weights, "X")),
            active_mean({s: float(Element(s).group) for s in weights}),
            active_mean({s: float(Element(s).row) for s in weights}),
            couple_mean({c: ionization_energy(c) for c in real}),
            couple_mean({c: float(c[1]) for c in real}),
            active_mean({s: start.states[s] for s in weights}),
            active_mean({s: end.states[s] for s in weights}),
            active_mean({s: Element(s).group - start.states[s] for s in weights}),
            active_mean({s: Element(s).group - end.states[s] for s in weights}),
            discharged[LI] / n_anions,
            discharged[LI] / discharged.sum(),
            left / discharged[LI],
            removed / n_metals if n_metals > 0 else np.nan,
            removed / discharged.sum(),
            n_metals / n_anions,
            n_inert / n_anions,
            sum(a * (fixed_charge(s, amounts) or 0) for s, a in inert.items()) / n_anions,
            _weighted(inert, "X"),
            _weighted(start.anions, "X"),
            float(len(start.metals)),
            sum(start.states[s] * a for s, a in start.metals.items()) / n_metals if n_metals > 0 else np.nan,
            sum(end.states[s] * a for s, a in start.metals.items()) / n_metals if n_metals > 0 else np.nan,
            _weighted(start.metals, "X"),
            start.anions.get("O", 0.0) / centres if centres > 0 else np.nan,
            sum(w for s, w in weights.items() if s in ("Ti", "V", "Cr", "Mn")),
            *(inert.get(s, 0.0) / n_anions for s in _CENTRES),
            *(start.anions.get(s, 0.0) / n_anions for s in _ANIONS),
        ]
    )


def _named(amounts: np.ndarray) -> dict[str, float]:
    return {SYMBOLS[z]: float(amounts[z]) for z in np.flatnonzero(amounts > 1e-8)}


def _tabled(symbols: dict[str, float], key: str) -> dict[str, float]:
    return {s: float(Element(s).data[key]) for s in symbols}


def _weighted(amounts: dict[str, float], key: str) -> float:
    total = sum(amounts.values())
    return sum(a * float(Element(s).data[key]) for s, a in amounts.items()) / total if total > 0 else np.nan


def note(candidate: Candidate) -> str:
    """What a prediction from the discharged state alone assumes, for people."""
    discharged = amounts_discharged(candidate)
    removed = float(discharged[LI] - lithium_left(candidate))
    known = "discharged structure" if candidate.crystal is not None and candidate.crystal.is_ordered else "composition"
    return (
        f"framework only: from the {known}, {removed / discharged[LI]:.0%} of the Li removed, as its metals can be "
        "oxidised"
    )
