"""Reference phases by the names that settings and commands use."""

from __future__ import annotations

from ssbscreen.core.errors import DataUnavailable, UsageError
from ssbscreen.core.reference import ReferencePhases
from ssbscreen.physics.moisture import AirLibrary
from ssbscreen.sources.reference_phases import EMBEDDED, LARGE, ONLINE, SOURCE

REFERENCES = {"auto": None, "embedded": EMBEDDED, "mp": LARGE, "mp_api": ONLINE}


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


def air_library(reference: ReferencePhases) -> AirLibrary:
    """The reference in humid air; gases and hydroxides are measured ones."""
    return AirLibrary(reference, SOURCE.load_phases(EMBEDDED))
