"""Insertion electrodes as descriptors: redox chemistry of the composition, sites of one or both ends.

The composition part needs the lithium content of both ends. Where only the discharged one is known, the charged end is
the framework with as much lithium as the redox-active metals cannot give (`core.redox.removable_lithium`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import InputError
from ssbscreen.core.insertion import LI, li_per_framework_atom, signed_volume_change
from ssbscreen.core.redox import Charges, Couple, charges, exchanged_electrons, removable_lithium
from ssbscreen.featurize import electrode_sites
from ssbscreen.featurize.base import ELECTRODE, ELECTRODE_PAIR, Encoded, encode_each
from ssbscreen.featurize.composition import magpie
from ssbscreen.featurize.redox import COUPLES, active_elements, named, redox_descriptors

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
        start, end = charges(named(discharged)), charges(named(with_lithium(discharged, left)))
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
    removed = removable_lithium(named(discharged))
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


def note(candidate: Candidate) -> str:
    """What a prediction from the discharged state alone assumes, for people."""
    discharged = amounts_discharged(candidate)
    removed = float(discharged[LI] - lithium_left(candidate))
    known = "discharged structure" if candidate.crystal is not None and candidate.crystal.is_ordered else "composition"
    return (
        f"framework only: from the {known}, {removed / discharged[LI]:.0%} of the Li removed, as its metals can be "
        "oxidised"
    )
