"""Scale of the targets."""

from __future__ import annotations

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.training.targets import TargetTransform, atom_fractions


def test_atom_fractions_of_every_kind() -> None:
    mixed = Crystal(
        np.eye(3) * 4,
        np.array([[0.0, 0, 0], [0.5, 0.5, 0.5]]),
        np.array([0, 1]),
        np.array([3, 17]),
        np.array([0.5, 1.0]),
    )
    found = atom_fractions(
        [
            Candidate("a", composition=Composition("Li3PS4")),
            Candidate("b", crystal=mixed),
            Candidate("c", polymer=Polymer("*CCO*")),
            Candidate("d", composition=Composition("D2O")),
        ]
    )
    assert found[0, [3, 15, 16]] == pytest.approx([3 / 8, 1 / 8, 4 / 8])
    assert found[1, [3, 17]] == pytest.approx([1 / 3, 2 / 3])
    assert found[2].sum() == 0.0
    assert found[3, [1, 8]] == pytest.approx([2 / 3, 1 / 3])


def test_there_and_back_and_standardised() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(5.0, 3.0, (400, 2))
    values[rng.random(values.shape) < 0.3] = np.nan
    fractions = rng.dirichlet(np.ones(4), 400) @ np.eye(104)[[3, 8, 16, 17]]
    transform = TargetTransform.fit(values, np.zeros_like(values), fractions, np.array([False, True]))
    learned = transform.learned(values, fractions)
    np.testing.assert_allclose(np.nanmean(learned, axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(np.nanstd(learned, axis=0), 1.0, atol=1e-9)
    np.testing.assert_allclose(transform.stored(learned, fractions), values, atol=1e-9)
    again = TargetTransform.from_tensors(transform.tensors())
    np.testing.assert_array_equal(again.learned(values, fractions), learned)


def test_the_reference_takes_out_what_elements_explain() -> None:
    rng = np.random.default_rng(1)
    fractions = np.zeros((500, 104))
    fractions[:, [3, 8, 16]] = rng.dirichlet(np.ones(3), 500)
    energy = fractions[:, 3] * -1.0 + fractions[:, 8] * -3.0 + fractions[:, 16] * 0.5
    values = (energy + rng.normal(size=500) * 0.01)[:, None]
    transform = TargetTransform.fit(values, np.zeros((500, 1)), fractions, np.array([True]))
    assert transform.reference[0, [3, 8, 16]] == pytest.approx([-1.0, -3.0, 0.5], abs=0.02)
    assert transform.scale[0] == pytest.approx(0.01, rel=0.2)
    assert transform.reference[0, 92] == 0.0
