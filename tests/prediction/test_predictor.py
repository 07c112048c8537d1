"""The predictor over a folder of tiny models."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import ModelError, UsageError
from ssbscreen.featurize import orbit_graph
from ssbscreen.prediction import loaded_model
from ssbscreen.prediction.loaded_model import load_model, release_models
from ssbscreen.prediction.predictor import predict
from ssbscreen.prediction.shared_items import SharedItems
from ssbscreen.training.config import ModelConfig
from ssbscreen.training.model_files import read_card, read_config, read_weights, write_model
from ssbscreen.training.run import train_model

SPLIT = {"test": 0.2, "calibration": 0.2, "validation": 0.15}


def pool(n: int = 120) -> tuple[Candidate, ...]:
    rng = np.random.default_rng(0)
    return tuple(
        Candidate(
            f"c{i}",
            crystal=Crystal.ordered(
                np.eye(3) * rng.uniform(3.5, 6), rng.random((size, 3)), rng.choice([3, 8, 11, 16, 17], size)
            ),
        )
        for i, size in enumerate(rng.integers(1, 9, n))
    )


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crystal model of modulus and gap, and a forest on compositions for the gap, lower in priority."""
    folder = tmp_path_factory.mktemp("models")
    candidates = pool()
    values = np.random.default_rng(1).normal(1.0, 0.5, (len(candidates), 2)).clip(0.0)
    dataset = Dataset(
        "made up",
        candidates,
        ("bulk_modulus", "band_gap"),
        values,
        np.zeros_like(values, dtype=np.int8),
        np.full(len(candidates), np.nan),
        {"formula": np.array([c.formula for c in candidates])},
        ("made_up",),
    )
    crystal = ModelConfig.model_validate(
        {
            "name": "graph",
            "properties": ("bulk_modulus", "band_gap"),
            "sources": ("made_up",),
            "priority": 5,
            "architecture": "orbit",
            "n_members": 2,
            "epochs": 2,
            "baseline": None,
            "split": SPLIT,
            "options": {"neighbours": 6, "dim": 12, "edge_dim": 8, "n_layers": 2, "n_basis": 8, "head": 8},
        }
    )
    forest = ModelConfig.model_validate(
        {
            "name": "forest",
            "properties": ("band_gap",),
            "sources": ("made_up",),
            "architecture": "forest",
            "n_members": 2,
            "baseline": None,
            "options": {"n_trees": 5},
            "split": SPLIT,
        }
    )
    train_model(crystal, dataset, folder / "graph")
    train_model(forest, dataset, folder / "forest")
    return folder


def test_every_candidate_gets_what_applies_and_nothing_else(models: Path) -> None:
    flat = Crystal.ordered(np.zeros((3, 3)), np.zeros((1, 3)), np.array([3]))
    uranium = Crystal.ordered(np.eye(3) * 4.0, np.zeros((1, 3)), np.array([92]))
    candidates = [
        *pool(4),
        Candidate("glass", composition=Composition("Li3PS4")),
        Candidate("peo", polymer=Polymer("*CCO*")),
        Candidate("flat", crystal=flat),
        Candidate("u", crystal=uranium),
    ]
    found = predict(candidates, ["band_gap", "bulk_modulus", "ionic_conductivity"], models_dir=models)
    modulus, gap = found.by_property["bulk_modulus"], found.by_property["band_gap"]
    assert modulus.is_present.tolist() == [True] * 4 + [False, False, False, True]
    assert gap.is_present.tolist() == [True] * 4 + [True, False, True, True]  # the forest steps in
    assert not found.by_property["ionic_conductivity"].is_present.any()
    assert "volume" in modulus.note[6]
    assert gap.note[4].startswith("composition only; by ")
    for column in (modulus, gap):
        here = column.is_present
        assert np.isnan(column.lower[~here]).all()
        assert np.isnan(column.std[~here]).all()
        assert not column.in_domain[~here].any()
        assert (column.lower[here] <= column.mean[here]).all()
        assert (column.mean[here] <= column.upper[here]).all()
    assert (gap.lower[gap.is_present] >= 0).all()  # no negative gaps
    assert not modulus.in_domain[7]  # no uranium in training
    half = Crystal(np.eye(3) * 4.0, np.zeros((1, 3)), np.array([0]), np.array([3]), np.array([0.5]))
    disordered = predict([Candidate("half", crystal=half)], ["bulk_modulus"], models_dir=models)
    assert disordered.by_property["bulk_modulus"].note.tolist() == ["disordered sites averaged"]
    assert modulus.model == "graph 0.1.0"
    assert set(gap.model.split("+")) == {"graph 0.1.0", "forest 0.1.0"}
    assert set(found.correlation) == {("bulk_modulus", "band_gap")}


def test_result_does_not_depend_on_batches_chunks_and_company(models: Path) -> None:
    candidates = pool(40)
    whole = predict(candidates, ["bulk_modulus"], models_dir=models).by_property["bulk_modulus"]
    small = predict(candidates, ["bulk_modulus"], models_dir=models, batch_size=3, chunk_size=7)
    alone = predict(candidates[5:6], ["bulk_modulus"], models_dir=models).by_property["bulk_modulus"]
    for name in ("mean", "std", "lower", "upper"):
        np.testing.assert_allclose(getattr(small.by_property["bulk_modulus"], name), getattr(whole, name), rtol=1e-4)
        np.testing.assert_allclose(getattr(alone, name)[0], getattr(whole, name)[5], rtol=1e-4)


def test_notes_do_not_depend_on_chunks(models: Path) -> None:
    candidates = [*pool(3), Candidate("glass", composition=Composition("Li3PS4"))]
    whole, apart = (
        predict(candidates, ["band_gap"], models_dir=models, chunk_size=size).by_property["band_gap"]
        for size in (100, 1)
    )
    assert apart.note.tolist() == whole.note.tolist()
    assert all("by graph 0.1.0" in note for note in whole.note[:3])
    assert apart.model == whole.model == "graph 0.1.0+forest 0.1.0"


def test_a_model_that_no_candidate_needs_is_not_loaded(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path / "m")
    (tmp_path / "m" / "forest" / "weights.safetensors").unlink()
    assert predict(pool(3), ["band_gap"], models_dir=tmp_path / "m").by_property["band_gap"].is_present.all()
    with pytest.raises(ModelError, match="forest"):
        predict([Candidate("glass", composition=Composition("Li3PS4"))], ["band_gap"], models_dir=tmp_path / "m")


def test_a_model_is_read_once_for_all_shards_and_again_when_it_was_let_go(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []

    def counted(folder: Path, device: str) -> loaded_model.LoadedModel:
        read.append(folder.name)
        return load_model(folder, device)

    monkeypatch.setattr(loaded_model, "load_model", counted)
    release_models()
    columns = [predict(pool(3), ["bulk_modulus"], models_dir=models).by_property["bulk_modulus"] for _ in range(3)]
    assert read == ["graph"]
    assert all((column.mean == columns[0].mean).all() for column in columns)
    release_models()
    predict(pool(3), ["bulk_modulus"], models_dir=models)
    assert read == ["graph", "graph"]


def test_a_model_that_was_exchanged_is_read_anew(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models / "graph", tmp_path / "graph")
    first = predict(pool(3), ["bulk_modulus"], models_dir=tmp_path).by_property["bulk_modulus"].mean
    card, config = read_card(tmp_path / "graph"), read_config(tmp_path / "graph")
    tensors = read_weights(tmp_path / "graph", card)
    name = next(key for key in tensors if key.endswith("heads.heads.0.2.bias"))
    tensors[name] = tensors[name] + 1.0
    write_model(tmp_path / "graph", card, config, tensors)
    assert (predict(pool(3), ["bulk_modulus"], models_dir=tmp_path).by_property["bulk_modulus"].mean != first).any()


def test_two_models_of_one_kind_of_graph_build_it_once(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("graph", "other"):
        shutil.copytree(models / "graph", tmp_path / name)
    built = []
    build = orbit_graph.build
    monkeypatch.setattr(orbit_graph, "build", lambda *given: built.append(given) or build(*given))
    found = [load_model(tmp_path / name, "cpu") for name in ("graph", "other")]
    shared = SharedItems(pool(6))
    first = found[0].predict_shared(shared, np.array([0, 1, 2, 4]), ["bulk_modulus"])["bulk_modulus"]
    second = found[1].predict_shared(shared, np.arange(6), ["bulk_modulus"])["bulk_modulus"]
    assert len(built) == 6
    np.testing.assert_allclose(second.mean[[0, 1, 2, 4]], first.mean, rtol=1e-5)


def test_factors_by_class_widen_the_errors_of_their_class_alone(models: Path, tmp_path: Path) -> None:
    candidates = [Candidate(f, composition=Composition(f)) for f in ("Li2O", "Li2S", "MgO", "NaCl")]
    before = predict(candidates, ["band_gap"], models_dir=models).by_property["band_gap"]
    shutil.copytree(models / "forest", tmp_path / "forest")
    card = read_card(models / "forest")
    wide = card.calibration["band_gap"].model_copy(update={"by_class": {"oxide": 3.0, "sulfide": 0.5}})
    write_model(
        tmp_path / "forest",
        card.model_copy(update={"calibration": {"band_gap": wide}}),
        read_config(models / "forest"),
        read_weights(models / "forest", card),
    )
    after = predict(candidates, ["band_gap"], models_dir=tmp_path).by_property["band_gap"]
    np.testing.assert_allclose(after.std / before.std, [3.0, 0.5, 3.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(after.mean, before.mean)


def test_progress_ends_at_the_total(models: Path) -> None:
    seen: list[tuple[int, int]] = []
    predict(pool(10), ["band_gap"], models_dir=models, chunk_size=4, progress=lambda a, b: seen.append((a, b)))
    assert seen[-1] == (20, 20)
    assert all(a <= b for a, b in seen)
    assert [a for a, _ in seen] == sorted(a for a, _ in seen)


def test_empty_pool_and_unknown_property(models: Path) -> None:
    assert len(predict([], ["band_gap"], models_dir=models)) == 0
    with pytest.raises(UsageError, match="Did you mean 'band_gap'"):
        predict(pool(2), ["band_gp"], models_dir=models)


def test_exchanged_weights_are_refused(models: Path, tmp_path: Path) -> None:
    shutil.copytree(models, tmp_path / "m")
    shutil.copy(tmp_path / "m" / "forest" / "weights.safetensors", tmp_path / "m" / "graph" / "weights.safetensors")
    with pytest.raises(ModelError, match="sha256"):
        predict(pool(2), ["bulk_modulus"], models_dir=tmp_path / "m")


@pytest.mark.gpu
def test_gpu_equals_cpu(models: Path) -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    cpu, gpu = (
        predict(pool(40), ["bulk_modulus"], models_dir=models, device=d).by_property["bulk_modulus"]
        for d in ("cpu", "cuda")
    )
    np.testing.assert_allclose(gpu.mean, cpu.mean, rtol=1e-3)
    np.testing.assert_allclose(gpu.std, cpu.std, rtol=1e-3)


def test_what_should_not_be_trusted_is_outside_the_domain_with_its_reason() -> None:
    asked = (
        Candidate("known", Composition("Li6PS5Cl")),
        Candidate("sodium", Composition("Na3Zr2Si2PO12")),
        Candidate("odd", Composition("Li6PS5Cl"), doubt="half of the cell is empty"),
    )
    found = predict(asked, ["ionic_conductivity", "band_gap"])
    conductivity, gap = found.by_property["ionic_conductivity"], found.by_property["band_gap"]
    assert conductivity.in_domain.tolist() == [True, False, False]
    assert "holds no lithium" in conductivity.note[1]
    assert conductivity.mean[2] == pytest.approx(conductivity.mean[0])
    assert "half of the cell is empty" in gap.note[2]
    assert "lithium" not in gap.note[1]


def test_a_family_that_was_never_met_shares_more_of_its_error() -> None:
    """Halide perovskites have no training row, argyrodites many; nobody shares anything in what is no family."""
    unmet, met = ("LiBaCl3", "LiBaF3", "LiBaCl2.25Br0.75"), ("Li6PS5Cl", "Li7La3Zr2O12")
    asked = [Candidate(f, Composition(f)) for f in (*unmet, *met)]
    column = predict(asked, ["ionic_conductivity"]).by_property["ionic_conductivity"]
    share = (column.std_family / column.std) ** 2
    assert share == pytest.approx([0.58] * len(unmet) + [0.1795] * len(met), abs=1e-3)
    turned = predict(asked[::-1], ["ionic_conductivity"]).by_property["ionic_conductivity"]
    assert turned.std_family[::-1] == pytest.approx(column.std_family, rel=1e-5)
    assert turned.mean[::-1] == pytest.approx(column.mean, rel=1e-5)
