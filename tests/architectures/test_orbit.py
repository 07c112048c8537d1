"""The orbit network: symmetries, the limit of full occupancy, and whether it can learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from pymatgen.core import Lattice, Structure
from scipy.spatial.transform import Rotation
from torch_geometric.data import Data

from ssbscreen.architectures.orbit import Model, OrbitOptions
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import Crystal

OPTIONS = OrbitOptions(neighbours=8, dim=16, edge_dim=12, n_layers=2, n_basis=10, head=16)


@pytest.fixture
def model() -> Model:
    torch.manual_seed(1)
    return Model(OPTIONS, 3).eval().double()


def batch_of(crystals: list[Crystal]) -> Data:
    representation = Model.representation(OPTIONS)
    encoded = representation.encode([Candidate(str(i), crystal=c) for i, c in enumerate(crystals)])
    batch = representation.collate(encoded.items)
    for key in ("occupancy", "multiplicity", "distance", "weight", "angular", "log_volume"):
        batch[key] = batch[key].double()
    return batch


def outputs(model: Model, crystals: list[Crystal]) -> np.ndarray:
    with torch.no_grad():
        output = model(batch_of(crystals))
    return torch.cat([output.mean, output.log_variance], dim=1).numpy()


@pytest.fixture
def crystal() -> Crystal:
    rng = np.random.default_rng(5)
    lattice = Lattice.from_parameters(4.4, 5.1, 6.2, 80.0, 95.0, 102.0).matrix
    return Crystal.ordered(lattice, rng.random((6, 3)), np.array([3, 3, 15, 16, 16, 17]))


@pytest.fixture
def symmetric() -> Crystal:
    """Each Cu has 4 Au and 8 Cu at one distance, so that the choice of the nearest 8 is arbitrary and would matter."""
    structure = Structure.from_spacegroup("Pm-3m", Lattice.cubic(3.75), ["Au", "Cu"], [[0, 0, 0], [0, 0.5, 0.5]])
    return Crystal.from_structure(structure)


@pytest.mark.parametrize("name", ["crystal", "symmetric"])
def test_invariances(name: str, model: Model, request: pytest.FixtureRequest) -> None:
    original: Crystal = request.getfixturevalue(name)
    rotation = Rotation.random(random_state=2).as_matrix()
    order = np.random.default_rng(0).permutation(original.n_sites)
    supercell = original.to_structure()
    supercell.make_supercell([2, 1, 2])
    same = [
        Crystal.ordered(original.lattice @ rotation.T, original.frac, original.occupant_z),
        Crystal.ordered(original.lattice, original.frac + np.array([0.31, -0.2, 0.7]), original.occupant_z),
        Crystal.ordered(original.lattice, original.frac[order], original.occupant_z[order]),
        Crystal.from_structure(supercell),
    ]
    found = outputs(model, [original, *same])
    # graphs are kept in single precision, hence not to machine precision of doubles
    np.testing.assert_allclose(found[1:], np.broadcast_to(found[0], found[1:].shape), atol=2e-5)


def test_chemistry_and_geometry_matter(model: Model, crystal: Crystal) -> None:
    swapped = Crystal.ordered(crystal.lattice, crystal.frac, crystal.occupant_z[::-1].copy())
    strained = Crystal.ordered(crystal.lattice * 1.03, crystal.frac, crystal.occupant_z)
    found = outputs(model, [crystal, swapped, strained])
    assert np.abs(found[1] - found[0]).max() > 1e-3
    assert np.abs(found[2] - found[0]).max() > 1e-3


def test_batch_equals_single(model: Model, crystal: Crystal, symmetric: Crystal) -> None:
    together = outputs(model, [crystal, symmetric, crystal])
    apart = np.concatenate([outputs(model, [c]) for c in (crystal, symmetric, crystal)])
    np.testing.assert_allclose(together, apart, atol=1e-9)


def test_full_occupancy_written_as_disorder_equals_the_ordered_crystal(model: Model, crystal: Crystal) -> None:
    site = np.repeat(np.arange(6), 2)
    doubled = Crystal(crystal.lattice, crystal.frac, site, crystal.occupant_z[site], np.tile([0.25, 0.75], 6))
    found = outputs(model, [crystal, doubled])
    np.testing.assert_allclose(found[1], found[0], atol=1e-6)


def test_atoms_are_averaged_not_sites(crystal: Crystal) -> None:
    """Without messages a site that is hardly filled counts as hardly anything."""
    torch.manual_seed(3)
    options = replace(OPTIONS, n_layers=0)
    network = Model(options, 2).eval()
    occupancy = np.ones(6)
    occupancy[5] = 1e-6
    thin = Crystal(crystal.lattice, crystal.frac, crystal.occupant_site, crystal.occupant_z, occupancy)
    without = Crystal.ordered(crystal.lattice, crystal.frac[:5], crystal.occupant_z[:5])
    representation = Model.representation(options)
    items = representation.encode([Candidate(n, crystal=c) for n, c in (("a", thin), ("b", without))]).items
    with torch.no_grad():
        found = network(representation.collate(items)).mean.numpy()
    np.testing.assert_allclose(found[0], found[1], atol=1e-4)


def test_prediction_is_continuous_in_occupancy(model: Model, crystal: Crystal) -> None:
    def with_share(share: float) -> Crystal:
        occupancy = np.ones(6)
        occupancy[0] = share
        return Crystal(crystal.lattice, crystal.frac, crystal.occupant_site, crystal.occupant_z, occupancy)

    found = outputs(model, [crystal, with_share(0.998), with_share(0.9), with_share(0.5)])
    assert np.abs(found[1] - found[0]).max() < 0.02
    assert np.abs(found[3] - found[0]).max() > np.abs(found[1] - found[0]).max()


def test_mixed_site_lies_between_species(model: Model) -> None:
    lattice, frac = np.eye(3) * 3.0, np.zeros((1, 3))

    def mixed(share: float) -> Crystal:
        return Crystal(lattice, frac, np.array([0, 0]), np.array([11, 19]), np.array([1 - share, share]))

    # the site vector is linear in the shares, so a mix of a species with itself changes nothing
    same = Crystal(lattice, frac, np.array([0, 0]), np.array([11, 11]), np.array([0.3, 0.7]))
    pure = Crystal.ordered(lattice, frac, np.array([11]))
    found = outputs(model, [pure, same, mixed(0.01), mixed(0.5)])
    np.testing.assert_allclose(found[1], found[0], atol=1e-7)
    assert np.abs(found[2] - found[0]).max() < np.abs(found[3] - found[0]).max()


def test_a_batch_that_members_share_is_the_same_batch_to_all(model: Model, crystal: Crystal) -> None:
    """Also to one with other Gaussians, and to one that asks for gradients afterwards."""
    torch.manual_seed(2)
    other = Model(replace(OPTIONS, n_basis=14), 3).eval().double()
    alone = [member(batch_of([crystal])).mean.detach() for member in (model, other)]
    batch = batch_of([crystal])
    with torch.inference_mode():
        for member, expected in ((model, alone[0]), (model, alone[0]), (other, alone[1]), (model, alone[0])):
            assert torch.equal(member(batch).mean, expected)
    again = model(batch).mean
    again.sum().backward()
    assert torch.equal(again.detach(), alone[0])


def test_overfits_a_small_set() -> None:
    rng = np.random.default_rng(0)
    torch.manual_seed(0)
    crystals = [
        Crystal.ordered(np.eye(3) * rng.uniform(4, 6), rng.random((4, 3)), rng.choice([3, 8, 11, 16, 17, 26], 4))
        for _ in range(12)
    ]
    target = torch.tensor(rng.normal(size=(12, 2)), dtype=torch.float32)
    network = Model(OPTIONS, 2)
    representation = Model.representation(OPTIONS)
    batch = representation.collate(representation.encode([Candidate("x", crystal=c) for c in crystals]).items)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(250):
        optimizer.zero_grad()
        (network(batch).mean - target).square().mean().backward()
        optimizer.step()
    assert (network(batch).mean - target).abs().mean() < 0.08
