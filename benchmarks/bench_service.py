"""The service under load: many clients on this machine ask a large made-up run at once.

    python benchmarks/bench_service.py                    # 64 clients, a million rows

Each client asks one question after the other, without a pause, and waits for each answer; so the times hold what a
request waits for the others. The processor time of a request does not depend on other work. Questions are
pages of the ranking: filtered, sorted, deep. Most come from a list that was asked before; a share is new, with a filter
that nobody asked before. Memory is that of the process of the service, compared once its stores of answers are full.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import numpy as np
from arguments import parse, run
from made_up_run import make_run

HOST = "127.0.0.1"
START = 120.0  # s that the service may take to begin
COLUMNS = (
    "rank,candidate_id,formula,chemistry_class,family,score,score_low,score_high,ionic_conductivity,oxidation_limit"
)
WHERE = (
    "",
    "chemistry_class == 'halide'",
    "ionic_conductivity > 1e-4 and is_made",
    "family in ('garnet', 'argyrodite') and score > 0.01",
    "not in_domain and critical_current_evidence == 'measured'",
    "oxidation_limit > 4 or reduction_limit < 0.1",
)
SORT = ("", "ionic_conductivity", "-oxidation_limit", "-raw_material_cost", "formula")


def questions() -> list[str]:
    """Addresses of the list."""
    found = []
    for where in WHERE:
        for sort in SORT:
            for offset in (0, 500):
                asked = {"columns": COLUMNS, "limit": 50, "where": where, "sort": sort, "offset": offset}
                found.append(str(httpx.URL("/api/v1/runs/latest/candidates", params=asked)))
    return found


def served(folder: Path, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The service in a process of its own, and its address."""
    command = [sys.executable, "-m", "ssbscreen.cli.main", "serve", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stderr=log.open("wb"), stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    while time.monotonic() - begun < START:
        text = log.read_text(encoding="utf-8", errors="replace")
        if " at http://" in text:
            return process, text.split(" at ", 1)[1].split("/ ", 1)[0]
        if process.poll() is not None:
            break
        time.sleep(0.2)
    process.kill()
    raise SystemExit(f"the service did not begin: {log.read_text(encoding='utf-8', errors='replace')}")


def memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def processor_s(process: subprocess.Popen[bytes]) -> float:
    """Processor time that a process has taken."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def client(
    address: str, asked: list[str], until: float, new: float, seed: int, times: list[tuple[bool, float]]
) -> None:
    """One client over one connection; what is no answer ends the benchmark.

    It speaks HTTP itself: a library of clients costs as much time as the service, on the same two cores.
    """
    rng = np.random.default_rng(seed)
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while time.monotonic() < until:
        is_new = rng.random() < new
        question = asked[rng.integers(len(asked))]
        if is_new:
            fresh = {"columns": COLUMNS, "where": f"ionic_conductivity > {rng.random():.9f} and is_made"}
            question = str(httpx.URL("/api/v1/runs/latest/candidates", params=fresh))
        begun = time.perf_counter()
        writer.write(f"GET {question} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = int(head.lower().split("content-length: ", 1)[1].split("\r\n", 1)[0])
        body = await reader.readexactly(length)
        times.append((is_new, time.perf_counter() - begun))
        if not head.startswith("HTTP/1.1 200") or b'"total"' not in body:
            raise SystemExit(f"{head[:20]} for {question}: {body[:300]!r}")
    writer.close()


def load_process(address: str, clients: int, seconds: float, new: float, seed: int) -> None:
    """Clients of one process; prints their times as JSON."""
    times: list[tuple[bool, float]] = []

    async def together() -> None:
        until = time.monotonic() + seconds
        await asyncio.gather(*(client(address, questions(), until, new, seed + i, times) for i in range(clients)))

    asyncio.run(together())
    print(json.dumps(times))


def load(address: str, clients: int, seconds: float, new: float) -> np.ndarray:
    """Times of all clients: whether the question was new, and s.  # (n, 2)"""
    command = [sys.executable, __file__, "--address", address, "--clients", str(clients), "--seconds", str(seconds)]
    done = subprocess.run(
        [*command, "--new", str(new)], capture_output=True, text=True, timeout=seconds + 120, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return np.array(json.loads(done.stdout.splitlines()[-1]), dtype=float).reshape(-1, 2)


def told(name: str, times: np.ndarray, seconds: float) -> dict[str, object]:
    """Figures of one kind of questions."""
    if not len(times):
        return {"questions": name, "n": 0}
    p50, p95, p99 = np.quantile(times, (0.5, 0.95, 0.99)) * 1000
    figures = {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "a_second": len(times) / seconds}
    return {"questions": name, "n": len(times)} | {key: round(float(value), 1) for key, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--new", type=float, default=0.02, help="share of questions that nobody asked before")
    parser.add_argument("--run", type=Path, help="run folder to serve; a made-up one by default")
    parser.add_argument("--address", help=argparse.SUPPRESS)
    given = parse(parser, rows=2000, clients=4, seconds=1.0)
    if given.address:
        load_process(given.address, given.clients, given.seconds, given.new, os.getpid())
        return
    with tempfile.TemporaryDirectory() as folder:
        asked_run = given.run or make_run(Path(folder) / "made-up", given.rows)
        process, address = served(asked_run, Path(folder) / "service.log")
        try:
            measure(process, address, given)
        finally:
            process.terminate()
            process.wait(timeout=30)


def measure(process: subprocess.Popen[bytes], address: str, given: argparse.Namespace) -> None:
    """Ask everything once, then under load; print the figures."""
    with httpx.Client(base_url=address, timeout=120.0) as session:
        begun = time.perf_counter()
        first = [session.get(question).elapsed.total_seconds() for question in questions()]
        print(json.dumps({"first_time_s": round(time.perf_counter() - begun, 1), "slowest_s": round(max(first), 2)}))
    load(address, given.clients, given.seconds, 10 * given.new)  # so that the stores of answers are full
    before, begun_s = memory_mb(process), processor_s(process)
    times = load(address, given.clients, given.seconds, given.new)
    after, taken = memory_mb(process), processor_s(process) - begun_s
    print(json.dumps(told("all", times[:, 1], given.seconds)))
    print(json.dumps(told("asked before", times[times[:, 0] == 0, 1], given.seconds)))
    print(json.dumps(told("new", times[times[:, 0] == 1, 1], given.seconds)))
    per_request = {"processor_ms_a_request": round(1000 * taken / len(times), 2)}
    print(json.dumps(per_request | {"processors": os.cpu_count(), "load_of_the_machine": os.getloadavg()[0]}))
    growth = round(100 * (after / before - 1), 2)
    print(json.dumps({"memory_mb": round(before), "after_mb": round(after), "growth_percent": growth}))


if __name__ == "__main__":
    run(main)
