"""Candidates that hold an element the user leaves out, for its price, its hazard or its supply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pymatgen.core import Element

from ssbscreen.core.candidate import Candidate, Records, Rejected
from ssbscreen.core.errors import UsageError
from ssbscreen.core.recognition import element_amounts

_BRACKET: Final = re.compile(r"\[\d*([A-Z][a-z]?|[a-z][a-z]?)")
_PLAIN: Final = re.compile(r"Cl|Br|[BCNOPSFI]|[bcnops]")  # atoms that SMILES writes without brackets


def checked_elements(symbols: Sequence[str]) -> tuple[str, ...]:
    """Element symbols, each once.

    Raises:
        UsageError: one is no element.
    """
    for symbol in symbols:
        if not Element.is_valid_symbol(symbol):
            raise UsageError(f"'{symbol}' is no element; give symbols such as Ge,In.")
    return tuple(dict.fromkeys(symbols))


def elements_of(candidate: Candidate) -> frozenset[str]:
    """Symbols of the elements that a candidate holds; of a polymer those of chain and salt, hydrogen not counted."""
    found: set[str] = set() if candidate.composition is None else set(element_amounts(candidate.composition))
    if candidate.polymer is not None:
        for smiles in (candidate.polymer.smiles, candidate.polymer.salt_smiles or ""):
            found |= {symbol.capitalize() for symbol in _BRACKET.findall(smiles)}
            found |= {symbol.capitalize() for symbol in _PLAIN.findall(re.sub(r"\[[^\]]*\]", "", smiles))}
    return frozenset(found)


def without(records: Records, symbols: Sequence[str]) -> Records:
    """The records without candidates that hold any of the elements; these are rejected with the reason."""
    if not symbols:
        return records
    kept, rejected = [], list(records.rejected)
    for candidate in records.candidates:
        held = [symbol for symbol in symbols if symbol in elements_of(candidate)]
        if held:
            rejected.append(Rejected(candidate.candidate_id, f"holds {', '.join(held)}, which was left out (exclude)"))
        else:
            kept.append(candidate)
    return replace(records, candidates=tuple(kept), rejected=tuple(rejected))
