"""Competing phases, read once a run, and the names by which settings and commands ask for them."""

from __future__ import annotations

from dataclasses import dataclass

from ssbscreen.core.errors import DataUnavailable, UsageError
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.hull import PhaseLibrary
from ssbscreen.physics.moisture import AirLibrary
from ssbscreen.sources.reference_phases import EMBEDDED, LARGE, MEASURED, ONLINE, SOURCE

REFERENCES = {"auto": None, "embedded": EMBEDDED, "measured": MEASURED, "mp": LARGE, "mp_api": ONLINE}


@dataclass(frozen=True)
class References:
    """The competing phases of a run.

    Attributes:
        library: at 0 K, as calculated or measured.
        air: at room temperature in contact with water vapour and carbon dioxide.
    """

    library: PhaseLibrary
    air: AirLibrary

    @property
    def phases(self) -> ReferencePhases:
        """The table behind both."""
        return self.library.reference

    @property
    def title(self) -> str:
        """Name and version of the table."""
        return self.phases.title


def references_of(phases: ReferencePhases) -> References:
    """Both libraries of a table."""
    return References(PhaseLibrary(phases), air_library(phases))


def air_library(phases: ReferencePhases) -> AirLibrary:
    """A table in humid air; gases and hydroxides are measured ones."""
    return AirLibrary(phases, SOURCE.load_phases(MEASURED))


def load_reference(which: str) -> ReferencePhases:
    """Reference phases by the name that settings and commands use.

    Raises:
        UsageError: no such reference.
        DataUnavailable: it was asked for by name and cannot be reached.
    """
    if which not in REFERENCES:
        raise UsageError(f"Reference '{which}' is unknown; allowed: {', '.join(REFERENCES)}.")
    try:
        return SOURCE.load_phases(REFERENCES[which])
    except DataUnavailable as error:
        raise DataUnavailable(f"{error} Or take the embedded reference.") from error


def named_references(name: str, known: dict[str, References]) -> References:
    """References by the name that settings use, read once a process.

    Args:
        name: as in the settings.
        known: those that were read before; filled here.
    """
    if name not in known:
        known[name] = references_of(load_reference(name))
    return known[name]
