"""One measurement in several compilations: found by composition (with tolerance), paper and value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ssbscreen.core.candidate import Candidate, Measurement
from ssbscreen.core.identity import composition_groups
from ssbscreen.core.papers import papers_of

# log10 units, eV: a value read off a figure or rounded to two digits, in the same paper or an unnamed one.
TOLERANCE = {"ionic_conductivity": 0.06, "activation_energy": 0.011}
# the same between two papers: only a number copied exactly is taken as one measurement
_COPIED = 0.005
_SAME_TEMPERATURE = 6.0  # degree C; "room temperature" is written as 20 to 27


def paper_groups(references: Sequence[str]) -> list[str]:
    """One name a paper: lower case, and several DOIs joined by a bar are one paper with each of them."""
    names: dict[str, str] = {}

    def name(part: str) -> str:
        while names.setdefault(part, part) != part:
            part = names[part]
        return part

    parts = [sorted(papers_of(reference)) for reference in references]
    for own in parts:
        for part in own[1:]:
            names[name(part)] = name(own[0])
    return [name(own[0]) if own else "" for own in parts]


def duplicates(pairs: Sequence[tuple[Candidate, Measurement]]) -> dict[int, str]:
    """Which measurements stand in another source before, and why.

    Of two sources the one that comes first keeps its value. Two measurements of one composition, property and
    temperature are the same one where the papers are the same, or where one paper is not known and the values agree
    to `TOLERANCE`, or where two papers give the very same number. Bounds are compared with bounds. Known space
    groups must not differ between papers.

    Args:
        pairs: measurements with their candidates, in the order of precedence; properties without a tolerance
            are passed over.

    Returns:
        Position -> reason.
    """
    groups = composition_groups([candidate.composition for candidate, _ in pairs])
    by_material: dict[tuple[str, int], list[int]] = defaultdict(list)
    for i, (candidate, m) in enumerate(pairs):
        if m.property in TOLERANCE and candidate.composition is not None:
            by_material[m.property, int(groups[i])].append(i)
    found: dict[int, str] = {}
    for members in by_material.values():
        for position, i in enumerate(members):
            for j in members[:position]:
                if j not in found and (reason := _same(pairs[j], pairs[i])):
                    found[i] = f"duplicate of {pairs[j][1].source}:{pairs[j][1].candidate_id} ({reason})"
                    break
    return found


def _same(first: tuple[Candidate, Measurement], second: tuple[Candidate, Measurement]) -> str:
    """In which way two measurements are one; empty when they are not."""
    (one, a), (other, b) = first, second
    if a.source == b.source or a.bound is not b.bound:
        return ""
    warm, hot = a.temperature_c, b.temperature_c
    if (warm is None) != (hot is None):
        return ""
    if warm is not None and hot is not None and abs(warm - hot) > _SAME_TEMPERATURE:
        return ""
    papers, others = papers_of(a.reference), papers_of(b.reference)
    if papers & others:
        return "same composition and paper"
    difference = abs(a.value - b.value)
    if not papers or not others:
        return "same composition and value, paper not named" if difference <= TOLERANCE[a.property] else ""
    is_other_phase = one.space_group is not None and other.space_group not in (None, one.space_group)
    return "same composition and number" if difference <= _COPIED and not is_other_phase else ""
