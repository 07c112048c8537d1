"""What stands in for missing values, held against values that are known: for how many members a larger group counts.

Every material (of cells: every electrolyte, with all its cells) is left out once, and its values are predicted by its
family, class and the whole pool, mixed as `ranking/imputation.py` does, without the ceiling of the median. Printed is
the continuous ranked probability score (Gneiting and Raftery, 10.1198/016214506000001437) on the scale of the pool's
own quantiles, so that all criteria count alike: 1/6 for the pool itself where values do not repeat, 0 for a perfect
forecast; the mean over the criteria of the mean over the smallest groups. `from 10` is the rule before: the smallest
group of which ten others are known.

    python benchmarks/bench_imputation.py
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import numpy as np
from arguments import parse, run

from ssbscreen.core.scratch import Scratch
from ssbscreen.ranking import scoring
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.first_draws import FirstDraws
from ssbscreen.ranking.imputation import CONCENTRATION, Imputer
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.screening.screen import run_screen
from ssbscreen.screening.settings import load_settings

TRIED = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0)
N_STEPS = 100  # of the scale of quantiles
FEWEST_KNOWN = 20  # rows with a value that make a criterion worth looking at
BEFORE = 10  # members that made a group a distribution


@dataclass
class Pool:
    """What the imputation of a screen was made from; `owners` are what is left out at a time."""

    groups: tuple[np.ndarray, ...]
    owners: np.ndarray
    samples: dict[str, np.ndarray] = field(default_factory=dict)


def pools_of_a_screen(config: Path | None) -> dict[str, Pool]:
    """Draws of the materials and of the cells of a screen, heard of while it runs."""
    found: dict[str, Pool] = {}
    original = scoring._imputers

    def listening(
        quantities: Quantities, ramps: list[Ramp], given: tuple[Imputer, ...], first: FirstDraws, scratch: Scratch
    ) -> tuple[Imputer, ...]:
        kind = "materials" if quantities.cathodes is None else "cells"
        if not given and kind not in found:
            is_variant = quantities.owners is None and quantities.materials is not None
            owners = quantities.materials.material if is_variant else quantities.noise_owners  # type: ignore[union-attr]
            own = {ramp.criterion.name: np.array(first.draws[ramp.criterion.property]) for ramp in ramps}
            found[kind] = Pool(scoring._groups(quantities), np.asarray(owners).astype(str), own)
        return original(quantities, ramps, given, first, scratch)

    with tempfile.TemporaryDirectory() as folder, patch.object(scoring, "_imputers", listening):
        run_screen(load_settings(config), [], Path(folder) / "run", lambda *_: None)
    return found


def on_quantiles(sample: np.ndarray) -> np.ndarray:
    """Distribution function of each row at quantiles of all rows; half of what equals one counts.  # (n, N_STEPS)"""
    pool = np.sort(sample[np.isfinite(sample)])
    at = pool[((np.arange(N_STEPS) + 0.5) / N_STEPS * len(pool)).astype(int)]
    found = np.empty((len(sample), N_STEPS))
    for i, row in enumerate(sample):
        own = np.sort(row[np.isfinite(row)])
        found[i] = (np.searchsorted(own, at) + np.searchsorted(own, at, "right")) / (2 * len(own))
    return found


def paths_of(groups: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Number of the group of each row on every level, -1 where it belongs to none.  # each (n,)"""
    found, names = [np.zeros(len(groups[0]), dtype=int)], np.full(len(groups[0]), "", dtype=object)
    for group in groups:
        names = names + "\x1f" + group
        number = np.unique(names.astype(str), return_inverse=True)[1]
        found.append(np.where(group == "", -1, number))
    return found


def weights_of(counts: np.ndarray, concentration: float) -> np.ndarray:
    """Of the pool and every smaller group, by how many members of each are known.  # (n_levels + 1,)"""
    weights = np.ones(1)
    for share in counts / (counts + concentration):
        weights = np.append(weights * (1.0 - share), share)
    return weights


def scores_of(sample: np.ndarray, groups: Sequence[np.ndarray], owners: np.ndarray) -> np.ndarray:
    """Score of each smallest group by every rule: ten known, then each of `TRIED`.  # (n_groups, 1 + n_tried)"""
    values, paths = on_quantiles(sample), paths_of(groups)
    owner = np.unique(owners, return_inverse=True)[1]
    sums, sizes, members = [], [], []
    for path in paths:
        belongs = np.flatnonzero(path >= 0)
        total = np.zeros((path.max() + 1, N_STEPS))
        np.add.at(total, path[belongs], values[belongs])
        pairs = np.unique(np.stack([path, owner])[:, belongs], axis=1)
        sums, sizes = [*sums, total], [*sizes, np.bincount(path[belongs])]
        members.append(np.bincount(pairs[0]))
    smallest = np.unique(np.stack(paths), axis=1, return_inverse=True)[1].ravel()
    by_group: dict[int, list[list[float]]] = {}
    order = np.argsort(owner, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(owner[order])) + 1):
        for leaf in np.unique(smallest[rows]):
            own = rows[smallest[rows] == leaf]
            forecasts, counts = [], []
            for level, path in enumerate(paths):
                group = path[own[0]]
                left_out = rows[path[rows] == group]
                n = 0 if group < 0 else sizes[level][group] - len(left_out)
                counts.append(members[level][group] - 1 if n else 0)
                forecasts.append((sums[level][group] - values[left_out].sum(axis=0)) / n if n else forecasts[-1])
            seen, several = values[own].mean(axis=0), np.array(forecasts)
            before = next((f for f, n in zip(several[::-1], counts[::-1], strict=True) if n >= BEFORE), several[0])
            mixed = [weights_of(np.array(counts[1:]), k) @ several for k in TRIED]
            scored = [float((f * f - 2.0 * f * seen + seen).mean()) for f in (before, *mixed)]
            by_group.setdefault(int(leaf), []).append(scored)
    return np.array([np.mean(scored, axis=0) for scored in by_group.values()])


def report(kind: str, pool: Pool) -> dict[str, object]:
    """Figures of one pool; rows without a value of their own are left out."""
    means, best = [], {}
    for name, sample in pool.samples.items():
        own = np.isfinite(sample).mean(axis=1) >= 0.5
        if own.sum() >= FEWEST_KNOWN:
            scores = scores_of(sample[own], [group[own] for group in pool.groups], pool.owners[own]).mean(axis=0)
            means.append(scores)
            best[name] = TRIED[int(scores[1:].argmin())]
    mean = np.mean(means, axis=0).round(5).tolist() if means else []
    found = dict(zip(("from 10", *(f"{k:g}" for k in TRIED)), mean, strict=False))
    return {"pool": kind, "rows": len(pool.owners), "criteria": len(means), "score": found, "best": best}


def main() -> None:
    """Print one line of JSON for the materials and one for the cells."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=None, help="settings of the screen; the default screen without")
    given = parse(parser, config=Path(__file__).parents[1] / ".ci" / "small.yaml")
    for kind, pool in pools_of_a_screen(given.config).items():
        print(json.dumps(report(kind, pool)))
    print(f"in use: {CONCENTRATION:g}")


if __name__ == "__main__":
    run(main)
