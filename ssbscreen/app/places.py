"""Where things are kept: the project's own files, and what the user makes."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ssbscreen.files import paths, user_state


@dataclass(frozen=True)
class Place:
    """Where one kind of thing is kept.

    Attributes:
        name: short.
        what: in words.
        place: folder, file or address.
        variable: environment variable that moves it.
    """

    name: str
    what: str
    place: str
    variable: str


def places() -> tuple[Place, ...]:
    """All kinds of things, what the user makes first."""
    home = "SSBSCREEN_HOME"
    database = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{user_state.tracking_database()}"
    studies = os.environ.get("OPTUNA_STORAGE") or f"sqlite:///{user_state.studies_database()}"
    return (
        Place("measurements", "imported measurements, in versions", str(user_state.measurements_dir()), home),
        Place("candidates", "imported candidates", str(user_state.candidates_dir()), home),
        Place("registry", "models retrained here", str(user_state.registry_dir()), home),
        Place("mlflow", "runs and registered models of MLflow", database, "MLFLOW_TRACKING_URI"),
        Place("optuna", "studies of Optuna", studies, "OPTUNA_STORAGE"),
        Place("cache", "fetched data sets and what is computed from them", str(paths.cache_dir()), "SSBSCREEN_CACHE"),
        Place("models", "shipped models", str(paths.models_dir()), "SSBSCREEN_MODELS"),
        Place("configs", "shipped settings", str(paths.configs_dir()), home),
        Place("data", "starter data and cards of data sets", str(paths.data_dir()), home),
    )
