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

import torch

from ssbscreen.architectures.crystal import CrystalOptions, Model
from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import DataUnavailable
from ssbscreen.prediction.predictor import predict
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


def training_rate(pool: Sequence[Candidate], seconds: float = 10.0) -> tuple[float, float]:
    """Structures and edges a second through forward, backward and step of a network of default size."""
    options = CrystalOptions(dim=96, edge_dim=64)
    representation = Model.representation(options)
    encoded = representation.encode(pool)
    items = [item for item in encoded.items if item.n_sites <= 60]
    sizes = torch.tensor([item.n_sites for item in items]).numpy()
    model = Model(options, 4)
    optimizer = torch.optim.AdamW(model.parameters())
    n_items = n_edges = 0
    start = time.perf_counter()
    for rows in by_size(sizes, torch.randperm(len(items)).numpy(), 700):
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
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    pool = candidates(given.structures)
    sites = sum(c.crystal.n_sites for c in pool if c.crystal is not None)
    print(f"{len(pool)} structures, {sites / len(pool):.1f} sites on average, {given.threads} threads")
    start = time.perf_counter()
    Model.representation(CrystalOptions()).encode(pool)
    print(f"{'graphs':20s}{len(pool) / (time.perf_counter() - start):8.0f} structures/s")
    start = time.perf_counter()
    predict(pool, PROPERTIES)
    print(f"{'predictions':20s}{len(pool) / (time.perf_counter() - start):8.0f} structures/s, graphs included")
    per_structure, per_edge = training_rate(pool)
    print(f"{'training':20s}{per_structure:8.0f} structures/s, {per_edge / 1e3:.0f} thousand edges/s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
