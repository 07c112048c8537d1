"""What laboratories saw when a material was tried in a cell: for checking a ranking.

Two quantities are learned from them (`physics/lithium_contact.py`, `physics/critical_current.py`); the score never is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ssbscreen.core.candidate import Bound


class OutcomeKind(StrEnum):
    """What was observed."""

    CRITICAL_CURRENT = "critical_current"  # mA/cm2 at which a symmetric lithium cell shorts
    LITHIUM = "lithium_outcome"  # 1 withstands lithium (stable, passivating), 0 does not (growing, reactive)
    CYCLING = "cycling"  # 1: electrolyte of a full cell that cycled


@dataclass(frozen=True)
class Outcome:
    """One observation of one material.

    Attributes:
        material: name in the paper.
        formula: composition, or SMILES of the repeat unit for polymers.
        kind: what was observed.
        value: number in the unit of the kind.
        bound: whether the value is exact, or the truth lies above or below it.
        has_interlayer: whether a layer, a coating or a liquid stood between the electrolyte and lithium.
        temperature_c: of the experiment, degree C; None where the page does not say.
        reference: DOI, else the address of the page.
    """

    material: str
    formula: str
    kind: OutcomeKind
    value: float
    bound: Bound
    has_interlayer: bool
    temperature_c: float | None
    reference: str


@dataclass(frozen=True)
class Weakness:
    """What the literature holds against a well-known material: for checking a ranking, never for making it.

    Attributes:
        material: name.
        formula: composition; empty for polymers.
        smiles, salt_smiles, molality: repeat unit, salt and mol/kg of a polymer; empty and None for all else.
        role: of the screen that should see it.
        criteria: names of criteria that say it; any of them will do.
        statement: the weakness in words, with its number.
        reference: DOI, else the address of the page or the table of this project that names it.
    """

    material: str
    formula: str
    smiles: str
    salt_smiles: str
    molality: float | None
    role: str
    criteria: tuple[str, ...]
    statement: str
    reference: str
