"""Year of a publication, read off its DOI: publishers write it into the identifier in a few ways."""

from __future__ import annotations

import re
from collections.abc import Callable

_FIRST, _LAST = 1950, 2030
_RSC_DECADES = {"b": 2000, "c": 2010, "d": 2020}
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], int]], ...] = (
    # Elsevier's older identifiers: 0167-2738(81)90021-7 and S0167-2738(99)00271-4
    (re.compile(r"s?\d{4}-\d{3}[\dx]\((\d\d)\)", re.IGNORECASE), lambda m: _century(int(m[1]))),
    # Springer: s10853-012-6650-5
    (re.compile(r"/s\d{5}-0(\d\d)-", re.IGNORECASE), lambda m: 2000 + int(m[1])),
    # American Chemical Society: acs.chemmater.8b01504 is of 2018, 0c03869 of 2020
    (re.compile(r"10\.1021/[a-z.]+?(\d)([b-d])\d{5}$"), lambda m: {"b": 2010, "c": 2020, "d": 2030}[m[2]] + int(m[1])),
    # Royal Society of Chemistry: c5ta05432j
    (re.compile(r"10\.1039/([bcd])(\d)[a-z]{2}\w{6}$"), lambda m: _RSC_DECADES[m[1]] + int(m[2])),
    # Wiley: anie.200701144
    (re.compile(r"10\.1002/[a-z]+\.(19\d\d|20\d\d)\d{5}$"), lambda m: int(m[1])),
    # a year by itself: j.ssi.2012.12.013
    (re.compile(r"(?<![\d])(19\d\d|20\d\d)(?!\d)"), lambda m: int(m[1])),
)


def publication_year(reference: str) -> int | None:
    """Year that a DOI or address states; None where it states none.

    Args:
        reference: DOI or address, in any case.
    """
    for pattern, year in _PATTERNS:
        if found := pattern.search(reference.strip().lower()):
            value = year(found)
            return value if _FIRST <= value <= _LAST else None
    return None


def _century(two_digits: int) -> int:
    return (1900 if two_digits >= 50 else 2000) + two_digits
