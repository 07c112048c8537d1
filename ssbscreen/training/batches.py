"""Rows of a training in batches: the parts that are learned from and watched, and which rows an epoch holds."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ssbscreen.featurize.base import Representation
from ssbscreen.model_parts.base import Targets


@dataclass(frozen=True)
class Part:
    """Encoded rows of one part of the split.

    Attributes:
        items: # n
        targets: learned scale.  # (n, n_targets)
        sizes: of the items.  # (n,)
        weights: share with which each row counts, None for all 1.  # (n,)
    """

    items: Sequence[Any]
    targets: Targets
    sizes: np.ndarray
    weights: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Part:
        """Some of the rows."""
        return Part(
            [self.items[int(i)] for i in rows],
            self.targets.take(rows),
            self.sizes[rows],
            None if self.weights is None else self.weights[rows],
        )

    def collate(self, rows: np.ndarray, representation: Representation) -> tuple[Any, Tensor, Tensor]:
        """Inputs, targets and bounds of some rows."""
        return (
            representation.collate([self.items[int(i)] for i in rows]),
            torch.from_numpy(self.targets.values[rows].astype(np.float32)),
            torch.from_numpy(self.targets.bound[rows].astype(np.int64)),
        )


@dataclass(frozen=True)
class Parts:
    """What a training learns from, and what it watches."""

    train: Part
    validation: Part


class StoredParts:
    """Parts in a file that the processes of a training map into memory, so that their arrays exist once.

    Sent to another process, it takes its path along and no row.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def write(cls, parts: Parts, path: Path) -> Self:
        """Store parts; arrays lie in the file as they lie in memory, everything else stands before them."""
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(parts, protocol=5, buffer_callback=buffers.append)
        sizes = np.array([len(head), *(len(b.raw()) for b in buffers)], dtype=np.int64)
        with path.open("wb") as stream:
            np.save(stream, sizes, allow_pickle=False)
            stream.write(head)
            for buffer in buffers:
                stream.write(buffer.raw())
        return cls(path)

    @cached_property
    def _parts(self) -> Parts:
        with self._path.open("rb") as stream:
            sizes = np.load(stream, allow_pickle=False)
            start = stream.tell()
        content = memoryview(np.memmap(self._path, mode="c", offset=start))  # type: ignore[arg-type]
        ends = np.cumsum(sizes)
        head, *buffers = (content[end - size : end] for size, end in zip(sizes, ends, strict=True))
        found: Parts = pickle.loads(head, buffers=buffers)
        return found

    @property
    def train(self) -> Part:
        """As in `Parts`."""
        return self._parts.train

    @property
    def validation(self) -> Part:
        """As in `Parts`."""
        return self._parts.validation

    def __reduce__(self) -> tuple[type[StoredParts], tuple[Path]]:
        return StoredParts, (self._path,)


def epoch_rows(repeats: np.ndarray, seed: int, epoch: int) -> np.ndarray:
    """Rows of one epoch in random order; a row with repeats 2.3 comes twice or, with chance 0.3, three times."""
    rng = np.random.default_rng([seed, epoch])
    whole = np.floor(repeats).astype(np.int64)
    extra = rng.random(len(repeats)) < repeats - whole
    rows: np.ndarray = rng.permutation(np.repeat(np.arange(len(repeats)), whole + extra))
    return rows
