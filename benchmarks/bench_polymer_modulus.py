"""Bulk modulus of polymers in GPa, fold by fold, beside the plain forest on the same folds.

    python benchmarks/bench_polymer_modulus.py

Needs the data set pi1070. The folds are those of `ssbscreen train polymer_modulus`; the model sees no validation rows.
"""

from __future__ import annotations

import argparse

import numpy as np
from arguments import parse, run

from ssbscreen.core.candidate import Candidate
from ssbscreen.curation.curate import curate
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.model_parts.base import Architecture, Targets, architecture, make_options
from ssbscreen.sources.pi1070 import SOURCE
from ssbscreen.training.config import load_model_config

KEYS = ("bulk_modulus", "density")


def predicted(
    kind: type[Architecture],
    given: dict[str, object],
    candidates: list[Candidate],
    values: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
) -> np.ndarray:
    """Values of the test rows, stored units.  # (n_test, n_keys)"""
    options = make_options(kind, given)
    items = kind.representation(options).encode(candidates).items
    offset, scale = np.nanmean(values[train], axis=0), np.nanstd(values[train], axis=0)
    model = kind(options, values.shape[1])
    model.prepare(offset, scale)
    learned = (values[train] - offset) / scale
    model.fit([items[i] for i in train], Targets(learned, np.zeros(learned.shape, dtype=np.int8)), 0)
    out = model(kind.representation(options).collate([items[i] for i in test]))
    return np.asarray(out.mean.detach().numpy() * scale + offset)


def main() -> None:
    """Print mean absolute errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5, help="of the five, how many are run")
    given = parse(parser, folds=1)
    config = load_model_config("polymer_modulus")
    assert config.baseline is not None
    dataset, _ = curate([SOURCE.load()], KEYS, "pi1070")
    candidates = list(dataset.candidates)
    rows = []
    for train, test in grouped_kfold(dataset.groups["polymer"], 5, config.split.seed)[: given.folds]:
        truth = 10.0 ** dataset.values[test, 0]
        row = [np.nanmean(np.abs(np.nanmedian(10.0 ** dataset.values[train, 0]) - truth))]
        for kind, options in (
            (config.baseline.architecture, config.baseline.options),
            (config.architecture, config.options),
        ):
            found = predicted(architecture(kind), options, candidates, dataset.values, train, test)
            row.append(np.nanmean(np.abs(10.0 ** found[:, 0] - truth)))
        rows.append(row)
        print("median, forest, model (GPa):", *(f"{x:.3f}" for x in row), flush=True)
    print("mean over folds:", *(f"{x:.3f}" for x in np.mean(rows, axis=0)))


if __name__ == "__main__":
    run(main)
