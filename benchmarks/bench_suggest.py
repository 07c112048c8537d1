"""Campaign on held-back measurements: `python benchmarks/bench_suggest.py [--seeds 12] [--batch 10]`.

Every composition of obelix, liverpool and laskowski with a conductivity near room temperature that passes the gates of
a separator. The truth to be found is the best decile of the score: measured conductivity, and the criteria that need
no trained model (phase diagram with lithium, window, processing, cost, cell) as a screen computes them. A campaign
knows the computed criteria of all and the conductivity of `--start` compositions at random; it then measures `--batch`
a round. Its surrogate is a plain Gaussian process on Magpie features, trained on what it has measured.

Strategies: `random`; `conductivity`: highest expected conductivity; `conductivity ei`: expected improvement of the
best conductivities; `others`: the computed criteria alone, no surrogate; `greedy`: highest expected score;
`suggest`: `ranking.acquisition.choose` on joint draws of the score, the best decile as shortlist; `suggest 10`: the
same with a shortlist of ten.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from dataclasses import dataclass

import numpy as np
from arguments import parse, run
from scipy.linalg import cho_solve, cholesky

from ssbscreen.app.train import load_training_data
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.prediction import Predictions, PropertyPrediction, missing
from ssbscreen.featurize.composition import amount_matrix, fractions, magpie, scaled_magpie
from ssbscreen.physics.transport import area_specific_resistance
from ssbscreen.ranking.acquisition import choose
from ssbscreen.ranking.criteria import CLASS_KEYS, load_profile, load_screen, resolve
from ssbscreen.ranking.desirability import Ramp
from ssbscreen.ranking.eligibility import CandidateFacts, eligibility
from ssbscreen.ranking.facts import facts_of
from ssbscreen.ranking.quantities import Quantities
from ssbscreen.ranking.scoring import score
from ssbscreen.screening.hulls.formation_energies import energy_draws
from ssbscreen.screening.hulls.hull_quantities import compute_hulls
from ssbscreen.screening.hulls.references import load_reference, references_of
from ssbscreen.training.config import load_model_config

SOURCES = ("obelix", "liverpool", "laskowski")
NEEDS_MODEL = {"critical_current", "electronic_resistivity", "fracture_toughness", "stability_parameter", "pugh_ratio"}
TRANSPORT = ("ionic_conductivity", "area_specific_resistance")
TARGETS = {"half of the best decile": (0.1, 0.5), "80 % of it": (0.1, 0.8), "8 of the best 10": (10, 0.8)}
N_DRAWS = 128
LOWEST = -9.0  # decades; the surrogate need not tell insulators apart
STRATEGIES = ("random", "conductivity", "conductivity ei", "others", "greedy", "suggest", "suggest 10")


@dataclass(frozen=True)
class World:
    """What a campaign may know and what it must find.

    Attributes:
        sigma: measured, log10(S/cm).  # (n,)
        rest: log score of the computed criteria.  # (n,)
        views: features whose distances the surrogate uses.
        ramps: of conductivity and area-specific resistance.
        weights: of these two.
        separator: micrometre.
        interface: ohm cm2.
    """

    sigma: np.ndarray
    rest: np.ndarray
    views: tuple[np.ndarray, ...]
    ramps: tuple[Ramp, ...]
    weights: tuple[float, ...]
    separator: float
    interface: float

    def scores(self, sigma: np.ndarray) -> np.ndarray:
        """Score for conductivities, one row a composition.  # (n, ...)"""
        resistance = np.log10(area_specific_resistance(sigma, self.separator, self.interface))
        rest = self.rest.reshape(-1, *[1] * (sigma.ndim - 1))
        total = rest + sum(
            w * np.log(r.desirability(v)) + r.log_survival(v)
            for w, r, v in zip(self.weights, self.ramps, (sigma, resistance), strict=True)
        )
        return np.exp(total)


def make_world() -> tuple[World, dict[str, int]]:
    """Measured compositions with their computed criteria."""
    config = load_model_config("conductivity")
    data = load_training_data(config.model_copy(update={"sources": SOURCES})).dataset
    column = data.column("ionic_conductivity")
    near = (data.temperature_c >= 15) & (data.temperature_c <= 40) & np.isfinite(column)
    by_formula: dict[str, list[int]] = {}
    for i in np.flatnonzero(near):
        by_formula.setdefault(data.candidates[int(i)].formula, []).append(int(i))
    pool = tuple(
        Candidate(formula, data.candidates[rows[0]].composition, is_known=True) for formula, rows in by_formula.items()
    )
    sigma = np.array([np.median(column[rows]) for rows in by_formula.values()])
    facts = facts_of(pool)
    screen, profile = load_screen("separator"), load_profile("ev")
    gates = eligibility(CandidateFacts.from_candidates(pool, list(facts.chemistry_class)), screen.gates)
    keep = np.flatnonzero(gates.eligible)
    pool, facts, sigma = tuple(pool[int(i)] for i in keep), facts.take(keep), sigma[keep]

    criteria = tuple(c for c in screen.criteria if c.name not in NEEDS_MODEL)
    counted = {g: [c for c in criteria if c.group == g and c.share > 0] for g in screen.groups}
    # a group must say something of every class
    whole = [g for g, own in counted.items() if all(any(key not in c.not_for for c in own) for key in CLASS_KEYS)]
    groups = {g: screen.groups[g] for g in whole}
    kept = tuple(c for c in criteria if c.group in groups)
    vital = tuple(name for name in screen.vital or () if name in {c.name for c in kept})
    screen = resolve(screen.model_copy(update={"criteria": kept, "groups": groups, "vital": vital}), profile)
    references = references_of(load_reference("auto"))
    was_made = np.ones(len(pool), dtype=bool)
    energies = energy_draws(
        pool, was_made, list(facts.chemistry_class), missing("formation_energy", len(pool)), references.library, 0, 50
    )
    hulls = compute_hulls(pool, energies, references, was_made)
    nothing = np.zeros(len(pool))
    measured = PropertyPrediction(
        "ionic_conductivity",
        sigma,
        nothing,
        nothing,
        sigma,
        sigma,
        np.ones(len(pool), bool),
        "measured",
        np.full(len(pool), "", dtype=object),
    )
    predictions = Predictions(tuple(c.candidate_id for c in pool), {"ionic_conductivity": measured})
    scores = score(Quantities(facts, predictions, profile.operating, 0, 200, hulls.draws), screen)
    names = [c.name for c in screen.criteria]
    others = [i for i, name in enumerate(names) if name not in TRANSPORT]
    weights = np.asarray(screen.weights)
    rest = -scores.loss[:, others].sum(axis=1)
    amounts = amount_matrix(pool)
    places = [names.index(name) for name in TRANSPORT]
    world = World(
        sigma,
        rest,
        (scaled_magpie(magpie(amounts)), np.sqrt(fractions(amounts))),
        tuple(Ramp(screen.criteria[i], screen.floor) for i in places),
        tuple(float(weights[i]) for i in places),
        profile.operating.separator_thickness.value,
        profile.operating.interface_resistance.value,
    )
    counts = {
        "rows": int(near.sum()),
        "compositions": len(by_formula),
        "eligible": len(pool),
        "with a window": int(np.isfinite(hulls.draws.values["oxidation_limit"]).any(axis=1).sum()),
    }
    return world, counts


class Surrogate:
    """Gaussian process: Matern 3/2 on two views, scales and noise by the marginal likelihood over a small grid."""

    def __init__(self, views: tuple[np.ndarray, ...]) -> None:
        self.distances = []
        for view in views:
            square = (view**2).sum(axis=1)
            distance = np.sqrt(np.maximum(square[:, None] + square - 2.0 * view @ view.T, 0.0))
            self.distances.append(distance / np.median(distance[distance > 0]))
        self.kernels = {scale: self._kernel(scale) for scale in (0.25, 0.5, 1.0)}
        self.best = (0.5, 0.2)

    def _kernel(self, scale: float) -> np.ndarray:
        parts = [np.sqrt(3.0) * d / scale for d in self.distances]
        return np.asarray(sum((1.0 + r) * np.exp(-r) for r in parts) / len(parts))

    def fit(self, rows: np.ndarray, y: np.ndarray) -> None:
        """Choose scale and noise."""
        z = (y - y.mean()) / max(y.std(), 1e-6)
        found = {}
        for scale, kernel in self.kernels.items():
            for noise in (0.1, 0.2, 0.4):
                lower = cholesky(kernel[np.ix_(rows, rows)] + noise * np.eye(len(rows)), lower=True)
                found[scale, noise] = -0.5 * z @ cho_solve((lower, True), z) - np.log(np.diag(lower)).sum()
        self.best = max(found, key=lambda key: found[key])

    def draws(self, rows: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Mean and joint draws for all compositions.  # (n,), (n, N_DRAWS)"""
        scale, noise = self.best
        kernel, centre, width = self.kernels[scale], y.mean(), max(y.std(), 1e-6)
        lower = cholesky(kernel[np.ix_(rows, rows)] + noise * np.eye(len(rows)), lower=True)
        gain = cho_solve((lower, True), kernel[rows]).T  # (n, n_rows)
        mean = centre + width * gain @ ((y - centre) / width)
        covariance = kernel - gain @ kernel[rows]
        root = cholesky(covariance + (noise + 1e-8) * np.eye(len(kernel)), lower=True)
        return mean, mean[:, None] + width * root @ rng.standard_normal((len(kernel), N_DRAWS))


def campaign(world: World, strategy: str, seed: int, n_start: int, n_batch: int) -> dict[str, int]:
    """Measurements after the start until each target was reached."""
    n = len(world.sigma)
    truth = world.scores(world.sigma)
    order = np.argsort(-truth, kind="stable")
    decile = max(1, round(0.1 * n))
    sought = {
        name: (set(order[: decile if size < 1 else int(size)].tolist()), share)
        for name, (size, share) in TARGETS.items()
    }
    rng = np.random.default_rng(seed)
    known = rng.permutation(n)[:n_start]  # the same start for every strategy
    surrogate = Surrogate(world.views) if strategy not in ("random", "others") else None
    shortlist = 10 if strategy == "suggest 10" else decile
    needed: dict[str, int] = {}
    fitted = 0
    while True:
        for name, (best, share) in sought.items():
            if len(best & set(known.tolist())) >= share * len(best) - 1e-9:
                needed.setdefault(name, len(known) - n_start)
        if len(needed) == len(sought):
            return needed
        free = np.setdiff1d(np.arange(n), known)
        if strategy == "random":
            chosen = rng.permutation(free)[:n_batch]
        elif strategy == "others":
            chosen = free[np.argsort(-world.rest[free], kind="stable")[:n_batch]]
        else:
            assert surrogate is not None
            y = np.maximum(world.sigma[known], LOWEST)
            if len(known) >= 1.3 * fitted:
                surrogate.fit(known, y)
                fitted = len(known)
            mean, draws = surrogate.draws(known, y, rng)
            if strategy == "conductivity":
                chosen = free[np.argsort(-mean[free], kind="stable")[:n_batch]]
            elif strategy == "greedy":
                expected = world.scores(draws).mean(axis=1)
                chosen = free[np.argsort(-expected[free], kind="stable")[:n_batch]]
            else:
                is_score = strategy.startswith("suggest")
                after = world.scores(draws) if is_score else draws - 2 * LOWEST
                base = np.zeros(n)
                base[known] = truth[known] if is_score else y - 2 * LOWEST
                is_open = np.zeros((1, n), dtype=bool)
                is_open[0, free] = True
                batch = choose(after[None], np.ones((1, n)), base, n_batch, shortlist, is_open=is_open)
                chosen = np.array([c.candidate for c in batch], dtype=int)
                if len(chosen) < min(n_batch, len(free)):  # nothing gains: go on with the best expected score
                    left = np.setdiff1d(free, chosen)
                    more = left[np.argsort(-after.mean(axis=1)[left], kind="stable")[: n_batch - len(chosen)]]
                    chosen = np.concatenate([chosen, more])
        known = np.concatenate([known, chosen])


def interval(values: np.ndarray, n_samples: int = 2000) -> tuple[float, float]:
    """Central 90 % of the mean over seeds, by resampling them."""
    rng = np.random.default_rng(0)
    means = values[rng.integers(0, len(values), (n_samples, len(values)))].mean(axis=1)
    return float(np.quantile(means, 0.05)), float(np.quantile(means, 0.95))


def main() -> None:
    """Run all strategies over all seeds and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--start", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=list(STRATEGIES))
    parser.add_argument("--json", action="store_true", help="print every seed's figures, too")
    given = parse(parser, seeds=1, only=["random"])
    logging.disable(logging.WARNING)
    world, counts = make_world()
    print(", ".join(f"{n} {name}" for name, n in counts.items()), flush=True)
    results: dict[str, np.ndarray] = {}
    for strategy in dict.fromkeys(["random", *given.only]):
        started = time.process_time()
        runs = [campaign(world, strategy, seed, given.start, given.batch) for seed in range(given.seeds)]
        results[strategy] = np.array([[run[name] for name in TARGETS] for run in runs], dtype=float)
        parts = []
        for j, name in enumerate(TARGETS):
            own, base = results[strategy][:, j], results["random"][:, j]
            low, high = interval(own)
            faster = base / np.maximum(own, 1.0)
            quick = interval(faster)
            parts.append(
                f"{name}: {own.mean():.0f} ({low:.0f} to {high:.0f}) measurements, "
                f"{own.mean() / given.batch:.1f} rounds, {faster.mean():.2f} times as fast as random "
                f"({quick[0]:.2f} to {quick[1]:.2f})"
            )
        print(f"{strategy:16s} {'; '.join(parts)}; {time.process_time() - started:.0f} s", flush=True)
    if given.json:
        print(json.dumps({name: values.tolist() for name, values in results.items()}))


if __name__ == "__main__":
    run(main)
