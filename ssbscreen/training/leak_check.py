"""The last look at every split before training: is a test row one material with a row that is learned from?"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import ModelError
from ssbscreen.curation.leakage import Kind, find_leaks
from ssbscreen.training.config import SplitConfig

_log = logging.getLogger(__name__)


def check_split(
    name: str, split: SplitConfig, candidates: Sequence[Candidate], learned: np.ndarray, test: np.ndarray
) -> int:
    """Test rows that a row outside the test part gives away, counted and logged.

    Args:
        name: of the model, for the message.
        split: that made the parts.
        candidates: of all rows.
        learned: rows for training, validation and calibration.
        test: held-out rows.

    Raises:
        ModelError: an ordered crystal of the test part is learned from although the split is by formula.
    """
    by_formula = "formula" in split.group.split("+")
    known, held_out = [candidates[int(i)] for i in learned], [candidates[int(i)] for i in test]
    leaks = find_leaks(known, held_out, only_structures=not by_formula)
    given_away = {leak.test for leak in leaks}
    structures = {leak.test for leak in leaks if leak.kind is Kind.STRUCTURE}
    if structures and by_formula:
        first = next(leak for leak in leaks if leak.kind is Kind.STRUCTURE)
        raise ModelError(
            f"{name}: {len(structures)} test rows are learned from under another name, first '"
            f"{held_out[first.test].candidate_id}' as '{known[first.train].candidate_id}'; correct the formula groups."
        )
    if given_away:
        _log.warning(
            "%s: %d of %d test rows share %s with a row that is learned from",
            name,
            len(given_away),
            len(test),
            "the composition" if by_formula else "composition and structure",
        )
    return len(given_away)
