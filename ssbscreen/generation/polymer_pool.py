"""Polymer electrolyte formulations: repeat units with lithium salts in usual amounts."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import InputError, IntegrityError
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.paths import data_dir
from ssbscreen.readers.polymer_text import canonical_salt, formulation, repeat_unit

_log = logging.getLogger(__name__)

MOLALITIES = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # mol salt per kg polymer; EO:Li = 20 in PEO is 1.14
# Long chains, so that the value asked for is that of the solid and not of an oligomer: conductivity hardly
# depends on the molar mass above some 10,000 g/mol. The ChemArr samples have a median of 55,000 g/mol.
MOLAR_MASS = 100_000.0  # g/mol
_REFERENCE_SALT = "LiTFSI"
_REFERENCE_MOLALITIES = (1.0, 2.0)  # every repeat unit is screened with the reference salt at these
_DRAWN_PER_UNIT = 4  # further formulations of each repeat unit, drawn by the weights of the salts


@dataclass(frozen=True)
class RepeatUnit:
    """One row of `repeat_units.csv`; `smiles` is canonical."""

    name: str
    title: str
    smiles: str
    chemistry: str


@dataclass(frozen=True)
class Salt:
    """One row of `salts.csv`; `weight` is how often it is drawn relative to the others."""

    name: str
    title: str
    smiles: str
    weight: float


_Row = TypeVar("_Row", RepeatUnit, Salt)


@functools.cache
def repeat_units() -> tuple[RepeatUnit, ...]:
    """All repeat units of `data/polymers/`; raises IntegrityError on a bad or repeated row."""
    path = data_dir() / "polymers" / "repeat_units.csv"
    return _unique(
        path,
        [
            RepeatUnit(
                row["name"], row["title"], _checked(path, row["name"], repeat_unit, row["smiles"]), row["chemistry"]
            )
            for row in csv_rows(path)
        ],
    )


@functools.cache
def salts() -> tuple[Salt, ...]:
    """All salts of `data/polymers/`; raises IntegrityError on a bad or repeated row."""
    path = data_dir() / "polymers" / "salts.csv"
    return _unique(
        path,
        [
            Salt(
                row["name"],
                row["title"],
                _checked(path, row["name"], canonical_salt, row["smiles"]),
                float(row["weight"]),
            )
            for row in csv_rows(path)
        ],
    )


def generate(n_max: int | None = None, seed: int = 0) -> tuple[Candidate, ...]:
    """Formulations, the same for the same arguments: all repeat units with the reference salt, then drawn ones.

    Args:
        n_max: most candidates to return; None for all.
        seed: of the drawing of salts and molalities.
    """
    units, by_name = repeat_units(), {salt.name: salt for salt in salts()}
    chosen = [(unit, by_name[_REFERENCE_SALT], m) for m in _REFERENCE_MOLALITIES for unit in units]
    taken = {(unit.name, salt.name, molality) for unit, salt, molality in chosen}
    rng = np.random.default_rng(seed)
    options = [(salt, molality) for salt in salts() for molality in MOLALITIES]
    weight = np.array([salt.weight for salt, _ in options])
    drawn: list[list[tuple[RepeatUnit, Salt, float]]] = []
    for unit in units:
        order = np.argsort(-(np.log(weight) + rng.gumbel(size=len(options))), kind="stable")
        new = [options[i] for i in order if (unit.name, options[i][0].name, options[i][1]) not in taken]
        drawn.append([(unit, salt, molality) for salt, molality in new[:_DRAWN_PER_UNIT]])
    chosen += [row[i] for i in range(_DRAWN_PER_UNIT) for row in drawn]
    known = _known_pairs()
    candidates = tuple(_candidate(unit, salt, molality, known) for unit, salt, molality in chosen[:n_max])
    _log.info("polymers: %d formulations of %d repeat units and %d salts", len(candidates), len(units), len(by_name))
    return candidates


def _candidate(unit: RepeatUnit, salt: Salt, molality: float, known: dict[tuple[str, str], str]) -> Candidate:
    name = known.get((unit.smiles, salt.smiles), "")
    return Candidate(
        candidate_id=f"polymer/{unit.name}/{salt.name}/{molality:g}",
        polymer=formulation(unit.smiles, salt.smiles, molality, MOLAR_MASS),
        source="polymer_pool",
        label=name or f"{unit.name}-{salt.name}",
        is_known=bool(name),
        family_hint=unit.chemistry,
        provenance=f"{unit.title} with {salt.title}, {molality:g} mol/kg; molar mass set to {MOLAR_MASS:g} g/mol",
    )


def _known_pairs() -> dict[tuple[str, str], str]:
    """Name of each polymer and salt that stand together in the literature table, at whatever molality."""
    path = data_dir() / "literature" / "electrolytes.csv"
    pairs: dict[tuple[str, str], str] = {}
    if not path.is_file():
        return pairs
    for row in csv_rows(path):
        if row.get("smiles") and row.get("salt_smiles"):
            try:
                pairs.setdefault((repeat_unit(row["smiles"]), canonical_salt(row["salt_smiles"])), row["material"])
            except InputError:  # a network or blend that is no single repeat unit names no known pair
                continue
    return pairs


def _checked(path: Path, name: str, read: Callable[[str], str], smiles: str) -> str:
    try:
        return read(smiles)
    except InputError as error:
        raise IntegrityError(f"{path.name}, row '{name}': {error}") from error


def _unique(path: Path, rows: list[_Row]) -> tuple[_Row, ...]:
    for key in ("name", "smiles"):
        seen: dict[str, str] = {}
        for row in rows:
            value = getattr(row, key)
            if value in seen:
                raise IntegrityError(f"{path.name}: rows '{seen[value]}' and '{row.name}' have the same {key}.")
            seen[value] = row.name
    return tuple(rows)
