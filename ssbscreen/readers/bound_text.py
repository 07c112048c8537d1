"""Numbers as tables write them: exact, or a bound with its sign before it."""

from __future__ import annotations

import math

from ssbscreen.core.candidate import Bound
from ssbscreen.core.errors import InputError
from ssbscreen.core.printable import shown


def parse_bound(text: str) -> tuple[float, Bound]:
    """Value and bound of a number that may be written `<1E-10` or `>1E-3`.

    Raises:
        InputError: no positive number.
    """
    text = text.strip()
    bound = {"<": Bound.BELOW, ">": Bound.ABOVE}.get(text[:1], Bound.EXACT)
    try:
        value = float(text.lstrip("<>=≤≥ "))
    except ValueError:
        value = math.nan
    if not value > 0 or math.isinf(value):
        raise InputError(f"conductivity '{shown(text)}' is no positive number")
    return value, bound
