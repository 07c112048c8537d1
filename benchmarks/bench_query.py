"""Questions to a large ranking: `python benchmarks/bench_query.py RUN [--rows 1000000] [--keep FOLDER]`.

The ranking repeats the rows of a finished run (`large_run.py`). Each question is asked five times in this process,
after everything is imported; the best time, and the processor time of the whole command, its start included.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from arguments import parse, run
from large_run import make

from ssbscreen.query.last_run import last_run
from ssbscreen.query.query import Query
from ssbscreen.query.ranking_view import columns_of_view, ranking_view
from ssbscreen.query.store import RunFolder

ROLE = "separator"
QUESTIONS = {
    "first 50, one of a series": Query(ROLE, top=50),
    "first 50 of all rows": Query(ROLE, top=50, is_expanded=True),
    "50 halides": Query(ROLE, "halide", top=50),
    "50 oxides over 1 mS/cm": Query(ROLE, where="ionic_conductivity > 1e-3 and chemistry_class == 'oxide'", top=50),
    "50 densest": Query(ROLE, sort="-density", top=50),
}
_N_TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, nargs="?", help="a finished run; the last one by default")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="folder of the large run, made where it is missing and kept")
    given = parse(parser, rows=20_000)
    source = given.run or last_run(Path("runs"))
    if source is None:
        print("skipped: no finished run; make one with: ssbscreen screen")
        return
    with tempfile.TemporaryDirectory() as folder:
        large = given.keep or Path(folder) / "large"
        if not large.exists():
            make(source, large, given.rows)
        report(large)


def report(large: Path) -> None:
    """Print the time of each question."""
    print(f"{len(RunFolder(large).ranking(['rank'])):,} rows")
    for title, query in QUESTIONS.items():
        print(f"{title:<28}{1e3 * min(_seconds(large, query) for _ in range(_N_TIMES)):8.0f} ms")
    print(f"{'memory of this process':<28}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:8.2f} GB")
    command = [sys.executable, "-m", "ssbscreen", "query", "--run", str(large), "--top", "50"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{'the whole command, processor':<28}{1e3 * seconds:8.0f} ms")


def _seconds(large: Path, query: Query) -> float:
    start = time.process_time()
    rows = RunFolder(large).found(query, columns_of_view(("ionic_conductivity",), is_of_pairs=False))
    ranking_view(rows.records(), is_of_pairs=False)
    return time.process_time() - start


if __name__ == "__main__":
    run(main)
