"""Process and network on formulations: invariances, the textbook posterior, the law, offsets of known polymers."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from ssbscreen.architectures.polymer_formulation import Model, PolymerFormulationOptions
from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.errors import UsageError
from ssbscreen.featurize.polymer_formulation import ANION_NAMES, PolymerFormulations, anion_descriptors, simulated
from ssbscreen.model_parts.base import Targets
from ssbscreen.model_parts.formulation_process import FormulationHyperparameters, chosen_rows, coordinate
from ssbscreen.training.config import load_model_config

LITFSI = "O=S(=O)([N-]S(=O)(=O)C(F)(F)F)C(F)(F)F.[Li+]"
UNITS = ["*CCO*", "*CC(*)C#N", "*CCOC(=O)O*", "*CC(*)OCCOC", "*CC(*)C(=O)OC"]
SALTS = [LITFSI, "[Li+].[I-]", None]
FITTED = {
    name: value
    for name, value in load_model_config("polymer_conductivity").options.items()
    if name in {field.name for field in fields(FormulationHyperparameters)}
}


def candidate(
    smiles: str,
    salt: str | None = LITFSI,
    molality: float | None = 1.0,
    mass: float | None = 1e5,
    celsius: float = 60.0,
) -> Candidate:
    return Candidate("x", polymer=Polymer(smiles, salt, molality, mass), temperature_c=celsius)


def formulations(n: int, seed: int) -> tuple[list[Candidate], np.ndarray]:
    rng = np.random.default_rng(seed)
    pool = [
        candidate(
            UNITS[rng.integers(5)],
            SALTS[rng.integers(3)],
            float(rng.uniform(0.2, 3)),
            float(10 ** rng.uniform(3, 6)),
            float(rng.uniform(0, 120)),
        )
        for _ in range(n)
    ]
    return pool, rng.normal(size=(n, 1))


def fitted(weight: float, pool: list[Candidate], values: np.ndarray, epochs: int = 3) -> Model:
    torch.manual_seed(0)
    model = Model(
        PolymerFormulationOptions(**FITTED, process_weight=weight, hidden=16, epochs=epochs, batch_size=16), 1
    )
    model.fit(PolymerFormulations().encode(pool).items, Targets(values, np.zeros(values.shape, dtype=np.int8)), 0)
    return model


@pytest.fixture(scope="module")
def model() -> Model:
    return fitted(0.5, *formulations(60, 1))


def asked(model: Model, pool: list[Candidate]) -> tuple[np.ndarray, np.ndarray]:
    representation = PolymerFormulations()
    out = model(representation.collate(representation.encode(pool).items))
    return out.mean[:, 0].detach().numpy(), out.log_variance[:, 0].detach().numpy()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("*CCO*", "*OCC*"),
        ("*CCO*", "[Cu]CCO[Au]"),
        ("*CCO*", "*CCOCCO*"),
        ("*CCOC(=O)O*", "*OCCOC(=O)*"),
        ("*CC(*)C(=O)OCCOC", "COCCOC(=O)C(*)C*"),
        ("*Oc1ccc(*)cc1", "*c1ccc(O*)cc1"),
    ],
)
def test_one_polymer_one_prediction(model: Model, one: str, other: str) -> None:
    mean, log_variance = asked(model, [candidate(one), candidate(other), candidate("*CC(*)CC")])
    assert mean[0] == pytest.approx(mean[1], abs=1e-5)
    assert log_variance[0] == pytest.approx(log_variance[1], abs=1e-4)
    assert abs(mean[0] - mean[2]) > 1e-3


def test_salt_spelling_does_not_matter(model: Model) -> None:
    mean, _ = asked(model, [candidate("*CCO*", "[Li+].FC(F)(F)S(=O)(=O)[N-]S(=O)(=O)C(F)(F)F"), candidate("*CCO*")])
    assert mean[0] == pytest.approx(mean[1], abs=1e-6)


def test_every_condition_matters(model: Model) -> None:
    base = candidate("*CCO*")
    others = [
        candidate("*CCO*", None, None),
        candidate("*CCO*", "[Li+].[I-]"),
        candidate("*CCO*", molality=2.0),
        candidate("*CCO*", molality=None),
        candidate("*CCO*", mass=None),
        candidate("*CCO*", mass=500.0),
        replace(base, temperature_c=80.0),
    ]
    mean, _ = asked(model, [base, *others])
    assert (np.abs(mean[1:] - mean[0]) > 1e-4).all(), mean


def test_alone_or_in_company(model: Model) -> None:
    pool = [candidate("*CCO*"), candidate("*CC(*)C#N", None, None), candidate("*CCOC(=O)O*", "[Li+].[I-]")]
    together, _ = asked(model, pool)
    assert [asked(model, [one])[0][0] for one in pool] == pytest.approx(together.tolist(), abs=1e-6)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_never_falls_with_temperature(weight: float) -> None:
    pool, values = formulations(40, 3)
    model = fitted(weight, pool, values)
    for one in pool[:8]:
        mean, _ = asked(model, [replace(one, temperature_c=t) for t in (-150.0, -20.0, 20.0, 60.0, 120.0)])
        assert np.isfinite(mean).all()
        assert (np.diff(mean) >= -1e-9).all()


def test_saved_and_rebuilt(model: Model) -> None:
    again = Model.from_state(model.options, 1, {k: v.clone() for k, v in model.state_dict().items()})
    pool, _ = formulations(10, 5)
    for one, other in zip(asked(model, pool), asked(again, pool), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_process_is_the_conditional_gaussian() -> None:
    """Against the textbook formula, the covariance written out pair by pair."""
    pool, values = formulations(25, 1)
    model = fitted(1.0, pool, values)
    process, r = model.process, model._train
    named = model._kernel.named
    s = FormulationHyperparameters(*(float(getattr(named, field.name)) for field in fields(named)))
    new, _ = formulations(6, 2)
    batch = PolymerFormulations().collate(PolymerFormulations().encode(new).items)
    views = (
        (torch.cat([batch.polymer, batch.salt, batch.conditions], dim=1).double() - model.centre) / model.std
    ).numpy()
    n_p, n_s = r["chain"].shape[1], r["salt"].shape[1]
    cuts = np.cumsum([n_p, 4, n_s, len(ANION_NAMES)])
    one = [(*np.split(v, cuts), e / e.sum()) for v, e in zip(views, batch.environments.double().numpy(), strict=True)]
    train = [
        (
            r["chain"][p].numpy(),
            r["simulated"][p].numpy(),
            r["salt"][q].numpy(),
            r["anion"][q].numpy(),
            c.numpy(),
            r["shares"][p].numpy(),
        )
        for p, q, c in zip(r["polymer_of"], r["salt_of"], r["conditions"], strict=True)
    ]

    def k(a: tuple, b: tuple) -> tuple[float, float]:
        d = [np.abs(x - z).mean() for x, z in zip(a[:4], b[:4], strict=True)]
        like, near = np.exp(-d[0] / s.length_polymer), np.minimum(a[5], b[5]).sum() / np.maximum(a[5], b[5]).sum()
        by_salt, by_anion = np.exp(-d[2] / s.length_salt), np.exp(-d[3] / s.length_salt)
        squared = ((a[4] - b[4]) ** 2).mean()
        c, p, q = np.exp(-0.5 * squared / s.length_conditions**2), (like + near) / 2, (by_salt + by_anion) / 2
        main = (
            s.variance_polymer * like
            + s.variance_environment * near
            + s.variance_simulated * np.exp(-d[1] / s.length_simulated)
            + s.variance_salt * by_salt
            + s.variance_anion * by_anion
            + s.variance_offset
            + s.variance_polymer_salt * p * q
            + c
            * (
                s.variance_conditions
                + s.variance_polymer_conditions * p
                + s.variance_salt_conditions * q
                + s.variance_formulation * p * q
            )
        )
        one_polymer, one_salt = d[0] + 1 - near < 1e-5, d[2] + d[3] < 1e-5
        one_study = one_polymer and one_salt and squared < 1e-9
        return (
            main
            + s.variance_own_polymer * one_polymer
            + s.variance_own_salt * one_salt
            + s.variance_own_formulation * one_study,
            s.slope * main
            + s.slope_polymer * s.variance_own_polymer * one_polymer
            + s.slope_formulation * s.variance_own_formulation * one_study,
        )

    t, at = r["coordinate"].numpy(), coordinate(batch.kelvin, 130.0).double().numpy()

    def total(a: tuple, ta: float, b: tuple, tb: float) -> float:
        level, slope = k(a, b)
        return level + slope * ta * tb

    own = np.array([[total(a, x, b, z) for b, z in zip(train, t, strict=True)] for a, x in zip(train, t, strict=True)])
    own += s.variance_noise * np.eye(len(train))
    cross = np.array([[total(a, x, b, z) for b, z in zip(train, t, strict=True)] for a, x in zip(one, at, strict=True)])
    rest = model.get_buffer("rows_target").double().numpy() - float(process.mean)
    expected = float(process.mean) + cross @ np.linalg.solve(own, rest)
    slope = np.array([[k(a, b)[1] for b in train] for a in one]) @ (np.linalg.solve(own, rest) * t)
    mean, log_variance = asked(model, new)
    np.testing.assert_allclose(mean[slope <= 0], expected[slope <= 0], atol=1e-3)
    assert (slope <= 0).any()
    own_variance = np.array([total(a, x, a, x) for a, x in zip(one, at, strict=True)]) + s.variance_noise
    variance = own_variance - np.einsum("ij,ji->i", cross, np.linalg.solve(own, cross.T))
    np.testing.assert_allclose(np.exp(log_variance), variance, rtol=1e-2)


def test_a_known_polymer_keeps_its_offset() -> None:
    """A polymer far above its relatives is predicted above them where it was measured."""
    pool = [candidate(u, molality=m) for u in UNITS for m in (0.5, 1.0, 1.5, 2.0)]
    values = np.array([[2.0 if c.polymer and c.polymer.smiles == "*CC(*)OCCOC" else -0.5] for c in pool])
    model = fitted(1.0, pool, values)
    mean, log_variance = asked(model, [candidate("*CC(*)OCCOC", molality=1.2), candidate("*CC(*)OCCCOC", molality=1.2)])
    assert mean[0] > mean[1] + 0.2
    assert log_variance[0] < log_variance[1]


def test_no_polymer_and_no_formulation_outweighs_the_others() -> None:
    rng = np.random.default_rng(0)
    polymer = np.array(["a"] * 1200 + ["b"] * 60 + ["c"] * 3)
    formulation = np.array([f"{p}{i % 30}" for i, p in enumerate(polymer)])
    order = rng.permutation(len(polymer))
    kept = chosen_rows(polymer[order], formulation[order], 20, 2, 0)
    assert {p: int((polymer[order][kept] == p).sum()) for p in "abc"} == {"a": 60, "b": 20, "c": 3}
    assert np.unique(formulation[order][kept], return_counts=True)[1].max() == 2
    assert len(np.unique(kept)) == len(kept)


def test_anions_are_told_apart() -> None:
    from rdkit import Chem

    found = {
        name: dict(zip(ANION_NAMES, anion_descriptors(Chem.MolFromSmiles(smiles)), strict=True))
        for name, smiles in (
            ("TFSI", LITFSI),
            ("I", "[Li+].[I-]"),
            ("OTf", "[Li+].O=S(=O)([O-])C(F)(F)F"),
            ("BF4", "[Li+].F[B-](F)(F)F"),
            ("PF6", "[Li+].F[P-](F)(F)(F)(F)F"),
        )
    }
    charge = "concentration of negative charge"
    assert found["TFSI"][charge] < found["OTf"][charge] < found["I"][charge] == pytest.approx(1.0)
    assert found["OTf"]["sulfonate"] == 1.0
    assert found["TFSI"]["imide, azolide or carbanion"] == 1.0
    assert found["BF4"]["complex anion"] == found["PF6"]["complex anion"] == 1.0
    assert all(np.isfinite(list(row.values())).all() for row in found.values())


def test_simulated_properties_order_well_known_polymers() -> None:
    """Measured densities, g/cm3: polypropylene 0.85 (amorphous), PEO 1.12, PVDF 1.68, PTFE 2.0."""
    units = ("*CC(*)C", "*CCO*", "*CC(F)(F)*", "*C(F)(F)C(F)(F)*")
    vectors = PolymerFormulations().encode([candidate(u) for u in units])
    density = [item.polymer[-3] for item in vectors.items]
    assert density == sorted(density)
    np.testing.assert_allclose(vectors.items[0].polymer[-4:], simulated(vectors.items[0].polymer[:-4]), rtol=1e-5)


def test_more_than_one_property_is_refused() -> None:
    with pytest.raises(UsageError, match="one property"):
        Model(PolymerFormulationOptions(), 2)
