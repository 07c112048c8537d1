"""Rows on both sides of a split that are one material: found by composition and by a fingerprint of the structure.

Neither the id, nor how a formula is written, nor the choice, size or scale of the cell hides a duplicate.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import ATOMIC_NUMBER
from ssbscreen.core.errors import ModelError
from ssbscreen.core.fingerprint import SAME_STRUCTURE, difference, structure_fingerprint

_log = logging.getLogger(__name__)
_DECIMALS = 4  # of the atomic fractions that make a composition


class Kind(StrEnum):
    """What two rows share."""

    STRUCTURE = "structure"  # composition and arrangement, up to the scale of the cell
    COMPOSITION = "composition"


@dataclass(frozen=True)
class Leak:
    """A test row that a training row gives away.

    Attributes:
        train, test: positions in the sequences that were given.
        kind: what they share.
    """

    train: int
    test: int
    kind: Kind


def find_leaks(
    train: Sequence[Candidate], test: Sequence[Candidate], *, only_structures: bool = False
) -> tuple[Leak, ...]:
    """All pairs of a training and a test candidate of one composition, and whether their structures agree too.

    Args:
        train, test: candidates with a composition; polymers are compared by repeat unit and salt.
        only_structures: leave out pairs that share the composition alone, as official folds that divide polymorphs.
    """
    keys = material_keys(train)
    known: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        known[key].append(i)
    prints: dict[tuple[str, int], np.ndarray | None] = {}

    def print_of(side: str, number: int, candidate: Candidate) -> np.ndarray | None:
        if (side, number) not in prints:
            crystal = candidate.crystal
            prints[side, number] = structure_fingerprint(crystal) if crystal is not None else None
        return prints[side, number]

    leaks = []
    for j, key in enumerate(material_keys(test)):
        for i in known.get(key, ()):
            mine, other = print_of("test", j, test[j]), print_of("train", i, train[i])
            same = mine is not None and other is not None and difference(mine, other) < SAME_STRUCTURE
            if same or not only_structures:
                leaks.append(Leak(i, j, Kind.STRUCTURE if same else Kind.COMPOSITION))
    return tuple(leaks)


def check_split(name: str, group: str, candidates: Sequence[Candidate], learned: np.ndarray, test: np.ndarray) -> int:
    """Test rows that a row outside the test part gives away, counted and logged.

    Args:
        name: of the model, for the message.
        group: of the split that made the parts, such as "formula+doi".
        candidates: of all rows.
        learned: rows for training, validation and calibration.
        test: held-out rows.

    Raises:
        ModelError: an ordered crystal of the test part is learned from although the split is by formula.
    """
    by_formula = "formula" in group.split("+")
    known, held_out = [candidates[int(i)] for i in learned], [candidates[int(i)] for i in test]
    leaks = find_leaks(known, held_out, only_structures=not by_formula)
    given_away = {leak.test for leak in leaks}
    structures = [leak for leak in leaks if leak.kind is Kind.STRUCTURE]
    if structures and by_formula:
        n, first = len({leak.test for leak in structures}), structures[0]
        raise ModelError(
            f"{name}: {n} test rows are learned from under another name, first '"
            f"{held_out[first.test].candidate_id}' as '{known[first.train].candidate_id}'; correct the formula groups."
        )
    if given_away:
        shared = "the composition" if by_formula else "composition and structure"
        _log.warning(
            "%s: %d of %d test rows share %s with a row that is learned from", name, len(given_away), len(test), shared
        )
    return len(given_away)


def material_keys(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """One text for one composition however it is written: atomic fractions to four decimals, isotopes as elements."""
    return tuple(_key(candidate) for candidate in candidates)


def _key(candidate: Candidate) -> str:
    if candidate.composition is None:
        assert candidate.polymer is not None
        return f"{candidate.polymer.smiles} {candidate.polymer.salt_smiles or ''}"
    shares: dict[int, float] = defaultdict(float)
    for element, amount in candidate.composition.get_el_amt_dict().items():
        shares[ATOMIC_NUMBER[element]] += amount / candidate.composition.num_atoms
    return " ".join(f"{z}:{shares[z]:.{_DECIMALS}f}" for z in sorted(shares))
