"""MLflow: runs of trainings, their data, parameters, metrics and files.

Registered models stand in `registered_versions.py`; nothing outside `training` may know MLflow.
"""

from __future__ import annotations

import logging
import math
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from ssbscreen.files.user_state import tracking_database
from ssbscreen.training.tracker import LoggedData

if TYPE_CHECKING:  # MLflow is loaded where it is used
    from mlflow.tracking import MlflowClient

_log = logging.getLogger(__name__)
TRAINING_EXPERIMENT, TUNING_EXPERIMENT = "ssbscreen-train", "ssbscreen-tune"
RETRAINING_EXPERIMENT, SCREEN_EXPERIMENT = "ssbscreen-retrain", "ssbscreen-screen"
EXPERIMENTS = {
    TRAINING_EXPERIMENT: "Trainings of the models; nested under each the members of its ensemble, epoch by epoch.",
    TUNING_EXPERIMENT: "Searches of options; nested under each study its trials.",
    RETRAINING_EXPERIMENT: "Tables of new measurements; nested under each the models that it challenged: drift, "
    "champion against challenger, the decision with its reasons, the training where one won.",
    SCREEN_EXPERIMENT: "Screens of candidate pools: settings, attrition, report.",
}
_GROUPS = ("train", "validation", "test")  # first words of metrics that MLflow shows as a section each
_KIND = "custom_model_development"  # MLflow asks what an experiment is for, where it is not said
_PROCESS = "ssbscreen.process"  # tag: machine and process of a run
_SYSTEM_METRICS = "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING"  # MLflow's own switch, here on unless it says false
_NOTE = 8000  # characters of a tag
_SQLITE = "sqlite:///"
_WAIT = 180  # s for another process that makes the tables of a database, which takes a minute on a slow disk
# A server that is down answers at once; MLflow's own retries would hold a finished work for minutes.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
VERSION = package_version("ssbscreen")
for _name, _value in _PATIENCE.items():
    os.environ.setdefault(_name, _value)


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, else a SQLite file of the user."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{tracking_database()}"


class MlflowTracker:
    """A run in MLflow, by id, so that runs can nest and interleave without global state."""

    def __init__(self, run_id: str, experiment_id: str, uri: str) -> None:
        from mlflow.tracking import MlflowClient

        self.client = MlflowClient(uri)
        self._uri = uri
        self.run_id = run_id
        self.experiment_id = experiment_id

    def params(self, values: dict[str, object]) -> None:
        """Log parameters; long ones are cut to MLflow's limit."""
        from mlflow.entities import Param

        batch = [Param(key, str(value)[:6000]) for key, value in values.items()]
        for start in range(0, len(batch), 100):
            self.client.log_batch(self.run_id, params=batch[start : start + 100])

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Log finite numbers; a missing one is not logged."""
        import time

        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        batch = [Metric(_sectioned(k), float(v), now, step or 0) for k, v in values.items() if math.isfinite(v)]
        if batch:
            self.client.log_batch(self.run_id, metrics=batch)

    def dataset(self, data: LoggedData) -> None:
        """Log an `mlflow.data` dataset whose digest is our fingerprint; no row is copied."""
        import json

        from mlflow.data.code_dataset_source import CodeDatasetSource
        from mlflow.data.meta_dataset import MetaDataset
        from mlflow.entities import Dataset, DatasetInput, InputTag
        from mlflow.types import ColSpec, DataType, Schema

        source = CodeDatasetSource({"mlflow.source.type": "LOCAL", "mlflow.source.name": "ssbscreen", **data.sources})
        columns = (
            Schema([ColSpec(DataType.double, key, required=False) for key in data.n_values]) if data.n_values else None
        )  # MLflow knows no schema without columns
        described = MetaDataset(source, data.name, data.fingerprint, columns).to_dict()  # type: ignore[abstract]
        described["profile"] = json.dumps(
            {"num_rows": data.n_rows, **{f"num_{k}": n for k, n in data.n_values.items()}}
        )
        entity = Dataset(
            described["name"],
            described["digest"],
            described["source_type"],
            described["source"],
            described.get("schema"),
            described["profile"],
        )
        self.client.log_inputs(self.run_id, [DatasetInput(entity, [InputTag("mlflow.data.context", data.context)])])
        self.client.set_tag(self.run_id, "dataset_fingerprint", data.fingerprint)

    def note(self, text: str) -> None:
        """Set the description that MLflow shows on the page of the run."""
        self.client.set_tag(self.run_id, "mlflow.note.content", text[:_NOTE])

    def artifact(self, path: Path) -> None:
        """Log a file or a folder."""
        if path.is_dir():
            self.client.log_artifacts(self.run_id, str(path), artifact_path=path.name)
        else:
            self.client.log_artifact(self.run_id, str(path))

    @contextmanager
    def child(self, name: str) -> Iterator[MlflowTracker]:
        """A run nested under this one."""
        with _run(self.client, self.experiment_id, name, self._uri, {"mlflow.parentRunId": self.run_id}) as run:
            yield run


def _sectioned(key: str) -> str:
    """A metric such as test_mae under `test/`, where MLflow draws what belongs together."""
    first, _, rest = key.partition("_")
    return f"{first}/{rest}" if first in _GROUPS and rest and "/" not in key else key


def _need_writable(database: Path) -> None:
    """Say early, in one line, what SQLAlchemy says in a hundred."""
    database.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(database if database.exists() else database.parent, os.W_OK):
        raise PermissionError(f"'{database}' is not writable; name another place with MLFLOW_TRACKING_URI")


@contextmanager
def start_run(
    name: str, experiment: str = TRAINING_EXPERIMENT, tags: dict[str, str] | None = None
) -> Iterator[MlflowTracker]:
    """A run in MLflow, finished or marked failed when the block ends, with system metrics while it goes on.

    Args:
        name: of the run.
        experiment: created where it does not exist; with SQLite its files lie in `mlruns/` beside the database.
        tags: of the run.

    Raises:
        PermissionError: the SQLite file or its folder belongs to somebody else.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # answers of commands stand there
    from mlflow.tracking import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # its import sets it to log every table it makes
    uri = tracking_uri()
    database = Path(uri.removeprefix(_SQLITE)).absolute() if uri.startswith(_SQLITE) else None
    with _alone(database):
        client = MlflowClient(uri)
        experiment_id = _experiment(client, experiment, database)
        _end_killed(client, experiment_id)
    with _run(client, experiment_id, name, uri, tags or {}) as run, _system_metrics(run.run_id, uri):
        yield run


@contextmanager
def _alone(database: Path | None) -> Iterator[None]:
    """One process at a time makes the tables of a SQLite file and its experiments; a server sees to that itself."""
    if database is None:
        yield
        return
    _need_writable(database)
    with FileLock(database.with_name(f".{database.name}.lock"), timeout=_WAIT):
        yield


def _experiment(client: MlflowClient, name: str, database: Path | None) -> str:
    """Id of an experiment, which is created where it does not exist."""
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = (database.parent / "mlruns").as_uri() if database else None
    about = {"mlflow.note.content": EXPERIMENTS.get(name, ""), "mlflow.experimentKind": _KIND}
    return str(client.create_experiment(name, artifact_location=location, tags=about))


def _end_killed(client: MlflowClient, experiment_id: str) -> None:
    """Runs of processes of this machine that died without ending them are marked as killed."""
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        machine, _, pid = run.data.tags.get(_PROCESS, "").rpartition(":")
        if machine == platform.node() and pid.isdecimal() and not _is_alive(int(pid)):
            client.set_terminated(run.info.run_id, "KILLED")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        pass
    return True


@contextmanager
def _system_metrics(run_id: str, uri: str) -> Iterator[None]:
    """MLflow's own monitor of processor, memory, disk, network and GPU; psutil is its way to them."""
    if os.environ.get(_SYSTEM_METRICS, "true").lower() in ("false", "0"):
        yield
        return
    try:
        from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

        monitor = SystemMetricsMonitor(run_id, tracking_uri=uri)
    except Exception as error:  # without psutil a run has no system metrics and is none the worse
        _log.info("no system metrics: %s", error)
        yield
        return
    monitor.start()
    try:
        yield
    finally:
        monitor.finish()


@contextmanager
def _run(
    client: MlflowClient, experiment_id: str, name: str, uri: str, tags: dict[str, str]
) -> Iterator[MlflowTracker]:
    from mlflow.tracking.context.registry import resolve_tags

    own = {
        **resolve_tags(),
        "mlflow.source.name": "ssbscreen",
        "ssbscreen.version": VERSION,
        _PROCESS: f"{platform.node()}:{os.getpid()}",
    }
    run_id = client.create_run(experiment_id, run_name=name, tags=own | tags).info.run_id
    status = "FAILED"
    try:
        yield MlflowTracker(run_id, experiment_id, uri)
        status = "FINISHED"
    finally:
        client.set_terminated(run_id, status)
