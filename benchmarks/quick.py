"""Run every benchmark at its smallest size, to see that none is broken: what all of them import is loaded once.

Usage: python benchmarks/quick.py [--workers N] [--short] [NAME ...]
Each runs in a child of this process, which has the libraries and reads no models before them. Figures are thrown away;
of one that fails all that it said is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import resource
import runpy
import sys
import tempfile
import time
import traceback
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 300  # of processor time, after which one is ended
LONG = (
    "bench_conductivity",
    "bench_label",
    "bench_more_values",
    "bench_refine",
    "bench_service_fuzz",
    "bench_shared_error",
    "bench_soft",
    "bench_speed",
    "bench_structure_type",
    "bench_tails",
)
"""Those of more than ten seconds, which `--short` leaves out."""
# what most of them import, which takes longer than their smallest sizes
LIBRARIES = (
    "torch",
    "pandas",
    "pymatgen.core",
    "sklearn.ensemble",
    "ssbscreen.cli.main",
    "ssbscreen.prediction.predictor",
    "ssbscreen.screening.screen",
    "ssbscreen.training.registry",
)


def child(path: Path, said: Path) -> int:
    """Begin one benchmark in a process of its own; its number."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        with said.open("w") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
            sys.argv = [str(path), "--quick"]
            sys.path.insert(0, str(HERE))
            try:
                runpy.run_path(str(path), run_name="__main__")
                code = 0
            except SystemExit as end:
                code = 0 if end.code in (None, 0) else 1
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
    finally:
        os._exit(code)


def run_all(paths: list[Path], workers: int, folder: Path) -> list[str]:
    """Names of those that failed."""
    waiting, running, failed = list(paths), dict[int, Path](), list[str]()
    while waiting or running:
        while waiting and len(running) < workers:
            path = waiting.pop(0)
            running[child(path, folder / path.stem)] = path
        time.sleep(0.05)
        for pid, path in list(running.items()):
            done, status, used = os.wait4(pid, os.WNOHANG)
            if not done:
                continue
            del running[pid]
            said = (folder / path.stem).read_text(errors="replace")
            note = "  (skipped: no data)" if said.startswith("skipped") else ""
            print(f"{path.stem:28s}{used.ru_utime + used.ru_stime:7.1f} s{note}", flush=True)
            if status:
                failed.append(path.stem)
                print(said, flush=True)
    return failed


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as bench_ranking; all when none is given")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--short", action="store_true", help=f"without {', '.join(LONG)}")
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name in LIBRARIES:
        import_module(name)
    import_module("torch").set_num_threads(1)
    paths = [path for path in sorted(HERE.glob("bench_*.py")) if not given.names or path.stem in given.names]
    paths = [path for path in paths if not (given.short and path.stem in LONG)]
    with tempfile.TemporaryDirectory() as folder:
        failed = run_all(paths, given.workers, Path(folder))
    if failed:
        sys.exit(f"{len(failed)} of {len(paths)} failed: {', '.join(failed)}")
    print(f"{len(paths)} ran")


if __name__ == "__main__":
    main()
