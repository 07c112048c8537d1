"""Voltages of chlorides, bromides, iodides and of sulfur's electrons from measured enthalpies of other compounds.

Where no couple of a halide is calculated, the binaries of its metal say between which charges it lies, as FeCl3 + Li =
FeCl2 + LiCl does; how far compounds with lithium lie from their binaries is read from calculated couples of both.
Sulfur that gives electrons in a sulfide, S2- to (S2)2-, does so near the voltage of disulfides, as FeS2 + 2 Li = FeS +
Li2S, in which the metal keeps its charge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.stats import t

from ssbscreen.core.constants import Z90
from ssbscreen.core.redox import charges, exchanged_electrons
from ssbscreen.physics.shipped_table import shipped_rows
from ssbscreen.physics.voltage_shift import soft_anion

_HALOGENS = ("Cl", "Br", "I")


@dataclass(frozen=True)
class Voltage:
    """A voltage with its error, V.

    Attributes:
        mean: V against lithium.
        std: V; a normal error as wide at nine tenths as the one of so few values.
    """

    mean: float
    std: float


@dataclass(frozen=True)
class Binary:
    """Voltage of the binary halides of a metal between the charges of a couple, V.

    Attributes:
        measured: by measured enthalpies.
        calculated: by energies of the Materials Project.
        words: which step, as "Fe 2+/3+".
    """

    measured: float
    calculated: float
    words: str


def of_another(values: Sequence[float]) -> Voltage:
    """What one more value like these is expected to be.

    Args:
        values: two at least.

    Source: prediction interval of a normal variable with unknown variance (Student's t), at nine tenths.
    """
    n = len(values)
    std = float(np.std(values, ddof=1)) * np.sqrt(1.0 + 1.0 / n) * float(t.ppf(0.95, n - 1)) / Z90
    return Voltage(float(np.mean(values)), float(std))


@lru_cache(maxsize=1)
def sulfur_voltage() -> Voltage:
    """Of S2- to (S2)2- in a sulfide.

    Source: `sulfur_couples.csv`, made by `benchmarks/fit_reference_scale.py sulfur` from the enthalpies that pymatgen
        ships. No measured mean voltage of a lithium-rich sulfide was read.
    """
    return of_another([float(row["measured_V"]) for row in shipped_rows("sulfur_couples.csv")])


def with_sulfur(of_metals: Voltage | None, metals: float, sulfur: float) -> Voltage:
    """Mean voltage over the electrons of the metals and those of sulfur.

    Args:
        of_metals: None where they give none.
        metals, sulfur: electrons that come back of each.

    Source: work of the charge over the charge, arithmetic.
    """
    own = sulfur_voltage()
    if of_metals is None:
        return own
    share = sulfur / (metals + sulfur)
    return Voltage(
        (1.0 - share) * of_metals.mean + share * own.mean,
        float(np.hypot((1.0 - share) * of_metals.std, share * own.std)),
    )


@lru_cache(maxsize=1)
def _binaries() -> dict[tuple[str, str, int], tuple[float, float]]:
    """Measured and calculated voltage by metal, halogen and lower charge."""
    found = {}
    for row in shipped_rows("soft_anion_voltages.csv"):
        if row["anion"] in _HALOGENS:
            for charge in range(round(float(row["low"])), round(float(row["high"]))):
                found[row["element"], row["anion"], charge] = float(row["measured_V"]), float(row["calculated_V"])
    return found


def binary_of(amounts: Mapping[str, float], lithium_left: float) -> Binary | None:
    """Binaries of the metals that give the electrons; None where one of them has none, or where anions are mixed.

    Args:
        amounts: of the discharged halide, by element.
        lithium_left: in the same amounts.

    Source: `soft_anion_voltages.csv`.
    """
    halogens = [name for name in _HALOGENS if amounts.get(name, 0.0) > 0.0]
    if len(halogens) != 1 or soft_anion(amounts) not in ("chloride", "bromide"):
        return None
    given = exchanged_electrons(charges(amounts), charges({**amounts, "Li": lithium_left}))
    given = {couple: n for couple, n in given.items() if abs(n) > 1e-6}
    known = [_binaries().get((element, halogens[0], charge)) for element, charge in given]
    if not given or any(pair is None for pair in known):
        return None
    measured, calculated = np.average([pair for pair in known if pair], axis=0, weights=list(given.values()))
    return Binary(float(measured), float(calculated), ", ".join(f"{e} {z}+/{z + 1}+" for e, z in given))
