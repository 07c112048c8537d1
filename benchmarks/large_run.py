"""A run folder of any number of rows, made out of a finished one: for timing questions, not for reading."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ssbscreen.query.finished_run import MARK
from ssbscreen.query.ranking_file import N_LEADERS, N_OTHERS, write_groups
from ssbscreen.query.series import SERIES_ROWS, series_rows
from ssbscreen.query.store import CONFIG, RANKING

_SPREAD = 0.3  # decades by which the values of the copies scatter, so that no two rows agree


def make(run: Path, out: Path, n_rows: int, seed: int = 0) -> None:
    """Write a run folder whose ranking repeats the separators of a finished run under other ids.

    Args:
        run: a finished run.
        out: the new folder; what stood there is removed.
        n_rows: rows of its ranking.
        seed: of the scatter.
    """
    table = pd.read_parquet(run / RANKING)
    own = table[table["role"] != "pair"].reset_index(drop=True)
    own[SERIES_ROWS] = series_rows(own)
    schema = pa.Schema.from_pandas(own, preserve_index=False)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    shutil.copy(run / CONFIG, out / CONFIG)
    write_groups(_groups(own, schema, n_rows, np.random.default_rng(seed)), schema, out / RANKING)
    mark = json.loads((run / MARK).read_text())
    mark["files"] = {path.name: path.stat().st_size for path in out.iterdir()}
    (out / MARK).write_text(json.dumps(mark))


def _groups(own: pd.DataFrame, schema: pa.Schema, n_rows: int, generator: np.random.Generator) -> Iterator[pa.Table]:
    """Groups as a screen writes them, one in memory at a time; scores fall from one copy of the rows to the next."""
    numbers = [name for name in own.select_dtypes("float") if not name.startswith(("rank", "p_", "coverage"))]
    start = 0
    while start < n_rows:
        stop = min(start + (N_OTHERS if start else N_LEADERS), n_rows)
        place = np.arange(start, stop)
        part, copy = own.iloc[place % len(own)].reset_index(drop=True), place // len(own)
        for column in ("candidate_id", "material"):
            part[column] = part[column].astype(str) + np.where(copy > 0, "~" + copy.astype(str).astype(object), "")
        part[numbers] *= 10 ** generator.normal(0.0, _SPREAD, (len(part), 1))
        part["score"] = own["score"].to_numpy()[place % len(own)] * (1.0 - place / n_rows)
        part["rank"] = np.where(part["rank"].notna(), place + 1.0, np.nan)
        part[SERIES_ROWS] = part[SERIES_ROWS].where(copy == 0)
        yield pa.Table.from_pandas(part, schema=schema, preserve_index=False)
        start = stop


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a finished run")
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    make(given.run, given.out, given.rows)
