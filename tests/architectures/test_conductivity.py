"""The conductivity model: optional structure, temperature, bounds, tails, saving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.architectures.conductivity import ConductivityOptions, Model
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import UsageError
from ssbscreen.core.laws import decades_per_ev
from ssbscreen.model_parts.base import Targets

_SMALL = ConductivityOptions(
    n_trees=6, hyper_rows=40, n_steps=6, activation_intercept=0.13, activation_slope=0.064, activation_std=0.08
)
_FORMULAS = ("Li2S", "LiF", "Li3PS4", "Li7La3Zr2O12", "Li3YCl6", "Li2O", "LiI", "Li6PS5Cl", "Li3N", "LiCoO2")


def _crystal(occupancy: float = 0.6) -> Crystal:
    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.7), [{"Li": occupancy}, "S"], [[0.25] * 3, [0, 0, 0]]
    )
    return Crystal.from_structure(structure)


def _pool() -> list[Candidate]:
    bare = [Candidate(f, Composition(f)) for f in _FORMULAS]
    return [
        *bare,
        Candidate("disordered", crystal=_crystal(), space_group=225),
        Candidate("fuller", crystal=_crystal(0.9), space_group=225),
    ]


def _fitted(seed: int = 0, options: ConductivityOptions = _SMALL) -> tuple[Model, tuple]:
    model = Model(options, 1)
    model.prepare(np.array([-5.0]), np.array([2.0]))
    items = Model.representation(options).encode(_pool()).items
    values = np.linspace(-2, 2, len(items))[:, None]
    bound = np.zeros(values.shape, dtype=np.int8)
    bound[1] = -1
    model.fit(items, Targets(values, bound), seed)
    return model.eval(), items


def _collate(items):
    return Model.representation(_SMALL).collate(items)


def test_even_members_use_the_structure_and_odd_ones_do_not() -> None:
    for seed, sees in ((0, True), (1, False)):
        model, items = _fitted(seed)
        given = model(_collate(items[-2:]))
        hidden = model(
            _collate([replace(i, structure=np.full_like(i.structure, np.nan), space_group=0) for i in items[-2:]])
        )
        assert torch.isfinite(hidden.mean).all()
        assert bool((given.mean - hidden.mean).abs().max() > 1e-4) is sees


def test_process_and_forest_are_mixed_by_their_weight() -> None:
    model, items = _fitted()
    batch = _collate(items)
    means = {}
    for weight in (0.0, 0.6, 1.0):
        model.options = replace(model.options, process_weight=weight)
        means[weight] = model(batch).mean
    torch.testing.assert_close(means[0.6], 0.6 * means[1.0] + 0.4 * means[0.0], rtol=1e-6, atol=1e-6)
    assert (means[0.0] - means[1.0]).abs().max() > 1e-3


def test_batch_equals_single_and_supercell_equals_cell() -> None:
    model, items = _fitted()
    whole = model(_collate(items)).mean
    single = torch.cat([model(_collate([item])).mean for item in items])
    torch.testing.assert_close(single, whole, rtol=1e-6, atol=1e-6)
    doubled = Crystal.from_structure(_crystal().to_structure() * (2, 1, 1))
    again = Model.representation(_SMALL).encode([Candidate("d", crystal=doubled, space_group=225)]).items
    torch.testing.assert_close(model(_collate(again)).mean, whole[-2:-1], rtol=1e-3, atol=2e-3)


def test_members_with_the_same_rows_share_the_distances_to_them() -> None:
    members = [_fitted(seed)[0] for seed in range(2)]
    items = _fitted()[1]
    together, distances = _collate(items), []
    with torch.no_grad():
        for member in members:
            shared, alone = member.embed(together), member.embed(_collate(items))
            torch.testing.assert_close(shared, alone, rtol=0.0, atol=0.0)
            distances.append({id(tensor) for known in together.distances.values() for tensor in known.values()})
    assert len(together.distances) == 1
    assert distances[0] == distances[1]  # the second member added none, as it sees fewer views


def test_members_with_other_rows_have_distances_of_their_own() -> None:
    first, items = _fitted()
    second = Model(_SMALL, 1)
    second.prepare(np.array([-5.0]), np.array([2.0]))
    second.fit(items[:-3], Targets(np.linspace(-2, 2, len(items) - 3)[:, None], np.zeros((len(items) - 3, 1), int)), 0)
    batch = _collate(items)
    with torch.no_grad():
        first.embed(batch)
        torch.testing.assert_close(second.eval().embed(batch), second.embed(_collate(items)))
    assert len(batch.distances) == 2


def test_the_scale_of_a_formula_does_not_matter() -> None:
    model, _ = _fitted()
    pool = [Candidate("one", Composition("Li7La3Zr2O12")), Candidate("two", Composition("Li14La6Zr4O24"))]
    found = model(_collate(Model.representation(_SMALL).encode(pool).items)).mean
    assert float(found[0]) == pytest.approx(float(found[1]), abs=1e-6)


def test_temperature_follows_arrhenius_and_widens_the_error() -> None:
    model, _ = _fitted(options=replace(_SMALL, process_weight=1.0))
    pool = [Candidate("c", Composition("Li3PS4"), temperature_c=t) for t in (25.0, 100.0, -20.0)]
    output = model(_collate(Model.representation(_SMALL).encode(pool).items))
    mean, std = -5.0 + 2.0 * output.mean[:, 0], 2.0 * torch.exp(0.5 * output.log_variance[:, 0])
    # 1 eV between 25 and 100 degree C: (1/298.15 - 1/373.15) / 8.617e-5 / ln 10 = 3.3975 decades
    energy = 0.13 - 0.064 * float(mean[0])
    assert float(mean[1] - mean[0]) == pytest.approx(3.3975 * energy, abs=5e-3)
    assert mean[2] < mean[0]
    assert std[1] > std[0]
    assert float(decades_per_ev(torch.tensor([25.0]))) == pytest.approx(0.0, abs=1e-6)


def test_values_measured_hot_teach_what_they_mean_at_room_temperature() -> None:
    items = Model.representation(_SMALL).encode(_pool()).items
    hot = Model.representation(_SMALL).encode([replace(c, temperature_c=100.0) for c in _pool()]).items
    room = np.linspace(-1, 1, len(items))[:, None]
    energy = 0.13 - 0.064 * (-5.0 + 2.0 * room)
    warm = room + 3.3975 * energy / 2.0
    found = []
    for rows, values in ((items, room), (hot, warm)):
        model = Model(_SMALL, 1)
        model.prepare(np.array([-5.0]), np.array([2.0]))
        model.fit(rows, Targets(values, np.zeros(values.shape, dtype=np.int8)), 0)
        found.append(model.eval()(_collate(items)).mean)
    torch.testing.assert_close(found[0], found[1], rtol=2e-2, atol=2e-2)


def test_the_tail_is_drawn_in_and_let_out_again() -> None:
    model = Model(replace(_SMALL, tail_from=-4.0, tail_width=1.5), 1)
    model.prepare(np.array([-5.0]), np.array([2.0]))
    batch = _collate(Model.representation(_SMALL).encode(_pool()[:3]).items)
    stored = np.array([-2.0, -4.0, -16.0])
    drawn = -5.0 + 2.0 * model._at_room(batch, (stored + 5.0) / 2.0)
    np.testing.assert_allclose(drawn, [-2.0, -4.0, -4.0 - 1.5 * np.log(9.0)])  # 12 decades further down count as 3.3
    mean, variance = model._let_out(torch.from_numpy((drawn + 5.0) / 2.0), torch.full((3,), 0.01, dtype=torch.float64))
    np.testing.assert_allclose(-5.0 + 2.0 * mean.numpy(), stored)
    np.testing.assert_allclose(variance[0], 0.01)
    # small errors grow by the slope of the tail, 1 + 12 / 1.5
    np.testing.assert_allclose(variance[2].sqrt() / 0.1, 9.0, rtol=0.01)


def test_a_structure_type_never_met_is_drawn_to_the_median_of_the_others_and_a_group_of_compounds_is_not() -> None:
    model, _ = _fitted(options=replace(_SMALL, process_weight=1.0))
    pool = [Candidate(f, Composition(f)) for f in ("LiTi2(PO4)3", "Li4P2O7", "Li7La3Zr2O12")]
    batch = _collate(Model.representation(_SMALL).encode(pool).items)
    model.type_prior.copy_(torch.tensor([0.25, 0.1]))
    means = {}
    for share in (0.0, 0.5, 1.0):
        model.options = replace(model.options, unseen_type_shrinkage=share)
        means[share] = model(batch).mean[:, 0]
    # NASICON was not met, one garnet was, the diphosphate is no structure type
    room = float(model._let_out(torch.tensor([0.25]), torch.ones(1))[0])
    assert float(means[1.0][0]) == pytest.approx(room, abs=1e-5)
    assert float(means[1.0][1]) == float(means[0.0][1])
    between = sorted((float(means[0.0][2]), room))
    assert between[0] < float(means[1.0][2]) < between[1]


def test_a_family_never_met_is_left_to_the_process() -> None:
    model, _ = _fitted()
    pool = [Candidate("garnet", Composition("Li6.4La3Zr1.4Ta0.6O12")), Candidate("n", Composition("LiTi2(PO4)3"))]
    batch = _collate(Model.representation(_SMALL).encode(pool).items)
    means = {}
    for weight in (0.0, 1.0):
        model.options = replace(model.options, process_weight=weight, unsure_from=50.0)
        means[weight] = model(batch).mean[:, 0]
    assert float((means[0.0] - means[1.0])[0].abs()) > 1e-3  # one garnet was met
    assert float(means[0.0][1]) == float(means[1.0][1])  # no NASICON was


def test_the_process_has_the_more_say_the_less_sure_it_is() -> None:
    model, _ = _fitted(options=replace(_SMALL, process_weight=0.3, unsure_from=1.5))
    near, far = (Candidate(f, Composition(f)) for f in ("Li6PS5Cl", "Li5.2AgPS5Cl"))  # both argyrodites
    batch = _collate(Model.representation(_SMALL).encode([near, far]).items)
    kernel = model.process.kernel
    pairs = kernel.compare(batch.views, model._train)
    variance = model.process.predict(pairs, kernel.variance(batch.views))[1] * 2.0**2  # log10 units, one is 2 here
    assert 0.1 < float(variance[0]) < float(variance[1])
    share = model.embed(batch)[:, 4]
    expected = 0.3 + 0.7 * np.minimum(variance.numpy() / 1.5**2, 1.0)
    np.testing.assert_allclose(share.numpy(), expected, rtol=1e-6)
    assert float(share[0]) < 0.9


def test_saved_tensors_bring_the_same_model_back() -> None:
    for seed in (0, 1):
        model, items = _fitted(seed)
        state = {k: v.clone() for k, v in model.state_dict().items()}
        copy = Model.from_state(_SMALL, 1, state).eval()
        batch = _collate(items)
        torch.testing.assert_close(copy(batch).mean, model(batch).mean, rtol=0, atol=1e-9)
        torch.testing.assert_close(copy(batch).log_variance, model(batch).log_variance, rtol=0, atol=1e-9)


def test_several_properties_and_unfitted_models_are_refused() -> None:
    model = Model(_SMALL, 2)
    items = Model.representation(_SMALL).encode(_pool()).items
    with pytest.raises(UsageError, match="one property"):
        model.fit(items, Targets(np.zeros((12, 2)), np.zeros((12, 2), dtype=np.int8)), 0)
    with pytest.raises(UsageError, match="not fitted"):
        Model(_SMALL, 1)(_collate(items))


def test_families_that_scatter_state_larger_errors() -> None:
    """Two families of equal range in composition, one measured ten times as carefully."""
    rng = np.random.default_rng(0)
    shares = np.linspace(0.0, 1.0, 40)
    garnets = [
        Candidate(f"g{i}", Composition(f"Li{7 - x:.3f}La3Zr{2 - x:.3f}Ta{x:.3f}O12")) for i, x in enumerate(shares)
    ]
    nasicons = [
        Candidate(f"n{i}", Composition(f"Li{1 + x / 2:.3f}Al{x / 2:.3f}Ti{2 - x / 2:.3f}P3O12"))
        for i, x in enumerate(shares)
    ]
    items = Model.representation(_SMALL).encode([*garnets, *nasicons]).items
    values = np.concatenate([rng.normal(0, 0.1, 40), rng.normal(0, 1.0, 40)])[:, None]
    model = Model(replace(_SMALL, hyper_rows=80, degrees_of_freedom=0.0), 1)
    model.prepare(np.array([-5.0]), np.array([2.0]))
    model.fit(items, Targets(values, np.zeros(values.shape, dtype=np.int8)), 0)
    std = torch.exp(0.5 * model.eval()(_collate(items)).log_variance[:, 0])
    assert float(std[40:].mean()) > 2.0 * float(std[:40].mean())
    other = Model.representation(_SMALL).encode([Candidate("x", Composition("LiF"))]).items
    assert float(model._scatter_of(_collate(other).family)[0]) == 1.0
