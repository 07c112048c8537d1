"""Reported values that later work disputes: a model must not learn what may not be the material at all."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.identity import composition_groups
from ssbscreen.core.papers import papers_of


@dataclass(frozen=True)
class Dispute:
    """Values of one paper that later work disputes.

    Attributes:
        paper: DOI in lower case.
        property: key of the property table.
        compositions: that the paper reports, so that copies are found that do not name it.
        reason: who disputes them and why.
    """

    paper: str
    property: str
    compositions: tuple[Composition, ...]
    reason: str


class Value(Protocol):
    """What a dispute is found by."""

    @builtins.property
    def property(self) -> str:
        """Key of the property table."""
        ...

    @builtins.property
    def reference(self) -> str:
        """DOI, address, or nothing."""
        ...


def without_disputed(records: Sequence[Records], disputes: Sequence[Dispute]) -> tuple[Records, ...]:
    """Records without the values that are disputed, each rejected with the reason.

    Args:
        records: of the sources of one dataset.
        disputes: of any properties.
    """
    found = []
    for part in records:
        own = {c.candidate_id: c for c in part.candidates}
        reasons = disputed([(own.get(m.candidate_id), m) for m in part.measurements], disputes)
        kept = tuple(m for m, why in zip(part.measurements, reasons, strict=True) if not why)
        rejected = tuple(
            Rejected(f"{m.source}:{m.candidate_id}", f"{m.property} is disputed by {why}")
            for m, why in zip(part.measurements, reasons, strict=True)
            if why
        )
        found.append(Records(part.candidates, kept, part.rejected + rejected))
    return tuple(found)


def disputed(pairs: Sequence[tuple[Candidate | None, Value]], disputes: Sequence[Dispute]) -> list[str]:
    """Who disputes each value and why; empty for a value that nobody disputes.

    A value of a disputed composition whose paper is not named counts as a copy of the disputed one.

    Args:
        pairs: values with their candidates; None where there is none.
        disputes: of any properties.
    """
    named = [(dispute, composition) for dispute in disputes for composition in dispute.compositions]
    compositions = [None if candidate is None else candidate.composition for candidate, _ in pairs]
    groups = composition_groups([composition for _, composition in named] + compositions)
    by_paper = {(d.paper, d.property): d.reason for d in disputes}
    by_composition = {(int(g), d.property): d.reason for (d, _), g in zip(named, groups, strict=False)}
    reasons = []
    for (_, m), group in zip(pairs, groups[len(named) :], strict=True):
        papers = sorted(papers_of(m.reference))
        why = next((by_paper[paper, m.property] for paper in papers if (paper, m.property) in by_paper), "")
        reasons.append(why or ("" if papers else by_composition.get((int(group), m.property), "")))
    return reasons
