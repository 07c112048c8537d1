"""Writes a run folder of made-up numbers, as large as asked for, with the files that the service reads.

    python benchmarks/made_up_run.py FOLDER --rows 1000000

Scores follow from made-up terms by the ranker's own formula, so that other weights can be checked at that size.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ssbscreen.query.finished_run import write_mark
from ssbscreen.query.score_terms_file import write_score_terms
from ssbscreen.query.store import ATTRITION, CONFIG, RANKING
from ssbscreen.ranking.criteria import Screen, load_profile, load_screen, resolve
from ssbscreen.ranking.score_terms import ScoreTerms

ROWS_PER_GROUP = 100_000
CLASSES = {"oxide": ("garnet", "nasicon"), "sulfide": ("argyrodite", "lgps"), "halide": ("trirutile", "spinel")}
KINDS = np.array(["measured", "calculated", "predicted", "family", "imputed"], dtype=object)
METALS = ("La", "Zr", "Ta", "Al", "Ti", "P", "Ge", "Si", "Y", "In", "Sc", "Er", "Ga", "Nb", "Sn", "Mg")
ANIONS = {"oxide": "O", "sulfide": "S", "halide": "Cl"}


def make_run(folder: Path, rows: int, *, seed: int = 0, names: tuple[str, ...] = ()) -> Path:
    """A finished run of one role.

    Args:
        folder: made where it does not exist.
        rows: candidates.
        seed: of the numbers.
        names: ids, formulas and labels of the first rows, as somebody with bad intentions would give them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    screen = resolve(load_screen("separator"), load_profile("ev"))
    terms = _terms(screen, rows, rng, names)
    score = np.exp(terms.log_score(np.asarray(screen.weights)))
    write_score_terms([terms], folder)
    with pq.ParquetWriter(folder / RANKING, _block(screen, terms, score, slice(0, 1), rng, names).schema) as writer:
        for start in range(0, rows, ROWS_PER_GROUP):
            part = slice(start, min(start + ROWS_PER_GROUP, rows))
            writer.write_table(_block(screen, terms, score, part, rng, names), row_group_size=ROWS_PER_GROUP)
    settings = {"settings": {"screen": "separator", "profile": "ev"}, "run": {"inputs": ["literature"]}}
    config = yaml.safe_dump(settings | {"screen": screen.model_dump(mode="json")})
    (folder / CONFIG).write_text(config, encoding="utf-8")
    pd.DataFrame({"gate": ["composition"], "n_in": [rows], "n_removed": [0]}).to_csv(folder / ATTRITION, index=False)
    write_mark(folder, {"made up": str(seed)}, {"ranked": rows}, "2026-01-01T00:00:00+00:00")
    return folder


def _terms(screen: Screen, rows: int, rng: np.random.Generator, names: tuple[str, ...]) -> ScoreTerms:
    """Terms with the best score first."""
    n_criteria = len(screen.criteria)
    logs = np.log(rng.uniform(screen.floor, 1.0, (rows, n_criteria)).astype(np.float32))
    survival = np.log(rng.uniform(0.01, 1.0, rows)).astype(np.float32)
    order = np.argsort(-(logs @ np.asarray(screen.weights, dtype=np.float32) + survival), kind="stable")
    ids = np.array([*names, *(f"made/{i:07d}" for i in range(len(names), rows))], dtype=object)[:rows]
    has_own = rng.random((rows, n_criteria), dtype=np.float32) < 0.95
    return ScoreTerms(ids, screen, logs[order], survival[order], has_own, np.ones(rows, dtype=bool))


def _block(
    screen: Screen, terms: ScoreTerms, score: np.ndarray, part: slice, rng: np.random.Generator, names: tuple[str, ...]
) -> pa.Table:
    """Rows of the ranking from one place to another."""
    n, places = part.stop - part.start, np.arange(part.start, part.stop)
    columns: dict[str, object] = dict(_head(terms, score, places, rng, names))
    for i, criterion in enumerate(screen.criteria):
        own = terms.has_own[places, i]
        value = np.where(own, np.round(10.0 ** rng.uniform(-6, 2, n), 7), np.nan)
        desirability = np.where(own, np.exp(terms.log_desirability[places, i].astype(float)).round(4), np.nan)
        columns |= {f"{criterion.name}_value": value, f"{criterion.name}_low": value * 0.5}
        columns |= {f"{criterion.name}_high": value * 2.0, f"{criterion.name}_desirability": desirability}
        columns |= {f"{criterion.name}_imputed": ~own, f"{criterion.name}_n_studies": rng.integers(0, 4, n)}
        columns[f"{criterion.name}_evidence"] = np.where(own, KINDS[rng.integers(0, 4, n)], KINDS[4])
    return pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})


def _head(
    terms: ScoreTerms, score: np.ndarray, places: np.ndarray, rng: np.random.Generator, names: tuple[str, ...]
) -> Iterator[tuple[str, object]]:
    """Columns that every row has, in the order of the ranking."""
    n, ids = len(places), terms.candidate_ids[places]
    criteria = np.array(terms.names, dtype=object)
    classes = np.array(list(CLASSES), dtype=object)[rng.integers(0, len(CLASSES), n)]
    families = [CLASSES[name][k] for name, k in zip(classes, rng.integers(0, 2, n), strict=True)]
    metals = rng.integers(0, len(METALS), n)
    formulas = [
        f"Li{1 + i % 9}{METALS[m]}{1 + i % 3}{ANIONS[name]}{2 + i % 11}"
        for i, m, name in zip(places, metals, classes, strict=True)
    ]
    hostile = [names[i] if i < len(names) else None for i in places]
    yield "rank", places + 1
    yield "rank_low", np.maximum(1, places - 40)
    yield "rank_high", places + 60
    yield "tie_group", 1 + places // 50
    yield "candidate_id", ids
    yield "formula", [name or formula for name, formula in zip(hostile, formulas, strict=True)]
    yield "chemistry_class", classes
    yield "family", families
    yield "role", ["separator"] * n
    yield "score", score[places]
    yield "p_all", rng.random(n).round(3)
    yield "pareto_front", places % 97 == 0
    yield "limiting_criterion", criteria[rng.integers(0, len(criteria), n)]
    yield "coverage", rng.uniform(0.5, 1.0, n).round(3)
    yield "in_domain", rng.random(n) < 0.8
    yield "next_test", np.array(["impedance", "symmetric_cell", "none"], dtype=object)[rng.integers(0, 3, n)]
    yield "score_low", score[places] * 0.6
    yield "score_high", np.minimum(1.0, score[places] * 1.4)
    yield "label", pa.array(hostile, type=pa.string())
    yield "is_made", rng.random(n) < 0.1
    yield "variant_of", [""] * n
    yield "family_series", families
    yield "material", ids


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    print(make_run(given.folder, given.rows))


if __name__ == "__main__":
    main()
