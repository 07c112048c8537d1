"""What every representation offers: candidates in, items that a network can batch out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from ssbscreen.core.candidate import Candidate
from ssbscreen.core.errors import SsbscreenError
from ssbscreen.core.recognition import element_amounts
from ssbscreen.core.redox import removable_lithium

CRYSTAL, COMPOSITION, POLYMER = "crystal", "composition", "polymer"
ELECTRODE_PAIR, ELECTRODE = "electrode pair", "electrode"  # both ends; a discharged state that lithium can leave
KINDS = (CRYSTAL, COMPOSITION, POLYMER, ELECTRODE_PAIR, ELECTRODE)  # what a candidate must have to be represented


@dataclass(frozen=True)
class Encoded:
    """Candidates in the form a network takes.

    Attributes:
        items: one an encoded candidate (a graph or an array).  # n_encoded
        rows: position of each item in the sequence that was given, ascending.  # (n_encoded,)
        rejected: position -> reason, for every candidate without an item.
    """

    items: tuple[Any, ...]
    rows: np.ndarray
    rejected: dict[int, str] = field(default_factory=dict)


class Representation(Protocol):
    """Turns candidates into items and items into batches; holds no trained state.

    Representations that compare equal give equal items, which a prediction by several models makes only once.

    Attributes:
        name: module name, such as "orbit_graph".
        kind: one of `KINDS`: what a candidate must have.
    """

    name: str
    kind: str

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Items of all candidates that can be encoded, reasons for the others; never raises for one candidate.

        Conditions are read from the candidate (`temperature_c`).
        """
        ...

    def size(self, item: Any) -> int:
        """Cost of an item in a batch: atoms of a graph, 1 for a vector."""
        ...

    def collate(self, items: Sequence[Any]) -> Any:
        """One batch: a tensor or a PyG `Data`, anything with `.to(device)`."""
        ...


def has_kind(candidate: Candidate, kind: str) -> bool:
    """Whether a candidate has what a representation of that kind needs; a crystal has a composition too."""
    if kind == CRYSTAL:
        return candidate.crystal is not None
    if kind == POLYMER:
        return candidate.polymer is not None
    if kind == ELECTRODE_PAIR:
        return candidate.charged is not None
    if kind == ELECTRODE:
        return candidate.charged is not None or _gives_lithium(candidate)
    return candidate.composition is not None


def _gives_lithium(candidate: Candidate) -> bool:
    """Whether lithium can leave while redox-active metals are oxidised."""
    if candidate.composition is None or "Li" not in candidate.composition:
        return False
    return removable_lithium(element_amounts(candidate.composition)) > 1e-6


def encode_each(candidates: Sequence[Candidate], kind: str, encode_one: Callable[[Candidate], Any]) -> Encoded:
    """Encode one candidate after the other; whatever fails is rejected with its reason."""
    items: list[Any] = []
    rows: list[int] = []
    rejected: dict[int, str] = {}
    for row, candidate in enumerate(candidates):
        if not has_kind(candidate, kind):
            rejected[row] = f"has no {kind}"
            continue
        try:
            items.append(encode_one(candidate))
        except Exception as error:  # one bad candidate must not stop a pool; its reason is kept
            rejected[row] = str(error) if isinstance(error, SsbscreenError) else f"{type(error).__name__}: {error}"
            continue
        rows.append(row)
    return Encoded(tuple(items), np.array(rows, dtype=np.int64), rejected)


class EachAlone(ABC):
    """Representation that encodes one candidate after the other, each at the same cost."""

    name: str
    kind: str

    def __eq__(self, other: object) -> bool:
        """Those of one class with the same settings encode alike, so that models share what they encode."""
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(type(self))

    @abstractmethod
    def encode_one(self, candidate: Candidate) -> Any:
        """Item of a candidate that has what the kind needs; raises where it cannot be encoded."""

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """Items of all that can be encoded, reasons for the others."""
        return encode_each(candidates, self.kind, self.encode_one)

    def size(self, item: Any) -> int:
        """Every item costs the same."""
        return 1


def stack(items: Sequence[np.ndarray]) -> torch.Tensor:
    """Batch of plain vectors.  # (n, n_features) float32"""
    return torch.from_numpy(np.stack(items).astype(np.float32))
