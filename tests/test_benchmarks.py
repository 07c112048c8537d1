"""Every benchmark starts, at its smallest size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BENCHMARKS = sorted((ROOT / "benchmarks").glob("bench_*.py"))
SHORT = "bench_ranking"  # needs no data and no model


def quick(path: Path) -> str:
    done = subprocess.run([sys.executable, str(path), "--quick"], capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_all_take_the_same_arguments(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "parse(" in text
    assert "    run(main)\n" in text


def test_ranking_runs() -> None:
    assert '"n_ranked"' in quick(ROOT / "benchmarks" / f"{SHORT}.py")


def test_planted_bad_rows_are_all_found_with_a_reason() -> None:
    said = quick(ROOT / "benchmarks" / "bench_bad_rows.py")
    assert "27 of 90 rows bad, 27 found, 63 candidates" in said
    assert "NOT FOUND" not in said


@pytest.mark.slow
@pytest.mark.parametrize("path", [p for p in BENCHMARKS if p.stem != SHORT], ids=lambda path: path.stem)
def test_every_one_runs(path: Path) -> None:
    assert quick(path)
