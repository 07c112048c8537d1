"""Kill a refinement in the middle of every step, and compare what it gives in the end with an undisturbed one.

    python benchmarks/kill_refine.py RUN FOLDER --top 10 --config configs/refine_quick.yaml

RUN is copied into FOLDER twice, each with a cache of its own, so that nothing is calculated beforehand. SIGKILL comes
a random time after the first finished candidate of each step, and once more while the pool is ranked again. Values,
account and ranking are compared; what says how long something took is not. Processor time is that of all processes,
with that of what was killed.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from ssbscreen.calculation.refine_settings import STEPS
from ssbscreen.query.store import ACCOUNT, FUNNEL, RunFolder
from ssbscreen.screening.evidence.calculated_values import VALUES

LONGEST = 8.0  # seconds after the first result of a step, up to which it is killed


def start(run: Path, given: argparse.Namespace) -> subprocess.Popen[bytes]:
    """A refinement of a copied run in a group of processes of its own, with a cache beside it."""
    words = [sys.executable, "-m", "ssbscreen", "refine", str(run), "--top", str(given.top)]
    if given.config:
        words += ["--config", str(given.config)]
    environment = os.environ | {"SSBSCREEN_CACHE": str(run.parent / "cache")}
    with (run.parent / "log").open("ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log, start_new_session=True, env=environment)


def copied(given: argparse.Namespace, name: str) -> Path:
    """A copy of the run in a folder of its own."""
    run = given.folder / name / "run"
    if not run.is_dir():
        shutil.copytree(given.run, run)
    return run


def undisturbed(run: Path, given: argparse.Namespace) -> None:
    """A refinement to its end."""
    if start(run, given).wait():
        sys.exit(f"The undisturbed refinement failed; see '{run.parent / 'log'}'.")


def disturbed(run: Path, given: argparse.Namespace, rng: random.Random) -> int:
    """A refinement killed once in every step; how often it was."""
    calculated = run.with_name("run.calculated")
    waits = [(step, calculated / step) for step in STEPS]
    waits += [("ranking", calculated / VALUES)]
    n_killed = 0
    for name, place in waits:
        if is_there(place):
            print(f"{name}: was finished before it could be killed", flush=True)
            continue
        process = start(run, given)
        while not is_there(place) and process.poll() is None:
            time.sleep(0.1)
        try:
            process.wait(rng.uniform(0.0, LONGEST))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            n_killed += 1
            print(f"killed at {name}, {len(list(calculated.glob('*/*.json')))} results kept", flush=True)
    undisturbed(run, given)
    return n_killed


def is_there(place: Path) -> bool:
    """Whether a file, or anything in a folder, is there."""
    return place.is_file() or (place.is_dir() and any(place.iterdir()))


def results_of(run: Path) -> dict[str, pd.DataFrame]:
    """What a refinement wrote, without how long it took."""
    calculated, refined = run.with_name("run.calculated"), RunFolder(run.with_name("run-refined"))
    return {
        VALUES: pd.read_csv(calculated / VALUES),
        ACCOUNT: pd.read_csv(calculated / ACCOUNT).drop(columns="core_hours"),
        FUNNEL: pd.read_csv(calculated / FUNNEL).drop(columns="core_hours"),
        "ranking": refined.ranking(),
    }


def main() -> None:
    """Print processor times and whether the results agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    runs = [copied(given, name) for name in ("quiet", "killed")]
    undisturbed(runs[0], given)
    quiet = spent()
    print(f"undisturbed: {quiet:.0f} s of processor time", flush=True)
    n_killed = disturbed(runs[1], given, random.Random(given.seed))
    print(f"killed {n_killed} times: {spent() - quiet:.0f} s of processor time")
    one, other = (results_of(run) for run in runs)
    differ = [name for name, table in one.items() if not table.equals(other[name])]
    print(f"{len(one)} tables compared, {len(differ)} differ; {len(one[VALUES])} values of {given.top} candidates")
    if differ:
        sys.exit(f"They differ: {', '.join(differ)}")


def spent() -> float:
    """Processor time of all processes that came to an end, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
