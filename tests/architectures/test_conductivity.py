"""The conductivity model: optional structure, temperature, bounds, saving."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pymatgen.core import Composition, Lattice, Structure

from ssbscreen.architectures.base import Targets
from ssbscreen.architectures.conductivity import ConductivityOptions, Model, decades_per_ev
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import UsageError

_SMALL = ConductivityOptions(dim=16, n_layers=1, statistics=16, graph_dim=16, edge_dim=8, graph_layers=1,
                             neighbours=6, head=16, dropout=0.0)
_FORMULAS = ("Li2S", "LiF", "Li3PS4", "Li7La3Zr2O12", "Li3YCl6", "Li2O", "LiI", "Li6PS5Cl", "Li3N", "LiCoO2")


def _crystal(occupancy: float = 0.6) -> Crystal:
    structure = Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(5.7), [{"Li": occupancy}, "S"], [[0.25] * 3, [0, 0, 0]]
    )
    return Crystal.from_structure(structure)


def _pool() -> list[Candidate]:
    bare = [Candidate(f, Composition(f)) for f in _FORMULAS]
    return [*bare, Candidate("disordered", crystal=_crystal(), space_group=225),
            Candidate("fuller", crystal=_crystal(0.9), space_group=225)]


def _fitted(seed: int = 0) -> tuple[Model, tuple]:
    torch.manual_seed(seed)
    model = Model(_SMALL, 1)
    model.prepare(np.array([-5.0]), np.array([2.0]))
    items = Model.representation(_SMALL).encode(_pool()).items
    values = np.linspace(-2, 2, len(items))[:, None]
    bound = np.zeros(values.shape, dtype=np.int8)
    bound[1] = -1
    model.fit(items, Targets(values, bound), seed)
    return model.eval(), items


def test_structure_is_used_where_given_and_optional_elsewhere() -> None:
    model, items = _fitted()
    representation = Model.representation(_SMALL)
    bare = representation.encode([Candidate("x", composition=c.composition)
                                  for c in _pool()[-2:]]).items
    with_structure = model(representation.collate(items[-2:]))
    without = model(representation.collate(bare))
    assert torch.isfinite(without.mean).all()
    assert (with_structure.mean - without.mean).abs().min() > 1e-3


def test_graph_descriptors_and_space_group_each_reach_the_network() -> None:
    torch.manual_seed(0)
    model = Model(_SMALL, 1).eval()  # without processes, so that only the network answers
    representation = Model.representation(_SMALL)
    item = representation.encode(_pool()).items[-1]
    absent = np.full_like(item.structure, np.nan)
    variants = [item, replace(item, graph=None), replace(item, structure=absent), replace(item, space_group=0)]
    found = [float(model(representation.collate([variant])).mean.detach()) for variant in variants]
    assert len({round(value, 5) for value in found}) == 4


def test_processes_alone_know_the_structure_where_it_is_given() -> None:
    model, items = _fitted()
    model.options = replace(model.options, process_weight=1.0)
    representation = Model.representation(_SMALL)
    given = model(representation.collate(items[-2:])).mean
    hidden = model(representation.collate([replace(i, space_group=0) for i in items[-2:]])).mean
    assert (given - hidden).abs().max() > 1e-3


def test_batch_equals_single_and_supercell_equals_cell() -> None:
    model, items = _fitted()
    representation = Model.representation(_SMALL)
    whole = model(representation.collate(items)).mean
    single = torch.cat([model(representation.collate([item])).mean for item in items])
    torch.testing.assert_close(single, whole, rtol=1e-4, atol=1e-4)
    doubled = Crystal.from_structure(_crystal().to_structure() * (2, 1, 1))
    again = representation.encode([Candidate("d", crystal=doubled, space_group=225)]).items
    torch.testing.assert_close(model(representation.collate(again)).mean, whole[-2:-1], rtol=1e-3, atol=1e-3)


def test_temperature_follows_arrhenius_and_widens_the_error() -> None:
    model, _ = _fitted()
    representation = Model.representation(_SMALL)
    pool = [Candidate("c", Composition("Li3PS4"), temperature_c=t) for t in (25.0, 100.0, -20.0)]
    output = model(representation.collate(representation.encode(pool).items))
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
        torch.manual_seed(0)
        model = Model(replace(_SMALL, process_weight=1.0), 1)
        model.prepare(np.array([-5.0]), np.array([2.0]))
        model.fit(rows, Targets(values, np.zeros(values.shape, dtype=np.int8)), 0)
        found.append(model.eval()(Model.representation(_SMALL).collate(items)).mean)
    torch.testing.assert_close(found[0], found[1], rtol=2e-2, atol=2e-2)


def test_saved_tensors_bring_network_and_processes_back() -> None:
    model, items = _fitted()
    state = {k: v.clone() for k, v in model.state_dict().items()}
    copy = Model.from_state(_SMALL, 1, state).eval()
    batch = Model.representation(_SMALL).collate(items)
    torch.testing.assert_close(copy(batch).mean, model(batch).mean, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(copy(batch).log_variance, model(batch).log_variance, rtol=1e-3, atol=1e-3)
    assert any(key.startswith("process_structure_") for key in state)
    assert any(key.startswith("process_composition_") for key in state)


def test_hidden_structure_only_in_training() -> None:
    model, items = _fitted()
    batch = Model.representation(_SMALL).collate(items)
    torch.testing.assert_close(model(batch).mean, model(batch).mean)
    model.train()
    torch.manual_seed(0)
    first = model._structure(batch)
    assert not torch.equal(first, model._structure(batch))


def test_several_properties_are_refused() -> None:
    model = Model(_SMALL, 2)
    items = Model.representation(_SMALL).encode(_pool()).items
    with pytest.raises(UsageError, match="one property"):
        model.fit(items, Targets(np.zeros((12, 2)), np.zeros((12, 2), dtype=np.int8)), 0)
