"""Random requests made from the service's own description: no failure of the service, no answer that breaks it."""

import json
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS

from ssbscreen.app.server.security import Access
from ssbscreen.app.server.service import create_app

KEPT = Path(__file__).with_name("openapi.json")
WHOLE = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
SLOW = ("/plots/", "/structure", "/reactions", "/suggest")  # answered by processes of their own
CASES = 25  # of each question


@pytest.fixture(scope="module")
def described(finished):
    app = create_app(finished.run.path, Access(names=("testserver", "localhost")))
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


def _questions():
    paths = json.loads(KEPT.read_text(encoding="utf-8"))["paths"]
    return [(path, method) for path, told in paths.items() for method in told if not any(part in path for part in SLOW)]


@pytest.mark.parametrize(("path", "method"), _questions())
def test_random_requests_are_answered_as_described(described, path, method):
    """Half of them go to a run that is there."""

    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method.upper()].as_strategy())
    def ask(case):
        if "run" in case.path_parameters and len(str(case.path_parameters["run"])) % 2:
            case.path_parameters["run"] = "latest"
        if path.endswith("/export"):
            case.query["format"] = "csv"  # structures are written by a process of their own
        case.call_and_validate(checks=[CHECKS.get_one(name) for name in WHOLE])

    ask()


def test_description_is_the_kept_one(client):
    """A change of the interface is seen; one on purpose is written to the kept file."""
    now, kept = client.get("/api/v1/openapi.json").json(), json.loads(KEPT.read_text(encoding="utf-8"))
    now["info"]["version"] = kept["info"]["version"]
    assert now == kept, f"the interface changed: keep GET /api/v1/openapi.json in {KEPT.name}"


def test_every_parameter_and_answer_is_described(client):
    for path, methods in client.get("/api/v1/openapi.json").json()["paths"].items():
        for method, told in methods.items():
            assert told["summary"], path
            assert "ProblemDetails" in json.dumps(told["responses"]["422"]), path
            for parameter in told.get("parameters", []):
                assert parameter.get("description"), f"{method} {path}: {parameter['name']}"


def test_a_body_that_is_no_text_is_told_as_documented(client):
    answer = client.post(
        "/api/v1/runs/latest/rerank", content=b"\xce\xab\xff", headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["allowed"] == "JSON in UTF-8"
