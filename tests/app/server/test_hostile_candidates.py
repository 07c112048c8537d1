"""Candidates whose names are HTML, formulas of a spreadsheet, paths or expressions: they are shown as they are."""

import csv
import io
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ssbscreen.app.server.service import create_app

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
from made_up_run import make_run

LATEST = "/api/v1/runs/latest"
NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "-2+3",
    "../../etc/passwd",
    "a/b|c#d?e&f=g%00h",
    "' or 1 == 1 or '",
    "__import__('os').system('true')",
    "{{7*7}} ${7*7} #{7*7}",
    "Li\u2086PS\u2085Cl \u202e\u0007",
    "a\nb\r\nSet-Cookie: x=1",
)


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    folder = make_run(tmp_path_factory.mktemp("runs") / "hostile", 40, names=NAMES)
    with TestClient(create_app(folder.parent), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize("name", NAMES)
def test_names_come_back_as_they_are_and_as_json_alone(asking, name):
    answer = asking.get(f"{LATEST}/candidate", params={"id": name})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["id"] == name
    assert "set-cookie" not in answer.headers
    rows = asking.get(f"{LATEST}/candidates", params={"where": f"candidate_id == {name!r}"}).json()["items"]
    assert [row["candidate_id"] for row in rows] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_every_field_takes_them_as_text(asking, name):
    for where in ("where", "sort", "columns", "role", "cursor"):
        answer = asking.get(f"{LATEST}/candidates", params={where: name})
        assert answer.status_code in (200, 422), answer.text
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
    assert asking.get(f"{LATEST}/scatter", params={"x": name, "y": name}).status_code == 422
    assert asking.post(f"{LATEST}/rerank", json={"weights": {name: 1.0}}).status_code == 422
    assert asking.post(f"{LATEST}/rerank", json={"factors": {name: 1.0}, "where": name}).status_code == 422


def test_a_spreadsheet_calculates_nothing(asking):
    text = asking.get(f"{LATEST}/export", params={"format": "csv", "columns": "candidate_id,formula,label"}).text
    rows = list(csv.reader(io.StringIO(text, newline="")))[1:]
    for cell in (cell for row in rows for cell in row):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert {name if name[0] not in "=+-@" else f"'{name}" for name in NAMES} <= {row[0] for row in rows}


def test_deep_and_long_expressions_end_soon(asking):
    for where in ("(" * 500 + "rank < 1" + ")" * 500, "not " * 480 + "is_made", "rank < " + "9" * 1900):
        assert asking.get(f"{LATEST}/candidates", params={"where": where}).status_code in (200, 422)
    assert asking.get(f"{LATEST}/candidates", params={"where": "x" * 3000}).status_code == 422


def test_replaced_run_is_seen(tmp_path):
    make_run(tmp_path / "one", 20)
    with TestClient(create_app(tmp_path), base_url="http://localhost") as client:
        assert client.get(f"{LATEST}/candidates").json()["total"] == 20
        make_run(tmp_path / "one", 30)
        assert client.get(f"{LATEST}/candidates").json()["total"] == 30


def test_damaged_run_is_said_and_leaves_the_others(tmp_path):
    make_run(tmp_path / "good", 20)
    make_run(tmp_path / "bad", 20)
    with (tmp_path / "bad" / "ranking.parquet").open("ab") as stream:
        stream.write(b"x")
    with TestClient(create_app(tmp_path), base_url="http://localhost") as client:
        found = client.get("/api/v1/runs").json()
        assert [run["name"] for run in found["items"]] == ["good"]
        assert "bad" in found["damaged"][0]
        assert client.get("/api/v1/runs/bad/candidates").status_code == 409


def test_link_out_of_the_folder_is_not_followed(tmp_path):
    make_run(tmp_path / "elsewhere" / "secret", 20)
    make_run(tmp_path / "runs" / "own", 20)
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere" / "secret")
    with TestClient(create_app(tmp_path / "runs"), base_url="http://localhost") as client:
        assert client.get("/api/v1/runs/link/candidates").status_code == 404
        assert [run["name"] for run in client.get("/api/v1/runs").json()["items"]] == ["own"]
