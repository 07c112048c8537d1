"""Random requests to every question of the service, over a made-up run of a few hundred rows.

    python benchmarks/bench_service_fuzz.py                     # 50,000 requests

Schemathesis makes the requests from the service's own description: four of five as described, the others not. Each
answer is held against it: no failure of the service (5xx), and no status, kind of content or shape that it lacks.
A large run would only make each request slower: what is looked for does not depend on the number of rows.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis
import requests
import schemathesis
from arguments import parse, run
from bench_service import processor_s, served
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from made_up_run import make_run
from schemathesis.checks import CHECKS
from schemathesis.generation.modes import GenerationMode

WHOLE = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
SLOW = ("/plots/", "/structure", "/reactions", "/suggest")  # answered by processes of their own, seconds each
PARTS = {GenerationMode.POSITIVE: 0.8, GenerationMode.NEGATIVE: 0.2}
"""Share of requests as described, and of others, which take four times as long to make up."""
SLOW_SHARE = 0.1  # of the requests that other questions get
KNOWN: dict[str, list[Any]] = {
    "id": ["made/0000001", "Li1Sn2O7", "LLZO", "made/0000299"],
    "role": ["separator"],
    "x": ["ionic_conductivity", "score", "rank", "family"],
    "y": ["oxidation_limit", "is_made", "coverage"],
    "sort": ["ionic_conductivity", "-score", "formula", "in_domain", "variant_of"],
    "columns": ["rank,formula", "*", "score,is_made,ionic_conductivity"],
    "where": ["score > 0.01 and is_made", "family in ('garnet',)", "not in_domain or rank < 7", "formula == ''"],
    "has": ["Li,Cl", "La"],
    "lacks": ["S", "Cl O"],
    "search": ["made/00000", "garnet", "li"],
    "formula": ["Li3PS4", "LLZO"],
    "electrolyte": ["Li6PS5Cl"],
    "cathode": ["NMC811"],
}
"""Values that are there; half of the requests as described get one in the place of a random one."""


def fuzz(address: str, cases: int, seed: int) -> Counter[tuple[str, int]]:
    """Ask at random; how often each question was answered with each status.

    Raises:
        Exception: a failure of the service, or an answer that breaks its description.
    """
    described = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    asked = [operation.ok() for operation in described.get_all_operations()]
    shares = [SLOW_SHARE if any(part in one.path for part in SLOW) else float(_takes_anything(one)) for one in asked]
    statuses: Counter[tuple[str, int]] = Counter()
    rng, begun = random.Random(seed), time.monotonic()
    for one, share in zip(asked, shares, strict=True):
        n = max(2, math.ceil(cases * share / sum(shares)))
        for mode, part in PARTS.items():
            _ask_at_random(one, mode, math.ceil(n * part), 0.8 if share == 1 else 0.1, rng, statuses)
        done = sum(count for (label, _), count in statuses.items() if label == one.label)
        print(f"{one.label}: {done} requests, {time.monotonic() - begun:.0f} s since the start", flush=True)
    return statuses


def _takes_anything(operation: Any) -> bool:
    return bool(operation.query or operation.path_parameters or operation.body)


def _ask_at_random(
    operation: Any, mode: GenerationMode, n: int, p_run: float, rng: random.Random, statuses: Counter[tuple[str, int]]
) -> None:
    """So many requests to one question, a share of them about the run that is there; fewer where there are no more."""
    checks, answered = [CHECKS.get_one(name) for name in WHOLE], set[int]()

    @settings(
        max_examples=n, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @hypothesis.seed(rng.randrange(2**32))
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if "run" in (case.path_parameters or {}) and rng.random() < p_run:
            case.path_parameters["run"] = "latest"
        for name, there in KNOWN.items():
            if mode is GenerationMode.POSITIVE and name in (case.query or {}) and rng.random() < 0.5:
                known = rng.choice(there)
                case.query[name] = [known] if isinstance(case.query[name], list) else known
        if (
            operation.path.endswith("/export")
            and case.query
            and mode is GenerationMode.POSITIVE
            and rng.random() < 0.95
        ):
            case.query["format"] = rng.choice(["csv", "json"])
        answer = case.call(timeout=180.0, session=session)
        statuses[operation.label, answer.status_code] += 1
        seen = hash((answer.status_code, str(answer.headers), answer.content))
        if seen not in answered:  # the same answer breaks no other rule
            case.validate_response(answer, checks=checks)
            answered.add(seen)

    with requests.Session() as session, contextlib.suppress(Unsatisfiable):  # nothing is wrong without parameters
        ask()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parse(parser, cases=60, rows=50)
    with tempfile.TemporaryDirectory() as folder:
        process, address = served(make_run(Path(folder) / "made-up", asked.rows), Path(folder) / "service.log")
        try:
            statuses = fuzz(address, asked.cases, asked.seed)
            taken = processor_s(process)
        finally:
            process.terminate()
            process.wait(timeout=30)
    by_status: Counter[int] = Counter()
    for (_, status), count in statuses.items():
        by_status[status] += count
    questions = len({label for label, _ in statuses})
    told = {"requests": by_status.total(), "questions": questions, "by_status": dict(sorted(by_status.items()))}
    print(json.dumps(told | {"processor_ms_a_request": round(1000 * taken / by_status.total(), 2)}))


if __name__ == "__main__":
    run(main)
