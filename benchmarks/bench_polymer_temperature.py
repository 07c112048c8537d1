"""How well the polymer model knows the temperature dependence of polymers that it never saw.

    python benchmarks/bench_polymer_temperature.py

Needs the data set chemarr. The folds are those of `ssbscreen train polymer_conductivity`, with one member. For every
formulation measured at three temperatures or more between 15 and 70 degree C the slope of log10(sigma T) against 1/T is
compared with that of the predictions at the same temperatures.
"""

from __future__ import annotations

import argparse

import numpy as np
from arguments import parse, run

from ssbscreen.core.constants import BOLTZMANN_EV
from ssbscreen.core.laws import kelvin
from ssbscreen.curation.curate import curate
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.model_parts.base import Targets, architecture, make_options
from ssbscreen.sources.chemarr import SOURCE
from ssbscreen.training.config import load_model_config

KEY = "ionic_conductivity"
COLDEST, HOTTEST, FEWEST = 15.0, 70.0, 3


def activation_energy(celsius: np.ndarray, stored: np.ndarray) -> float:
    """Slope of log10(sigma T) against 1/T, eV.  # (n,) each"""
    absolute = kelvin(celsius)
    slope = np.polyfit(1.0 / absolute, stored + np.log10(absolute), 1)[0]
    return float(-slope * BOLTZMANN_EV * np.log(10.0))


def main() -> None:
    """Print errors of the activation energy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5, help="of the five, how many are run")
    given = parse(parser, folds=1)
    config = load_model_config("polymer_conductivity")
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    dataset, _ = curate([SOURCE.load()], (KEY,), "chemarr")
    value, candidates = dataset.values[:, 0], dataset.candidates
    celsius = np.array([c.temperature_c for c in candidates])
    representation = kind.representation(options)
    items = representation.encode(candidates).items
    predicted = np.full(len(value), np.nan)
    for train, test in grouped_kfold(dataset.groups["polymer"], 5, config.split.seed)[: given.folds]:
        offset, scale = value[train].mean(), value[train].std()
        model = kind(options, 1)
        model.prepare(np.array([offset]), np.array([scale]))
        learned = (value[train, None] - offset) / scale
        model.fit([items[i] for i in train], Targets(learned, np.zeros(learned.shape, dtype=np.int8)), 0)
        out = model.eval()(representation.collate([items[i] for i in test]))
        predicted[test] = out.mean.detach().numpy()[:, 0] * scale + offset
    found = []
    formulations: dict[object, list[int]] = {}
    for i, key in enumerate(c.polymer for c in candidates):
        if np.isfinite(predicted[i]) and COLDEST <= celsius[i] <= HOTTEST:
            formulations.setdefault(key, []).append(i)
    for rows in formulations.values():
        if len(set(celsius[rows])) >= FEWEST and np.ptp(celsius[rows]) >= 20.0:
            found.append([activation_energy(celsius[rows], stored[rows]) for stored in (value, predicted)])
    truth, guess = np.array(found).T
    error = guess - truth
    print(f"{len(truth)} formulations: measured median {np.median(truth):.2f} eV, scatter {truth.std():.2f} eV")
    of_median = np.abs(truth - np.median(truth)).mean()
    print(
        f"mean error {error.mean():+.3f}, mean absolute {np.abs(error).mean():.3f} (of the median {of_median:.3f}) eV"
    )
    print(f"standard deviation of the errors {error.std():.3f} eV")


if __name__ == "__main__":
    run(main)
