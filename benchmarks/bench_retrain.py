"""Replay: conductivities of four parts of the papers, fed in one after the other in seeded orders.

The first part trains the champion; each further one comes as new measurements, a challenger is trained with it, and the
decision is the one of `ssbscreen retrain`. The frozen test papers are the same throughout and in no part. In each order
two poisoned batches besides: conductivities in mS/cm taken for S/cm, and shuffled ones. A light recipe (forests) stands
in for the shipped one, unless `--shipped` asks for `configs/models/conductivity.yaml` as it is. `--by-year` adds one
order by the year of the papers, as far as their DOIs or the literature table tell it; papers of unknown year are known
from the start.

    python benchmarks/bench_retrain.py [--orders 10] [--shipped] [--by-year]
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from arguments import parse, run

from ssbscreen.app.train import load_training_data
from ssbscreen.core.prediction import PropertyPrediction
from ssbscreen.sources.literature import SOURCE
from ssbscreen.training.calibration import Z_INTERVAL
from ssbscreen.training.card import Decision
from ssbscreen.training.challenge import compare, decide
from ssbscreen.training.config import load_model_config
from ssbscreen.training.drift import drift
from ssbscreen.training.ensemble import Ensemble, EnsembleOutput
from ssbscreen.training.frozen_rows import FrozenRows, frozen_rows
from ssbscreen.training.metrics import censored_mae
from ssbscreen.training.rows import EncodedRows
from ssbscreen.training.run import train_rows

RECIPE = {"architecture": "forest", "options": {"kind": "extra", "n_trees": 60, "max_features": 0.33}, "n_members": 1}
N_PARTS, MARGIN = 4, 0.02


def main() -> None:
    """Print one line a batch and the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=10)
    parser.add_argument("--shipped", action="store_true", help="the recipe of the shipped model")
    parser.add_argument("--by-year", action="store_true", help="one more order, by the year of the papers")
    given = parse(parser, orders=1)
    orders = given.orders
    config = load_model_config("conductivity")
    if not given.shipped:
        config = config.model_copy(update=RECIPE)
    print(f"recipe: {config.architecture}, version {config.version}, {config.n_members} members")
    table = EncodedRows.of(config, load_training_data(config).dataset)
    n = len(table.items)
    group = "formula+doi"
    fixed = frozen_rows(table.groups, np.zeros(n, dtype=bool), group)
    papers = np.asarray(table.groups["doi"]).astype(str)
    config = config.model_copy(update={"split": config.split.model_copy(update={"group": group})})
    print(
        f"{n} rows, {len(fixed.test)} frozen test rows, {len(fixed.calibration)} for calibration, "
        f"{len(fixed.train)} to be fed in {N_PARTS} parts"
    )
    scores, promoted = np.full((orders, N_PARTS), np.nan), np.zeros((orders, N_PARTS - 1), dtype=bool)
    seconds: list[float] = []
    poisoned = {"mS/cm taken for S/cm": 0, "shuffled": 0}
    if given.by_year:
        _by_year(config, table, fixed, papers)
    for seed in range(orders):
        rng = np.random.default_rng(seed)
        names = rng.permutation(np.unique(papers[fixed.train]))
        parts = [fixed.train[np.isin(papers[fixed.train], own)] for own in np.array_split(names, N_PARTS)]
        for what, change in _poisons(rng).items():
            poisoned[what] += _is_stopped(config, table, fixed, parts[0], parts[1], change)
        scores[seed], promoted[seed] = _feed(config, table, fixed, parts, f"order {seed}", seconds)
    print(
        "mean error of the champion on the frozen test after each part:",
        ", ".join(f"{m:.3f} +- {s:.3f}" for m, s in zip(scores.mean(axis=0), scores.std(axis=0), strict=True)),
    )
    print("promoted:", ", ".join(f"part {i + 2} {share:.0%}" for i, share in enumerate(promoted.mean(axis=0))))
    print(
        "champion ever worse than the one before it:",
        int((np.diff(scores, axis=1) > 1e-9).sum()),
        "of",
        scores[:, 1:].size,
    )
    print(
        "poisoned batches stopped:",
        {k: f"{v} of {orders}" for k, v in poisoned.items()},
        f"; {np.mean(seconds):.0f} s a decision",
    )


def _feed(
    config,
    table: EncodedRows,
    fixed: FrozenRows,
    parts: list[np.ndarray],
    what: str,
    seconds: list[float],  # type: ignore[no-untyped-def]
) -> tuple[np.ndarray, np.ndarray]:
    """Parts one after the other: score of the champion after each, and whether each later one was promoted."""
    known, pending = parts[0], parts[0][:0]
    scores, promoted = np.full(len(parts), np.nan), np.zeros(len(parts) - 1, dtype=bool)
    scores[0] = _score(config, table, known, fixed.test)
    print(f"{what}, part 1: {len(known)} rows, frozen test {scores[0]:.3f}", flush=True)
    for number, part in enumerate(parts[1:], 1):
        pending = np.sort(np.concatenate([pending, part]))  # the store keeps what did not win yet
        start = time.monotonic()
        decision = _decide(config, table, fixed, known, pending)
        seconds.append(time.monotonic() - start)
        promoted[number - 1] = decision.is_promoted
        scores[number] = scores[number - 1]
        if decision.is_promoted:
            known, pending = np.sort(np.concatenate([known, pending])), pending[:0]
            scores[number] = _score(config, table, known, fixed.test)
        print(
            f"{what}, part {number + 1}: {len(part)} rows, {'promoted' if decision.is_promoted else 'refused '}, "
            f"frozen test {scores[number]:.3f}, {seconds[-1]:.0f} s; {decision.reasons[0]}",
            flush=True,
        )
    everything = np.sort(np.concatenate(parts))
    print(
        f"{what}: all parts taken without a comparison would give {_score(config, table, everything, fixed.test):.3f}"
    )
    return scores, promoted


def _by_year(config, table: EncodedRows, fixed: FrozenRows, papers: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    """One order by year: papers of unknown year and the oldest first."""
    told = {row.reference: row.year for row in SOURCE.values() if row.reference and row.year}
    year = np.array([_year(paper) or told.get(paper, 0) for paper in papers[fixed.train]])
    dated = np.unique(year[year > 0], return_counts=True)
    print(f"{(year > 0).mean():.0%} of the rows have a year, {dated[0].min()} to {dated[0].max()}")
    bounds = [np.quantile(year[year > 0], share, method="lower") for share in (0.25, 0.5, 0.75)]
    place = np.searchsorted(bounds, year)
    for part in range(N_PARTS):
        own = year[(place == part) & (year > 0)]
        print(f"part {part + 1}: {own.min()} to {own.max()}")
    _feed(config, table, fixed, [fixed.train[place == part] for part in range(N_PARTS)], "by year", [])


def _year(doi: str) -> int:
    """Year that publishers write into a DOI; 0 where they do not.

    Elsevier (j.ssi.2014.04.015, 0167-2738(90)90442-t), Wiley (aenm.201500096), American Chemical Society since 2015
    (acs.chemmater.8b02759, 5c00627) and Royal Society of Chemistry (b300908k, c4fd00143e, d0ta01234a).
    """
    if found := re.search(r"\.(19\d\d|20[0-2]\d)\.\d", doi):
        return int(found[1])
    if found := re.search(r"10\.1016/s?\d{4}-\d{3}[\dx]\((\d\d)\)", doi):
        return 1900 + int(found[1]) if int(found[1]) > 30 else 2000 + int(found[1])
    if found := re.search(r"10\.1002/[a-z]+\.(20[0-2]\d)\d{5}$", doi):
        return int(found[1])
    if found := re.search(r"10\.1021/(?:acs\.[a-z]+|jacs)\.(\d)([bc])\d{5}", doi):
        return {"b": 2010, "c": 2020}[found[2]] + int(found[1])
    if found := re.search(r"10\.1039/([bcd])(\d)", doi):
        return {"b": 2000, "c": 2010, "d": 2020}[found[1]] + int(found[2])
    return 0


def _poisons(rng: np.random.Generator) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    return {"mS/cm taken for S/cm": lambda values: values + 3.0, "shuffled": rng.permutation}


def _decide(config, table: EncodedRows, fixed: FrozenRows, known: np.ndarray, new: np.ndarray) -> Decision:  # type: ignore[no-untyped-def]
    def train(rows: np.ndarray, what: str) -> Callable[[np.ndarray], EnsembleOutput]:
        return _predictor(config, table, rows)

    rows = FrozenRows(fixed.test, fixed.calibration, known, new)
    return decide(compare(config, table, rows, train), MARGIN, len(new))


def _is_stopped(
    config,
    table: EncodedRows,
    fixed: FrozenRows,
    known: np.ndarray,
    new: np.ndarray,  # type: ignore[no-untyped-def]
    change: Callable[[np.ndarray], np.ndarray],
) -> bool:
    """Whether a poisoned batch is refused by the drift check or loses the comparison."""
    values = table.values.copy()
    values[new, 0] = change(values[new, 0])
    bad = replace(table, values=values)
    output = _predictor(config, table, known)(new)
    spread = np.full(len(new), max(0.4, float(np.std(output.mean[:, 0] - table.values[new, 0]))))
    half = Z_INTERVAL * spread
    mean = output.mean[:, 0]
    predicted = PropertyPrediction(
        "ionic_conductivity",
        mean,
        spread,
        np.zeros_like(spread),
        mean - half,
        mean + half,
        np.ones(len(new), dtype=bool),
        "replay",
        np.full(len(new), "", dtype=object),
    )
    if drift("ionic_conductivity", predicted, values[new, 0], table.bound[new, 0]).is_suspect:
        return True
    decision = _decide(config, bad, fixed, known, new)
    if decision.is_promoted:
        print("poisoned and promoted:", decision.reasons[0])
    return not decision.is_promoted


_FITTED: dict[tuple[int, bytes, bytes], Ensemble] = {}  # the champion of one comparison was the challenger of another


def _predictor(config, table: EncodedRows, rows: np.ndarray) -> Callable[[np.ndarray], EnsembleOutput]:  # type: ignore[no-untyped-def]
    key = (len(rows), rows.tobytes(), table.values[rows].tobytes())
    if key not in _FITTED:
        while len(_FITTED) > 5:
            _FITTED.pop(next(iter(_FITTED)))
        _FITTED[key] = train_rows(config, table, rows)
    ensemble = _FITTED[key]
    return lambda asked: ensemble.predict(
        [table.items[int(i)] for i in asked], [table.candidates[int(i)] for i in asked]
    )


def _score(config, table: EncodedRows, rows: np.ndarray, test: np.ndarray) -> float:  # type: ignore[no-untyped-def]
    mean = _predictor(config, table, rows)(test).mean[:, 0]
    return censored_mae(mean, table.values[test, 0], table.bound[test, 0])


if __name__ == "__main__":
    run(main)
