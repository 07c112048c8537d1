"""Items shared by representations that are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate
from ssbscreen.featurize.base import COMPOSITION, Encoded, encode_each
from ssbscreen.featurize.conductor import Materials
from ssbscreen.featurize.orbit_graph import Representation
from ssbscreen.featurize.polymer_environments import PolymerEnvironments
from ssbscreen.featurize.vectors import PolymerVectors
from ssbscreen.prediction.shared_items import SharedItems

POOL = [Candidate(f"c{i}", composition=Composition(f)) for i, f in enumerate(("LiCl", "NaCl", "KCl", "RbCl"))]


@dataclass(frozen=True)
class Letters:
    """The formula and a letter; refuses sodium."""

    letter: str
    seen: list[str] = field(default_factory=list, compare=False)
    name = "letters"
    kind = COMPOSITION

    def encode(self, candidates: Sequence[Candidate]) -> Encoded:
        """One word a candidate."""
        return encode_each(candidates, COMPOSITION, self._one)

    def size(self, item: str) -> int:
        """All alike."""
        return 1

    def collate(self, items: Sequence[str]) -> Any:
        """As they are."""
        return list(items)

    def _one(self, candidate: Candidate) -> str:
        self.seen.append(candidate.formula)
        if "Na" in candidate.formula:
            raise ValueError("sodium")
        return candidate.formula + self.letter


def test_equal_representations_share_and_others_do_not() -> None:
    first, same, other = Letters("a"), Letters("a"), Letters("b")
    shared = SharedItems(POOL)
    some = shared.encode(first, np.array([1, 2]))
    every = shared.encode(same, np.arange(4))
    assert some.items == ("KCla",)
    assert some.rows.tolist() == [1]
    assert list(some.rejected) == [0]
    assert every.items == ("LiCla", "KCla", "RbCla")
    assert every.rows.tolist() == [0, 2, 3]
    assert list(every.rejected) == [1]
    assert "sodium" in every.rejected[1]
    assert (first.seen, same.seen) == (["NaCl", "KCl"], ["LiCl", "RbCl"])
    assert shared.encode(other, np.array([3])).items == ("RbClb",)


def test_as_without_sharing() -> None:
    for rows in (np.arange(4), np.array([0, 1]), np.array([], dtype=np.int64)):
        plain = Letters("a").encode([POOL[i] for i in rows])
        found = SharedItems(POOL).encode(Letters("a"), rows)
        assert found.items == plain.items
        assert found.rejected == plain.rejected
        assert found.rows.tolist() == plain.rows.tolist()


def test_graphs_of_other_neighbours_are_other_graphs() -> None:
    assert Representation(16, 12.0) == Representation(16, 12.0)
    assert len({Representation(16, 12.0), Representation(16, 12.0), Representation(12, 12.0)}) == 2


def test_representations_that_encode_each_alone_are_equal_by_class_and_settings() -> None:
    assert len({PolymerEnvironments(), PolymerEnvironments(), Materials(), Materials()}) == 2
    assert PolymerVectors("descriptors") == PolymerVectors("descriptors")
    assert PolymerVectors("descriptors") != PolymerVectors("fingerprints")
