"""The gap model: its mixture against brute force, what it may learn from, and that it comes back from its tensors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pymatgen.core import Composition

from ssbscreen.architectures.gap import GapOptions, Model, is_contradicted
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.errors import UsageError
from ssbscreen.model_parts.base import Targets
from ssbscreen.model_parts.composition import n_statistics
from ssbscreen.model_parts.computed_gap import distinct
from ssbscreen.model_parts.hurdle import mixture, pooled
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.targets import TargetTransform

_SMALL = GapOptions(
    dim=8,
    n_layers=1,
    n_heads=2,
    statistics=8,
    bottleneck=6,
    pre_epochs=3,
    n_bag=2,
    width=12,
    bag_epochs=5,
    bag_batch=16,
    n_chance_trees=6,
    n_size_trees=5,
)
_OFFSET, _SCALE = np.array([0.9137, 0.5111]), np.array([1.4731, 1.5077])  # none of them a round binary number
_ANIONS = {"O": 2.0, "S": 1.0, "F": 4.0, "Cl": 3.0}


def _formulas() -> list[str]:
    metals = [SYMBOLS[z] for z in (3, 4, 11, 12, 13, 19, 20, 21, 30, 31, 38, 39, 48, 49, 56)]
    return [f"{m}{k}{a}" for m in metals for a in _ANIONS for k in (1, 2)] + [f"{m}Fe" for m in metals]


def _items(formulas: list[str]) -> tuple[np.ndarray, ...]:
    return Model.representation(_SMALL).encode([Candidate(f, Composition(f)) for f in formulas]).items


def _values(formulas: list[str]) -> np.ndarray:
    """Gap by the anion, none without one; measured for the first half, computed (0.7 of it) for the second."""
    gap = np.array([sum(v for a, v in _ANIONS.items() if a in Composition(f)) for f in formulas])
    half = np.arange(len(formulas)) % 2 == 0
    return np.stack([np.where(half, gap, np.nan), np.where(half, np.nan, 0.7 * gap)], axis=1)


def _fitted(
    values: np.ndarray,
    formulas: list[str],
    options: GapOptions = _SMALL,
    energy: np.ndarray | None = None,
    seed: int = 3,
) -> Model:
    model = Model(options, 2)
    model.prepare(_OFFSET, _SCALE)
    learned = (values - _OFFSET) / _SCALE
    beside = None if energy is None else energy[:, None]
    model.fit(_items(formulas), Targets(learned, np.zeros(values.shape, dtype=np.int8), beside), seed=seed)
    return model.eval()


def _energy(formulas: list[str]) -> np.ndarray:
    """eV/atom: the more anions, and the lighter they are, the lower."""
    strength = {"O": -4.0, "S": -2.0, "F": -5.0, "Cl": -3.0, "Fe": -0.1}
    return np.array(
        [
            sum(strength.get(e.symbol, 0.0) * share for e, share in Composition(f).fractional_composition.items())
            for f in formulas
        ]
    )


def _stored(model: Model, formulas: list[str]) -> np.ndarray:
    with torch.no_grad():
        output = model(Model.representation(_SMALL).collate(_items(formulas)))
    return output.mean.numpy() * _SCALE + _OFFSET


def test_it_learns_which_compounds_have_a_gap_and_how_large() -> None:
    formulas = _formulas()
    options = replace(_SMALL, pre_epochs=25, bag_epochs=40, dim=16, n_chance_trees=20, n_size_trees=20)
    found = _stored(_fitted(_values(formulas), formulas, options), formulas)
    measured = _values(formulas)[:, 0]
    known = np.isfinite(measured)
    assert np.abs(found[known, 0] - measured[known]).mean() < 0.3
    np.testing.assert_allclose(found[known & (measured == 0), 0], 0.0, atol=1e-6)
    assert (found > -1e-6).all()


def test_computed_gaps_of_measured_compositions_are_not_learned() -> None:
    formulas = _formulas()
    values = _values(formulas)
    changed = values.copy()
    changed[0, 1], changed[4, 1] = 9.0, 3.3  # rows with a measured value, which is not 0 there
    assert values[0, 0] > 0
    assert values[4, 0] > 0
    plain, more = _fitted(values, formulas), _fitted(changed, formulas)
    for a, b in zip(plain.computed.state_dict().values(), more.computed.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    changed[np.flatnonzero(np.isnan(values[:, 0]))[0], 1] += (
        3.0  # a computed gap that has no measured one beside it counts
    )
    other = _fitted(changed, formulas)
    assert not torch.equal(plain.computed.head.weight, other.computed.head.weight)


def test_formation_energies_are_learned_beside_but_not_of_measured_compositions() -> None:
    formulas, options = _formulas(), replace(_SMALL, has_energy=True, pre_epochs=40, dim=16)
    values, energy = _values(formulas), _energy(_formulas())
    model = _fitted(values, formulas, options, energy)
    batch = Model.representation(options).collate(_items(formulas))
    with torch.no_grad():
        stated = model.computed(batch)[1][:, 4].numpy()
    unknown = np.isfinite(values[:, 0])  # their energies are held back
    assert np.corrcoef(stated[unknown], energy[unknown])[0, 1] > 0.7
    told = np.where(unknown, energy + 3.0, energy)
    same = _fitted(values, formulas, options, told)
    for a, b in zip(model.computed.state_dict().values(), same.computed.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    other = _fitted(values, formulas, options, np.where(np.arange(len(energy)) == 1, energy + 3.0, energy))
    assert not torch.equal(model.computed.head.weight, other.computed.head.weight)
    copy = Model.from_state(options, 2, {k: v.clone() for k, v in model.state_dict().items()}).eval()
    np.testing.assert_array_equal(_stored(copy, formulas), _stored(model, formulas))


def test_of_polymorphs_the_lowest_energy_counts_and_a_missing_one_none() -> None:
    formulas = [*_formulas(), "Li2O2S", "Li2O2S"]
    options = replace(_SMALL, has_energy=True)
    values = np.vstack([_values(formulas)[:-2], [[np.nan, 2.0], [np.nan, 2.0]]])
    energy = np.concatenate([_energy(formulas)[:-2], [-2.0, -1.0]])
    model = _fitted(values, formulas, options, energy)
    for changed, is_same in (((-2.0, -0.5), True), ((-2.0, np.nan), True), ((6.0, 7.0), False)):
        found = _fitted(values, formulas, options, np.concatenate([energy[:-2], changed]))
        assert torch.equal(found.computed.head.weight, model.computed.head.weight) is is_same
    energy[1:40:4] = np.nan
    assert np.isfinite(_stored(_fitted(values, formulas, options, energy), formulas)).all()


def test_energies_that_are_asked_for_must_be_given() -> None:
    formulas = _formulas()
    options = replace(_SMALL, has_energy=True)
    for energy in (None, np.full(len(formulas), np.nan)):
        with pytest.raises(UsageError, match="auxiliary_targets"):
            _fitted(_values(formulas), formulas, options, energy)


def test_a_metal_that_every_computed_gap_contradicts_is_not_learned() -> None:
    assert is_contradicted(np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.6, 0.4, np.inf, 2.0])).tolist() == [
        True,
        False,
        False,
        False,
    ]
    formulas = [*_formulas(), "Li2O2S", "Li2O2S", "Li2O2S"]
    values = np.vstack([_values(formulas)[:-3], [[0.0, np.nan], [np.nan, 2.0], [np.nan, 1.5]]])
    with_label, without = values.copy(), values.copy()
    without[-3, 0] = np.nan
    with_label[-1, 1] = 0.1  # one polymorph is no insulator: the label stands
    aside, never, kept = _fitted(values, formulas), _fitted(without, formulas), _fitted(with_label, formulas)
    assert torch.equal(aside.chance_trees.number, never.chance_trees.number)
    assert not torch.equal(aside.chance_trees.number, kept.chance_trees.number)


def test_boosted_trees_take_their_share_of_the_chance() -> None:
    formulas = _formulas()
    options = replace(_SMALL, boosted_share=0.5, n_boosted=8)
    half = _fitted(_values(formulas), formulas, options)
    state = {k: v.clone() for k, v in half.state_dict().items()}
    alone = Model.from_state(replace(options, boosted_share=1.0), 2, state).eval()
    plain = {k: v for k, v in state.items() if not k.startswith("boosted.")}
    assert len(plain) < len(state)
    none = Model.from_state(_SMALL, 2, plain).eval()  # weights from before there were any are read as they were
    batch = Model.representation(options).collate(_items(formulas))
    with torch.no_grad():
        chance = [m.embed(batch)[:, _SMALL.bottleneck + 4] for m in (half, alone, none)]
        inputs = half._inputs(batch)[1]
        assert half.boosted is not None
        torch.testing.assert_close(chance[1], half.boosted(inputs[:, _SMALL.bottleneck :]))
    torch.testing.assert_close(chance[0], 0.5 * chance[1] + 0.5 * chance[2])
    assert (chance[1] - chance[2]).abs().max() > 0.01
    assert torch.equal(none.chance_trees.number, _fitted(_values(formulas), formulas).chance_trees.number)


def test_balance_of_charges_tells_insulators_of_unseen_stoichiometry() -> None:
    """A gap wherever the charges balance, asked for metals that were not measured."""
    charge = {"Li": 1, "Na": 1, "K": 1, "Mg": 2, "Ca": 2, "Sr": 2, "Zn": 2, "Al": 3, "Y": 3, "La": 3, "Zr": 4, "Hf": 4}
    rows = [(m, k, a, n) for m in charge for k in (1, 2, 3) for a in ("O", "Cl") for n in (1, 2, 3, 4)]
    formulas = [f"{m}{k}{a}{n}" for m, k, a, n in rows]
    has_gap = np.array([charge[m] * k == (2 if a == "O" else 1) * n for m, k, a, n in rows])
    is_test = np.array([m in ("K", "Sr", "La", "Hf") for m, *_ in rows])
    values = np.stack([np.where(is_test, np.nan, 3.0 * has_gap), np.full(len(rows), np.nan)], axis=1)
    found = []
    for has_balance in (False, True):
        options = replace(_SMALL, has_balance=has_balance, boosted_share=0.5, n_boosted=30, n_chance_trees=20)
        items = Model.representation(options).encode([Candidate(f, Composition(f)) for f in formulas]).items
        assert len(items[0]) == 32 + n_statistics(has_balance)
        model = Model(options, 2)
        model.prepare(_OFFSET, _SCALE)
        model.fit(items, Targets((values - _OFFSET) / _SCALE, np.zeros(values.shape, dtype=np.int8)), seed=0)
        with torch.no_grad():
            chance = model.eval().embed(Model.representation(options).collate(items))[:, _SMALL.bottleneck + 4].numpy()
        found.append(float((has_gap * (1 - chance) + ~has_gap * chance)[is_test].mean()))
    assert found[1] < 0.2
    assert found[1] < 0.7 * found[0]


def test_mixture_equals_its_definition() -> None:
    """Draw from the mixture by hand and take the median of the draws."""
    rng = np.random.default_rng(0)
    raw = torch.tensor(rng.normal([0.3, 1.0, -0.5], [1.0, 1.0, 0.3], (3, 40, 3)))
    chances, sizes = torch.tensor(rng.random((40, 7))), torch.tensor(rng.uniform(0.0, 4.0, (40, 5)))
    for trees in (False, True):
        given = (chances, sizes, 0.4) if trees else (None, None, 0.0)
        mixed = mixture(raw, *given)
        median = mixed.median()
        error = mixed.square_error(median)
        weight = given[2]
        chance = torch.sigmoid(raw[..., 0]).numpy()
        centre, width = np.log1p(np.exp(raw[..., 1].numpy() + 1.0)), np.exp(raw[..., 2].numpy())
        for i in range(40):
            whole = (1 - weight) * chance[:, i].mean() + weight * chances[i].numpy().mean()
            which = rng.choice(3, 60_000, p=chance[:, i] / chance[:, i].sum())
            drawn = np.maximum(rng.laplace(centre[which, i], width[which, i]), 0.0)
            from_tree = rng.random(60_000) < weight
            drawn = np.where(from_tree, rng.choice(sizes[i].numpy(), 60_000), drawn)
            drawn = np.where(rng.random(60_000) < whole, drawn, 0.0)
            tolerance = 0.35 * np.ptp(np.quantile(drawn, [0.4, 0.6])) + 0.02  # a few steps stand for the distribution
            assert float(median[i]) == pytest.approx(np.median(drawn), abs=tolerance)
            expected = ((drawn - np.median(drawn)) ** 2).mean()
            assert float(error[i]) == pytest.approx(expected, rel=0.3, abs=0.05)


def test_a_large_computed_gap_is_a_lower_limit_of_the_measured_one() -> None:
    """All compounds are labelled metals; those with a small PBE gap stay so."""
    formulas = _formulas()
    values = _values(formulas)
    values[np.isfinite(values[:, 0]), 0] = 0.0
    plain = _fitted(values, formulas)
    with torch.no_grad():  # PBE gaps of all sizes, whatever was learned
        plain.computed.head.weight[3] = 20.0 * torch.randn(6, generator=torch.Generator().manual_seed(0))
        plain.computed.head.bias[3] = 4.0
    before = _stored(plain, formulas)
    limit = float(np.median(before[:, 1]))
    sure = Model.from_state(replace(_SMALL, sure_gap=limit), 2, plain.state_dict()).eval()
    after = _stored(sure, formulas)
    is_large = before[:, 1] > limit + 1e-4
    assert 5 < is_large.sum() < len(formulas) - 5
    np.testing.assert_allclose(before[:, 0], 0.0, atol=1e-5)
    np.testing.assert_allclose(after[is_large, 0], before[is_large, 1], atol=1e-4)
    np.testing.assert_allclose(after[before[:, 1] < limit - 1e-4, 0], 0.0, atol=1e-5)
    candidates = [Candidate(f, Composition(f)) for f in formulas]
    transform = TargetTransform(_OFFSET, _SCALE, np.zeros((2, 104)))
    both = Ensemble([sure, sure], transform).predict(_items(formulas), candidates)
    np.testing.assert_allclose(both.mean, after, atol=1e-4)


def test_members_are_pooled_as_distributions() -> None:
    """The median of what all members' draws hold together, which is not the mean of their medians."""
    rng = np.random.default_rng(5)
    raws = [torch.tensor(rng.normal([0.5, c, -0.5], [1.5, 1.0, 0.3], (1, 60, 3))) for c in (0.0, 1.0, 3.0)]
    parts = [mixture(raw) for raw in raws]
    found = pooled([part.short() for part in parts]).median().numpy()
    assert np.abs(found - np.mean([part.median().numpy() for part in parts], axis=0)).max() > 0.3
    for i in range(60):
        drawn = []
        for raw in raws:
            chance = 1.0 / (1.0 + np.exp(-float(raw[0, i, 0])))
            size = rng.laplace(np.log1p(np.exp(float(raw[0, i, 1]) + 1.0)), np.exp(float(raw[0, i, 2])), 40_000)
            drawn.append(np.where(rng.random(40_000) < chance, np.maximum(size, 0.0), 0.0))
        draws = np.concatenate(drawn)
        tolerance = 0.6 * np.ptp(np.quantile(draws, [0.4, 0.6])) + 0.02
        assert float(found[i]) == pytest.approx(np.median(draws), abs=tolerance)


def test_an_ensemble_asks_all_members_together_and_keeps_the_domain_narrow() -> None:
    formulas = _formulas()
    values = _values(formulas)
    members = [_fitted(values, formulas, seed=seed) for seed in (3, 4, 5)]
    transform = TargetTransform(_OFFSET, _SCALE, np.zeros((2, 104)))
    candidates = [Candidate(f, Composition(f)) for f in formulas]
    output = Ensemble(members, transform).predict(_items(formulas), candidates)
    with torch.no_grad():
        embeddings = [m.embed(Model.representation(_SMALL).collate(_items(formulas))) for m in members]
    expected = pooled([e[:, _SMALL.bottleneck + 4 :] for e in embeddings]).median().numpy()
    np.testing.assert_allclose(output.mean[:, 0], expected, atol=1e-5)
    np.testing.assert_allclose(
        output.mean[:, 1], np.mean([_stored(m, formulas)[:, 1] for m in members], axis=0), atol=1e-5
    )
    assert output.embedding.shape == (len(formulas), _SMALL.bottleneck + 4)
    assert Ensemble(members, transform).embed(_items(formulas)).shape == output.embedding.shape
    assert (output.std_epistemic[:, 0] > 0).any()


def test_state_comes_back_and_batch_equals_single() -> None:
    formulas = _formulas()
    model = _fitted(_values(formulas), formulas)
    copy = Model.from_state(_SMALL, 2, {k: v.clone() for k, v in model.state_dict().items()}).eval()
    np.testing.assert_array_equal(_stored(copy, formulas), _stored(model, formulas))
    single = np.vstack([_stored(model, [f]) for f in formulas[:10]])
    np.testing.assert_allclose(single, _stored(model, formulas)[:10], atol=1e-4)


def test_compositions_are_told_apart_whatever_their_scale() -> None:
    of, first = distinct(np.stack(_items(["Li2S", "LiF", "Li4S2", "FLi", "Li3S", "Li2.0001S", "LiF0.9999Cl0.0001"])))
    assert of[5] == of[0]
    assert of[6] == of[1]
    assert of[0] == of[2]
    assert of[1] == of[3]
    assert len(first) == len(set(of.tolist())) == 3


def test_other_properties_are_refused() -> None:
    with pytest.raises(UsageError, match="measured and a computed gap"):
        Model(_SMALL, 1)
