"""Figures on insertion electrodes beside the scores of the cards: geometry, sign and size of the volume change, bare
compositions, repeats of one reaction, and a universal potential that knows the energies.

    python benchmarks/bench_electrodes.py geometry
    python benchmarks/bench_electrodes.py learned          # five folds by framework system, as the cards
    python benchmarks/bench_electrodes.py foundation       # needs the extra `foundation`; 200 pairs
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
import torch
from arguments import parse, run

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.dataset import Dataset
from ssbscreen.curation.curate import curate
from ssbscreen.curation.splits import grouped_kfold
from ssbscreen.physics.electrode import average_voltage, max_delta_volume
from ssbscreen.sources.electrodes import SOURCE

KEYS = ("average_voltage", "volume_change_on_charge", "max_delta_volume")
Z90 = 1.6449


def pairs() -> Dataset:
    """All pairs that the source keeps."""
    return curate([SOURCE.load()], KEYS, "electrodes")[0]


def say(name: str, error: np.ndarray, more: str = "") -> None:
    """One line of a score."""
    error = np.abs(error[np.isfinite(error)])
    print(f"{name:58s} n {len(error):5d}  MAE {error.mean():.4f}  median {np.median(error):.4f}  {more}", flush=True)


def log_error(value: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Difference of the logarithms, the smallest value that counts being 1e-4.  # (n,)"""
    return np.asarray(np.log10(np.maximum(value, 1e-4)) - np.log10(np.maximum(truth, 1e-4)))


def balanced(sign: np.ndarray, truth: np.ndarray) -> float:
    """Mean over growing and shrinking electrodes of the share whose sign is right."""
    return float(np.mean([(sign[truth > 0] > 0).mean(), (sign[truth < 0] <= 0).mean()]))


def geometry(data: Dataset) -> None:
    """What the two structures give, against the table."""
    voltage, signed, told = (data.column(key) for key in KEYS)
    say("log10 max_delta_volume computed from both structures", log_error(np.asarray(max_delta_volume(signed)), told))
    print(f"share that shrinks on charge {np.mean(signed < 0):.3f}")
    reaction = data.groups["reaction"]
    known = np.isfinite(voltage)
    names, code, count = np.unique(reaction[known], return_inverse=True, return_counts=True)
    rows = count[code] > 1
    centre = np.array([voltage[known][code == k].mean() for k in range(len(names))])[code]
    n = int(rows.sum())
    spread = np.sqrt(((voltage[known] - centre)[rows] ** 2).sum() / (n - int((count > 1).sum())))
    print(f"voltages of one reaction: {n} rows of {int((count > 1).sum())} reactions scatter by {spread:.3f} V")


def learned(data: Dataset) -> None:
    """The discharged structure or the composition alone, by folds; the plain baseline beside."""
    from ssbscreen.architectures.electrode_process import Model
    from ssbscreen.featurize.composition import amount_matrix, magpie
    from ssbscreen.model_parts.base import Targets
    from ssbscreen.model_parts.trees import Trees
    from ssbscreen.training.config import load_model_config

    config = load_model_config("electrode_framework")
    options = Model.Options(**config.options)
    values = data.values
    representation = Model.representation(options)
    items = representation.encode(data.candidates).items
    bare = [replace(item, sites=np.full_like(item.sites, np.nan)) for item in items]
    plain = magpie(amount_matrix(data.candidates))
    logs = np.log10(np.maximum(values[:, 2], 1e-4))
    mean, std, composition = (np.full(values.shape, np.nan) for _ in range(3))
    forest, median = np.full((len(values), 2), np.nan), np.full(len(values), np.nan)
    labels = data.groups["framework_chemsys"]
    for train, test in grouped_kfold(labels, config.split.folds, config.split.seed):
        known = train[np.isfinite(values[train]).all(axis=1)]
        offset, scale = values[known].mean(axis=0), values[known].std(axis=0)
        model = Model(options, len(KEYS))
        model.prepare(offset, scale)
        model.fit(
            [items[i] for i in known],
            Targets((values[known] - offset) / scale, np.zeros((len(known), len(KEYS)), dtype=int)),
            config.seed,
        )
        out = model(representation.collate([items[i] for i in test]))
        mean[test] = out.mean.numpy() * scale + offset
        std[test] = np.exp(0.5 * out.log_variance.numpy()) * scale
        composition[test] = model(representation.collate([bare[i] for i in test])).mean.numpy() * scale + offset
        median[test] = np.median(logs[known])
        for column, target in enumerate((values[:, 1], logs)):
            grown = Trees.grow(plain[known], target[known], kind="extra", n_trees=100, max_features=0.33)
            forest[test, column] = grown.predict(torch.from_numpy(plain[test]))[0].numpy()
        print(f"fold of {len(test)} rows done", flush=True)
    signed = values[:, 1]
    for name, found in (("discharged structure", mean), ("composition alone", composition)):
        say(f"voltage, V: {name}", found[:, 0] - values[:, 0])
        say(
            f"signed volume change: {name}",
            found[:, 1] - signed,
            f"sign right (balanced) {balanced(found[:, 1], signed):.3f}",
        )
        say(f"log10 max_delta_volume: {name}", log_error(found[:, 2], values[:, 2]))
    say(
        "signed volume change: extra trees on Magpie",
        forest[:, 0] - signed,
        f"sign right (balanced) {balanced(forest[:, 0], signed):.3f}",
    )
    say("log10 max_delta_volume: extra trees on Magpie", forest[:, 1] - logs)
    say("log10 max_delta_volume: median", median - logs)


def foundation(data: Dataset, n_pairs: int) -> None:
    """Voltages from CHGNet's energies as they are: its training set (MPtrj) holds most of these structures."""
    from chgnet.model import CHGNet
    from pymatgen.core import Lattice, Structure

    model = CHGNet.load(use_device="cpu", verbose=False)
    li = float(model.predict_structure(Structure(Lattice.cubic(3.44), ["Li", "Li"], [[0, 0, 0], [0.5, 0.5, 0.5]]))["e"])
    rows = np.random.default_rng(0).permutation(np.flatnonzero(np.isfinite(data.column(KEYS[0]))))[:n_pairs]
    found = np.array([_from_energies(model, data.candidates[i], li) for i in rows])
    say("voltage, V: energies of CHGNet (knows the structures)", found - data.column(KEYS[0])[rows])


def _from_energies(model: object, candidate: Candidate, li: float) -> float:
    """Average voltage from the energies of both relaxed ends, per framework atom."""
    energies, lithium = [], []
    for crystal in (candidate.crystal, candidate.charged):
        assert crystal is not None
        rest = crystal.n_atoms - crystal.amounts[3]
        energy = float(model.predict_structure(crystal.to_structure())["e"])  # type: ignore[attr-defined]
        lithium.append(crystal.amounts[3] / rest)
        energies.append(energy * crystal.n_atoms / rest - li * lithium[-1])
    return float(average_voltage(np.array(energies[0]), np.array(energies[1]), np.array(lithium[0] - lithium[1])))


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=("geometry", "learned", "foundation"), default="geometry")
    parser.add_argument("--pairs", type=int, default=200, help="pairs for the universal potential")
    given = parse(parser, part="geometry", pairs=2)
    start, data = time.perf_counter(), pairs()
    if given.part == "geometry":
        geometry(data)
    elif given.part == "learned":
        learned(data)
    else:
        foundation(data, given.pairs)
    print(f"{len(data)} pairs, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    run(main)
