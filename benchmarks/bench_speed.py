"""Processor time of each step of a prediction, beside what others need for the same crystals and what the core can do.

Usage: python benchmarks/bench_speed.py [--structures N] [--growth N N ...]
Structures come from the snapshot source where it can be reached, else from the prototypes. Alternatives that are not
installed are left out, which is said. Each step is timed alone on one thread; `--growth` adds whole predictions of
pools of these sizes, drawn with repetition, and the peak memory of the process after each.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import resource
import time
import warnings
from collections.abc import Callable, Sequence
from unittest.mock import patch

import numpy as np
import torch
from arguments import parse, run
from torch.utils.flop_counter import FlopCounterMode

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.core.symmetry import space_group_of
from ssbscreen.featurize.base import CRYSTAL, has_kind
from ssbscreen.featurize.composition import amounts_of, magpie
from ssbscreen.featurize.descriptors import describe
from ssbscreen.model_parts import edges
from ssbscreen.prediction.loaded_model import LoadedModel, load_model
from ssbscreen.prediction.predictor import predict
from ssbscreen.screening.predict import predictable
from ssbscreen.training.registry import active_models


def crystals(n: int) -> list[Candidate]:
    """Ordered crystals: a draw of the lithium pool, else of the prototypes."""
    try:
        from ssbscreen.sources.snapshot import SOURCE

        found = SOURCE.pool().candidates
    except DataUnavailable:
        from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES

        found = PROTOTYPES.load().candidates
    ordered = [c for c in found if c.crystal is not None and c.crystal.is_ordered]
    return [ordered[i] for i in np.random.default_rng(0).integers(0, len(ordered), n)]


def say(title: str, n: int, work: Callable[[], object]) -> float:
    """Print and return the processor seconds of a piece of work on n candidates."""
    start = time.process_time()
    work()
    seconds = max(time.process_time() - start, 1e-9)
    print(f"{title:52s}{1e3 * seconds / n:9.2f} ms each{n / seconds:10.0f} a second")
    return seconds


def steps(pool: Sequence[Candidate]) -> None:
    """Every step of a prediction of crystals alone."""
    n, known = len(pool), [c.crystal for c in pool if c.crystal is not None]
    say("space group", n, lambda: [space_group_of(crystal) for crystal in known])
    say("descriptors of the lithium sites", n, lambda: [describe(crystal) for crystal in known])
    say("Magpie statistics", n, lambda: magpie(np.stack([amounts_of(c.composition) for c in pool])))
    start = time.process_time()
    models = [load_model(folder, "cpu") for folder, _ in active_models()]
    print(f"{'loading the models, once':52s}{time.process_time() - start:9.2f} s")
    seen = set()
    for model in models:
        own = [c for c in pool if has_kind(c, model.card.kind)]
        if not own:
            continue
        representation = model.ensemble.representation
        encoded = representation.encode(own)
        if representation not in seen:
            say(f"items: {representation.name}", len(own), lambda r=representation, own=own: r.encode(own))
            seen.add(representation)
        kept = [own[int(i)] for i in encoded.rows]
        ask = lambda m=model, e=encoded, k=kept: m.ensemble.predict(e.items, k, 512)  # noqa: E731
        seconds = say(f"asking {model.card.name}, {len(model.ensemble.members)} members", len(kept), ask)
        if model.card.kind == CRYSTAL:
            limit(model, encoded.items, kept, seconds)


def limit(model: LoadedModel, items: Sequence[object], kept: Sequence[Candidate], seconds: float) -> None:
    """Operations of the matrix products of a network, and the share of what one core does in large ones."""
    # products with sparse matrices, here sums over edges, would be counted as those with full ones
    with patch.object(edges, "_HAS_SPARSE", False), FlopCounterMode(display=False) as counter:
        model.ensemble.predict(items, kept, 512)
    operations = counter.get_total_flops()
    a, peak = torch.randn(1024, 1024), 0.0
    for _ in range(12):  # the best, as other work on the machine slows each of them
        start = time.process_time()
        a @ a
        peak = max(peak, 2 * 1024**3 / (time.process_time() - start))
    print(
        f"{'':52s}{operations / len(kept) / 1e6:9.0f} MFLOP each, {operations / seconds / 1e9:.0f} of "
        f"{peak / 1e9:.0f} GFLOP/s of large products on this core: {operations / seconds / peak:.0%}"
    )


def alternatives(pool: Sequence[Candidate]) -> None:
    """What others need for the same crystals."""
    structures = [c.crystal.to_structure() for c in pool if c.crystal is not None]
    n = len(structures)
    try:
        from matminer.featurizers.composition import ElementProperty
        from sklearn.ensemble import RandomForestRegressor

        featurizer = ElementProperty.from_preset("magpie")
        rows = np.nan_to_num([featurizer.featurize(s.composition) for s in structures])
        forest = RandomForestRegressor(100, random_state=0).fit(rows, np.arange(n, dtype=float))

        def by_matminer() -> None:
            found = np.nan_to_num([featurizer.featurize(s.composition) for s in structures])
            forest.predict(found)

        say("matminer: Magpie and a forest, one property", n, by_matminer)
    except ImportError:
        print("matminer is not installed")
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            from chgnet.model import CHGNet

            model = CHGNet.load(use_device="cpu", verbose=False)
        say("CHGNet: energies alone", n, lambda: model.predict_structure(structures, task="e", batch_size=64))
    except ImportError:
        print("CHGNet is not installed: pip install chgnet==0.4.2")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--structures", type=int, default=200)
    parser.add_argument("--growth", type=int, nargs="*", default=[1000, 4000])
    given = parse(parser, structures=6, growth=[])
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    pool = crystals(given.structures)
    print(f"{len(pool)} crystals, {sum(c.crystal.n_sites for c in pool if c.crystal) / len(pool):.1f} sites on average")
    steps(pool)
    predict(pool[:2], predictable())
    say("all properties", len(pool), lambda: predict(pool, predictable()))
    for key in ("formation_energy", "ionic_conductivity"):
        say(f"{key} alone", len(pool), lambda key=key: predict(pool, [key]))
    bare = [Candidate(f"{i}", composition=c.composition) for i, c in enumerate(pool)]
    say("all properties of the bare compositions", len(bare), lambda: predict(bare, predictable()))
    alternatives(pool)
    for size in given.growth:
        many = [pool[i] for i in np.random.default_rng(size).integers(0, len(pool), size)]
        say(f"all properties of {size:,}", size, lambda many=many: predict(many, predictable()))
        print(f"{'':52s}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:9.0f} MiB at most so far")


if __name__ == "__main__":
    run(main)
