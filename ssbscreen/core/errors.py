"""Errors that name what was given, what is allowed and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class SsbscreenError(Exception):
    """Base of all errors raised on purpose; the command line prints it without a traceback."""


class UsageError(SsbscreenError):
    """The call or its configuration is wrong (exit code 2)."""


class InputError(SsbscreenError):
    """An input cannot be used (exit code 2 when nothing usable is left)."""


class DataUnavailable(SsbscreenError):
    """A data set could be found neither in the cache, nor in the mirror, nor at its origin."""


class IntegrityError(SsbscreenError):
    """A file does not have the content that its card or hash promises."""


class ModelError(SsbscreenError):
    """A shipped or trained model cannot be loaded or does not fit the request."""


MANY_NAMES = 20  # above which an error shows the nearest names, or the first, and says where all of them stand
_N_NEAR = 5
_ALIKE = 0.65  # ratio of difflib from which names are alike; its own 0.6 takes "class" for "lacks"


def unknown(kind: str, given: str, allowed: Iterable[str], listed_by: str = "") -> UsageError:
    """Build the error for a name that is not in a table, with the nearest known one.

    Args:
        kind: what the name stands for, such as "property".
        given: the name that was given.
        allowed: all names that would have been accepted.
        listed_by: where all of them stand, such as a command; said where the names are many.
    """
    names = sorted(set(allowed))
    is_many = len(names) > MANY_NAMES
    near = nearest_names(given, names) if is_many else difflib.get_close_matches(given, names, n=1, cutoff=_ALIKE)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    if not is_many:
        return UsageError(f"Unknown {kind} '{given}'.{hint} Allowed: {', '.join(names) or 'none'}.")
    others = f" Also near: {', '.join(near[1:])}." if near[1:] else ""
    first = "" if near or listed_by else f", such as {', '.join(names[:_N_NEAR])}"
    where = f"; {listed_by}" if listed_by else ""
    return UsageError(f"Unknown {kind} '{given}'.{hint}{others} Allowed: {len(names)} names{first}{where}.")


def nearest_names(given: str, names: Sequence[str]) -> list[str]:
    """At most five names that are written alike, then those that contain what was given, the shortest first."""
    alike = difflib.get_close_matches(given, names, n=_N_NEAR, cutoff=_ALIKE)
    holding = sorted((name for name in names if given and given.lower() in name.lower()), key=len)
    return list(dict.fromkeys((*alike, *holding)))[:_N_NEAR]
