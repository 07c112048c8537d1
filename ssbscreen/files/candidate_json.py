"""Candidates as plain values for files of JSON lines, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pymatgen.core import Composition

from ssbscreen.core.candidate import Candidate, Polymer
from ssbscreen.core.crystal import Crystal

_PLAIN = (
    "candidate_id",
    "temperature_c",
    "source",
    "provenance",
    "label",
    "is_known",
    "family_hint",
    "space_group",
    "doubt",
    "prototype",
)


def to_plain(candidate: Candidate) -> dict[str, Any]:
    """Strings, numbers, lists and None only."""
    return {key: getattr(candidate, key) for key in _PLAIN} | {
        "composition": None if candidate.composition is None else candidate.composition.get_el_amt_dict(),
        "crystal": None if candidate.crystal is None else candidate.crystal.to_record(),
        "charged": None if candidate.charged is None else candidate.charged.to_record(),
        "polymer": None if candidate.polymer is None else asdict(candidate.polymer),
    }


def from_plain(plain: dict[str, Any]) -> Candidate:
    """The candidate that `to_plain` wrote."""
    rest = dict(plain)
    composition, crystal, polymer = (rest.pop(key) for key in ("composition", "crystal", "polymer"))
    charged = rest.pop("charged", None)  # absent in what older versions wrote
    return Candidate(
        composition=None if composition is None else Composition(composition),
        crystal=None if crystal is None else Crystal.from_record(crystal),
        charged=None if charged is None else Crystal.from_record(charged),
        polymer=None if polymer is None else Polymer(**polymer),
        **rest,
    )
