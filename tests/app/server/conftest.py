"""A service over the small run that other tests make too."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from ssbscreen.app.server.security import Access
from ssbscreen.app.server.service import create_app

LATEST = "/api/v1/runs/latest"


@pytest.fixture(scope="session")
def client(finished) -> Iterator[TestClient]:
    """Whoever asks from this machine."""
    app = create_app(finished.run.path, Access())
    with TestClient(app, base_url="http://localhost") as asking:
        yield asking
