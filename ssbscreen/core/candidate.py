"""What is screened and what was measured on it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.constants import ROOM_TEMPERATURE_C
from ssbscreen.core.crystal import Crystal

OWN_MEASUREMENTS = "measurements"  # source of what the user imported
CALCULATION = "calculation"  # methods of lower fidelity begin with this word


class Bound(StrEnum):
    """Whether a value is exact or only known to lie on one side."""

    EXACT = "exact"
    BELOW = "below"  # the truth is at or below the value
    ABOVE = "above"  # the truth is at or above the value


@dataclass(frozen=True)
class Polymer:
    """A polymer electrolyte formulation.

    Attributes:
        smiles: repeat unit, its two ends written `*`.
        salt_smiles: salt, None for a polymer that carries its own ions or none.
        molality: mol salt per kg polymer, >= 0; None when not known.
        molar_mass: g/mol of the polymer; None when not known.
        plasticiser: solvent or plasticiser that the film holds, as named; empty for a dry one.
    """

    smiles: str
    salt_smiles: str | None = None
    molality: float | None = None
    molar_mass: float | None = None
    plasticiser: str = ""


@dataclass(frozen=True)
class Candidate:
    """A material to be screened: a crystal (ordered or disordered), a bare composition, a polymer, or an electrode.

    An electrode is known by both of its ends, composition and crystal being those of the discharged (lithiated) one,
    or by the discharged one alone, like any other crystal or composition.

    Attributes:
        candidate_id: unique in its pool.
        composition: None only for polymers.
        crystal: None for polymers and composition-only candidates.
        polymer: None for everything else.
        temperature_c: at which conductivity is asked for, degree C.
        source: name of the source it came from.
        provenance: how it came to be, in words (file, substitution, reference).
        label: name in use, such as "LLZO"; empty when there is none.
        is_known: whether it stands in a table of known compounds.
        family_hint: family named by the source; empty when the source names none.
        space_group: international number, None when not known.
        charged: the delithiated crystal of an electrode whose discharged one is `crystal`.
        prototype: structure type that the crystal was built in, a name of `data/prototypes/`; empty for all others.
        doubt: why no prediction for it should be trusted, such as a cell with a vacuum; empty where nothing is odd.
            Predictions carry it as their note and are outside the training domain.
    """

    candidate_id: str
    composition: Composition | None = None
    crystal: Crystal | None = None
    polymer: Polymer | None = None
    temperature_c: float = ROOM_TEMPERATURE_C
    source: str = ""
    provenance: str = ""
    label: str = ""
    is_known: bool = False
    family_hint: str = ""
    space_group: int | None = None
    charged: Crystal | None = None
    doubt: str = ""
    prototype: str = ""

    def __post_init__(self) -> None:
        if self.charged is not None and self.crystal is None:
            raise ValueError(f"Electrode '{self.candidate_id}' needs the discharged crystal beside the charged one.")
        if self.composition is None and self.crystal is not None:
            object.__setattr__(self, "composition", self.crystal.composition)
        if self.composition is None and self.polymer is None:
            raise ValueError(f"Candidate '{self.candidate_id}' needs a composition, a crystal or a polymer.")

    @cached_property
    def formula(self) -> str:
        """Reduced formula; for a polymer its repeat unit with salt and molality."""
        if self.polymer is not None:
            salt = f" + {self.polymer.salt_smiles}" if self.polymer.salt_smiles else ""
            amount = f" {self.polymer.molality:g} mol/kg" if self.polymer.molality is not None else ""
            return f"{self.polymer.smiles}{salt}{amount}"
        assert self.composition is not None
        return reduced_formula(self.composition)


def reduced_formula(composition: Composition) -> str:
    """One string for one composition, whatever the size of the cell it was given in.

    A formula of whole amounts is taken where one of at most 60 atoms exists; else the scale with few decimals
    and few atoms, as the field writes it: Li2.6Al0.6Ti3.4P6O24 becomes Li1.3Al0.3Ti1.7P3O12.
    """
    return _reduced(tuple((str(el), float(amount)) for el, amount in composition.items() if amount > 5e-5))


@lru_cache(maxsize=50_000)
def _reduced(amounts_of: tuple[tuple[str, float], ...]) -> str:
    kept = dict(amounts_of)
    amounts = np.array(list(kept.values()))
    if amounts.sum() <= 60.0 and np.abs(amounts - np.round(amounts)).max() <= 1e-3:
        return Composition({el: round(amount) for el, amount in kept.items()}).reduced_formula
    scales = (np.arange(1, 301)[:, None] / 10 / amounts[None, :]).ravel()
    scaled = amounts[None, :] * scales[:, None]  # (n_scales, n_elements)
    total = scaled.sum(axis=1)
    scaled = np.vstack([scaled[(total >= 3.0) & (total <= 60.0)], amounts[None, :] / amounts.max()])
    n_decimals = sum((np.abs(scaled - np.round(scaled, d)) > 2e-3 * 0.2**d).sum(axis=1) for d in range(4))
    cost = np.where(n_decimals == 0, -1e3, n_decimals) + 0.9 * np.log2(scaled.sum(axis=1))
    best = int(np.lexsort((scaled.sum(axis=1).round(6), cost.round(6)))[0])
    rounded = {el: float(round(amount, 4)) for el, amount in zip(kept, scaled[best], strict=True)}
    whole = {el: round(amount) if abs(amount - round(amount)) <= 2e-3 else amount for el, amount in rounded.items()}
    return re.sub(r"(?<=[A-Za-z])1(?![\d.])", "", Composition(whole).reduced_formula)


@dataclass(frozen=True)
class Measurement:
    """One value of one property of one candidate.

    Attributes:
        candidate_id: of the candidate it belongs to.
        property: key of the property table.
        value: in the stored unit of the property (log10 where the property is log-scaled).
        bound: exact, below or above.
        temperature_c: degree C; None where the property has none.
        reference: DOI or address, empty when there is none.
        method: how it was obtained (experiment, DFT, MD, ...).
        source: name of the source.
        groups: names of split groups this value belongs to, such as {"doi": ..., "family": ...}.
        noise: standard deviation of the value where it is not that of other measurements, stored unit; else None.
    """

    candidate_id: str
    property: str
    value: float
    bound: Bound = Bound.EXACT
    temperature_c: float | None = None
    reference: str = ""
    method: str = ""
    source: str = ""
    groups: dict[str, str] = field(default_factory=dict)
    noise: float | None = None


def is_calculated(measurement: Measurement) -> bool:
    """Whether a value is one of lower fidelity, so that a measured or density-functional one comes first."""
    return measurement.method.startswith(CALCULATION)


@dataclass(frozen=True)
class Rejected:
    """An input that was rejected, with the reason.

    Attributes:
        input: the file, line or identifier that was given.
        reason: why it cannot be used and what to do.
        count: how many inputs it stands for.
    """

    input: str
    reason: str
    count: int = 1


def n_inputs(rejected: Iterable[Rejected]) -> int:
    """How many inputs these reasons stand for."""
    return sum(one.count for one in rejected)


@dataclass(frozen=True)
class Records:
    """What a source yields: candidates, measurements on them, and what was rejected."""

    candidates: tuple[Candidate, ...]
    measurements: tuple[Measurement, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    @property
    def n_rejected(self) -> int:
        """How many inputs were rejected."""
        return n_inputs(self.rejected)
