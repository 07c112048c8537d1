"""Outcomes measured in cells, from `data/outcomes`: what a ranking is checked against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ssbscreen.core.candidate import Bound
from ssbscreen.core.errors import IntegrityError
from ssbscreen.core.outcome import Outcome, OutcomeKind, Weakness
from ssbscreen.files.csv_table import csv_rows
from ssbscreen.files.data_card import Card, card_of
from ssbscreen.files.paths import data_dir

_TABLES = {
    OutcomeKind.CRITICAL_CURRENT: "critical_current.csv",
    OutcomeKind.LITHIUM: "lithium.csv",
    OutcomeKind.CYCLING: "cycling.csv",
}
_WEAKNESSES = "weaknesses.csv"
_INTERLAYERS = {"yes": True, "liquid": True, "no": False, "unstated": False}


class OutcomeSource:
    """Reads the tables; outcomes of low confidence are left out."""

    name = "outcomes"
    dataset = "outcomes"

    @property
    def card(self) -> Card:
        return card_of(self.dataset)

    def load_outcomes(self) -> tuple[Outcome, ...]:
        """All outcomes in the order of the tables.

        Raises:
            IntegrityError: a row cannot be read.
        """
        return tuple(
            outcome for kind, name in _TABLES.items() for outcome in _read(kind, data_dir() / "outcomes" / name)
        )

    def load_weaknesses(self) -> tuple[Weakness, ...]:
        """Known weaknesses in the order of their table.

        Raises:
            IntegrityError: a row cannot be read.
        """
        path = data_dir() / "outcomes" / _WEAKNESSES
        found = []
        for line, row in enumerate(csv_rows(path), 2):
            try:
                found.append(_weakness(row))
            except (KeyError, ValueError) as error:
                raise IntegrityError(f"{path.name}, line {line}: {error}; see card.yaml beside it.") from error
        return tuple(found)


SOURCE = OutcomeSource()


def _weakness(row: dict[str, str]) -> Weakness:
    return Weakness(
        material=row["material"],
        formula=row["formula"],
        smiles=row["smiles"],
        salt_smiles=row["salt_smiles"],
        molality=float(row["molality"]) if row["molality"] else None,
        role=row["role"],
        criteria=tuple(row["weakness"].split()),
        statement=row["statement"],
        reference=row["source"],
    )


def _read(kind: OutcomeKind, path: Path) -> Iterator[Outcome]:
    for line, row in enumerate(csv_rows(path), 2):
        if row["confidence"] == "low":
            continue
        try:
            yield Outcome(
                material=row["material"],
                formula=row["formula"],
                kind=kind,
                value=float(row["value"]),
                bound=Bound(row["bound"]),
                has_interlayer=_INTERLAYERS[row["interlayer"]],
                temperature_c=float(row["temperature_c"]) if row["temperature_c"] else None,
                reference=row["doi"] or row["url"],
            )
        except (KeyError, ValueError) as error:
            raise IntegrityError(f"{path.name}, line {line}: {error}; see card.yaml beside it.") from error
