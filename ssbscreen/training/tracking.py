"""The one door to MLflow: runs of trainings, their parameters, metrics per epoch and files."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Protocol

from ssbscreen.core.paths import state_dir
from ssbscreen.training.card import read_card

TRAINING_EXPERIMENT = "ssbscreen-train"
SCREEN_EXPERIMENT = "ssbscreen-screen"


class Tracker(Protocol):
    """Where a run writes what happened."""

    def params(self, values: dict[str, object]) -> None:
        """Parameters, once a run."""
        ...

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Numbers, per epoch where a step is given."""
        ...

    def dataset(self, name: str, fingerprint: str, n_rows: int) -> None:
        """The data of the run."""
        ...

    def artifact(self, path: Path) -> None:
        """A file, or a folder with its files."""
        ...

    def child(self, name: str) -> AbstractContextManager[Tracker]:
        """A nested run, as a context manager that yields its tracker."""
        ...


class NullTracker:
    """Keeps nothing."""

    def params(self, values: dict[str, object]) -> None:
        """Dropped."""

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Dropped."""

    def dataset(self, name: str, fingerprint: str, n_rows: int) -> None:
        """Dropped."""

    def artifact(self, path: Path) -> None:
        """Dropped."""

    @contextmanager
    def child(self, name: str) -> Iterator[Tracker]:
        """Itself."""
        yield self


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, else a SQLite file in the project."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{state_dir() / 'mlflow.db'}"


class MlflowTracker:
    """A run in MLflow, by id, so that runs can nest and interleave without global state."""

    def __init__(self, run_id: str, experiment_id: str, uri: str) -> None:
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient(uri)
        self._uri = uri
        self.run_id = run_id
        self._experiment_id = experiment_id

    def params(self, values: dict[str, object]) -> None:
        """Log parameters; long ones are cut to MLflow's limit."""
        from mlflow.entities import Param

        batch = [Param(key, str(value)[:6000]) for key, value in values.items()]
        for start in range(0, len(batch), 100):
            self._client.log_batch(self.run_id, params=batch[start : start + 100])

    def metrics(self, values: dict[str, float], step: int | None = None) -> None:
        """Log finite numbers; a missing one is not logged."""
        import math
        import time

        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        batch = [Metric(k, float(v), now, step or 0) for k, v in values.items() if math.isfinite(v)]
        if batch:
            self._client.log_batch(self.run_id, metrics=batch)

    def dataset(self, name: str, fingerprint: str, n_rows: int) -> None:
        """Log the dataset as an MLflow input with its fingerprint as digest."""
        import json

        from mlflow.entities import Dataset, DatasetInput

        entity = Dataset(name=name, digest=fingerprint, source_type="local",
                         source=json.dumps({"uri": f"ssbscreen:{name}"}),
                         profile=json.dumps({"num_rows": n_rows}))
        self._client.log_inputs(self.run_id, [DatasetInput(dataset=entity, tags=[])])
        self._client.set_tag(self.run_id, "dataset_fingerprint", fingerprint)

    def artifact(self, path: Path) -> None:
        """Log a file or a folder."""
        if path.is_dir():
            self._client.log_artifacts(self.run_id, str(path), artifact_path=path.name)
        else:
            self._client.log_artifact(self.run_id, str(path))

    def register(self, folders: Sequence[Path], key: str, aliases: tuple[str, ...], loader: str,
                 example: Mapping[str, object], tags: Mapping[str, str] | None = None) -> str:
        """Register the models of a property as `ssbscreen-<property>` and set aliases on the new version.

        Args:
            folders: of the models: card, config and safetensors weights; they become the artifacts, nothing is pickled.
            key: of the property.
            aliases: such as "champion"; each moves here from the version that had it.
            loader: module with `_load_pyfunc`.
            example: one row of input; its columns are the optional columns of the signature.
            tags: of the version.

        Returns:
            Number of the version.
        """
        import json
        import shutil
        import tempfile

        import mlflow.pyfunc
        import pandas as pd
        from mlflow.exceptions import MlflowException
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, DataType, Schema

        name, version = registered_name(key), package_version("ssbscreen")
        signature = ModelSignature(
            inputs=Schema([ColSpec(DataType.double if isinstance(v, float) else DataType.string, k, required=False)
                           for k, v in example.items()]),
            outputs=Schema([*(ColSpec(DataType.double, c) for c in ("mean", "std", "lower", "upper")),
                            ColSpec(DataType.string, "unit"), ColSpec(DataType.boolean, "in_domain"),
                            ColSpec(DataType.string, "model"), ColSpec(DataType.string, "note")]),
        )
        with tempfile.TemporaryDirectory() as temporary:
            data, packed = Path(temporary) / "model", Path(temporary) / name
            for folder in folders:
                shutil.copytree(folder, data / read_card(folder).name)
            (data / "property.json").write_text(json.dumps({"property": key}), encoding="utf-8")
            mlflow.pyfunc.save_model(str(packed), loader_module=loader, data_path=str(data), signature=signature,
                                     input_example=pd.DataFrame([dict(example)]),
                                     pip_requirements=[f"ssbscreen=={version}"])
            self._client.log_artifacts(self.run_id, str(packed), artifact_path=name)
        with suppress(MlflowException):  # it is there already
            self._client.create_registered_model(name, description=f"{key} by ssbscreen")
        source = f"{self._client.get_run(self.run_id).info.artifact_uri}/{name}"
        made = self._client.create_model_version(name, source, run_id=self.run_id, tags=dict(tags or {}))
        for alias in aliases:
            self._client.set_registered_model_alias(name, alias, made.version)
        return str(made.version)

    @contextmanager
    def child(self, name: str) -> Iterator[Tracker]:
        """A run nested under this one."""
        with _run(self._client, self._experiment_id, name, self._uri, {"mlflow.parentRunId": self.run_id}) as run:
            yield run


def registered_name(key: str) -> str:
    """Name of a property's model in the registry of MLflow."""
    return f"ssbscreen-{key}"


def move_alias(key: str, alias: str, tag: str, value: str) -> bool:
    """Set an alias on the newest version of a property's model that carries a tag; False where there is none."""
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    client, name = MlflowClient(tracking_uri()), registered_name(key)
    try:
        found = [v for v in client.search_model_versions(f"name='{name}'") if v.tags.get(tag) == value]
    except MlflowException:
        return False
    if not found:
        return False
    client.set_registered_model_alias(name, alias, max(found, key=lambda v: int(v.version)).version)
    return True


@contextmanager
def start_run(name: str, experiment: str = TRAINING_EXPERIMENT, tags: dict[str, str] | None = None
              ) -> Iterator[MlflowTracker]:
    """A run in MLflow, finished or marked failed when the block ends.

    Args:
        name: of the run.
        experiment: created where it does not exist; with SQLite its files lie in `mlruns/` of the project.
        tags: of the run.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    from mlflow.tracking import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # its import sets it to tell of every table it makes
    uri = tracking_uri()
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        location = (state_dir() / "mlruns").as_uri() if uri.startswith("sqlite:") else None
        experiment_id = client.create_experiment(experiment, artifact_location=location)
    else:
        experiment_id = found.experiment_id
    with _run(client, experiment_id, name, uri, tags or {}) as run:
        yield run


@contextmanager
def _run(client: object, experiment_id: str, name: str, uri: str, tags: dict[str, str]) -> Iterator[MlflowTracker]:
    from mlflow.tracking import MlflowClient

    assert isinstance(client, MlflowClient)
    run_id = client.create_run(experiment_id, run_name=name, tags=tags).info.run_id
    status = "FAILED"
    try:
        yield MlflowTracker(run_id, experiment_id, uri)
        status = "FINISHED"
    finally:
        client.set_terminated(run_id, status)
