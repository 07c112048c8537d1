"""Models of a property as registered models of MLflow: versions, their aliases, and the form that MLflow loads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ssbscreen.training.model_files import read_card
from ssbscreen.training.tracker import Entry
from ssbscreen.training.tracking import VERSION, MlflowTracker, tracking_uri

if TYPE_CHECKING:  # MLflow is loaded where it is used
    from mlflow.models import Model, ModelSignature
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"  # aliases


def new_version(
    run: MlflowTracker, folders: Sequence[Path], key: str, aliases: tuple[str, ...], loader: str, entry: Entry
) -> str:
    """Register the models of a property as `ssbscreen-<property>` and set aliases on the new version.

    Args:
        run: in which the models are logged.
        folders: of the models: card, config and safetensors weights; they become the artifacts, nothing is pickled.
        key: of the property.
        aliases: such as "champion"; each moves here from the version that had it.
        loader: module with `_load_pyfunc`.
        entry: what is said about the version.

    Returns:
        Number of the version.
    """
    import tempfile
    import time

    from mlflow.entities import LoggedModelOutput, Metric
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    name = registered_name(key)
    logged = run.client.create_logged_model(
        run.experiment_id, name, run.run_id, tags=dict(entry.tags), model_type="ssbscreen"
    )
    with tempfile.TemporaryDirectory() as temporary:
        packed = Path(temporary) / name
        described = Model(run_id=run.run_id, model_id=logged.model_id)
        _pack(folders, key, packed, loader, entry, described)
        run.client.log_model_artifacts(logged.model_id, str(packed))
    run.client.finalize_logged_model(logged.model_id, "READY")
    run.client.log_outputs(run.run_id, [LoggedModelOutput(logged.model_id, 0)])
    now = int(time.time() * 1000)
    run.client.log_batch(
        run.run_id,
        metrics=[
            Metric(k, v, now, 0, model_id=logged.model_id, run_id=run.run_id)
            for k, v in entry.metrics.items()
            if math.isfinite(v)
        ],
    )
    with suppress(MlflowException):  # it is there already
        run.client.create_registered_model(name, description=entry.title)
    made = run.client.create_model_version(
        name, logged.artifact_location, run.run_id, dict(entry.tags), description=entry.note, model_id=logged.model_id
    )
    for alias in aliases:
        _set_alias(run.client, name, alias, made.version)
    return str(made.version)


def _pack(folders: Sequence[Path], key: str, packed: Path, loader: str, entry: Entry, described: Model) -> None:
    """Models of a property in the form that MLflow loads."""
    import json
    import shutil

    import mlflow.pyfunc
    import pandas as pd

    data = packed.with_name("model")
    for folder in folders:
        shutil.copytree(folder, data / read_card(folder).name)
    (data / "property.json").write_text(json.dumps({"property": key}), encoding="utf-8")
    mlflow.pyfunc.save_model(
        str(packed),
        loader_module=loader,
        data_path=str(data),
        signature=_signature(entry.columns),
        input_example=pd.DataFrame(list(entry.example)),
        pip_requirements=[f"ssbscreen=={VERSION}"],
        mlflow_model=described,
    )


def _signature(columns: Mapping[str, bool]) -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType

    return ModelSignature(  # a column of whole numbers does not pass as double
        inputs=Schema(
            [
                ColSpec(AnyType() if is_number else DataType.string, name, required=False)
                for name, is_number in columns.items()
            ]
        ),
        outputs=Schema(
            [
                *(ColSpec(DataType.double, c) for c in ("mean", "std", "lower", "upper")),
                ColSpec(DataType.string, "unit"),
                ColSpec(DataType.boolean, "in_domain"),
                ColSpec(DataType.string, "model"),
                ColSpec(DataType.string, "note"),
            ]
        ),
    )


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
    _set_alias(client, name, alias, max(found, key=lambda v: int(v.version)).version)
    return True


def _set_alias(client: MlflowClient, name: str, alias: str, version: str) -> None:
    """Move an alias; `previous` is left on the version that was the champion until now."""
    before = client.get_registered_model(name).aliases.get(alias)
    if alias == CHAMPION and before not in (None, version):
        client.set_registered_model_alias(name, PREVIOUS, str(before))
    client.set_registered_model_alias(name, alias, version)
