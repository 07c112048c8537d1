"""Processes on neat polymers: one polymer one answer, the textbook posterior, volumes of salts, saving."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ssbscreen.architectures.polymer_modulus import Model, PolymerModulusOptions
from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_environments import ELEMENTS, N_BITS, PolymerEnvironments
from ssbscreen.model_parts.base import Targets
from ssbscreen.model_parts.kernels import overlap

LITFSI, LICLO4 = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]", "[Li+].[O-]Cl(=O)(=O)=O"
SIDES = [
    "",
    "C",
    "CC",
    "CCC",
    "O",
    "OC",
    "OCC",
    "F",
    "Cl",
    "C#N",
    "C(=O)OC",
    "C(=O)OCC",
    "S(=O)(=O)C",
    "C(F)(F)F",
    "C(F)(F)C(F)(F)F",
    "OC(F)(F)F",
    "N(C)S(=O)(=O)C",
    "NS(=O)(=O)C(F)(F)F",
    "S(=O)(=O)CC",
    "N(C)CC",
    "SCC",
    "SCCSC",
    "CN(C)C",
    "NC(=O)C",
    "CS(=O)(=O)C",
    "CSCC",
    "c1ccccc1",
    "OCCOC",
    "N(C)C",
    "C(=O)N",
    "SC",
    "C(C)(C)C",
    "NCCNC",
    "C(=O)NCCNC",
    "SCCSCC",
]
UNITS = [f"*CC(*){s}" for s in SIDES] + [f"*CCC(*){s}" for s in SIDES] + [f"*CCO{'C' * n}C*" for n in range(6)]
VOLUME = dict(zip(ELEMENTS, (10.7, 3.0, 6.4, 6.8, 8.8, 16.8, 17.0), strict=False))  # cm3/mol, of a made-up world


def candidate(smiles: str, salt: str | None = None, molality: float | None = None) -> Candidate:
    return Candidate("x", polymer=Polymer(smiles, salt, molality))


def density(smiles: str) -> float:
    item = PolymerEnvironments().encode([candidate(smiles)]).items[0]
    return item.mass / sum(n * VOLUME.get(e, 0.0) for e, n in zip(ELEMENTS, item.elements, strict=False))


@pytest.fixture(scope="module")
def model() -> Model:
    """Modulus and density of a world in which volumes add."""
    rho = np.array([density(u) for u in UNITS])
    values = np.stack([2.0 * rho - 1.0, rho], axis=1)
    offset, scale = values.mean(axis=0), values.std(axis=0)
    found = Model(PolymerModulusOptions(density_column=1), 2)
    found.prepare(offset, scale)
    found.fit(
        PolymerEnvironments().encode([candidate(u) for u in UNITS]).items,
        Targets((values - offset) / scale, np.zeros(values.shape, dtype=np.int8)),
        0,
    )
    return found


def asked(model: Model, pool: list[Candidate]) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations in natural units."""
    representation = PolymerEnvironments()
    out = model(representation.collate(representation.encode(pool).items))
    scale, offset = model.target_scale.numpy(), model.target_offset.numpy()
    return out.mean.numpy() * scale + offset, np.exp(0.5 * out.log_variance.numpy()) * scale


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*CCO*", "*OCC*"),
        ("*CCO*", "*CCOCCO*"),
        ("*CCO*", "[Cu]COC[Au]"),
        ("*CC(*)C#N", "*C(C#N)C*"),
        ("*CCOC(=O)O*", "*OCCOC(=O)*"),
        ("*CC(*)c1ccccc1", "*CC(c1ccccc1)CC(*)c1ccccc1"),
    ],
)
def test_one_polymer_one_answer(model: Model, one: str, other: str) -> None:
    mean, std = asked(model, [candidate(one), candidate(other), candidate("*CC(*)Br")])
    np.testing.assert_allclose(mean[0], mean[1], atol=1e-6)
    np.testing.assert_allclose(std[0], std[1], atol=1e-6)
    assert np.abs(mean[0] - mean[2]).max() > 1e-3


def test_learns_a_rule_on_new_polymers(model: Model) -> None:
    new = ["*CC(C)(*)C(=O)OC", "*CCCCO*", "*CC(*)OC(=O)C", "*CC(*)COC", "*CC(*)CC#N"]
    truth = np.array([density(u) for u in new])
    error = np.abs(asked(model, [candidate(u) for u in new])[0][:, 1] - truth)
    assert error.mean() < 0.25 * np.abs(truth - np.median([density(u) for u in UNITS])).mean()


def test_posterior_is_the_textbook_one(model: Model) -> None:
    """Covariance written out pair by pair, then the conditional Gaussian."""
    representation = PolymerEnvironments()
    new = representation.encode([candidate(u) for u in ("*CCCCO*", "*CC(*)Br")]).items
    train = representation.encode([candidate(u) for u in UNITS]).items
    centre, std = model.centre.numpy(), model.std.numpy()
    a, b, c, d, e, length, noise = np.exp(model.get_buffer("processes.0.kernel.hyperparameters").numpy())

    def tanimoto(x: np.ndarray, y: np.ndarray) -> float:
        x, y = x / x.sum(), y / y.sum()
        return float(np.minimum(x, y).sum() / np.maximum(x, y).sum())

    def k(x: object, y: object) -> float:
        near = tanimoto(x.environments[: N_BITS[0]], y.environments[: N_BITS[0]])  # type: ignore[attr-defined]
        wide = tanimoto(x.environments[N_BITS[0] :], y.environments[N_BITS[0] :])  # type: ignore[attr-defined]
        p, q = ((i.descriptors - centre) / std for i in (x, y))  # type: ignore[attr-defined]
        like = np.exp(-np.abs(p - q).mean() / length)
        return float(a * near + b * near * like + c * wide + d * like + e * (p * q).mean())

    own = np.array([[k(x, y) for y in train] for x in train]) + (noise + 1e-6) * np.eye(len(train))
    cross = np.array([[k(x, y) for y in train] for x in new])
    target = model.get_buffer("rows_targets")[:, 0].double().numpy()
    out = model(representation.collate(new))
    np.testing.assert_allclose(out.mean[:, 0].numpy(), cross @ np.linalg.solve(own, target), atol=2e-4)
    variance = np.array([k(x, x) for x in new]) + noise - np.einsum("ij,ji->i", cross, np.linalg.solve(own, cross.T))
    np.testing.assert_allclose(out.log_variance[:, 0].exp().numpy(), variance, rtol=2e-2, atol=1e-4)


def test_masses_and_volumes_of_a_salt_add(model: Model) -> None:
    neat = asked(model, [candidate("*CCO*")])[0][0, 1]
    mixed, std = asked(model, [candidate("*CCO*", LITFSI, 2.0), candidate("*CCO*", LITFSI, 0.0)])
    anion = 2 * VOLUME["C"] + 6 * VOLUME["F"] + VOLUME["N"] + 4 * VOLUME["O"] + 2 * VOLUME["S"]
    assert mixed[0, 1] == pytest.approx((1000 + 2 * 286.9) / (1000 / neat + 2 * anion), rel=2e-3)
    assert mixed[1, 1] == pytest.approx(neat, rel=1e-6)
    assert std[0, 1] > std[1, 1]
    assert mixed[0, 0] == pytest.approx(mixed[1, 0])  # the modulus stays that of the neat polymer


def test_unknown_amount_or_element_of_a_salt_leaves_the_density_missing(model: Model) -> None:
    mean, _ = asked(
        model, [candidate("*CCO*", LITFSI), candidate("*CCO*", "[Li+].[I-]", 1.0), candidate("*CCO*", LICLO4, 1.0)]
    )
    assert np.isnan(mean[:, 1]).tolist() == [True, True, True]  # one Cl in the training units is too few
    assert np.isfinite(mean[:, 0]).all()


def test_saved_and_rebuilt(model: Model) -> None:
    again = Model.from_state(model.options, 2, {k: v.clone() for k, v in model.state_dict().items()})
    pool = [candidate("*CCO*", LITFSI, 1.0), candidate("*CC(*)C#N")]
    for one, other in zip(asked(model, pool), asked(again, pool), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_overlap_is_the_sum_of_minima_over_that_of_maxima() -> None:
    x, y = (
        torch.rand(4, 7, dtype=torch.double, generator=torch.Generator().manual_seed(i)).round() + 1e-3 for i in (0, 1)
    )
    x, y = x / x.sum(dim=1, keepdim=True), y / y.sum(dim=1, keepdim=True)
    brute = torch.minimum(x[:, None], y[None]).sum(-1) / torch.maximum(x[:, None], y[None]).sum(-1)
    torch.testing.assert_close(overlap(x, y), brute)


def test_a_density_column_beyond_the_properties_is_refused() -> None:
    items = PolymerEnvironments().encode([candidate("*CCO*"), candidate("*CC*")]).items
    with pytest.raises(UsageError, match="density_column"):
        Model(PolymerModulusOptions(density_column=3), 1).fit(items, Targets(np.zeros((2, 1)), np.zeros((2, 1))), 0)
