"""A pretrained potential as an encoder: the features of the package itself, symmetries, and steps of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib import util

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from ssbscreen.architectures.potential import Model, PotentialOptions
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.errors import DataUnavailable, IntegrityError, UsageError
from ssbscreen.featurize.potential_graph import HEAVIEST, UNKNOWN, Representation
from ssbscreen.model_parts import pretrained_potential
from ssbscreen.model_parts.base import Targets
from ssbscreen.training.batches import Part
from ssbscreen.training.config import load_model_config
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.execution import Execution
from ssbscreen.training.targets import TargetTransform
from ssbscreen.training.trainer import train_network

needs_package = pytest.mark.skipif(util.find_spec("sevenn") is None, reason="the extra foundation is not installed")
PRIMITIVE = 0.5 * (np.ones((3, 3)) - np.eye(3))


def salt(edge: float, z: Sequence[int] = (11, 17)) -> Crystal:
    """Rock salt, primitive cell."""
    return Crystal.ordered(edge * PRIMITIVE, np.array([[0.0] * 3, [0.5] * 3]), np.array(z))


@pytest.fixture
def crystal() -> Crystal:
    """Without symmetry."""
    shift = np.array([[0.0, 0.0, 0.0], [0.52, 0.49, 0.5], [0.25, 0.27, 0.24]])
    return Crystal.ordered(np.array([[4.1, 0.1, 0.0], [0.3, 4.6, 0.2], [0.0, 0.4, 5.0]]), shift, np.array([3, 8, 11]))


def batch_of(crystals: Sequence[Crystal]):
    representation = Representation()
    encoded = representation.encode([Candidate(str(i), crystal=c) for i, c in enumerate(crystals)])
    assert not encoded.rejected
    return representation.collate(encoded.items)


@pytest.fixture(scope="module")
def model() -> Model:
    torch.manual_seed(0)
    return Model(PotentialOptions(), 2).eval()


@needs_package
@pytest.mark.parametrize("name", pretrained_potential.POTENTIALS)
def test_the_package_reads_its_own_energy_off_the_features(name: str, crystal: Crystal) -> None:
    """Head and scale of the package, put on our features, give the energy of its calculator."""
    from ase import Atoms
    from sevenn.calculator import SevenNetCalculator

    whole = pretrained_potential._load(name)
    atoms = Atoms(numbers=crystal.occupant_z, scaled_positions=crystal.frac, cell=crystal.lattice, pbc=True)
    atoms.calc = SevenNetCalculator(whole, file_type="model_instance", device="cpu")
    expected = atoms.get_potential_energy()
    ours, graph = pretrained_potential.PretrainedPotential(name), batch_of([crystal])
    features = ours(graph.z, graph.edge_index, graph.vectors, graph.batch)
    data = {"x": features, "atom_type": ours.type_of[graph.z], "batch": graph.batch}
    for key in ("reduce_input_to_hidden", "reduce_hidden_to_energy", "rescale_atomic_energy"):
        data = whole._modules[key](data)
    assert float(data["atomic_energy"].sum()) == pytest.approx(expected, abs=2e-4)
    assert ours.cutoff == Representation().cutoff
    assert features.shape[1] == pretrained_potential.WIDTH
    learned = set(whole.type_map)
    assert learned == set(range(1, HEAVIEST + 1)) - UNKNOWN


@needs_package
def test_the_way_a_crystal_is_written_does_not_matter(model: Model, crystal: Crystal) -> None:
    turned = Rotation.from_euler("xyz", (0.3, -0.7, 1.1)).as_matrix()
    order = np.array([2, 0, 1])
    twice = crystal.to_structure()
    twice.make_supercell([2, 1, 1])
    same = [
        crystal,
        Crystal.ordered(crystal.lattice @ turned, crystal.frac, crystal.occupant_z),
        Crystal.ordered(crystal.lattice, crystal.frac[order] + 0.31, crystal.occupant_z[order]),
        Crystal.from_structure(twice),
    ]
    with torch.no_grad():
        found, alone = model(batch_of(same)).mean, model(batch_of([crystal])).mean
        other = model(batch_of([salt(5.64)])).mean
    torch.testing.assert_close(found, alone.expand(4, 2), rtol=1e-3, atol=1e-3)
    assert float((other - alone).abs().max()) > 0.01


@needs_package
def test_the_configuration_takes_a_step_and_leaves_what_is_frozen() -> None:
    config = load_model_config("elasticity_potential")
    assert not config.is_trained_by_default
    config = config.model_copy(update={"epochs": 2, "ema_decay": 0.0})
    options = PotentialOptions(**config.options | {"potential": "sevenn", "n_trained": 2})
    torch.manual_seed(0)
    network = Model(options, 2)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    edges = np.linspace(4.8, 6.4, 8)
    items = Representation().encode([Candidate(str(a), crystal=salt(a)) for a in edges]).items
    values = np.repeat(((edges - edges.mean()) / edges.std())[:, None], 2, axis=1)
    rows = Part(items, Targets(values, np.zeros(values.shape, dtype=np.int64)), np.ones(8))
    found = train_network(config, network, rows, rows, 0, Execution())
    assert found.history[-1]["train_loss"] < found.history[0]["train_loss"]
    after = found.model.state_dict()
    changed = {key for key, value in after.items() if not torch.equal(value, before[key])}
    assert any(key.startswith("potential.layers.4_") for key in changed)
    assert any(key.startswith("potential.layers.3_") for key in changed)
    assert not any(key.startswith(f"potential.layers.{i}_") for key in changed for i in range(3))
    transform = TargetTransform(np.zeros(2), np.ones(2), np.zeros((2, 104)))
    tensors = {key: value.clone() for key, value in Ensemble([found.model], transform).tensors().items()}
    again = Ensemble.from_tensors("potential", asdict(options), 2, tensors).members[0]
    batch = Representation().collate(items)
    with torch.no_grad():
        torch.testing.assert_close(again(batch).mean, found.model(batch).mean)


@needs_package
def test_random_weights_are_a_start_of_their_own(model: Model) -> None:
    torch.manual_seed(0)
    other = Model(PotentialOptions(is_pretrained=False), 2).eval()
    with torch.no_grad():
        found = other(batch_of([salt(5.0), salt(5.6)])).mean
    assert torch.isfinite(found).all()
    assert all(
        not torch.equal(a, b) for a, b in zip(model.potential.parameters(), other.potential.parameters(), strict=True)
    )


def test_what_a_potential_cannot_see_is_rejected_with_the_reason() -> None:
    half = Crystal(np.eye(3) * 4.0, np.zeros((1, 3)), np.zeros(1, dtype=int), np.array([3]), np.array([0.5]))
    few = Representation(max_sites=1)
    found = Representation().encode([Candidate("0", crystal=half), Candidate("1", crystal=salt(5.0, (85, 3)))])
    assert "disordered" in found.rejected[0]
    assert "[85]" in found.rejected[1]
    assert "at most 1" in few.encode([Candidate("0", crystal=salt(5.0))]).rejected[0]


def test_options_outside_their_range_are_refused() -> None:
    with pytest.raises(UsageError, match="n_trained is 6"):
        Model(PotentialOptions(n_trained=6), 1)
    with pytest.raises(UsageError, match="sevenn-l3i5"):
        Model(PotentialOptions(potential="sevenn-l3i"), 1)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained_potential.util, "find_spec", lambda name: None)
    with pytest.raises(DataUnavailable, match="foundation"):
        Model(PotentialOptions(), 1)


@needs_package
def test_other_weights_than_those_of_the_card_are_not_unpickled(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(pretrained_potential._Weights):
        sha256: str = "0" * 64

    monkeypatch.setattr(
        pretrained_potential,
        "read_yaml",
        lambda *a, **k: Other(weights="pretrained_potentials/SevenNet_l3i5/checkpoint_l3i5.pth"),
    )
    with pytest.raises(IntegrityError, match="not the weights"):
        Model(PotentialOptions(), 1)
