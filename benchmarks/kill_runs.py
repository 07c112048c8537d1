"""Kill a screen at random points, again and again, and compare what it gives in the end with an undisturbed run.

    python benchmarks/kill_runs.py FOLDER --candidates 20000 --kills 20 --first-pass 2000 --other-workers 1 3

SIGKILL goes to the screen with its workers, or to one worker alone, in turn. Tables are compared byte by byte; what
says when or how fast a run was made is not one of them.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from made_up_pool import make_pool

SETTINGS = "n_draws: 100\nreference: embedded\npairs: {n_electrolytes: 3}\nshard_size: %d\n"
FIRST_PASS = "first_pass: %d\nfirst_pass_sample: %d\n"
TABLES = ("*.parquet", "*.csv")


def start(inputs: list[Path], out: Path, config: Path, workers: int, log: Path) -> subprocess.Popen[bytes]:
    """A screen in a group of processes of its own."""
    named = [word for path in inputs for word in ("--candidates", str(path))]
    words = [sys.executable, "-m", "ssbscreen", "screen", *named, "--out", str(out), "--config", str(config)]
    with log.open("ab") as stream:
        return subprocess.Popen(
            [*words, "--workers", str(workers)], stdout=stream, stderr=stream, start_new_session=True
        )


def helpers(pid: int) -> list[int]:
    """Children of a process that live."""
    place = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in place.read_text().split()] if place.is_file() else []


def disturbed(given: argparse.Namespace, inputs: list[Path], config: Path, seconds: float, rng: random.Random) -> int:
    """Run to the end although it is killed; how often it was."""
    out, log, n_killed = given.folder / "killed", given.folder / "killed.log", 0
    while True:
        process = start(inputs, out, config, given.workers, log)
        if n_killed < given.kills:
            try:
                process.wait(rng.uniform(0.05, 0.7) * seconds)
            except subprocess.TimeoutExpired:
                alone = helpers(process.pid) if n_killed % 2 else []
                if alone:
                    os.kill(rng.choice(alone), signal.SIGKILL)  # the screen goes on without it
                    n_killed += 1
                    time.sleep(0.3 * seconds)
                if process.poll() is None and not alone:
                    os.killpg(process.pid, signal.SIGKILL)
                    n_killed += 1
                    process.wait()
                    print(f"killed {n_killed} times, {len(list(out.rglob('*.done')))} units kept", flush=True)
                    continue
        if process.wait():
            sys.exit(f"The screen failed; see '{log}'.")
        if n_killed >= given.kills or given.once:
            return n_killed
        subprocess.run(
            ["rm", "-r", str(out)], check=True
        )  # it came to its end before all kills: once more from the start


def undisturbed(given: argparse.Namespace, inputs: list[Path], config: Path, workers: int, name: str) -> float:
    """Seconds that a run without kills takes."""
    began, log = time.monotonic(), given.folder / f"{name}.log"
    if start(inputs, given.folder / name, config, workers, log).wait():
        sys.exit(f"The undisturbed screen failed; see '{log}'.")
    seconds = time.monotonic() - began
    print(f"undisturbed, {workers} workers: {seconds:.0f} s", flush=True)
    return seconds


def compared(folder: Path, name: str, what: str) -> list[str]:
    """Tables of a run that differ from those of the undisturbed one; prints how many."""
    tables = sorted(path.name for pattern in TABLES for path in (folder / "quiet").glob(pattern))
    differ = [
        f"{name}/{table}"
        for table in tables
        if not (folder / name / table).is_file()
        or (folder / "quiet" / table).read_bytes() != (folder / name / table).read_bytes()
    ]
    print(f"{what}: {len(tables)} tables compared, {len(differ)} differ", flush=True)
    return differ


def main() -> None:
    """Print whether the tables agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--candidates", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--other-workers", type=int, nargs="*", default=[], help="undisturbed runs to compare as well")
    parser.add_argument("--shard-size", type=int, default=250)
    parser.add_argument("--first-pass", type=int, default=0, help="candidates that a first pass lets go on; 0 is none")
    parser.add_argument("--sample", type=int, default=1000, help="of the first pass")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--once", action="store_true", help="stop at the first end, however often it was killed")
    given = parser.parse_args()
    inputs = make_pool(given.folder / "pool", given.candidates, given.seed)
    config = given.folder / "settings.yaml"
    first = FIRST_PASS % (given.first_pass, given.sample) if given.first_pass else ""
    config.write_text(SETTINGS % given.shard_size + first, encoding="utf-8")
    seconds = undisturbed(given, inputs, config, given.workers, "quiet")
    differ = []
    if given.kills:
        n_killed = disturbed(given, inputs, config, seconds, random.Random(given.seed))
        differ += compared(given.folder, "killed", f"{n_killed} kills")
    for workers in given.other_workers:
        undisturbed(given, inputs, config, workers, f"workers_{workers}")
        differ += compared(given.folder, f"workers_{workers}", f"{workers} instead of {given.workers} workers")
    if differ:
        sys.exit(f"They differ: {', '.join(differ)}")


if __name__ == "__main__":
    main()
