"""DOIs and addresses in the references of reported values."""

from __future__ import annotations

import re

_DOI = re.compile(r"10\.\d{4,9}/[^\s;,\"'<>]+")


def dois_in(reference: str) -> list[str]:
    """Every DOI of a reference, as it stands there."""
    return [found.rstrip(".)") for found in _DOI.findall(reference)]


def link_of(reference: str) -> str | None:
    """Address of a paper; None where the reference names neither a DOI nor a web page."""
    if found := dois_in(reference):
        return f"https://doi.org/{found[0]}"
    return reference if re.fullmatch(r"https?://[^\s\"'<>]+", reference) else None
