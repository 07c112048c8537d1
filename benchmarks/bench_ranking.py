"""Time and peak memory of ranking a synthetic pool: `python benchmarks/bench_ranking.py [n_candidates] [n_draws]`.

The pool has the make-up of a real one (four classes, hull quantities with 50 draws, a tenth without structure), random
values, and goes through every formula of the separator screen. Peaks are those of the whole process up to the end of
each step, the pool included. `--repeat K` scores the candidates once, repeats them K times under new names with
scattered worth, and measures what follows the draws: what is missing, places, tie groups, front, sensitivity, table.
Draws are made in blocks of 200,000 numbers, whatever the pool. `--compare D` scores all candidates of a large pool with
D draws each, too, and says how far the scores are off that rest on fewer.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
from arguments import parse, run

from ssbscreen.core.prediction import Predictions, PropertyPrediction
from ssbscreen.core.scratch import Scratch
from ssbscreen.core.threads import n_threads
from ssbscreen.physics.electronic import fit_extrinsic
from ssbscreen.query.ranking_file import RoleTable, write_roles
from ssbscreen.ranking.candidate_groups import CandidateGroups
from ssbscreen.ranking.criteria import load_profile, load_screen, resolve
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.facts import Facts
from ssbscreen.ranking.family_values import load_family_values
from ssbscreen.ranking.imputation import LARGE, build_imputer, sample_draws
from ssbscreen.ranking.quantities import DrawTable, Quantities
from ssbscreen.ranking.ranker import tabulate
from ssbscreen.ranking.scoring import Scores, expected, score
from ssbscreen.ranking.sensitivity import leave_one_limit_out, weight_sensitivity
from ssbscreen.ranking.two_passes import N_LEADERS, scores_of

CLASSES = ("sulfide", "oxide", "halide", "polymer")
N_HULL_DRAWS = 50


class _Made:
    """Random numbers of a pool, in the order in which they are asked for; centres stand in the order of `CLASSES`."""

    def __init__(self, n: int, seed: int, scratch: Scratch) -> None:
        self.n, self.scratch, self.rng = n, scratch, np.random.default_rng(seed)
        self.kind = self.rng.choice(4, n, p=(0.30, 0.40, 0.25, 0.05))
        self.is_polymer = self.kind == 3
        self.has_cell = ~self.is_polymer & (self.rng.random(n) > 0.1)

    def by_class(self, *centres: float) -> np.ndarray:
        return np.array(centres)[self.kind]

    def no_polymer(self, values: np.ndarray) -> np.ndarray:
        return np.where(self.is_polymer, np.nan, values)

    def predicted(
        self, key: str, centre: np.ndarray, scatter: float, std: float, where: np.ndarray
    ) -> PropertyPrediction:
        mean = np.where(where, centre + self.rng.normal(0, scatter, self.n), np.nan)
        error = np.where(where, std, np.nan)
        return PropertyPrediction(
            key,
            mean,
            error,
            error * 0.5,
            mean - 1.9 * error,
            mean + 1.9 * error,
            self.rng.random(self.n) > 0.2,
            "synthetic",
            np.full(self.n, "", dtype=object),
        )

    def hull(self, centre: np.ndarray, scatter: float, std: float) -> np.ndarray:
        """Draws of a quantity of a hull.  # (n, N_HULL_DRAWS)"""
        middle = np.where(self.has_cell, centre + self.rng.normal(0, scatter, self.n), np.nan)
        drawn = self.scratch.zeros((self.n, N_HULL_DRAWS), np.float32)
        for rows in self.scratch.blocks(self.n):
            drawn[rows] = middle[rows, None] + self.rng.normal(0, std, (len(middle[rows]), N_HULL_DRAWS))
        return drawn


def synthetic_pool(n: int, n_draws: int, seed: int = 0, scratch: Scratch | None = None) -> Quantities:
    """Random pool whose classes differ roughly as real ones do."""
    made = _Made(n, seed, scratch or Scratch())
    by_class, predicted, hull = made.by_class, made.predicted, made.hull
    facts = _facts(made)
    columns = [
        predicted("ionic_conductivity", by_class(-4, -6, -5, -6), 1.0, 0.8, np.ones(n, dtype=bool)),
        predicted("band_gap", by_class(3.0, 4.5, 5.0, 6.0), 0.8, 0.5, ~made.is_polymer),
        predicted("bulk_modulus", by_class(1.4, 1.95, 1.5, 0.5), 0.1, 0.06, made.has_cell),
        predicted("shear_modulus", by_class(1.0, 1.7, 1.1, 0.0), 0.12, 0.08, made.has_cell),
    ]
    table = DrawTable(
        {
            "energy_above_hull": hull(np.full(n, 0.04), 0.02, 0.01),
            "oxidation_limit": hull(by_class(2.2, 3.3, 4.2, 4.0), 0.3, 0.1),
            "reduction_limit": hull(by_class(1.6, 1.2, 0.8, 0.5), 0.4, 0.1),
            "li_decomposition_energy": hull(by_class(-0.5, -0.4, -0.4, -0.3), 0.1, 0.03),
            "p_li_mixed_conducting": np.where(made.has_cell, made.rng.random(n), np.nan)[:, None].astype(np.float32),
        }
    )
    classes, families = np.repeat(["oxide", "sulfide"], 5), np.repeat(["garnet", "lgps"], 5)
    extrinsic = fit_extrinsic(classes, families, np.arange(10), made.rng.normal(9.0, 1.0, 10))
    predictions = Predictions(
        tuple(facts.candidate_ids), {c.property: c for c in columns}, {("bulk_modulus", "shear_modulus"): 0.6}
    )
    return Quantities(
        facts, predictions, load_profile("ev").operating, seed, n_draws, table, extrinsic, load_family_values()
    )


def _facts(made: _Made) -> Facts:
    """What is known of the candidates without a model."""
    n, rng, by_class, no_polymer = made.n, made.rng, made.by_class, made.no_polymer
    names = np.array([f"synthetic-{i:06d}" for i in range(n)], dtype=object)
    numbers = zip(made.kind, rng.integers(0, 8, n), strict=True)
    return Facts(
        candidate_ids=names,
        formula=names,
        chemistry_class=np.array(CLASSES, dtype=object)[made.kind],
        family=np.array([f"family-{k}-{j}" for k, j in numbers], dtype=object),
        volume_per_atom=np.where(made.has_cell, rng.normal(15, 2, n), np.nan),
        density=np.where(made.has_cell, by_class(2.0, 4.5, 2.8, 1.2) + rng.normal(0, 0.2, n), np.nan),
        is_volume_estimated=~made.has_cell,
        is_crystalline=~made.is_polymer,
        temperature_c=np.full(n, 25.0),
        n_li=no_polymer(np.ones(n)),
        molar_mass=no_polymer(np.full(n, 100.0)),
        raw_material_cost=no_polymer(10 ** rng.normal(1.5, 0.4, n)),
        supply_risk=no_polymer(rng.normal(2500, 600, n)),
        processing_temperature=by_class(25.0, 900.0, 25.0, 110.0),
        practical_thickness=by_class(30.0, 25.0, 30.0, 20.0),
        li_coordination=np.where(made.has_cell, rng.normal(4.5, 0.7, n), np.nan),
        polymer_groups=np.where(made.is_polymer, "ether", "").astype(object),
        h2s_limit=no_polymer(by_class(400.0, 0.0, 0.0, 0.0)),
        moisture_gas=np.where(made.is_polymer, 0.0, np.nan),
        recyclable_share=no_polymer(rng.random(n)),
        scarce_elements=np.full(n, "", dtype=object),
        glass_former_share=np.full(n, np.nan),
        hazardous_share=np.zeros(n),
        fire_grade=np.zeros(n),
    )


def now() -> tuple[float, float]:
    """Processor time of all threads and time on the wall, s."""
    return time.process_time(), time.perf_counter()


def peak() -> float:
    """Largest memory that this process has had, GB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9, 2)


def repeated(pool: Quantities, scores: Scores, k: int) -> tuple[Quantities, Scores]:
    """The rows of a scored pool k times under new names, worth up to a twentieth more or less."""
    n, scratch, rng = len(pool), scores.scratch, np.random.default_rng(1)
    rows = np.tile(np.arange(n), k)
    names = np.array([f"{name}-{i // n}" for i, name in enumerate(pool.facts.candidate_ids[rows])], dtype=object)
    columns = {field.name: getattr(pool.facts, field.name)[rows] for field in fields(Facts)}
    facts = Facts(**columns | {"candidate_ids": names})
    predictions = replace(pool.predictions.take(rows), candidate_ids=tuple(names))
    arrays = {}
    for field in fields(Scores):
        own = getattr(scores, field.name)
        if isinstance(own, np.ndarray):
            arrays[field.name] = scratch.zeros((n * k, *own.shape[1:]), own.dtype)
    for part in scratch.blocks(n * k):
        for name, array in arrays.items():
            array[part] = getattr(scores, name)[rows[part]]
        arrays["log_utility"][part] += rng.normal(0.0, 0.05, (len(rows[part]), 1)).astype(np.float32)
        arrays["score"][part] = expected(arrays["log_utility"][part])
    return replace(pool, facts=facts, predictions=predictions, hull=None), replace(scores, imputers=(), **arrays)


def impute(pool: Quantities, scores: Scores) -> None:
    """Distributions of one criterion of all candidates, as a ranking makes them of each."""
    n, scratch, rng = len(pool), scores.scratch, np.random.default_rng(2)
    sample = scratch.zeros((n, sample_draws(n)), np.float32)
    for part in scratch.blocks(n):
        sample[part] = np.where(scores.has_own[part, :1], rng.normal(-4.0, 1.0, sample[part].shape), np.nan)
    ramp = Ramp(scores.screen.criteria[0], scores.screen.floor)
    named = pool.facts.chemistry_class, pool.facts.family
    build_imputer(ramp, sample, CandidateGroups.of(named), pool.seed, priority=rng.permutation(n), scratch=scratch)


def compared(pool: Quantities, scores: Scores, n_draws: int) -> dict[str, float]:
    """Errors of scores that rest on fewer draws than these, and whether those lead that lead by these."""
    whole = score(replace(pool, n_draws=n_draws), scores.screen, imputers=scores.imputers, is_bare=True).score
    n, by_few, by_all = len(pool), np.argsort(-scores.score), np.argsort(-whole)
    places = [np.argsort(order) for order in (by_few, by_all)]
    others = by_few[LARGE:]
    moved = np.abs(places[0] - places[1])[others] / n
    return {
        "std_of_log_score": float(np.log(scores.score / whole)[others].std()),
        "rank_moved_median": float(np.median(moved)),
        "rank_moved_95": float(np.quantile(moved, 0.95)),
        **{f"first_{k}_among_leaders": float((places[0][by_all[:k]] < N_LEADERS).mean()) for k in (100, 1000, 5000)},
    }


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n_candidates", type=int, nargs="?", default=22_000)
    parser.add_argument("n_draws", type=int, nargs="?", default=1_000)
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="K", help="times that the scored candidates are repeated"
    )
    parser.add_argument("--compare", type=int, default=0, metavar="D", help="draws of every candidate to compare with")
    given = parse(parser, n_candidates=200, n_draws=50)
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        scratch = Scratch(Path(folder))
        pool = synthetic_pool(given.n_candidates, given.n_draws, scratch=scratch)
        peaks, times = {"pool": peak()}, [now()]
        scores = scores_of(pool, resolve(load_screen("separator"), load_profile("ev")), scratch=scratch)
        peaks["score"], times = peak(), [*times, now()]
        if given.repeat > 1:
            pool, scores = repeated(pool, scores, given.repeat)
            peaks["repeat"], times = peak(), [*times, now()]
            impute(pool, scores)
            peaks["impute"], times = peak(), [*times, now()]
        ranking = tabulate(pool, scores)
        peaks["places"], times = peak(), [*times, now()]
        weight_sensitivity(ranking)
        leave_one_limit_out(ranking)
        peaks["sensitivity"], times = peak(), [*times, now()]
        ends = {"role": "separator", "candidate_id": ranking.candidate_ids}
        write_roles([RoleTable(ranking.part, pd.DataFrame(ends))], Path(folder) / "ranking.parquet")
        peaks["table"], times = peak(), [*times, now()]
        errors = compared(pool, scores, given.compare) if given.compare else {}
    print(
        json.dumps(
            {
                "n_candidates": len(pool),
                "n_draws": given.n_draws,
                "n_criteria": len(ranking.screen.criteria),
                "n_ranked": ranking.n_ranked,
                "n_threads": n_threads(),
                **{
                    name: dict(zip(list(peaks)[1:], spent.round(1).tolist(), strict=True))
                    for name, spent in zip(("processor_seconds", "wall_seconds"), np.diff(times, axis=0).T, strict=True)
                },
                "peak_gb": peaks,
                **errors,
            }
        )
    )


if __name__ == "__main__":
    run(main)
