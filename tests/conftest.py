"""Fixtures shared by all tests: the public data when a mirror is named, quiet tracking, no network by accident."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest

from ssbscreen.files.paths import cache_dir

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the package does, but before any test loads torch
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


# how long an example takes says how busy the machine is, not whether the code is right; the same examples every time,
# so that nothing fails by chance, others with --hypothesis-profile=others
untimed = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("same", derandomize=True, **untimed)
hypothesis.settings.register_profile("others", **untimed)
hypothesis.settings.load_profile("same")

# what a user of this machine imported and trained is neither read nor changed; what public data gave is kept
os.environ.setdefault("SSBSCREEN_CACHE", str(cache_dir()))
os.environ["SSBSCREEN_HOME"] = tempfile.mkdtemp(prefix="ssbscreen-tests-")
atexit.register(shutil.rmtree, os.environ["SSBSCREEN_HOME"], ignore_errors=True)

# files of more than half a minute: begun last, one of them would run alone (the Makefile keeps this order)
LONG = (
    "test_run_folders.py",
    "test_first_pass.py",
    "test_notebooks.py",
    "test_interface.py",
    "test_suggesting.py",
    "test_page.py",
    "test_access.py",
    "test_framework.py",
    "test_places.py",
    "test_reference_materials.py",
    "test_screening.py",
    "test_service_random_requests.py",
)

MIRROR = os.environ.get("SSBSCREEN_DATA_MIRROR", "")  # as given; fixtures of whole screens hide it from the process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, in the order of `LONG`; all others as they were."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with the public data sets; tests that need it are skipped without SSBSCREEN_DATA_MIRROR."""
    if not MIRROR or not Path(MIRROR).is_dir():
        pytest.skip("needs the public data: set SSBSCREEN_DATA_MIRROR to a folder with them")
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", MIRROR)
    return Path(MIRROR).resolve()


@pytest.fixture(autouse=True)
def _mirror_as_given(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox, which lasts as long as the session, hides the mirror from the tests that ask for it alone."""
    if MIRROR and "sandbox" not in request.fixturenames:
        monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", MIRROR)


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    """Folder of the session that all its processes have in common (pytest-xdist gives each one of its own in it)."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory, shared):
    """Cache and runs in a temporary folder; MLflow in one for all processes, since making a database takes seconds."""
    folder = tmp_path_factory.mktemp("app")
    patch = pytest.MonkeyPatch()
    patch.setenv("SSBSCREEN_CACHE", str(folder / "cache"))
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shared / 'mlflow.db'}")
    patch.delenv("SSBSCREEN_DATA_MIRROR", raising=False)
    yield folder
    patch.undo()


@pytest.fixture(scope="session")
def settings():
    """Few candidates of every kind, few draws."""
    from ssbscreen.screening.settings import load_settings

    small = load_settings(n_draws=100, reference="embedded", shard_size=40)
    return small.model_copy(
        update={
            "pool": small.pool.model_copy(
                update={"sources": ("prototypes", "generated", "polymers"), "n_generated": 30, "n_polymers": 10}
            )
        }
    )


@pytest.fixture(scope="session")
def finished(sandbox, settings):
    """A finished run of the small screen, one a process: what it read with a mirror before stays in its caches."""
    from ssbscreen.screening.screen import run_screen

    name = f"first-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    return run_screen(settings, [], sandbox / "runs" / name, lambda stage, done, total: None)
