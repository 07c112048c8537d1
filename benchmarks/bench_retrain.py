"""Replay: conductivities of four parts of the papers, fed in one after the other in seeded orders.

The first part trains the champion; each further one comes as new measurements, a challenger is trained with it, and the
decision is the one of `ssbscreen retrain`. The frozen test papers are the same throughout and in no part. Before the
orders, two poisoned batches: conductivities in mS/cm taken for S/cm, and shuffled ones. A light recipe (forests) stands
in for the shipped one, so that ten orders take minutes.

    python benchmarks/bench_retrain.py [--orders 10]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ssbscreen.app.pipeline import load_training_data
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.training.calibration import Z_INTERVAL
from ssbscreen.training.challenge import FrozenRows, contest, decide, frozen_rows
from ssbscreen.training.config import load_model_config
from ssbscreen.training.decision import Decision
from ssbscreen.training.drift import drift
from ssbscreen.training.ensemble import EnsembleOutput
from ssbscreen.training.metrics import censored_mae
from ssbscreen.training.rows import Table
from ssbscreen.training.run import train_rows

RECIPE = {"architecture": "forest", "options": {"kind": "extra", "n_trees": 60, "max_features": 0.33}, "n_members": 1}
N_PARTS, MARGIN = 4, 0.02


def main() -> None:
    """Print one line a batch and the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10)
    orders = parser.parse_args().orders
    config = load_model_config("conductivity").model_copy(update=RECIPE)
    table = Table.of(config, load_training_data(config).dataset)
    n = len(table.items)
    group = "formula+doi"
    fixed = frozen_rows(table.groups, np.zeros(n, dtype=bool), group)
    papers = np.asarray(table.groups["doi"]).astype(str)
    config = config.model_copy(update={"split": config.split.model_copy(update={"group": group})})
    print(f"{n} rows, {len(fixed.test)} frozen test rows, {len(fixed.calibration)} for calibration, "
          f"{len(fixed.train)} to be fed in {N_PARTS} parts")
    scores, promoted = np.full((orders, N_PARTS), np.nan), np.zeros((orders, N_PARTS - 1), dtype=bool)
    seconds = []
    poisoned = {"mS/cm taken for S/cm": 0, "shuffled": 0}
    for seed in range(orders):
        rng = np.random.default_rng(seed)
        names = rng.permutation(np.unique(papers[fixed.train]))
        parts = [fixed.train[np.isin(papers[fixed.train], own)] for own in np.array_split(names, N_PARTS)]
        known, pending = parts[0], parts[0][:0]
        scores[seed, 0] = _score(config, table, known, fixed.test)
        for number, part in enumerate(parts[1:], 1):
            if number == 1:
                for what, change in _poisons(rng).items():
                    poisoned[what] += _is_stopped(config, table, fixed, known, part, change)
            pending = np.sort(np.concatenate([pending, part]))  # the store keeps what did not win yet
            start = time.monotonic()
            decision = _decide(config, table, fixed, known, pending)
            seconds.append(time.monotonic() - start)
            promoted[seed, number - 1] = decision.is_promoted
            scores[seed, number] = scores[seed, number - 1]
            if decision.is_promoted:
                known, pending = np.sort(np.concatenate([known, pending])), pending[:0]
                scores[seed, number] = _score(config, table, known, fixed.test)
            print(f"order {seed}, part {number + 1}: {'promoted' if decision.is_promoted else 'refused '}, frozen test "
                  f"{scores[seed, number]:.3f}, {seconds[-1]:.0f} s; {decision.reasons[0]}", flush=True)
    print("mean error of the champion on the frozen test after each part:",
          ", ".join(f"{m:.3f} +- {s:.3f}" for m, s in zip(scores.mean(axis=0), scores.std(axis=0), strict=True)))
    print("promoted:", ", ".join(f"part {i + 2} {share:.0%}" for i, share in enumerate(promoted.mean(axis=0))))
    print("champion ever worse than the one before it:", int((np.diff(scores, axis=1) > 1e-9).sum()), "of",
          scores[:, 1:].size)
    print("poisoned batches stopped:", {k: f"{v} of {orders}" for k, v in poisoned.items()},
          f"; {np.mean(seconds):.0f} s a decision")


def _poisons(rng: np.random.Generator) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    return {"mS/cm taken for S/cm": lambda values: values + 3.0, "shuffled": rng.permutation}


def _decide(config, table: Table, fixed: FrozenRows, known: np.ndarray, new: np.ndarray) -> Decision:  # type: ignore[no-untyped-def]
    def train(rows: np.ndarray, what: str) -> Callable[[np.ndarray], EnsembleOutput]:
        return _predictor(config, table, rows)

    rows = FrozenRows(fixed.test, fixed.calibration, known, new, 0)
    return decide(contest(config, table.values, table.bound, table.groups, rows, train), MARGIN, len(new))


def _is_stopped(config, table: Table, fixed: FrozenRows, known: np.ndarray, new: np.ndarray,  # type: ignore[no-untyped-def]
                change: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether a poisoned batch is refused by the drift check or loses the contest."""
    values = table.values.copy()
    values[new, 0] = change(values[new, 0])
    bad = replace(table, values=values)
    output = _predictor(config, table, known)(new)
    spread = np.full(len(new), max(0.4, float(np.std(output.mean[:, 0] - table.values[new, 0]))))
    half = Z_INTERVAL * spread
    mean = output.mean[:, 0]
    predicted = PropertyPrediction("ionic_conductivity", mean, spread, np.zeros_like(spread), mean - half, mean + half,
                                   np.ones(len(new), dtype=bool), "replay", np.full(len(new), "", dtype=object))
    if drift("ionic_conductivity", predicted, values[new, 0], table.bound[new, 0]).is_suspect:
        return True
    decision = _decide(config, bad, fixed, known, new)
    if decision.is_promoted:
        print("poisoned and promoted:", decision.reasons[0])
    return not decision.is_promoted


def _predictor(config, table: Table, rows: np.ndarray) -> Callable[[np.ndarray], EnsembleOutput]:  # type: ignore[no-untyped-def]
    ensemble = train_rows(config, table, rows, device="cpu")
    return lambda asked: ensemble.predict([table.items[int(i)] for i in asked],
                                          [table.candidates[int(i)] for i in asked])


def _score(config, table: Table, rows: np.ndarray, test: np.ndarray) -> float:  # type: ignore[no-untyped-def]
    mean = _predictor(config, table, rows)(test).mean[:, 0]
    return censored_mae(mean, table.values[test, 0], table.bound[test, 0])


if __name__ == "__main__":
    main()
