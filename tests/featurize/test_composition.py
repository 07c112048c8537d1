"""Composition descriptors against matminer and against hand counts."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.errors import InputError
from ssbscreen.featurize import composition as C


def _random_formulas(n: int, seed: int = 0) -> list[Composition]:
    rng = np.random.default_rng(seed)
    out = []
    for i in range(n):
        z = rng.choice(np.arange(1, 104), size=rng.integers(1, 8), replace=False)
        # every third formula has small integers, so that largest amounts tie
        amounts = rng.integers(1, 4, len(z)) if i % 3 == 0 else rng.uniform(0.01, 12, len(z)).round(3)
        out.append(Composition({SYMBOLS[k]: float(a) for k, a in zip(z, amounts, strict=True)}))
    return out


def _matrix(compositions: list[Composition]) -> np.ndarray:
    return np.stack([C.amounts_of(c) for c in compositions])


def test_magpie_equals_matminer_on_random_formulas() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from matminer.featurizers.composition import ElementProperty

        preset = ElementProperty.from_preset("magpie", impute_nan=True)
    compositions = _random_formulas(150)
    expected = np.array([preset.featurize(c) for c in compositions], dtype=float)
    assert [f"MagpieData {n}" for n in C.MAGPIE_NAMES] == preset.feature_labels()
    np.testing.assert_allclose(C.magpie(_matrix(compositions)), expected, rtol=1e-9, atol=1e-9)


def test_features_do_not_depend_on_scale_batch_or_order() -> None:
    amounts = _matrix(_random_formulas(40, seed=1))
    for function in (C.magpie, C.extras):
        whole = function(amounts)
        np.testing.assert_allclose(function(7.5 * amounts), whole, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            np.concatenate([function(amounts[i : i + 1]) for i in range(40)]), whole, rtol=1e-9, atol=1e-9
        )
        np.testing.assert_allclose(function(amounts[::-1]), whole[::-1], rtol=1e-9, atol=1e-9)
        assert function(amounts[:0]).shape == (0, whole.shape[1])


def test_extras_of_argyrodite_by_hand() -> None:
    values = dict(zip(C.EXTRA_NAMES, C.extras(_matrix([Composition("Li6PS5Cl")]))[0], strict=True))
    assert values["share Li"] == pytest.approx(6 / 13)
    assert values["share S"] == pytest.approx(5 / 13)
    assert values["share anions"] == pytest.approx(6 / 13)
    assert values["Li per framework atom"] == pytest.approx(6.0)
    assert values["framework charge"] == pytest.approx(5.0)  # P5+ balances 5 S2-, Cl- and 6 Li+
    assert values["anion mixing"] == pytest.approx(-(5 / 6) * np.log(5 / 6) - (1 / 6) * np.log(1 / 6))
    assert values["framework mixing"] == pytest.approx(0.0)
    assert values["anion mean Electronegativity"] == pytest.approx((5 * 2.58 + 3.16) / 6)
    assert values["2-norm"] == pytest.approx(np.sqrt(36 + 1 + 25 + 1) / 13)


def test_statistics_of_an_empty_sublattice_are_missing_not_zero() -> None:
    amounts = _matrix([Composition("Li2S"), Composition("LiAl")])
    row = dict(zip(C.EXTRA_NAMES, C.extras(amounts).T, strict=True))
    for name in ("framework mean Row", "Li per framework atom"):
        assert np.isnan(row[name]).tolist() == [True, False]
    for name in ("anion mean Row", "Li per anion"):
        assert np.isnan(row[name]).tolist() == [False, True]


def test_amounts_refuse_what_is_no_material() -> None:
    with pytest.raises(InputError, match="empty"):
        C.amounts_of(Composition({}))
    with pytest.raises(InputError, match="Lr"):
        C.amounts_of(Composition({"X0+": 1.0, "Li": 1.0}))
    with pytest.raises(InputError, match="polymer"):
        C.amount_matrix([Candidate("p", polymer=Polymer("*CCO*"))])
    assert C.amounts_of(Composition({"D": 2, "O": 1}))[1] == 2
    assert C.amounts_of(Composition({"Li+": 1, "Li0+": 1}))[3] == 2


def test_element_embedding_knows_chemistry() -> None:
    table = C.element_embedding()
    unit = table[1:] / np.linalg.norm(table[1:], axis=1, keepdims=True)
    nearest = np.argsort(-(unit @ unit[16]))[:4] + 1  # chlorine
    assert {35, 53} & set(nearest.tolist())  # bromine or iodine among its nearest
