"""Calculated moduli, volumes and formation energies against density-functional labels and against the network.

Small cells of official fold 1 whose formulas stand in no other fold, in random order. The network is the ensemble that
learned from the other three folds: `ssbscreen train elasticity` leaves its members in a folder "official fold 1_fold_0"
under data/cache/checkpoints, which --checkpoints names. Finished crystals are kept, so that a larger --n goes on where
a smaller one ended.

    python benchmarks/bench_label.py sevenn --n 150 --checkpoints FOLDER
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from arguments import parse, run

from ssbscreen.app.train import load_training_data
from ssbscreen.calculation.calculated import MODULI, Calculated, calculate, formation_energy
from ssbscreen.calculation.potential_loading import load_calculator
from ssbscreen.calculation.potentials import POTENTIALS, Potential, elemental_energies
from ssbscreen.calculation.straining import Effort, primitive
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.crystal import SYMBOLS
from ssbscreen.core.dataset import Dataset
from ssbscreen.core.errors import InputError
from ssbscreen.download import fetch
from ssbscreen.files.paths import cache_dir
from ssbscreen.files.writing import write_atomic
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.physics.elastic_tensor import polycrystal_moduli
from ssbscreen.sources.snapshot import SOURCE
from ssbscreen.training.config import load_model_config
from ssbscreen.training.cross_validation import CrossValidation
from ssbscreen.training.ensemble import Ensemble
from ssbscreen.training.targets import TargetTransform, atom_fractions

FOLD = "1"
EFFORT = Effort(max_atoms=12, max_seconds=600.0)
N_SPLITS = 200  # random halves by which the correction is judged on rows it was not fitted to


def main() -> None:
    """Calculate what is lacking and print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("potential", nargs="?", choices=tuple(POTENTIALS), default=next(iter(POTENTIALS)))
    parser.add_argument("--n", type=int, default=150)
    parser.add_argument("--checkpoints", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parse(parser, n=4)  # a line needs two crystals in each half
    torch.set_num_threads(1)
    potential = POTENTIALS[given.potential]
    data = load_training_data(load_model_config("elasticity")).dataset
    rows = chosen_rows(data, given.n, given.seed)
    found = [crystal_of(potential, data.candidates[i]) for i in rows]
    report(potential, data, rows, found)
    truth = data.values[rows][:, [data.properties.index(key) for key in MODULI]]
    own = moduli(found)
    network = predicted_by_network(data, given.checkpoints)[rows] if given.checkpoints else np.full_like(truth, np.nan)
    compare(truth, own, network, given.seed)


def chosen_rows(data: Dataset, n: int, seed: int) -> np.ndarray:
    """Rows of the fold with a formula of their own and a small primitive cell, in random order."""
    fold, formula = data.groups["elastic_fold"].astype(str), data.groups["formula"].astype(str)
    rows = np.flatnonzero((fold == FOLD) & ~np.isin(formula, formula[fold != FOLD]))
    kept: list[int] = []
    for row in np.random.default_rng(seed).permutation(rows):
        crystal = data.candidates[row].crystal
        if crystal is not None and len(primitive(crystal)[1]) <= EFFORT.max_atoms:
            kept.append(int(row))
        if len(kept) == n:
            break
    return np.array(kept)


_LOADED: dict[str, object] = {}


def crystal_of(potential: Potential, candidate: Candidate) -> Calculated:
    """One crystal, from its file where it was calculated before."""
    path = cache_dir() / "calculated" / potential.name / f"{candidate.candidate_id}.json"
    if path.is_file():
        return Calculated(**json.loads(path.read_text(encoding="utf-8")))
    if potential.name not in _LOADED:
        _LOADED[potential.name] = load_calculator(potential)
    found = calculate(candidate.crystal, _LOADED[potential.name], EFFORT)
    write_atomic(path, lambda p: p.write_text(json.dumps(asdict(found)), encoding="utf-8"))
    return found


def moduli(found: list[Calculated]) -> np.ndarray:
    """log10 K and G, NaN where there is no tensor.  # (n, 2)"""
    values = np.full((len(found), 2), np.nan)
    for i, one in enumerate(found):
        if one.tensor is not None:
            raw = polycrystal_moduli(np.array(one.tensor))
            if raw.bulk > 0 and raw.shear > 0:
                values[i] = np.log10([raw.bulk, raw.shear])
    return values


def report(potential: Potential, data: Dataset, rows: np.ndarray, found: list[Calculated]) -> None:
    """What failed, how long it took, volumes and formation energies."""
    seconds, calls = np.array([f.seconds for f in found]), np.array([f.n_calls for f in found])
    sites = np.array([len(primitive(data.candidates[i].crystal)[1]) for i in rows])
    print(
        f"{potential.title}: {len(rows)} crystals, {np.median(sites):.0f} atoms in the median; processor time: "
        f"median {np.median(seconds):.1f} s, nine tenths below {np.quantile(seconds, 0.9):.1f} s, longest "
        f"{seconds.max():.1f} s; {np.median(calls):.0f} force calls in the median"
    )
    for i, one in zip(rows, found, strict=True):
        if one.reason or one.tensor_reason:
            print(
                f"  rejected {data.candidates[i].candidate_id} {data.candidates[i].formula}: "
                f"{one.reason or one.tensor_reason}"
            )
    change = np.array([f.volume_change for f in found])
    print(
        f"volume against the given cell: mean {np.nanmean(change):+.2%}, mean absolute "
        f"{np.nanmean(np.abs(change)):.2%}, root mean square {np.sqrt(np.nanmean(change**2)):.2%}"
    )
    if elemental_energies(potential.name):
        report_energies(potential, data, rows, found)


def report_energies(potential: Potential, data: Dataset, rows: np.ndarray, found: list[Calculated]) -> None:
    """Formation energies against the labels of the same crystals."""
    table = pd.read_csv(fetch.locate(SOURCE.card) / "labels.csv.gz", dtype={"material_id": str})
    labels = table.set_index("material_id")["formation_energy_eV_per_atom"].dropna().to_dict()
    kinds: dict[str, list[float]] = {}
    for i, one in zip(rows, found, strict=True):
        name = data.candidates[i].candidate_id
        if one.crystal is None or name not in labels:
            continue
        symbols = {SYMBOLS[z] for z in one.crystal["z"]}
        kind = next((a for a in ("O", "F", "Cl", "Br", "I", "S", "N", "Se", "H") if a in symbols), "none of these")
        try:
            difference = formation_energy(one, potential) - labels[name]
        except InputError:  # the energy of an element is not there
            continue
        kinds.setdefault(kind, []).append(difference)
    every = np.concatenate([np.array(v) for v in kinds.values()])
    print(
        f"formation energy, {len(every)} labels: mean difference {every.mean():+.3f} eV/atom, mean absolute "
        f"{np.abs(every).mean():.3f}, median absolute {np.median(np.abs(every)):.3f}, root mean square "
        f"{np.sqrt((every**2).mean()):.3f}"
    )
    for kind, values in sorted(kinds.items()):
        print(
            f"  with {kind}: {len(values)} crystals, mean difference {np.mean(values):+.3f}, mean absolute "
            f"{np.abs(values).mean():.3f} eV/atom"
        )


def predicted_by_network(data: Dataset, checkpoints: Path) -> np.ndarray:
    """log10 K and G of every row of the fold by the ensemble that never saw the fold.  # (n_rows, 2)"""
    kept = checkpoints.parent / f"{checkpoints.name}.predicted.npy"
    if kept.is_file():
        return np.load(kept, allow_pickle=False)
    config = load_model_config("elasticity")
    fold = CrossValidation(config.other_splits["official fold 1"], data.groups).parts()[0]
    train, test = fold.train, fold.test
    fractions = atom_fractions(data.candidates)
    transform = TargetTransform.fit(data.values[train], data.bound[train], fractions[train], np.zeros(2, dtype=bool))
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    members = []
    for folder in sorted(checkpoints.glob("member_*")):
        model = kind(options, 2)
        state = torch.load(folder / "last.ckpt", weights_only=True, map_location="cpu")
        model.load_state_dict(state["ssbscreen"]["best"])
        members.append(model)
    candidates = [data.candidates[i] for i in test]
    encoded = kind.representation(options).encode(candidates)
    output = Ensemble(members, transform).predict(list(encoded.items), [candidates[i] for i in encoded.rows])
    values = np.full(data.values.shape, np.nan)
    values[test[encoded.rows]] = output.mean
    print(
        f"network on all of fold {FOLD}: "
        + ", ".join(
            f"{key} {np.nanmean(np.abs(values[test, t] - data.values[test, t])):.4f}"
            for t, key in enumerate(data.properties)
        )
    )
    np.save(kept, values, allow_pickle=False)
    return values


def compare(truth: np.ndarray, own: np.ndarray, network: np.ndarray, seed: int) -> None:
    """Errors in log10, the line that corrects the potential, and a blend of potential and network."""
    rng = np.random.default_rng(seed)
    for t, key in enumerate(MODULI):
        has = np.isfinite(own[:, t]) & np.isfinite(truth[:, t])
        y, x, g = truth[has, t], own[has, t], network[has, t]
        offset, slope = line(x, y)
        corrected, blended, weights, residuals = [], [], [], []
        for _ in range(N_SPLITS):
            order = rng.permutation(len(y))
            fit, test = order[: len(y) // 2], order[len(y) // 2 :]
            a, b = line(x[fit], y[fit])
            error = a + b * x - y
            corrected.append(np.abs(error[test]).mean())
            residuals.append(error[test])
            if np.isfinite(g).all():
                weight = blend(a + b * x[fit], g[fit], y[fit])
                weights.append(weight)
                blended.append(np.abs(weight * (a + b * x[test]) + (1 - weight) * g[test] - y[test]).mean())
        noise = float(np.sqrt((np.concatenate(residuals) ** 2).mean()))
        robust = 1.4826 * float(np.median(np.abs(np.concatenate(residuals))))
        print(
            f"{key}: {len(y)} crystals; potential MAE {np.abs(x - y).mean():.4f} (mean difference "
            f"{(x - y).mean():+.3f}); corrected by log10 label = {offset:.3f} + {slope:.3f} log10 calculated, on "
            f"halves not fitted to: {np.mean(corrected):.4f}, root mean square {noise:.3f}, robust {robust:.3f}"
        )
        if np.isfinite(g).all():
            print(
                f"  network {np.abs(g - y).mean():.4f}; blend {np.mean(blended):.4f} with weight "
                f"{np.mean(weights):.2f} of the potential ({np.std(weights):.2f}); network on the same halves "
                f"{np.abs(g - y).mean():.4f}; correlation of the errors "
                f"{np.corrcoef(offset + slope * x - y, g - y)[0, 1]:.2f}"
            )


def line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Offset and slope of least absolute error, by reweighted least squares."""
    weight = np.ones(len(x))
    for _ in range(50):
        slope, offset = np.polyfit(x, y, 1, w=np.sqrt(weight))
        weight = 1.0 / np.maximum(np.abs(offset + slope * x - y), 0.01)
    return float(offset), float(slope)


def blend(a: np.ndarray, b: np.ndarray, y: np.ndarray) -> float:
    """Weight of the first of two predictions with the least absolute error."""
    grid = np.linspace(0.0, 1.0, 41)
    return float(grid[np.argmin([np.abs(w * a + (1 - w) * b - y).mean() for w in grid])])


if __name__ == "__main__":
    run(main)
