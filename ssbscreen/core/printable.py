"""Text from anywhere as text that a terminal, a table and a page can show."""

from __future__ import annotations

import unicodedata

_SHOWN = 500  # characters of a reason


def printable(text: str, length: int | None = None) -> str:
    r"""Text whose control characters, marks of writing direction and broken bytes are written out, as in `\x1b`.

    Args:
        text: any.
        length: beyond which the middle is left out.
    """
    if not text.isprintable():
        text = "".join(_written(letter) for letter in text)
    if length is not None and len(text) > length:
        head, tail = length * 2 // 3, length // 3 - 5
        text = f"{text[:head]} ... {text[-tail:]}"
    return text


def shown(text: str) -> str:
    """Start of what was given, for an error that quotes it."""
    return printable(text[:200], 80)


def reason(text: str) -> str:
    """A reason of bearable length."""
    return printable(text if len(text) <= 10 * _SHOWN else text[: 5 * _SHOWN] + text[-5 * _SHOWN :], _SHOWN)


def _written(letter: str) -> str:
    if letter.isprintable() or unicodedata.category(letter) == "Zs":  # spaces of other widths stay
        return letter
    return letter.encode("unicode_escape").decode("ascii")
