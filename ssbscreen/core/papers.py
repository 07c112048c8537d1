"""Papers that a reference names."""

from __future__ import annotations


def papers_of(reference: str) -> frozenset[str]:
    """DOIs or addresses of a reference, which compilations write in upper or lower case and join by a bar."""
    return frozenset(part.strip().lower() for part in reference.split("|") if part.strip())
