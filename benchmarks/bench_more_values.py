"""What values added to the literature table teach the model of ionic conductivity, on rows that both recipes know.

    python benchmarks/bench_more_values.py                      # values taken in after version 0.7.0
    python benchmarks/bench_more_values.py --read-on ML-SBE     # values read on one address

Added rows are those of the table whose address or conditions hold one of the given texts. Both recipes are fitted on
the same folds, which hold out whole groups linked by composition or paper over all rows; the one without the added rows
leaves them out of every training. Errors of rows that both know are compared by a paired bootstrap over these groups.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
import torch
from arguments import parse, run
from bench_conductivity import KEY, Bench

from ssbscreen.app.train import load_training_data
from ssbscreen.core.identity import composition_groups
from ssbscreen.curation.splits import grouped_kfold, linked_groups
from ssbscreen.sources.literature import SOURCE
from ssbscreen.training.config import load_model_config
from ssbscreen.training.metrics import censored_error

GOOD = -3.5  # log10 S/cm
N_DRAWS = 2000
ADDED = ("taken in after conductivity 0.7.0",)


def added_rows(bench: Bench, texts: Sequence[str]) -> np.ndarray:
    """Which rows come from values of the literature table whose address or conditions hold one of these texts."""
    inorganic = [r for r in SOURCE.values("electrolytes") if r.key == KEY and r.composition is not None]
    found = [r for r in inorganic if any(text in r.url or text in r.conditions for text in texts)]
    compositions = [c.composition for c in bench.table.candidates] + [r.composition for r in found if r.composition]
    labels = composition_groups(compositions)
    n_rows = len(bench.table.candidates)
    known = {(label, r.doi or r.url) for label, r in zip(labels[n_rows:], found, strict=True)}
    papers = bench.table.groups["doi"]
    return np.array([bench.source[i] == "literature" and (labels[i], papers[i]) in known for i in range(n_rows)])


def main() -> None:
    """Fit both recipes on every fold and print errors and biases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="conductivity")
    parser.add_argument(
        "--read-on", nargs="+", default=ADDED, help="texts in the address or the conditions of the added values"
    )
    parser.add_argument("--members", type=int, default=3)
    given = parse(parser, members=1)
    torch.set_num_threads(1)
    start = time.time()
    config = load_model_config(given.config)
    exclude = {group: labels for group, labels in config.exclude.items() if group != "taken_in_after"}
    config = config.model_copy(update={"n_members": given.members, "exclude": exclude})
    bench = Bench(config, load_training_data(config).dataset)
    is_added = added_rows(bench, given.read_on)
    groups = linked_groups(bench.table.groups["composition"], bench.table.groups["doi"])
    means = np.full((2, len(bench.value)), np.nan)
    for train, test in grouped_kfold(groups, 5, config.seed):
        means[0, test] = bench.model(train[~is_added[train]], test).mean[:, 0]
        means[1, test] = bench.model(train, test).mean[:, 0]
    errors = np.stack([censored_error(m, bench.value, bench.bound) for m in means])
    report("rows that both know", errors[:, ~is_added], groups[~is_added])
    report("added rows", errors[:, is_added], groups[is_added])
    for name in ("sulfide", "halide", "oxide"):
        rows = bench.table.groups["class"] == name
        report(name, errors[:, rows & ~is_added], groups[rows & ~is_added])
        for label, part in (("both know", ~is_added), ("added", is_added)):
            good = rows & part & (bench.value > GOOD)
            if good.any():
                without, with_them = (means - bench.value)[:, good].mean(axis=1)
                print(f"  bias above 10^{GOOD} S/cm, {label}, {good.sum()} rows: {without:+.2f} -> {with_them:+.2f}")
    print(f"{time.time() - start:.0f} s", flush=True)


def report(name: str, errors: np.ndarray, groups: np.ndarray) -> None:
    """Mean errors without and with the added rows, and how often the second is lower in a bootstrap over groups."""
    if not errors.shape[1]:
        print(f"{name}: no rows")
        return
    rng = np.random.default_rng(0)
    found, inverse = np.unique(groups, return_inverse=True)
    gains = np.bincount(inverse, errors[0] - errors[1])
    draws = np.array([gains[rng.integers(len(found), size=len(found))].sum() for _ in range(N_DRAWS)])
    without, with_them = errors.mean(axis=1)
    print(
        f"{name}: {errors.shape[1]} rows in {len(found)} groups, error {without:.3f} -> {with_them:.3f}, lower in "
        f"{(draws > 0).mean():.1%} of the draws",
        flush=True,
    )


if __name__ == "__main__":
    run(main)
