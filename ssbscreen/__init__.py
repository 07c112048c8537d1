"""Screening of solid-state battery materials against the full set of criteria."""

__version__ = "0.1.0"
