"""The whole way from a table of measurements to a model in force, with a small forest on half of the literature."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.core.paths import data_dir

TINY = {
    "name": "tiny", "properties": ["ionic_conductivity"], "sources": ["literature"], "architecture": "forest",
    "options": {"n_trees": 20, "max_features": 0.33}, "n_members": 3,
    "split": {"group": "formula+doi", "test": 0.15, "calibration": 0.2},
    "noise_floor": {"ionic_conductivity": 0.4}, "baseline": None,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A project with one model, trained on the compounds of every second paper; the other half is `new.csv`."""
    folder = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in ("SSBSCREEN_DATA_MIRROR", "SSBSCREEN_MODELS", "MLFLOW_TRACKING_URI"):
        patch.delenv(name, raising=False)
    full = pd.read_csv(data_dir() / "literature" / "electrolytes.csv", dtype=str, keep_default_na=False)
    source = data_dir() / "literature"
    patch.setenv("SSBSCREEN_HOME", str(folder))
    patch.setenv("SSBSCREEN_CACHE", str(folder / "cache"))
    patch.setattr("ssbscreen.app.ingest.KNOWN_SOURCES", {"ionic_conductivity": ("measurements", "literature")})
    shutil.copytree(source, folder / "data" / "literature")
    (folder / "configs" / "models").mkdir(parents=True)
    (folder / "configs" / "models" / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    from ssbscreen.sources.literature import SOURCE

    records = SOURCE.load()
    wanted = [m for m in records.measurements if m.property == "ionic_conductivity" and m.bound.value == "exact"]
    formula = {c.candidate_id: c.composition for c in records.candidates}
    papers = sorted({m.reference for m in wanted})
    later = set(papers[::2])
    new = pd.DataFrame([{
        "composition": formula[m.candidate_id].formula.replace(" ", ""), "property": "ionic_conductivity",
        "value": 10.0**m.value, "unit": "S/cm", "temperature": m.temperature_c, "laboratory": m.reference,
    } for m in wanted if m.reference in later and formula[m.candidate_id] is not None])
    new.to_csv(folder / "new.csv", index=False)
    early = {m.candidate_id for m in wanted if m.reference not in later}
    kept = full[[f"lit/{label}" in early for label in full.iloc[:, 0]]]
    kept.to_csv(folder / "data" / "literature" / "electrolytes.csv", index=False)
    from ssbscreen.app.pipeline import train

    assert train(["tiny"], device="cpu")[0].card is not None
    yield folder
    patch.undo()


@pytest.fixture
def fresh(home):
    """No measurements and nothing promoted."""
    for name in ("registry", "data/measurements"):
        shutil.rmtree(home / name, ignore_errors=True)
    return home


def table(home: Path, name: str, change) -> Path:
    frame = pd.read_csv(home / "new.csv")
    frame["value"] = change(frame["value"].to_numpy())
    frame.to_csv(home / name, index=False)
    return home / name


def in_force():
    from ssbscreen.training.registry import model_in_force

    return model_in_force("tiny")


def test_good_data_are_kept_and_the_model_in_force_is_the_one_the_decision_names(fresh):
    from ssbscreen.app.retrain import retrain
    from ssbscreen.sources.measurement_store import MeasurementStore

    ingested, (result,) = retrain(fresh / "new.csv", device="cpu")
    assert MeasurementStore().current() == ingested.version
    assert result.decision.contests[0].n_test > 10
    assert result.drift[0].n == len(ingested.checked.kept)
    folder, card = in_force()
    assert (folder.name == result.version) is result.decision.is_promoted
    assert (card.decision == result.decision) is result.decision.is_promoted


def test_a_table_in_the_wrong_unit_changes_nothing(fresh):
    from ssbscreen.app.retrain import retrain
    from ssbscreen.sources.measurement_store import MeasurementStore

    with pytest.raises(InputError, match="unit"):
        retrain(table(fresh, "milli.csv", lambda v: np.minimum(v * 1e3, 9.0)), device="cpu")
    assert MeasurementStore().current() is None
    assert in_force()[0].name == "tiny"


def test_shuffled_values_are_refused_or_not_promoted(fresh):
    from ssbscreen.app.retrain import retrain

    try:
        _, (result,) = retrain(table(fresh, "shuffled.csv", np.random.default_rng(0).permutation), device="cpu")
    except InputError:
        return
    assert not result.decision.is_promoted
    assert in_force()[0].name == "tiny"


def test_a_winner_is_in_force_with_its_reasons_until_it_is_rolled_back(fresh, monkeypatch):
    from ssbscreen.app import retrain as retraining
    from ssbscreen.training.decision import Contest, Decision
    from ssbscreen.training.registry import Registry

    won = Decision(is_promoted=True, reasons=("better",), margin=0.02, n_new=1, contests=(
        Contest(property="ionic_conductivity", n_test=9, champion=1.0, challenger=0.5, low=-0.6, high=-0.4),))
    monkeypatch.setattr(retraining, "judge", lambda *given: won)
    before = in_force()[1]
    _, (result,) = retraining.retrain(fresh / "new.csv", device="cpu")
    folder, card = in_force()
    assert folder.name == result.version == "v0001"
    assert card.decision == won
    assert card.n_rows["train"] > before.n_rows["train"]
    assert card.dataset_fingerprint != before.dataset_fingerprint
    assert any("measurements" in credit.name for credit in card.sources)
    import mlflow

    loaded = mlflow.pyfunc.load_model(_uri())
    found = loaded.predict(pd.DataFrame({"composition": ["Li6PS5Cl", "Xx"]}))
    assert found["model"][0] == card.title
    assert np.isfinite(found["mean"][0])
    assert "Xx" in found["note"][1]
    whole = loaded.predict(pd.DataFrame({"composition": ["Li6PS5Cl"], "temperature": [25]}))  # no fraction, so int64
    assert whole["mean"][0] == pytest.approx(found["mean"][0])
    assert np.isfinite(loaded.predict(loaded.input_example)["mean"]).all()
    assert {c.name for c in loaded.metadata.signature.inputs} >= {"composition", "structure", "temperature"}
    _check_mlflow(result.version, card)
    Registry().rollback("tiny")
    assert in_force()[0].name == "tiny"


def _check_mlflow(version: str, card):
    """Runs nested under the table, the decision told, and nothing that needs pickle among the files."""
    from mlflow.tracking import MlflowClient

    from ssbscreen.training.tracking import RETRAINING_EXPERIMENT, tracking_uri

    client = MlflowClient(tracking_uri())
    experiment = client.get_experiment_by_name(RETRAINING_EXPERIMENT).experiment_id
    runs = {r.info.run_id: r for r in client.search_runs([experiment])}
    made = client.get_model_version_by_alias("ssbscreen-ionic_conductivity", "champion")
    training = runs[made.run_id]
    chain = []
    while "mlflow.parentRunId" in training.data.tags:
        chain.append(training.info.run_name)
        training = runs[training.data.tags["mlflow.parentRunId"]]
    assert [*chain, training.info.run_name] == [f"train {card.title}", "challenge tiny 0.1.0", "new.csv"]
    assert training.data.tags["measurements"] == card.measurements
    assert "Promoted" in training.data.tags["mlflow.note.content"]
    assert runs[made.run_id].inputs.dataset_inputs[0].dataset.digest == card.dataset_fingerprint
    assert "better" in made.description
    assert client.get_model_version_by_alias("ssbscreen-ionic_conductivity", "challenger").version == made.version
    folder = Path(made.source.removeprefix("file://"))
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= {".yaml", ".safetensors", ".json", ".txt", ""}, files
    assert not any(p.read_bytes()[:2] in (b"\x80\x04", b"\x80\x05", b"PK") for p in files), "pickled or zipped"


def _uri():
    import mlflow

    from ssbscreen.training.tracking import tracking_uri

    mlflow.set_tracking_uri(tracking_uri())
    return "models:/ssbscreen-ionic_conductivity@champion"


def test_a_property_that_no_model_predicts_is_refused_before_anything_is_kept(fresh):
    from ssbscreen.app.retrain import retrain
    from ssbscreen.sources.measurement_store import MeasurementStore

    pd.DataFrame([{"composition": "LiF", "property": "hardness", "value": 1, "unit": "GPa", "laboratory": "x"}]).to_csv(
        fresh / "hard.csv", index=False)
    with pytest.raises(UsageError, match="hardness"):
        retrain(fresh / "hard.csv", device="cpu")
    assert MeasurementStore().current() is None
