"""How fast crystals become graphs and predictions, and how fast the network trains.

Usage: OMP_WAIT_POLICY=PASSIVE python benchmarks/bench_crystal.py [--structures N] [--threads N]
The variable keeps threads from spinning where the machine has other work; the command line sets it by itself.
Structures come from the snapshot source where it can be reached, else from the prototypes' substitutions.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Sequence

import numpy as np
import torch
from arguments import parse, run

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.model_parts.base import architecture, make_options
from ssbscreen.prediction.predictor import predict
from ssbscreen.training.config import load_model_config
from ssbscreen.training.ensemble import by_size

PROPERTIES = ("bulk_modulus", "shear_modulus", "band_gap_pbe", "formation_energy")


def candidates(n: int) -> Sequence[Candidate]:
    """Ordered crystals, the first n of the lithium pool."""
    try:
        from ssbscreen.sources.snapshot import SOURCE

        return SOURCE.pool().candidates[:n]
    except DataUnavailable:
        from ssbscreen.sources.prototypes import SOURCE as PROTOTYPES

        found = [c for c in PROTOTYPES.load().candidates if c.crystal is not None]
        return (found * (n // max(len(found), 1) + 1))[:n]


def training_rate(name: str, pool: Sequence[Candidate], seconds: float) -> tuple[float, float]:
    """Structures and edges a second through forward, backward and step of the network that a config describes."""
    config = load_model_config(name)
    kind = architecture(config.architecture)
    options = make_options(kind, config.options)
    representation = kind.representation(options)
    encoded = representation.encode(pool)
    items = [item for item in encoded.items if representation.size(item) <= config.sampling.max_size]
    sizes = np.array([representation.size(item) for item in items])
    model = kind(options, len(config.properties))
    optimizer = torch.optim.AdamW(model.parameters())
    n_items = n_edges = 0
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        for rows in by_size(sizes, torch.randperm(len(items)).numpy(), config.sampling.batch_size):
            batch = representation.collate([items[i] for i in rows])
            output = model(batch)
            (output.mean.square().mean() + output.log_variance.mean()).backward()
            optimizer.step()
            optimizer.zero_grad()
            n_items += len(rows)
            n_edges += batch.distance.numel()
            if time.perf_counter() - start > seconds:
                break
    elapsed = time.perf_counter() - start
    return n_items / elapsed, n_edges / elapsed


def main() -> None:
    """Print a small table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--structures", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each training")
    given = parse(parser, structures=12, threads=1, seconds=1.0)
    torch.set_num_threads(given.threads)
    pool = candidates(given.structures)
    sites = sum(c.crystal.n_sites for c in pool if c.crystal is not None)
    print(f"{len(pool)} structures, {sites / len(pool):.1f} sites on average, {given.threads} threads")
    kind = architecture("orbit")
    representation = kind.representation(make_options(kind, load_model_config("crystal").options))
    start = time.process_time()
    encoded = representation.encode(pool)
    print(
        f"{'graphs':34s}{len(pool) / (time.process_time() - start):8.0f} structures/s of processor time, "
        f"{sum(i.n_orbits for i in encoded.items) / len(encoded.items):.1f} orbits and "
        f"{sum(i.n_edges for i in encoded.items) / len(encoded.items):.0f} edges on average"
    )
    for properties in (PROPERTIES[:2], PROPERTIES[2:], PROPERTIES):
        start = time.process_time()
        predict(pool, properties)
        print(
            f"{'predictions, ' + str(len(properties)) + ' properties':34s}"
            f"{len(pool) / (time.process_time() - start):8.0f} structures/s of processor time, graphs included"
        )
    for name in ("crystal", "elasticity"):
        items, edges = training_rate(name, pool, given.seconds)
        print(f"{'training, ' + name:34s}{items:8.0f} structures/s, {edges:.0f} edges/s of wall time")
    print(f"{'peak memory':34s}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MiB")


if __name__ == "__main__":
    run(main)
