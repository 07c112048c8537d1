"""Fixtures shared by all tests: the public data when a mirror is named, quiet tracking, no network by accident."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the package does, but before any test loads torch
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


MIRROR = os.environ.get("SSBSCREEN_DATA_MIRROR", "")  # as given; fixtures of whole screens hide it from the process


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with the public data sets; tests that need it are skipped without SSBSCREEN_DATA_MIRROR."""
    if not MIRROR or not Path(MIRROR).is_dir():
        pytest.skip("needs the public data: set SSBSCREEN_DATA_MIRROR to a folder with them")
    monkeypatch.setenv("SSBSCREEN_DATA_MIRROR", MIRROR)
    return Path(MIRROR).resolve()
