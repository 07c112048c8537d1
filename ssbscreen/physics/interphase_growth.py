"""How the interphase on lithium grows with time: its resistance, and the lithium it binds.

Growth that diffusion through the layer limits goes with the square root of time (thickness^2 = 2 k t). The rate was
measured for a few materials, as resistance by impedance or as charge by titration; it is unknown for all others, and
others of the family are no guide: of three argyrodites the iodide grows 400 times faster than chloride and bromide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from ssbscreen.core.constants import BOLTZMANN_EV, LI_CAPACITY_VOL, UM_TO_CM, ZERO_CELSIUS
from ssbscreen.core.errors import InputError
from ssbscreen.physics.lithium_contact import same_composition
from ssbscreen.physics.shipped_table import shipped_rows

HOURS_PER_YEAR: Final[float] = 8766.0
Quantity = Literal["resistance", "charge"]


@dataclass(frozen=True, slots=True)
class GrowthRate:
    """What was measured of one material: value = start + rate * (hours)^0.5.

    Attributes:
        formula: of the material.
        quantity: resistance (ohm cm2) or charge of the lithium bound (mAh/cm2).
        rate, rate_std: unit of the quantity per square root of an hour; for a bound the largest that fits.
        start: unit of the quantity at time 0.
        temperature_c: of the measurement, degree C.
        is_bound: whether the truth lies at or below.
        conditions, doi, read_at: of the measurement.
    """

    formula: str
    quantity: Quantity
    rate: float
    rate_std: float
    start: float
    temperature_c: float
    is_bound: bool
    conditions: str
    doi: str
    read_at: str


@lru_cache(maxsize=1)
def known_rates() -> tuple[GrowthRate, ...]:
    """The table `interphase_growth.csv`.

    Source: resistances of Wenzel et al. as tabulated in 10.1002/adma.201901131, Table 3 (whether of one interface or of
    both of the symmetric cell is not said there); charges from Aktekin et al., Nat. Commun. (2023),
    10.1038/s41467-023-42512-y.
    """
    return tuple(
        GrowthRate(
            row["formula"],
            "resistance" if row["quantity"] == "resistance" else "charge",
            float(row["rate"]),
            float(row["rate_std"]),
            float(row["start"]),
            float(row["temperature_C"]),
            row["bound"] == "below",
            row["conditions"],
            row["doi"],
            row["read_at"],
        )
        for row in shipped_rows("interphase_growth.csv")
    )


@lru_cache(maxsize=20_000)
def growth_rate(formula: str, quantity: Quantity) -> GrowthRate | None:
    """Rate of a composition, None where nobody measured it or the text is no formula."""
    try:
        return next((r for r in known_rates() if r.quantity == quantity and same_composition(formula, r.formula)), None)
    except InputError:
        return None


def in_words(formula: str) -> str:
    """The rates of a composition with their sources, empty where there are none."""
    words = []
    for quantity, unit in (("resistance", "ohm cm2"), ("charge", "mAh/cm2 of lithium")):
        rate = growth_rate(formula, "resistance" if quantity == "resistance" else "charge")
        if rate is not None:
            start = f"{rate.start:g} + " if rate.start else ""
            most = "at most " if rate.is_bound else ""
            words.append(f"{most}{start}{rate.rate:g} (hours)^0.5 {unit} ({rate.doi})")
    return "; ".join(words)


@dataclass(frozen=True)
class GrowthRates:
    """Rates of many candidates; NaN where unknown.

    Attributes:
        rate, rate_std, start: as in `GrowthRate`.  # (n, 1)
        temperature_c: of the measurement.  # (n, 1)
        is_bound: # (n, 1) bool
    """

    rate: np.ndarray
    rate_std: np.ndarray
    start: np.ndarray
    temperature_c: np.ndarray
    is_bound: np.ndarray

    def after(
        self, hours: np.ndarray, temperature_c: np.ndarray | float, activation_energy: np.ndarray, noise: np.ndarray
    ) -> np.ndarray:
        """Draws of the quantity after a time of contact, in its unit.

        A bound is drawn uniformly in its rate from nothing up to what was measured.

        Args:
            hours: of contact.  # broadcasts over (n, n_draws)
            temperature_c: of use, degree C.
            activation_energy: of the growth constant k, eV; the rate goes with the square root of k.
            noise: standard normal numbers of each candidate.  # (n, n_draws)

        Source: diffusion-limited growth, thickness^2 = 2 k t, after Wenzel et al., Chem. Mater. 28, 2400 (2016),
        10.1021/acs.chemmater.6b00610; Arrhenius' law.
        """
        inverse = 1.0 / (self.temperature_c + ZERO_CELSIUS) - 1.0 / (temperature_c + ZERO_CELSIUS)
        warmer = np.exp(0.5 * np.asarray(activation_energy, float) / BOLTZMANN_EV * inverse)
        exact = np.maximum(self.rate + self.rate_std * noise, 0.0)
        rate = np.where(self.is_bound, self.rate * _uniform(noise), exact) * warmer
        return self.start + rate * np.sqrt(np.asarray(hours, float))


def growth_rates(formulas: Sequence[str], chemistry_classes: Sequence[str], quantity: Quantity) -> GrowthRates:
    """Rates of many candidates by their compositions; polymers have none in the table.

    Args:
        formulas: as printed.
        chemistry_classes: aligned.
        quantity: resistance or charge.
    """
    known = [
        None if chemistry_class == "polymer" else growth_rate(formula, quantity)
        for formula, chemistry_class in zip(formulas, chemistry_classes, strict=True)
    ]
    columns = [(np.nan,) * 4 if r is None else (r.rate, r.rate_std, r.start, r.temperature_c) for r in known]
    rate, std, start, temperature = np.array(columns, dtype=float).reshape(len(columns), 4).T[:, :, None]
    is_bound = np.array([r is not None and r.is_bound for r in known], dtype=bool)[:, None]
    return GrowthRates(rate, std, start, temperature, is_bound)


def thickness(charge: np.ndarray, li_consumed: np.ndarray, pilling_bedworth_ratio: np.ndarray) -> np.ndarray:
    """Thickness of a compact interphase that has bound a charge of lithium, micrometre.

    Args:
        charge: mAh/cm2.
        li_consumed: micrometre of lithium per micrometre of electrolyte that reacts.
        pilling_bedworth_ratio: volume of the products over that of the electrolyte.

    Source: Faraday's law and the balance of volumes.
    """
    lithium = np.asarray(charge, float) / LI_CAPACITY_VOL / UM_TO_CM
    with np.errstate(divide="ignore", invalid="ignore"):
        return lithium / np.asarray(li_consumed, float) * np.asarray(pilling_bedworth_ratio, float)


def capacity_kept(charge: np.ndarray, areal_capacity: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Share of the areal capacity that is left when the interphase has bound a charge, in [0, 1].

    Lithium in excess of what the cathode brings is bound first. Loss of contact and of active material is not in it.

    Args:
        charge: bound by the interphase, mAh/cm2.
        areal_capacity: of the cathode, mAh/cm2.
        excess: lithium beyond that of the cathode, mAh/cm2.
    """
    capacity = np.asarray(areal_capacity, float)
    return np.clip((capacity + excess - np.asarray(charge, float)) / capacity, 0.0, 1.0)


def _uniform(noise: np.ndarray) -> np.ndarray:
    """Numbers in (0, 1) for standard normal ones; the logistic of 1.702 x is the normal distribution to 0.01."""
    return 1.0 / (1.0 + np.exp(-1.702 * np.asarray(noise, float)))
