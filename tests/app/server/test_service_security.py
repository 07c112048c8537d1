"""Who may ask, and what nobody gets."""

import subprocess
import sys

import pytest
from starlette.testclient import TestClient

from ssbscreen.app.server.security import COOKIE, MAX_BODY, Access
from ssbscreen.app.server.service import create_app
from ssbscreen.app.server.serving import checked_access
from ssbscreen.core.errors import UsageError

LATEST = "/api/v1/runs/latest"
TOKEN = "a-token-of-some-length"


def _client(finished, access, **options):
    return TestClient(create_app(finished.run.path, access), base_url="http://localhost", **options)


def test_no_torch_is_loaded():
    code = (
        "import sys\nfrom ssbscreen.app.server import service, serving, worker\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'mlflow', 'lightning')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "169.254.169.254"])
def test_foreign_host_is_refused(client, host):
    answer = client.get("/api/v1/health", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost:8484", "127.0.0.1:8484", "[::1]:8484", "LOCALHOST"])
def test_own_host_is_answered(client, host):
    assert client.get("/api/v1/health", headers={"host": host}).status_code == 200


def test_every_answer_carries_the_headers(client):
    for address in ("/", "/api/v1/runs", "/nothing", f"{LATEST}/candidates?limit=0"):
        headers = client.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_writes(client, method):
    answer = client.request(method, f"{LATEST}/candidates")
    assert answer.status_code == 405
    assert answer.headers["allow"]


def test_large_bodies_are_refused_whatever_they_say(client):
    assert client.post(f"{LATEST}/rerank", content=b"x" * (MAX_BODY + 1)).status_code == 413

    def parts():
        for _ in range(MAX_BODY // 1000 + 2):
            yield b"x" * 1000

    assert client.post(f"{LATEST}/rerank", content=parts()).status_code == 413
    assert client.get(f"{LATEST}/candidates", params={"where": "x" * 20_000}).status_code == 414


@pytest.mark.parametrize(
    "name",
    ["..", "../first", "..%2f..%2fetc", "%2e%2e", "/etc/passwd", "first/../../x", "a\x00b", "con", "~", "latest/.."],
)
def test_names_of_runs_lead_nowhere_else(client, name):
    from urllib.parse import quote

    answer = client.get(f"/api/v1/runs/{quote(name, safe='%')}/candidates")
    assert answer.status_code in (404, 405)
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "path", ["../../pyproject.toml", "..%2f..%2f__init__.py", "%2e%2e/%2e%2e/__init__.py", "/etc/passwd"]
)
def test_static_files_lead_nowhere_else(client, path):
    assert client.get(f"/static/{path}").status_code == 404


def test_token_is_asked_for(finished):
    access = Access("0.0.0.0", TOKEN)
    with _client(finished, access, follow_redirects=False) as asking:
        assert asking.get("/api/v1/health").status_code == 200
        for address in ("/api/v1/runs", f"{LATEST}/candidates", "/static/x.js", "/optimade/v1/info"):
            assert asking.get(address).status_code == 401
        assert asking.get("/").headers["location"] == "/login"
        for wrong in ("Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer \xe9"):
            assert asking.get("/api/v1/runs", headers={"authorization": wrong.encode("latin-1")}).status_code == 401
        assert asking.get("/api/v1/runs", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        for wrong in (f"{COOKIE}=x", f"{COOKIE}={TOKEN}", f"{COOKIE}", "\xff"):
            assert asking.get("/api/v1/runs", headers={"cookie": wrong.encode("latin-1")}).status_code == 401


def test_log_in_gives_a_cookie_that_is_not_the_token(finished):
    with _client(finished, Access("0.0.0.0", TOKEN), follow_redirects=False) as asking:
        assert asking.get("/login").status_code == 200
        assert asking.post("/login", data={"token": "wrong"}).status_code == 401
        answer = asking.post("/login", data={"token": TOKEN})
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert TOKEN not in cookie
        assert asking.get("/api/v1/runs").status_code == 200


def test_other_machines_need_a_token():
    with pytest.raises(UsageError, match="needs a token"):
        checked_access("0.0.0.0", "", ())
    with pytest.raises(UsageError, match="at least 16"):
        checked_access("127.0.0.1", "short", ())
    assert checked_access("127.0.0.1", "", ()).token == ""
    assert checked_access("::1", "", ()).token == ""


def test_a_half_written_run_is_said_and_stops_nothing(tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "ranking.parquet").write_bytes(b"PAR1 and no more")
    asking = TestClient(create_app(tmp_path, Access()), base_url="http://localhost", raise_server_exceptions=False)
    assert asking.get("/api/v1/health").status_code == 200
    answer = asking.get("/api/v1/runs/broken/candidates")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "cannot be read" in answer.json()["detail"]
    assert asking.get("/api/v1/runs").status_code == 200
