"""Rows as a training sees them: auxiliary targets, and the name of a training."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import UsageError
from ssbscreen.model_parts.base import Targets
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.trainer import Part


def test_auxiliary_targets_reach_training_and_nothing_else() -> None:
    config = ModelConfig(
        name="m",
        properties=("band_gap", "band_gap_pbe"),
        sources=("x",),
        architecture="gap",
        auxiliary_targets=("formation_energy",),
    )
    candidates = tuple(Candidate(f, Composition(f)) for f in ("LiF", "NaCl", "KBr", "CaO"))
    values = np.array([[1.0, np.nan, -3.0], [np.nan, 2.0, np.nan], [np.nan, np.nan, -2.0], [2.0, 1.0, -1.0]])
    dataset = Dataset(
        "d",
        candidates,
        ("band_gap", "band_gap_pbe", "formation_energy"),
        values,
        np.zeros(values.shape, dtype=np.int8),
        np.full(4, np.nan),
        {"formula": np.array([c.formula for c in candidates])},
        ("x",),
    )
    table = EncodedRows.of(config, dataset)
    assert [c.candidate_id for c in table.candidates] == ["LiF", "NaCl", "CaO"]  # KBr has nothing to predict
    assert table.values.shape == (3, 2)
    assert table.auxiliary is not None
    np.testing.assert_array_equal(table.auxiliary[:, 0], [-3.0, np.nan, -1.0])
    part = Part(table.items, Targets(table.values, table.bound, table.auxiliary), table.sizes).take(np.array([2, 0]))
    np.testing.assert_array_equal(part.targets.auxiliary, [[-1.0], [-3.0]])
    with pytest.raises(UsageError, match="no auxiliary targets"):
        EncodedRows.of(config.model_copy(update={"architecture": "forest", "options": {}}), dataset)
    with pytest.raises(UsageError, match="lacks"):
        EncodedRows.of(config.model_copy(update={"auxiliary_targets": ("bulk_modulus",)}), dataset)


@pytest.mark.parametrize("given", [("band_gap",), ("hardness_of_cheese",)])
def test_an_auxiliary_target_must_be_known_and_not_predicted(given: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=given[0]):
        ModelConfig(name="m", properties=("band_gap",), sources=("x",), architecture="gap", auxiliary_targets=given)
