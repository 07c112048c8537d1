"""The whole way from a table of measurements to an active model, with a small forest on half of the literature."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from ssbscreen.core.errors import InputError, UsageError
from ssbscreen.files.paths import data_dir

TINY = {
    "name": "tiny",
    "properties": ["ionic_conductivity"],
    "sources": ["literature"],
    "architecture": "forest",
    "options": {"n_trees": 20, "max_features": 0.33},
    "n_members": 3,
    "split": {"group": "formula+doi", "test": 0.15, "calibration": 0.2},
    "noise_floor": {"ionic_conductivity": 0.4},
    "baseline": None,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A project with one model, trained on the compounds of every second paper; the other half is `new.csv`."""
    folder = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name in ("SSBSCREEN_DATA_MIRROR", "SSBSCREEN_MODELS", "MLFLOW_TRACKING_URI"):
        patch.delenv(name, raising=False)
    full = pd.read_csv(data_dir() / "literature" / "electrolytes.csv", dtype=str, keep_default_na=False)
    literature, polymers = data_dir() / "literature", data_dir() / "polymers"
    patch.setenv("SSBSCREEN_HOME", str(folder))
    patch.setenv("SSBSCREEN_CACHE", str(folder / "cache"))
    patch.setattr("ssbscreen.app.measurements.KNOWN_SOURCES", {"ionic_conductivity": ("measurements", "literature")})
    shutil.copytree(literature, folder / "data" / "literature")
    shutil.copytree(polymers, folder / "data" / "polymers")
    (folder / "configs" / "models").mkdir(parents=True)
    (folder / "configs" / "models" / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    from ssbscreen.sources.literature import SOURCE

    records = SOURCE.load()
    wanted = [m for m in records.measurements if m.property == "ionic_conductivity" and m.bound.value == "exact"]
    formula = {c.candidate_id: c.composition for c in records.candidates}
    papers = sorted({m.reference for m in wanted})
    later = set(papers[::2])
    new = pd.DataFrame(
        [
            {
                "composition": formula[m.candidate_id].formula.replace(" ", ""),
                "property": "ionic_conductivity",
                "value": 10.0**m.value,
                "unit": "S/cm",
                "temperature": m.temperature_c,
                "laboratory": m.reference,
            }
            for m in wanted
            if m.reference in later and formula[m.candidate_id] is not None
        ]
    )
    new.to_csv(folder / "new.csv", index=False)
    early = {m.candidate_id for m in wanted if m.reference not in later}
    kept = full[[f"lit/{label}" in early for label in full.iloc[:, 0]]]
    kept.to_csv(folder / "data" / "literature" / "electrolytes.csv", index=False)
    from ssbscreen.app.train import train

    assert train(["tiny"], device="cpu")[0].card is not None
    yield folder
    patch.undo()


@pytest.fixture
def fresh(home):
    """No measurements and nothing promoted."""
    for name in ("registry", "measurements"):
        shutil.rmtree(home / name, ignore_errors=True)
    return home


@pytest.fixture
def always_won(monkeypatch):
    """The comparison is not held; the challenger wins it."""
    from ssbscreen.app import retrain as retraining
    from ssbscreen.training.card import Comparison, Decision

    won = Decision(
        is_promoted=True,
        reasons=("better",),
        margin=0.02,
        n_new=1,
        comparisons=(
            Comparison(property="ionic_conductivity", n_test=9, champion=1.0, challenger=0.5, low=-0.6, high=-0.4),
        ),
    )
    monkeypatch.setattr(retraining, "compare_with_champion", lambda *given: won)
    return won


def table(home: Path, name: str, change) -> Path:
    frame = pd.read_csv(home / "new.csv")
    frame["value"] = change(frame["value"].to_numpy())
    frame.to_csv(home / name, index=False)
    return home / name


def active():
    from ssbscreen.training.registry import active_model

    return active_model("tiny")


def test_good_data_are_kept_and_the_active_model_is_the_one_the_decision_names(fresh):
    from ssbscreen.app.retrain import retrain
    from ssbscreen.measurements.store import MeasurementStore

    told = {}
    ingested, (result,) = retrain(
        fresh / "new.csv", device="cpu", progress=lambda stage, done, total: told.update({stage: (done, total)})
    )
    assert len(told) >= 2  # a shadow of the champion and one of the challenger
    assert all(stage.startswith("tiny: ") and done == total for stage, (done, total) in told.items())
    assert MeasurementStore().current() == ingested.version
    assert result.decision.comparisons[0].n_test > 10
    assert result.drift[0].n == len(ingested.checked.kept)
    folder, card = active()
    assert (folder.name == result.version) is result.decision.is_promoted
    assert (card.decision == result.decision) is result.decision.is_promoted


def test_a_table_in_the_wrong_unit_changes_nothing(fresh):
    from ssbscreen.app.retrain import retrain
    from ssbscreen.measurements.store import MeasurementStore

    with pytest.raises(InputError, match="unit"):
        retrain(table(fresh, "milli.csv", lambda v: np.minimum(v * 1e3, 9.0)), device="cpu")
    assert MeasurementStore().current() is None
    assert active()[0].name == "tiny"


def test_shuffled_values_are_refused_or_not_promoted(fresh):
    from ssbscreen.app.retrain import retrain

    try:
        _, (result,) = retrain(table(fresh, "shuffled.csv", np.random.default_rng(0).permutation), device="cpu")
    except InputError:
        return
    assert not result.decision.is_promoted
    assert active()[0].name == "tiny"


def test_a_winner_is_active_with_its_reasons_until_it_is_rolled_back(fresh, always_won):
    from ssbscreen.app import retrain as retraining
    from ssbscreen.training.registry import Registry

    before = active()[1]
    _, (result,) = retraining.retrain(fresh / "new.csv", device="cpu")
    folder, card = active()
    assert folder.name == result.version == "v0001"
    assert card.decision == always_won
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
    assert active()[0].name == "tiny"


def _check_mlflow(version: str, card):
    """Runs nested under the table, the decision written, and nothing that needs pickle among the files."""
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
    from ssbscreen.measurements.store import MeasurementStore

    pd.DataFrame([{"composition": "LiF", "property": "hardness", "value": 1, "unit": "GPa", "laboratory": "x"}]).to_csv(
        fresh / "hard.csv", index=False
    )
    with pytest.raises(UsageError, match="hardness"):
        retrain(fresh / "hard.csv", device="cpu")
    assert MeasurementStore().current() is None


def test_a_model_whose_data_do_not_change_is_not_challenged(fresh, monkeypatch):
    from ssbscreen.app import retrain as retraining

    monkeypatch.setattr(retraining, "load_model", lambda *given: pytest.fail("the model was asked"))
    salt = {"salt_smiles": "[Li+].[Cl-]", "molality": 1.0, "temperature": 25, "laboratory": "x"}
    row = {"smiles": "*CCO*", "property": "ionic_conductivity", "value": 1e-5, "unit": "S/cm"} | salt
    pd.DataFrame([row]).to_csv(fresh / "polymer.csv", index=False)  # the only model here takes compositions
    with pytest.raises(UsageError, match="for the materials of"):
        retraining.retrain(fresh / "polymer.csv", device="cpu")


def test_a_drift_that_is_suspect_stops_the_table_before_it_is_kept(fresh, monkeypatch):
    from ssbscreen.app import retrain as retraining
    from ssbscreen.measurements.store import MeasurementStore

    suspect = retraining.Drift("ionic_conductivity", 9, 0.0, 3.0, 1.0, 0.0, 3.0, 9.0, 0.0, True, "all shifted")
    monkeypatch.setattr(retraining, "measure_drift", lambda *given: (suspect,))
    monkeypatch.setattr(retraining, "compare", lambda *given: ())
    with pytest.raises(InputError, match="all shifted"):
        retraining.retrain(fresh / "new.csv", device="cpu")
    assert MeasurementStore().current() is None
    _, (result,) = retraining.retrain(fresh / "new.csv", device="cpu", accept_suspected=True)
    assert not result.decision.is_promoted, "a comparison that nobody wins"
    assert (result.version, active()[0].name) == ("", "tiny")
    assert MeasurementStore().current().name == "v0001"


def test_what_an_earlier_model_learned_from_is_no_news_and_no_test(fresh, monkeypatch):
    from ssbscreen.app import retrain as retraining
    from ssbscreen.app.measurements import ingest
    from ssbscreen.app.train import load_training_data
    from ssbscreen.training.execution import Execution
    from ssbscreen.training.model_files import read_config
    from ssbscreen.training.pretrained import FROM_NOTHING

    frame, seen = pd.read_csv(fresh / "new.csv"), []
    for i in range(2):
        frame.iloc[i::2].to_csv(fresh / f"half{i}.csv", index=False)
        ingest(fresh / f"half{i}.csv")
    monkeypatch.setattr(retraining, "compare", lambda *given: seen.append(given[2]) or ())
    folder, card = active()
    config = retraining.with_measurements(read_config(folder))
    data = load_training_data(config).dataset
    table = retraining.EncodedRows.of(config, data)
    origin = np.array([c.candidate_id.split(":")[0] if c.source == "measurements" else "" for c in table.candidates])
    for since in ("", "v0001", "v0002"):
        champion = card.model_copy(update={"measurements": since})
        retraining.compare_with_champion(config, data, champion, 0.02, FROM_NOTHING, Execution())
        rows = seen[-1]
        assert set(origin[rows.new]) == {version for version in ("v0001", "v0002") if version > since}
        assert set(origin[np.concatenate([rows.test, rows.calibration])]) == {""}
    assert all(np.array_equal(rows.test, seen[0].test) for rows in seen), "frozen"


def test_after_a_promotion_domain_and_calibration_rest_on_the_new_data_too(fresh, always_won):
    from pymatgen.core import Composition

    from ssbscreen.app.retrain import retrain
    from ssbscreen.app.train import load_training_data
    from ssbscreen.core.candidate import Candidate
    from ssbscreen.prediction.loaded_model import load_model
    from ssbscreen.training.hold_out import HoldOut
    from ssbscreen.training.model_files import read_config
    from ssbscreen.training.rows import EncodedRows

    formulas = [f"Li{3 - x:g}Tm{1 - x:g}Zr{x:g}{ion}6" for x in (0.1, 0.2, 0.3, 0.4, 0.5) for ion in ("Cl", "Br")]
    frame = pd.DataFrame(
        {
            "composition": ["Li3TmCl6", "Li3TmBr6", *formulas],
            "property": "ionic_conductivity",
            "value": 1e-4,
            "unit": "S/cm",
            "temperature": 25.0,
        }
    )
    frame["value"] *= 10.0 ** np.random.default_rng(0).normal(0.0, 0.5, len(frame))
    frame["laboratory"] = [f"laboratory {i}" for i in range(len(frame))]
    frame.to_csv(fresh / "thulium.csv", index=False)
    relative = [Candidate("relative", composition=Composition("Li3TmCl3Br3"))]
    foreign = [Candidate("foreign", composition=Composition("LiPuO3"))]  # no conductor of an actinide is known
    old = load_model(active()[0], "cpu")
    assert not old.predict(relative, ["ionic_conductivity"])["ionic_conductivity"].in_domain[0]
    retrain(fresh / "thulium.csv", device="cpu")
    new = load_model(active()[0], "cpu")
    assert new.predict(relative, ["ionic_conductivity"])["ionic_conductivity"].in_domain[0]
    assert not new.predict(foreign, ["ionic_conductivity"])["ionic_conductivity"].in_domain[0]
    assert sum(new.card.n_rows.values()) == sum(old.card.n_rows.values()) + len(frame)
    assert len(new.domains["ionic_conductivity"].points) > len(old.domains["ionic_conductivity"].points)
    assert new.card.domain_threshold != old.card.domain_threshold
    assert new.card.calibration != old.card.calibration
    config = read_config(active()[0])
    rows = EncodedRows.of(config, load_training_data(config).dataset)
    (split,), is_new = HoldOut(config.split, rows.groups).parts(), [c.source == "measurements" for c in rows.candidates]
    assert new.card.n_rows == split.sizes()
    assert np.array(is_new)[split.calibration].any(), "none of the new rows is calibrated on, so nothing is shown"


def test_a_table_that_was_learned_from_is_not_kept_or_learned_from_twice(fresh, always_won):
    from ssbscreen.app.retrain import retrain
    from ssbscreen.measurements.store import MeasurementStore

    first, (result,) = retrain(fresh / "new.csv", device="cpu")
    again, (repeated,) = retrain(fresh / "new.csv", device="cpu")
    assert again.version == first.version == MeasurementStore().current()
    assert (first.was_known, again.was_known) == (False, True)
    assert (repeated.name, repeated.decision, repeated.version) == ("tiny", None, "")
    assert active()[0].name == result.version


# One process that has imported everything forks a child for each call and kills it, after some seconds or at the
# n-th time it touches a file of the project.
_KILLED = """
import os, signal, sys, time
from pathlib import Path
from ssbscreen.app import measurements, retrain as retraining
from ssbscreen.app.measurements import known_records
import mlflow.pyfunc, sqlalchemy
home = os.environ["SSBSCREEN_HOME"]
measurements.KNOWN_SOURCES = {"ionic_conductivity": ("measurements", "literature")}
real = retraining.compare_with_champion
retraining.compare_with_champion = lambda *given: real(*given).model_copy(update={"is_promoted": True})
TOUCHED = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.move")

def watch(at):
    n = 0
    def hook(event, given):
        nonlocal n
        is_written = event == "open" and isinstance(given[2], int) and given[2] & (os.O_WRONLY | os.O_RDWR)
        if (is_written or event in TOUCHED) and any(part in str(given[0]) for part in ("registry", "measurements")):
            n += 1
            if n == at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    return lambda: n

print("ready", flush=True)
for line in sys.stdin:
    table, kind, at = line.split()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        count = watch(int(at) if kind == "touch" else -1)
        code = 1
        try:
            retraining.retrain(Path(table), device="cpu")
            Path(home, "touched").write_text(str(count()))
            code = 0
        except BaseException as error:
            import traceback; traceback.print_exc()
        finally:
            os._exit(code)
    while kind == "seconds" and time.monotonic() - start < float(at):
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            break
        time.sleep(0.01)
    if kind == "seconds":
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - start, flush=True)
"""


@pytest.mark.slow
def test_killed_twenty_times_data_and_model_stay_whole_and_a_rerun_completes(fresh):
    from ssbscreen.measurements.store import MeasurementStore
    from ssbscreen.prediction.loaded_model import load_model
    from ssbscreen.training.model_files import read_config
    from ssbscreen.training.registry import Registry

    frame = pd.read_csv(fresh / "new.csv")
    tables = []
    for i in range(21):
        tables.append(fresh / f"part{i}.csv")
        frame.iloc[i::21].to_csv(tables[-1], index=False)
    server = subprocess.Popen(
        [sys.executable, "-c", _KILLED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        stderr=(fresh / "errors.txt").open("w"),
        env=os.environ | {"PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"},
    )
    assert server.stdout.readline() == "ready\n"

    def call(table: Path, kind: str = "never", at: float = 0) -> tuple[int, float]:
        server.stdin.write(f"{table} {kind} {at}\n")
        server.stdin.flush()
        code, seconds = server.stdout.readline().split()
        return int(code), float(seconds)

    def check() -> tuple[str, str]:
        """Version of the data and champion, both whole."""
        assert Registry().names() == ("tiny",)
        folder, card = active()
        config = read_config(folder)
        assert (config.name, config.version, config.properties) == (card.name, card.version, card.properties)
        model = load_model(folder, "cpu")  # checks the hash of the weights
        assert set(model.domains) == set(card.domain_threshold) == set(card.properties)
        predicted = model.predict([c for c in _candidates() if model.accepts(c)], card.properties)
        assert all(np.isfinite(p.mean).all() for p in predicted.values())
        store = MeasurementStore()
        version = store.current()
        if version is not None:
            assert len(store.values()) == version.n_values  # checks the fingerprint
        data = "" if version is None else version.name
        assert card.measurements <= data, "a model has learned from data that are not there"
        return data, folder.name

    dice = random.Random(7)
    code, seconds = call(tables[0])
    assert code == 0, (fresh / "errors.txt").read_text()[-3000:]
    touched = int((fresh / "touched").read_text())
    assert touched > 20
    n_killed, where = 0, []
    for i, table in enumerate(tables[1:]):
        before = check()
        how = ("seconds", round(dice.uniform(0.0, 0.95 * seconds), 3)) if i % 2 else ("touch", dice.randint(1, touched))
        code, _ = call(table, *how)
        n_killed += code == -9
        after = check()
        where.append((how, before, after))
        assert after[0] == before[0] or MeasurementStore().current().parent == before[0], where[-1]
        assert call(table)[0] == 0, (where[-1], (fresh / "errors.txt").read_text()[-3000:])
        data, champion = check()
        assert data > before[0], "the rerun has kept the table"
        assert active()[1].measurements == data, where[-1]
        assert champion > before[1] or before[1] == "tiny"
    server.stdin.close()
    server.wait()
    assert n_killed >= 15, where
    (fresh / "kills.txt").write_text("\n".join(map(str, where)))
    stages = {(after[0] > before[0], after[1] != before[1]) for _, before, after in where}
    assert {(False, False), (True, False)} <= stages, f"no kill before or after the data were kept: {where}"


def _candidates():
    from pymatgen.core import Composition

    from ssbscreen.core.candidate import Candidate

    return [Candidate(f, composition=Composition(f)) for f in ("Li6PS5Cl", "Li3YCl6", "Li7La3Zr2O12")]
