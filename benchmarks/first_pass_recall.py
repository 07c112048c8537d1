"""What a first pass costs in accuracy: leaders of a finished run that it would have kept, by the share that it keeps.

    python benchmarks/first_pass_recall.py RUN --samples 1000 1500 --seeds 5

Learns the scores of random samples of the run's own candidates, as `ssbscreen screen --first-pass` does, and estimates
all others. The run must be one of the starter pool with the settings in its configuration.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from ssbscreen.query.store import RunFolder
from ssbscreen.screening.candidates.gate import gate
from ssbscreen.screening.candidates.pool import read_pool
from ssbscreen.screening.evidence.measured import is_measured
from ssbscreen.screening.large_pools.first_choice import WIDTH
from ssbscreen.screening.large_pools.student import learn
from ssbscreen.screening.large_pools.student_descriptors import Described, described
from ssbscreen.screening.settings import load_settings, make_plan

KEPT = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
LEADERS = (20, 100)


@dataclass(frozen=True)
class Pool:
    """Eligible candidates of a run.

    Attributes:
        kinds: descriptors by kind.
        log_score: NaN where the run has none.  # (n,)
        place: rank, infinite without one.  # (n,)
        is_measured: # (n,) bool
    """

    kinds: dict[str, Described]
    log_score: np.ndarray
    place: np.ndarray
    is_measured: np.ndarray


def pool_of(run: RunFolder) -> Pool:
    """What is known of the candidates of a run."""
    config = run.config()
    plan = make_plan(load_settings(**config["settings"]), config["run"]["inputs"], run.path, lambda *_: None)
    gated = gate(read_pool(plan).candidates, plan.screen)
    table = run.ranking(["candidate_id", "role", "score", "rank"])
    table = table[table["role"] == plan.screen.role].set_index("candidate_id")
    found = table.reindex([c.candidate_id for c in gated.candidates])
    began = time.process_time()
    measured = is_measured(gated.candidates, plan.settings.evidence)
    kinds = described(gated.candidates, gated.facts, measured)
    seconds = time.process_time() - began
    rate = len(measured) / seconds
    print(f"{len(measured)} candidates, {int(measured.sum())} measured; {rate:.0f} described a second", flush=True)
    return Pool(
        kinds,
        np.log(found["score"].to_numpy(dtype=float)),
        found["rank"].to_numpy(dtype=float, na_value=np.inf),
        measured,
    )


def bounds_of(pool: Pool, is_sample: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Estimates and errors of all, and what the students say of themselves."""
    estimate, error, words = np.full(len(is_sample), np.nan), np.full(len(is_sample), np.nan), []
    for kind, own in pool.kinds.items():
        chosen = is_sample[own.rows]
        pupil = learn(own.take(chosen), pool.log_score[own.rows[chosen]], seed)
        if pupil is None:
            continue
        began = time.process_time()
        estimate[own.rows], error[own.rows] = pupil.estimate(own)
        rate = len(own.rows) / (time.process_time() - began)
        words.append(
            f"{kind}: {pupil.score.n} rows, MAE {pupil.score.mae:.2f}, rank correlation "
            f"{pupil.score.rank_correlation:.2f}, {100 * pupil.score.covered:.0f} % below the bound, {rate:.0f}/s"
        )
    return estimate, error, words


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--samples", type=int, nargs="+", default=[500, 1000, 1500])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--widths", type=float, nargs="+", default=[WIDTH])
    given = parser.parse_args()
    pool = pool_of(RunFolder(given.run))
    n = len(pool.log_score)
    for leaders in LEADERS:
        print(f"of the first {leaders} {int((pool.place <= leaders)[~pool.is_measured].sum())} are not measured")
    of_unmeasured = np.where(pool.is_measured, np.inf, pool.place)
    place_of = {
        False: pool.place,
        True: np.where(np.isfinite(of_unmeasured), np.argsort(np.argsort(of_unmeasured)) + 1.0, np.inf),
    }
    for size in given.samples:
        kept: dict[tuple[bool, float, int, float], list[float]] = {}
        for seed in range(given.seeds):
            is_sample = np.zeros(n, dtype=bool)
            is_sample[np.random.default_rng(seed).permutation(n)[:size]] = True
            began = time.process_time()
            estimate, error, words = bounds_of(pool, is_sample, seed)
            print(f"sample {size}, seed {seed} ({time.process_time() - began:.0f} s): {'; '.join(words)}", flush=True)
            for width, alone, leaders in product(given.widths, (False, True), LEADERS):
                bound = np.where(pool.is_measured | np.isnan(estimate), np.inf, estimate + width * error)
                others = np.flatnonzero(~is_sample & ~(pool.is_measured & alone))
                order = others[np.argsort(-bound[others], kind="stable")]
                wanted = (place_of[alone] <= leaders) & np.isin(np.arange(n), others)
                for share in KEPT:
                    found = wanted[order[: round(share * len(others))]].sum()
                    kept.setdefault((alone, width, leaders, share), []).append(found / max(wanted.sum(), 1))
        print(f"\nsample {size}: share of the first that are kept, mean (least) of the seeds; the sample left aside.")
        print("  all: measured ones are kept before others. not measured: the first of those, of those alone")
        for alone, width, leaders in product((False, True), given.widths, LEADERS):
            cells = [kept[alone, width, leaders, share] for share in KEPT]
            print(
                f"  {'not measured' if alone else 'all':12}, width {width:g}, first {leaders:3d}: "
                + "  ".join(f"{s:.0%} {np.mean(c):.3f} ({min(c):.3f})" for s, c in zip(KEPT, cells, strict=True))
            )


if __name__ == "__main__":
    main()
