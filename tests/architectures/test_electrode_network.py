"""A voltage as a difference of energies against thermodynamics, and the mixture with the process."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from pymatgen.core import Lattice, Structure

from ssbscreen.architectures import electrode_process, orbit
from ssbscreen.architectures.electrode import ElectrodeOptions, Model
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import UsageError
from ssbscreen.model_parts.base import Targets
from ssbscreen.training.pretrained import Encoders, round_to_float16
from ssbscreen.training.targets import TargetTransform, atom_fractions

SIZES = {"dim": 12, "edge_dim": 8, "n_layers": 2, "n_basis": 8, "head": 8, "neighbours": 8}
METALS = ("Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni")


def pair(metal: str, edge: float, supercell: int = 1) -> Candidate:
    full = Structure.from_spacegroup(
        "R-3m", Lattice.hexagonal(edge, 5 * edge), ["Li", metal, "O"], [[0, 0, 0.5], [0, 0, 0], [0, 0, 0.26]]
    )
    half = full.copy()
    half.remove_sites([0])
    if supercell > 1:
        full.make_supercell([supercell, 1, 1])
    return Candidate(f"{metal}{edge}", crystal=Crystal.from_structure(full), charged=Crystal.from_structure(half))


PAIRS = [pair(metal, edge) for metal in METALS for edge in (2.75, 2.8, 2.86, 2.95)]


def network() -> orbit.Model:
    torch.manual_seed(0)
    return orbit.Model(ElectrodeOptions(**SIZES).network(), 1).eval()


def started(**options: object) -> Model:
    """A model that starts from that network, under a made-up scale and made-up shares of the elements."""
    torch.manual_seed(1)
    model = Model(ElectrodeOptions(**SIZES, n_landmarks=8, **options), 1).eval()
    state = Model.encoder_state(dict(network().state_dict()), SCALE.offset[0], SCALE.scale[0], SCALE.reference[0, 3])
    Encoders((state,)).start(model, 0)
    model.prepare(np.full(1, 3.0), np.full(1, 0.8))
    return model


SCALE = TargetTransform(np.array([-0.7]), np.array([0.9]), np.random.default_rng(3).normal(size=(1, 104)))


def batch_of(model: Model, pairs=PAIRS):
    representation = model.representation(model.options)
    found = representation.encode(pairs)
    assert not found.rejected
    return found.items, representation.collate(found.items)


def energy(crystal: Crystal) -> float:
    """Stored energy of a cell by the network, eV."""
    representation = orbit.Model.representation(ElectrodeOptions(**SIZES).network())
    candidate = Candidate("", crystal=crystal)
    items = representation.encode([candidate]).items
    with torch.inference_mode():
        learned = network()(representation.collate(items)).mean.numpy()
    return float(SCALE.stored(learned, atom_fractions([candidate]))[0, 0] * crystal.n_atoms)


def volts(model: Model, batch) -> np.ndarray:
    with torch.inference_mode():
        return (3.0 + 0.8 * model.stated(batch).double()).numpy()


def test_it_starts_as_the_difference_of_the_formation_energies():
    model = started()
    _, batch = batch_of(model)
    # per cell of three formula units, two of three Li left: V = -(E(Li3M3O6) - E(Li2M3O6) - 0) / 1
    by_hand = [-(energy(p.crystal) - energy(p.charged)) for p in PAIRS]
    assert np.allclose(volts(model, batch), by_hand, atol=4e-4)
    assert np.ptp(by_hand) > 0.015


def test_a_larger_cell_is_the_same_electrode():
    model = started()
    values = [volts(model, batch_of(model, [pair("Fe", 2.86, supercell=n)])[1])[0] for n in (1, 2)]
    assert values[0] == pytest.approx(values[1], abs=1e-3)


def fitted(**options: object):
    model = started(**options)
    items, batch = batch_of(model)
    values = np.random.default_rng(0).normal(size=(len(items), 1))
    model.fit(items, Targets(values, np.zeros(values.shape, dtype=int)), 0)
    alone = electrode_process.Model(model.options, 1)
    alone.prepare(np.full(1, 3.0), np.full(1, 0.8))
    alone.fit([item.descriptors for item in items], Targets(values, np.zeros(values.shape, dtype=int)), 0)
    with torch.inference_mode():
        return model, items, batch, model(batch), alone(batch.descriptors)


def test_the_mixture_has_the_moments_of_draws():
    model, _, batch, both, process = fitted(network_share=0.3)
    stated = model.stated(batch).double().detach().numpy()
    rng = np.random.default_rng(0)
    mean, std = process.mean[:, 0].numpy(), np.exp(0.5 * process.log_variance[:, 0].numpy())
    is_other = rng.random((200_000, 1)) < 0.3
    draws = np.where(is_other, stated[:4], mean[:4]) + std[:4] * rng.normal(size=(200_000, 4))
    assert np.allclose(both.mean[:4, 0], draws.mean(axis=0), atol=0.03)
    assert np.allclose(np.exp(both.log_variance[:4, 0]), draws.var(axis=0), rtol=0.03)
    assert np.abs(stated - mean).max() > 0.5


def test_without_graphs_the_process_speaks_alone():
    model, items, _, _, _ = fitted()
    bare = [replace(item, ends=None) for item in items[:3]]
    batch = model.representation(model.options).collate(bare)
    with torch.inference_mode():
        assert torch.equal(model(batch).mean, model.process(batch.descriptors).mean)
        mixed = model(model.representation(model.options).collate([*items[:3], *bare]))
        assert torch.allclose(mixed.mean[3:], model(batch).mean)
        assert not torch.allclose(mixed.mean[:3], mixed.mean[3:])


def test_it_survives_storage_in_half_precision():
    model, _, batch, before, _ = fitted()
    process = {k: v.clone() for k, v in model.process.state_dict().items()}
    round_to_float16(model)
    assert all(torch.equal(v, process[k]) for k, v in model.process.state_dict().items())
    stored = {
        k: v.half() if k.startswith(model.float16_prefix) and v.is_floating_point() else v
        for k, v in model.state_dict().items()
    }
    again = Model.from_state(model.options, 1, stored).eval()
    with torch.inference_mode():
        assert torch.equal(model(batch).mean, again(batch).mean)
        assert torch.allclose(before.mean, again(batch).mean, atol=0.05)


def test_the_network_learns_before_the_process_is_there():
    model = started().train()
    _, batch = batch_of(model)
    output = model(batch)
    assert output.mean.shape == (len(PAIRS), 1)
    output.mean.sum().backward()
    assert float(model.level.grad) == pytest.approx(len(PAIRS) / 0.8)
    assert all(p.grad is not None for p in model.network.heads.parameters())


def test_other_targets_and_single_ends_are_refused():
    with pytest.raises(UsageError, match="voltage alone"):
        Model(ElectrodeOptions(**SIZES), 2)
    with pytest.raises(UsageError, match="is_pair"):
        Model(ElectrodeOptions(**SIZES, is_pair=False), 1)
