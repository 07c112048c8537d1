"""Do features of a pretrained potential explain what the network of the moduli gets wrong?

Node scalars of the last two layers of SevenNet, pooled over the atoms (mean and largest), for crystals of official fold
1. Ridge regression and boosted trees learn the errors of the ensemble that never saw the fold, by grouped cross-
validation within these rows; the gain is what is left of the error when the learned part is taken off.

    python benchmarks/potential_features.py --n 800 --checkpoints FOLDER
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ase import Atoms
from bench_label import FOLD, predicted_by_network
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ssbscreen.app.pipeline import load_training_data
from ssbscreen.app.potentials import POTENTIALS, load_calculator
from ssbscreen.app.straining import primitive
from ssbscreen.core.crystal import Crystal
from ssbscreen.core.paths import cache_dir
from ssbscreen.training.config import load_model_config

LAYERS = ("3_equivariant_gate", "4_equivariant_gate")
N_SCALARS = 128
MAX_ATOMS = 24


class _Stop(Exception):
    """Ends a pass of the potential when the features are there."""


def main() -> None:
    """Print the errors with and without the learned part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=800)
    parser.add_argument("--checkpoints", type=Path, required=True)
    parser.add_argument("--potential", default="sevenn-l3i5", choices=("sevenn", "sevenn-l3i5"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    data = load_training_data(load_model_config("elasticity")).dataset
    network = predicted_by_network(data, given.checkpoints)
    rows = np.random.default_rng(1).permutation(np.flatnonzero(data.groups["elastic_fold"].astype(str) == FOLD))
    small = [int(i) for i in rows if len(primitive(data.candidates[i].crystal)[1]) <= MAX_ATOMS][: given.n]
    kept = cache_dir() / "calculated" / f"features_{given.potential}_{given.n}.npy"
    if kept.is_file():
        x = np.load(kept, allow_pickle=False)
    else:
        calculator = load_calculator(POTENTIALS[given.potential])
        x = np.array([pooled(data.candidates[i].crystal, calculator) for i in small])
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, x, allow_pickle=False)
    groups = data.groups["formula"][small]
    for t, key in enumerate(data.properties):
        truth, own = data.values[small, t], network[small, t]
        has = np.isfinite(truth) & np.isfinite(own)
        before = np.abs(own - truth)[has].mean()
        print(f"{key}: {has.sum()} crystals, network {before:.4f}")
        inputs = np.column_stack([x, own])[has]
        for name, model in models().items():
            left = np.full(has.sum(), np.nan)
            for fit, test in GroupKFold(10).split(inputs, groups=groups[has]):
                model.fit(inputs[fit], (truth - own)[has][fit])
                left[test] = (truth - own)[has][test] - model.predict(inputs[test])
            difference = np.abs(left) - np.abs(own - truth)[has]
            error = difference.std() / np.sqrt(len(difference))
            print(f"  {name}: {np.abs(left).mean():.4f} ({np.abs(left).mean() / before - 1:+.1%}, difference "
                  f"{difference.mean():+.4f} with standard error {error:.4f})")


def models() -> dict[str, Any]:
    """Regressors of the errors."""
    scales = np.logspace(1, 6, 16)
    return {
        "ridge": make_pipeline(StandardScaler(), RidgeCV(scales)),
        "ridge on 40 components": make_pipeline(StandardScaler(), PCA(40, random_state=0), RidgeCV(scales)),
        "boosted trees, absolute error": HistGradientBoostingRegressor(
            loss="absolute_error", max_iter=150, learning_rate=0.03, max_leaf_nodes=8, min_samples_leaf=20,
            max_features=0.1, random_state=0),
    }


def pooled(crystal: Crystal, calculator: Any) -> np.ndarray:
    """Mean and largest node scalars of the layers.  # (n_layers * 2 * N_SCALARS,)"""
    lattice, frac, numbers = primitive(crystal)
    atoms = Atoms(numbers=numbers, scaled_positions=frac, cell=lattice, pbc=True)
    found: list[np.ndarray] = []

    def keep(module: Any, inputs: Any, output: Any) -> None:
        found.append(output["x"].detach()[:, :N_SCALARS].numpy())
        if len(found) == len(LAYERS):
            raise _Stop

    handles = [calculator.model._modules[name].register_forward_hook(keep) for name in LAYERS]
    try:
        calculator.calculate(atoms)
    except _Stop:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return np.concatenate([part for layer in found for part in (layer.mean(axis=0), layer.max(axis=0))])


if __name__ == "__main__":
    main()
