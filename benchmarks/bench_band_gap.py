"""What each part of the band gap model brings: one member on the official folds, one part changed at a time.

No formula of a test fold is learned under either label. The network of PBE gaps is trained once and shared by all rows
of the table, so that they differ by the changed part alone.

Run: SSBSCREEN_DATA_MIRROR=... python benchmarks/bench_band_gap.py [--epochs 14] [--folds 4]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from ssbscreen.app.pipeline import load_training_data
from ssbscreen.architectures import gap
from ssbscreen.architectures.base import Targets, make_options
from ssbscreen.architectures.forest import Forest
from ssbscreen.featurize.base import stack
from ssbscreen.training.config import load_model_config
from ssbscreen.training.cross_validation import folds
from ssbscreen.training.rows import Table


def mean_instead(raw: Tensor, chances: Tensor | None = None, sizes: Tensor | None = None, weight: float = 0.0
                 ) -> tuple[Tensor, Tensor]:
    """Mean of the mixture in place of its median."""
    _, error = gap.mixture_median(raw, chances, sizes, weight)
    chance, size, _ = gap.hurdle(raw)
    found = (1.0 - weight) * (chance * size).mean(dim=0)
    if chances is not None and sizes is not None and sizes.shape[1]:
        found = found + weight * chances.mean(dim=1) * sizes.mean(dim=1)
    return found, error


def main() -> None:
    """Print one line a variant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=0, help="of the network of PBE gaps; 0 takes the config's")
    parser.add_argument("--folds", type=int, default=4)
    given = parser.parse_args()
    config = load_model_config("band_gap")
    table = Table.of(config, load_training_data(config).dataset)
    options = make_options(gap.Model, config.options)
    options = replace(options, pre_epochs=given.epochs or options.pre_epochs)
    value = table.values[:, 0]
    parts = folds(config, table.groups)[: given.folds]
    tested = np.concatenate([test[np.isfinite(value[test])] for _, _, test in parts])

    def score(name: str, changed: gap.GapOptions, median: object = gap.mixture_median,
              has_computed: bool = True) -> None:
        start = time.process_time()
        found, std = np.full((2, len(value)), np.nan)
        kept = gap.Model.embed.__globals__["mixture_median"]
        gap.Model.embed.__globals__["mixture_median"] = median
        for train, validation, test in parts:
            rows = np.sort(np.concatenate([train, validation]))
            values = table.values[rows].copy()
            if not has_computed:
                values[:, 1] = np.nan
            model = gap.Model(changed, 2)
            model.fit([table.items[i] for i in rows], Targets(values, table.bound[rows]), 0)
            own = test[np.isfinite(value[test])]
            with torch.no_grad():
                output = model.eval()(stack([table.items[i] for i in own]))
            found[own] = output.mean[:, 0].clamp(min=0.0).numpy()
            std[own] = (0.5 * output.log_variance[:, 0]).exp().numpy()
        gap.Model.embed.__globals__["mixture_median"] = kept
        error = np.abs(found - value)[tested]
        is_apart = (found > 0)[tested] == (value > 0)[tested]
        print(f"{name}: MAE {error.mean():.4f} eV, metals told apart {is_apart.mean():.1%}, "
              f"Spearman of |error| and std {spearmanr(error, std[tested]).statistic:.2f}, "
              f"{time.process_time() - start:.0f} s of processor time", flush=True)

    score("one member", options)
    score("networks alone", replace(options, forest_weight=0.0))
    score("trees alone", replace(options, forest_weight=1.0))
    score("mean of the mixture instead of its median", options, mean_instead)
    score("without PBE gaps", options, has_computed=False)
    keep = gap.is_contradicted
    gap.Model.fit.__globals__["is_contradicted"] = lambda measured, least: np.zeros(len(measured), dtype=bool)
    score("contradicted metals learned", options)
    gap.Model.fit.__globals__["is_contradicted"] = keep
    found = np.full(len(value), np.nan)
    for train, validation, test in parts:
        rows = np.concatenate([train, validation])
        rows, own = rows[np.isfinite(value[rows])], test[np.isfinite(value[test])]
        statistics = stack([table.items[i] for i in np.concatenate([rows, own])])[:, 2 * gap.MAX_TOKENS :].numpy()
        grown = Forest.grow(statistics[: len(rows)], value[rows], n_trees=100, max_features=0.33)
        found[own] = grown.predict(statistics[len(rows) :])[0]
    print(f"random forest on the same statistics: MAE {np.abs(found - value)[tested].mean():.4f} eV")


if __name__ == "__main__":
    main()
