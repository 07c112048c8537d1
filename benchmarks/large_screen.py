"""Screens a made-up pool of any size with a first pass, and prints its rate and the memory of its processes.

    python benchmarks/large_screen.py FOLDER --rows 1000000 --first-pass 10000 --workers 2

Stopped anywhere, the same command goes on. Memory is the resident set of each process, without what the kernel keeps of
its files; the largest of each stage is printed when it ends, and one row a minute in between.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from made_up_pool import make_pool

SETTINGS = "n_draws: 200\nreference: embedded\npairs: {n_electrolytes: 10, n_best: 2000}\n"
UNITS = {"sift": "read and gated", "predict": "predicted", "hulls": "phase diagrams", "estimate": "estimated"}
_PAUSE, _MINUTE = 2.0, 60.0  # s


def tree(pid: int) -> list[int]:
    """A process and its children."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [pid, *(p for word in path.read_text().split() for p in tree(int(word)))]
    except OSError:
        return []


def resident(pid: int) -> float:
    """Memory of a process that is its own, GB; 0 where it is gone."""
    try:
        lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return sum(float(lines[name].split()[0]) for name in ("RssAnon", "RssShmem")) / 1024**2
    except (OSError, KeyError):
        return 0.0


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100.0
    except (OSError, IndexError):
        return 0.0


def stage_of(log: Path) -> str:
    """What the screen said last."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.endswith("...")]
    return lines[-1].removesuffix("...").strip() if lines else "start"


def watched(process: subprocess.Popen[bytes], out: Path, log: Path) -> None:
    """Print until the process ends."""
    began, spoken, stage, entered = time.monotonic(), 0.0, "", time.monotonic()
    most: list[float] = []
    most_of_all, spent = [0.0, 0.0], dict[int, float]()
    while process.poll() is None:
        now, own = stage_of(log), [resident(pid) for pid in tree(process.pid)]
        spent |= {pid: processor_seconds(pid) for pid in tree(process.pid)}
        most = [max(a, b) for a, b in zip(own + [0.0] * len(most), most + [0.0] * len(own), strict=False)]
        if own:
            most_of_all = [max(most_of_all[0], max(own)), max(most_of_all[1], sum(own))]
        if now != stage or time.monotonic() - spoken > _MINUTE:
            if now != stage:
                print(f"   {stage or 'start'}: {time.monotonic() - entered:.0f} s, most {_memory(most)}", flush=True)
                stage, entered, most = now, time.monotonic(), []
            counts = {
                words: len(list((out / "unfinished/shards").glob(f"*.{key}.done"))) for key, words in UNITS.items()
            }
            done = ", ".join(f"{n} parts {words}" for words, n in counts.items() if n)
            print(f"{time.monotonic() - began:6.0f} s {stage}: {_memory(own)} {done}", flush=True)
            spoken = time.monotonic()
        time.sleep(_PAUSE)
    print(
        f"ended with {process.returncode} after {time.monotonic() - began:.0f} s, {sum(spent.values()):.0f} s of "
        f"processor time; most of one process {most_of_all[0]:.2f} GB, of all {most_of_all[1]:.2f} GB"
    )


def _memory(values: list[float]) -> str:
    return " + ".join(f"{v:.2f}" for v in values if v) + " GB"


def main() -> None:
    """Make the pool where it is missing, and screen it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--first-pass", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=3000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    pool, made = given.folder / "pool", given.folder / f"pool of {given.rows}"
    if not made.is_file():
        make_pool(pool, given.rows)
        made.touch()
    config, log, out = given.folder / "settings.yaml", given.folder / "screen.log", given.folder / "run"
    config.write_text(f"{SETTINGS}first_pass_sample: {given.sample}\n", encoding="utf-8")
    named = [word for path in sorted(pool.iterdir()) for word in ("--candidates", str(path))]
    words = [sys.executable, "-m", "ssbscreen", "screen", *named, "--out", str(out), "--config", str(config)]
    words += ["--first-pass", str(given.first_pass), "--workers", str(given.workers)]
    began = time.monotonic()
    with log.open("wb") as stream:
        process = subprocess.Popen(words, stdout=stream, stderr=stream)
    watched(process, out, log)
    print(f"{given.rows / (time.monotonic() - began):.0f} candidates a second, unless it had begun before")
    sys.exit(process.returncode)


if __name__ == "__main__":
    main()
