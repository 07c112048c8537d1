"""Correction of calculated formation energies for anions that the older Materials Project left uncorrected."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from pymatgen.core import Element

CORRECTION: Final[Mapping[str, float]] = {"Br": -0.534, "I": -0.379, "Se": -0.472, "Te": -0.422}
"""eV per anion. The set of 2018 corrects oxides and sulfides, and nitrides, fluorides, chlorides and hydrides by the
energies of their gases; bromides, iodides, selenides and tellurides stand there as PBE has them, with Br2, I2, Se and
Te bound too strongly. Source: Wang et al., Sci. Rep. 11, 15496 (2021), 10.1038/s41598-021-94550-5, as pymatgen ships
it (MP2020Compatibility)."""
_MORE_NEGATIVE: Final[Mapping[str, float]] = {"O": 2.0, "F": 1.0, "Cl": 1.0}
_NEVER_POSITIVE: Final = frozenset(("O", "F"))  # beside any other element


def anion_correction(amounts: Mapping[str, float], per_anion: Mapping[str, float] = CORRECTION) -> float:
    """What is to be added to a formation energy on the scale of `mp_formation_energies`, eV/atom.

    Bromine of a bromate is no anion: an element counts as one where the highest oxidation states of the others can
    balance oxygen, fluorine and chlorine without it. An element by itself has none.

    Args:
        amounts: by element symbol.
        per_anion: eV per anion by element symbol; another scale than that of the set has another one.
    """
    present = [symbol for symbol in per_anion if amounts.get(symbol, 0.0) > 0.0]
    if not present or sum(amount > 0.0 for amount in amounts.values()) < 2:
        return 0.0
    negative = sum(charge * amounts.get(symbol, 0.0) for symbol, charge in _MORE_NEGATIVE.items())
    others = (s for s in amounts if s not in per_anion and s not in _MORE_NEGATIVE)
    if negative > sum(_highest_state(s) * amounts[s] for s in others) + 1e-6:
        present = [symbol for symbol in present if symbol in _NEVER_POSITIVE]
    return sum(per_anion[s] * amounts[s] for s in present) / sum(amounts.values())


@cache
def _highest_state(symbol: str) -> int:
    return max(Element(symbol).common_oxidation_states, default=0)
