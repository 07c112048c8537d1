"""Errors that name what was given, what is allowed and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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


def unknown(kind: str, given: str, allowed: Iterable[str]) -> UsageError:
    """Build the error for a name that is not in a table, with the nearest known one.

    Args:
        kind: what the name stands for, such as "property".
        given: the name that was given.
        allowed: all names that would have been accepted.
    """
    names = sorted(allowed)
    near = difflib.get_close_matches(given, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return UsageError(f"Unknown {kind} '{given}'.{hint} Allowed: {', '.join(names)}.")
