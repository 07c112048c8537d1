"""Answers that processes of their own make: pictures, structures, reactions, suggestions; and their end."""

import asyncio

import pytest
from pymatgen.core import Structure
from starlette.testclient import TestClient

from ssbscreen.app.server.problems import Problem
from ssbscreen.app.server.service import create_app
from ssbscreen.app.server.workers import Workers

LATEST = "/api/v1/runs/latest"


@pytest.mark.slow
def test_structure_in_every_form(client):
    asked = {"id": "proto/argyrodite"}
    cif = client.get(f"{LATEST}/candidate/structure", params=asked | {"format": "cif"})
    assert Structure.from_str(cif.text, fmt="cif").composition.reduced_formula == "Li6PS5Cl"
    whole = client.get(f"{LATEST}/candidate/structure", params=asked | {"format": "pymatgen"}).json()
    assert Structure.from_dict(whole).composition.reduced_formula == "Li6PS5Cl"
    sites = client.get(f"{LATEST}/candidate/structure", params=asked | {"format": "json"}).json()
    assert len(sites["sites"]) == len(whole["sites"])
    shared = client.get(f"{LATEST}/candidate/structure", params=asked | {"format": "xyz"})
    assert "partly occupied" in shared.json()["detail"]
    ordered = client.get(f"{LATEST}/candidate/structure", params={"id": "proto/li3ps4_gamma", "format": "xyz"})
    assert "Lattice=" in ordered.text
    several = client.get(
        f"{LATEST}/export", params={"format": "pymatgen", "where": "candidate_id == 'proto/argyrodite'"}
    )
    assert several.json()[0]["candidate_id"] == "proto/argyrodite"


@pytest.mark.slow
def test_window_and_pair_as_pictures_and_words(client):
    window = client.get("/api/v1/plots/window", params={"formula": "Li6PS5Cl"})
    assert window.headers["content-type"] == "image/svg+xml"
    assert "<script" not in window.text
    assert client.get("/api/v1/plots/window", params={"formula": "LLZO", "format": "png"}).content[:4] == b"\x89PNG"
    words = client.get("/api/v1/plots/pair", params={"electrolyte": "Li6PS5Cl", "cathode": "LCO", "format": "text"})
    assert "Li6PS5Cl" in words.text
    wrong = client.get("/api/v1/plots/window", params={"formula": "<script>alert(1)</script>"})
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"


@pytest.mark.slow
def test_suggestions_are_those_of_the_verb(client, finished):
    from ssbscreen.query.store import RunFolder
    from ssbscreen.screening.suggestions.suggest import suggest

    expected = suggest(RunFolder(finished.run.path), 3, "measurements").table
    found = client.get(f"{LATEST}/suggest", params={"n": 3}).json()["items"]
    assert [row["candidate_id"] for row in found] == expected["candidate_id"].tolist()


def test_what_takes_too_long_is_ended(finished):
    with TestClient(create_app(finished.run.path, time_limit=0.05), base_url="http://localhost") as client:
        answer = client.get("/api/v1/plots/window", params={"formula": "Li6PS5Cl"})
    assert answer.status_code == 503
    assert "its process was ended" in answer.json()["detail"]


def test_only_so_many_wait(monkeypatch):
    monkeypatch.setattr("ssbscreen.app.server.workers.WAITING", 2)

    async def ask():
        workers = Workers(time_limit=0.2)
        asked = [workers.ask({"kind": "window", "formula": f"Li{i}PS4", "format": "svg"}) for i in range(1, 6)]
        return await asyncio.gather(*asked, return_exceptions=True)

    kinds = [answer.kind for answer in asyncio.run(ask()) if isinstance(answer, Problem)]
    assert kinds.count("busy") == 3


def asked_at_once(monkeypatch, formulas, seconds, time_limit):
    """Answers or problems of questions asked at the same time, and how many processes were started for them."""
    started = []

    async def run(self, question):
        started.append(question)
        await asyncio.sleep(seconds)
        return b"answer"

    monkeypatch.setattr(Workers, "_run", run)

    async def ask():
        workers = Workers(time_limit)
        asked = [workers.ask({"kind": "window", "formula": formula}) for formula in formulas]
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5.0)

    return asyncio.run(ask()), len(started)


def test_nobody_waits_without_end_for_a_free_process(monkeypatch):
    answers, n_started = asked_at_once(monkeypatch, ["LiF", "LiCl", "LiBr", "LiI"], 0.5, 0.1)
    assert n_started == 2
    assert [answer.kind for answer in answers if isinstance(answer, Problem)] == ["busy", "busy"]


def test_who_waited_gets_the_answer_that_another_got(monkeypatch):
    answers, n_started = asked_at_once(monkeypatch, ["LiF"] * 8, 0.01, 5.0)
    assert answers == [b"answer"] * 8
    assert n_started == 2  # those that began together
