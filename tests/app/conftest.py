"""A small finished screen by the shipped models, made once; everything it writes lies in a temporary folder."""

import pytest

from ssbscreen.app.config import load_settings


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """Cache, MLflow and runs in a temporary folder."""
    folder = tmp_path_factory.mktemp("app")
    patch = pytest.MonkeyPatch()
    patch.setenv("SSBSCREEN_CACHE", str(folder / "cache"))
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'mlflow.db'}")
    patch.delenv("SSBSCREEN_DATA_MIRROR", raising=False)
    yield folder
    patch.undo()


@pytest.fixture(scope="session")
def settings():
    """Few candidates of every kind, few draws."""
    small = load_settings(n_draws=100, reference="embedded", shard_size=40)
    return small.model_copy(update={"pool": small.pool.model_copy(update={
        "sources": ("prototypes", "generated", "polymers"), "n_generated": 30, "n_polymers": 10})})


@pytest.fixture(scope="session")
def finished(sandbox, settings):
    """A finished run of the small screen."""
    from ssbscreen.app.screening import run_screen

    return run_screen(settings, [], sandbox / "runs" / "first", lambda stage, done, total: None)
