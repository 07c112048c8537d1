"""The server for assistants, asked by the client of the protocol's own library."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

from ssbscreen.app.server.model_context import create_server

QUESTIONS = (
    *("runs", "columns", "criteria", "candidates", "candidate", "compare", "rerank", "attrition", "sensitivity"),
    *("suggest", "reactions", "window", "pair"),
)


def _asked(server, *questions):
    """Tools, then answer and whether it is an error, of each question over one connection."""

    async def ask():
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            return tools, [await client.call_tool(name, given) for name, given in questions]

    return asyncio.run(ask())


def _text(answer):
    (part,) = answer.content
    return part.text


def test_every_question_is_offered_and_only_reads(finished):
    tools, _ = _asked(create_server(finished.run.path))
    assert {tool.name for tool in tools} == set(QUESTIONS)
    for tool in tools:
        assert tool.description, tool.name
        assert tool.annotations.read_only_hint, tool.name


def test_answers_are_those_of_the_service(finished, client):
    where = "chemistry_class == 'halide' and is_made"
    _, (rows, card, ranks, side) = _asked(
        create_server(finished.run.path),
        ("candidates", {"where": where, "limit": 3}),
        ("candidate", {"id": "Li6PS5Cl"}),
        ("rerank", {"factors": {"cost": 2.0}, "limit": 2}),
        ("compare", {"ids": ["Li6PS5Cl", "LLZO"]}),
    )
    latest = "/api/v1/runs/latest"
    assert json.loads(_text(rows)) == client.get(f"{latest}/candidates", params={"where": where, "limit": 3}).json()
    said = client.get(f"{latest}/candidate", params={"id": "Li6PS5Cl"}).json()
    assert json.loads(_text(card))["limits"] == said["limits"]
    again = client.post(f"{latest}/rerank", json={"factors": {"cost": 2.0}, "limit": 2}).json()
    assert json.loads(_text(ranks))["items"] == again["items"]
    assert json.loads(_text(side))[0]["name"] == said["name"]


def test_errors_say_what_is_allowed(finished):
    _, answers = _asked(
        create_server(finished.run.path),
        ("candidates", {"where": "conductivity > 1"}),
        ("candidates", {"run": "../../etc"}),
        ("candidate", {"id": "Li3PS44"}),
        ("candidates", {"limit": 10**6}),
    )
    assert all(answer.is_error for answer in answers)
    assert "Unknown column" in _text(answers[0])
    assert "nearest" in _text(answers[2])


def test_over_standard_streams(finished):
    command = ["-m", "ssbscreen", "mcp", str(finished.run.path)]
    _, (answer,) = _asked(StdioServerParameters(command=sys.executable, args=command), ("runs", {}))
    assert json.loads(_text(answer))["items"][0]["name"] == finished.run.path.name
