"""Splits that never put one group on both sides; random ones beside for comparison."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from ssbscreen.core.errors import UsageError


def grouped_split(groups: np.ndarray, fractions: Sequence[float], seed: int) -> tuple[np.ndarray, ...]:
    """Rows of each part; every group lies in exactly one part.

    Groups go in random order to a part that still has room for them, with probability proportional to
    that room; a group larger than all room left goes to the part that lacks most rows. So parts come
    close to their fractions unless single groups are large.

    Args:
        groups: label of every row.  # (n_rows,)
        fractions: share of rows of each part, each > 0, summing to 1.
        seed: same seed, same split.

    Returns:
        Ascending row indices of each part.

    Raises:
        UsageError: fractions that do not sum to 1, or fewer groups than parts.
    """
    shares = np.asarray(fractions, dtype=float)
    if len(shares) < 2 or np.any(shares <= 0) or abs(shares.sum() - 1.0) > 1e-6:
        raise UsageError(f"Fractions {list(fractions)} must be two or more positive numbers that sum to 1.")
    codes, sizes = _encode(groups)
    if len(sizes) < len(shares):
        raise UsageError(f"{len(sizes)} groups cannot fill {len(shares)} parts; use a finer group or fewer parts.")
    rng = np.random.default_rng(seed)
    room = shares * len(codes)
    part_of = np.empty(len(sizes), dtype=np.int64)
    for group in rng.permutation(len(sizes)):
        fits = np.where(room >= sizes[group], room, 0.0)
        part = int(rng.choice(len(room), p=fits / fits.sum())) if fits.sum() > 0 else int(np.argmax(room))
        part_of[group] = part
        room[part] -= sizes[group]
    _fill_empty(part_of, sizes, len(shares))
    return tuple(np.flatnonzero(part_of[codes] == part) for part in range(len(shares)))


def hashed_split(groups: np.ndarray, fractions: Sequence[float], seed: int) -> tuple[np.ndarray, ...]:
    """As `grouped_split`, each group going where a hash of its label and the seed sends it.

    A label lies in the same part of every data set, which a random order of the groups at hand cannot promise.
    """
    labels, codes = np.unique(np.asarray(groups).astype(str), return_inverse=True)
    edges = np.cumsum(np.asarray(fractions, dtype=float))
    digests = [hashlib.sha256(f"{seed} {label}".encode()).digest()[:6] for label in labels]
    place = np.array([int.from_bytes(digest, "big") / 2**48 for digest in digests])
    part = np.minimum(np.searchsorted(edges, place, side="right"), len(edges) - 1)[codes.reshape(-1)]
    return tuple(np.flatnonzero(part == p) for p in range(len(edges)))


def grouped_kfold(groups: np.ndarray, n_folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds of nearly equal size as (train rows, test rows); every group is tested in exactly one fold.

    Raises:
        UsageError: fewer than two folds or fewer groups than folds.
    """
    codes, sizes = _encode(groups)
    if n_folds < 2 or len(sizes) < n_folds:
        raise UsageError(f"{n_folds} folds of {len(sizes)} groups: give between 2 and the number of groups.")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]  # large ones first, equal ones in random order
    load = np.zeros(n_folds)
    fold_of = np.empty(len(sizes), dtype=np.int64)
    for group in order:
        fold = int(rng.choice(np.flatnonzero(load == load.min())))
        fold_of[group] = fold
        load[fold] += sizes[group]
    row_fold = fold_of[codes]
    return [(np.flatnonzero(row_fold != f), np.flatnonzero(row_fold == f)) for f in range(n_folds)]


def linked_groups(*groupings: np.ndarray) -> np.ndarray:
    """Groups that join all rows sharing a label in any of the groupings (connected components).

    Empty labels link nothing.

    Returns:
        Integer label of every row.  # (n_rows,)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_rows = len(groupings[0])
    rows, nodes, offset = [], [], n_rows
    for labels in groupings:
        labels = np.asarray(labels).astype(str)
        used = np.flatnonzero(labels != "")
        codes, sizes = _encode(labels)
        rows.append(used)
        nodes.append(codes[used] + offset)
        offset += len(sizes)
    row, node = np.concatenate(rows), np.concatenate(nodes)
    graph = coo_array((np.ones(len(row)), (row, node)), shape=(offset, offset))
    _, component = connected_components(graph, directed=False)
    return np.unique(component[:n_rows], return_inverse=True)[1]


def _encode(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    groups = np.asarray(groups)
    if groups.dtype == object:
        groups = groups.astype(str)
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return codes.reshape(-1), sizes


def _fill_empty(part_of: np.ndarray, sizes: np.ndarray, n_parts: int) -> None:
    """Give every empty part the smallest group of the part with most groups."""
    for part in range(n_parts):
        if not np.any(part_of == part):
            donor = int(np.bincount(part_of, minlength=n_parts).argmax())
            members = np.flatnonzero(part_of == donor)
            part_of[members[np.argmin(sizes[members])]] = part
